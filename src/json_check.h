/* The halves of moat__json_read() that do not need jsmn. */
#ifndef MOAT_JSON_CHECK_H
#define MOAT_JSON_CHECK_H

#include "moat/moat.h"

/* True if `text` is one JSON object and nothing else (RFC 8259 grammar, UTF-8, MOAT_JSON_DEPTH).
 * `tokens` receives how many jsmn will make of it. */
bool moat__json_check(const char *text, size_t n, size_t *tokens);

/* Decodes the escapes of a checked string in place: the new length, or -1 if it holds \u0000 or
 * half of a surrogate pair. */
int moat__json_unescape(char *p, size_t n);

#endif
