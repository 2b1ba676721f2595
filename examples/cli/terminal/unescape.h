/* Undoes escapes: of a URL, of JSON and of HTML. */
#ifndef UNESCAPE_H
#define UNESCAPE_H

#include "../cli.h"

enum { UNESCAPE_KINDS = 3 };

/* The byte that escapes of a kind begin with. */
char unescape_begin(unsigned kind);

/* Writes the bytes that an escape at p stands for, *n of them, to `out`. Returns the size of the
 * escape, which is no less than theirs, or 0 where there is none. */
size_t unescape(unsigned kind, const char *p, char out[4], size_t *n);

/* Whether the end of a text cut the escape of this size (0: not whole) at p, or may have: escapes
 * of HTML need no end of their own. */
bool unescape_is_cut(unsigned kind, const char *escape, size_t size);

#endif
