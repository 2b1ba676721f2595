/* The character set of the terminal, as the environment names it. */
#ifndef CHARSET_H
#define CHARSET_H

#include "../cli.h"

/* Whether the locale's character set is UTF-8; `otherwise` where the locale names none. */
bool charset_is_utf8(bool otherwise);

#endif
