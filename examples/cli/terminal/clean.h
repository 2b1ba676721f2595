/* Text without what could drive a terminal. */
#ifndef CLEAN_H
#define CLEAN_H

#include "../cli.h"

/* Copies text without escape sequences, bytes that are not UTF-8, and characters that may not go to
 * a screen (utf8_is_shown). `out`, whose size is not 0, gets a NUL. Text that does not fit is
 * cut between two characters, and *cut is set. Returns the length, which is never above text.n. */
size_t clean(moat_span text, char *out, size_t size, bool *cut);

#endif
