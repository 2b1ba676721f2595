/* The terminal as the environment describes it: its character set, and whether it is dumb. */
#ifndef CHARSET_H
#define CHARSET_H

#include "../cli.h"

/* Whether the locale's character set is UTF-8; `otherwise` where the locale names none. */
bool charset_is_utf8(bool otherwise);

/* Whether $TERM says that the terminal shows escape sequences as text. */
bool terminal_is_dumb(void);

#endif
