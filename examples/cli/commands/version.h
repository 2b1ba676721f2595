/* --version: a line for people, or what this moat was built with as a JSON object. */
#ifndef VERSION_H
#define VERSION_H

#include "../cli.h"

/* A CLI_ status. */
int version_show(bool json);

#endif
