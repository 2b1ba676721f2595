/* UTF-8 (RFC 3629). */
#ifndef UTF8_H
#define UTF8_H

#include "cli.h"

/* The first character of n > 0 bytes: its length, or 0 where they begin with none. */
size_t utf8_decode(const char *text, size_t n, uint32_t *c);

bool utf8_ok(moat_span text);

#endif
