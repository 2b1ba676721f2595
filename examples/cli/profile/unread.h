/* A profile that was not read. */
#ifndef UNREAD_H
#define UNREAD_H

#include "../cli.h"

/* Says why, by what file_read() returned. Returns CLI_PROFILE. */
int unread_say(const char *path, int error);

#endif
