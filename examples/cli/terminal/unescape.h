/* Undoes escapes: of a URL, of JSON and of HTML. */
#ifndef UNESCAPE_H
#define UNESCAPE_H

#include "../cli.h"

enum { UNESCAPE_URL, UNESCAPE_JSON, UNESCAPE_HTML, UNESCAPE_KINDS };

/* The byte that escapes of a kind begin with. */
char unescape_begin(unsigned kind);

/* Writes the bytes that an escape at p stands for to `out`, and their number to *n. Returns the
 * size of the escape, which is never below *n, or 0 if there is none. */
size_t unescape(unsigned kind, const char *p, char out[4], size_t *n);

/* Whether the end of the text may have cut the escape at p. `size` is what unescape() returned. An
 * escape of HTML may be complete and still continue, because it needs no end of its own. */
bool unescape_is_cut(unsigned kind, const char *escape, size_t size);

#endif
