/* Text without what could drive a terminal. */
#ifndef CLEAN_H
#define CLEAN_H

#include "../cli.h"

/* Copies text without escape sequences, bytes that are not UTF-8, and characters that may not go to
 * a screen (utf8_is_shown). NUL-terminated in `out`, whose size is not 0, and cut between two
 * characters where it does not fit: *cut then. Returns the length, of which text.n is the most. */
size_t clean(moat_span text, char *out, size_t size, bool *cut);

#endif
