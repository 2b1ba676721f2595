/* Writes one JSON object (RFC 8259) with one member a line, by way of write_output.h. All of it is
 * printable ASCII, so no text in it can drive a terminal. */
#ifndef WRITE_JSON_H
#define WRITE_JSON_H

#include "../cli.h"

void json_begin(void);
/* Bytes that are not UTF-8 become U+FFFD. */
void json_text(const char *name, moat_span text);
void json_text_or_null(const char *name, const char *text);
void json_bool(const char *name, bool value);
void json_number(const char *name, int64_t value);
void json_null(const char *name);
/* A time as in RFC 3339, or null for 0, which means unknown. */
void json_time(const char *name, int64_t seconds);
void json_end(void);

/* Writes a string with its quotes, in pieces, by `put`. */
void json_string(moat_span text, void (*put)(const char *p, size_t n));

#endif
