/* Writes one JSON object (RFC 8259), a member a line, into write_output.h. All of it is printable
 * ASCII, so that no text in it can drive a terminal and none is changed. */
#ifndef WRITE_JSON_H
#define WRITE_JSON_H

#include "../cli.h"

void json_begin(void);
/* Bytes that are not UTF-8 become U+FFFD. */
void json_text(const char *name, moat_span text);
void json_bool(const char *name, bool value);
void json_number(const char *name, int64_t value);
void json_null(const char *name);
/* RFC 3339, or null for 0, which is unknown. */
void json_time(const char *name, int64_t seconds);
void json_end(void);

#endif
