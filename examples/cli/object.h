/* One JSON object (RFC 8259), a member a line, into out.h. All of it is printable ASCII: no text in
 * it can drive a terminal, and none is changed. */
#ifndef OBJECT_H
#define OBJECT_H

#include "cli.h"

void object_begin(void);
/* What is not UTF-8 becomes U+FFFD. */
void object_text(const char *name, moat_span text);
void object_bool(const char *name, bool value);
void object_number(const char *name, int64_t value);
void object_null(const char *name);
/* RFC 3339, or null for 0, which is unknown. */
void object_time(const char *name, int64_t seconds);
void object_end(void);

#endif
