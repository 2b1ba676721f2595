/* UTF-8 (RFC 3629). */
#ifndef UTF8_H
#define UTF8_H

#include "../cli.h"

/* Reads the first character of n > 0 bytes. Returns its length, or 0 if they begin with none. */
size_t utf8_decode(const char *text, size_t n, uint32_t *c);

/* Whether n > 0 bytes are the beginning of a character whose other bytes may still come. */
bool utf8_is_begun(const char *text, size_t n);

/* Writes a character below 0x110000; returns its length. */
size_t utf8_encode(uint32_t c, char out[4]);

/* Whether the byte continues a character. */
bool utf8_continues(char byte);

bool utf8_ok(moat_span text);

/* Whether a character may go to a screen. It may not if it drives the terminal, changes the
 * direction of writing, or shows nothing at all, so that two texts would look the same. */
bool utf8_is_shown(uint32_t c);

#endif
