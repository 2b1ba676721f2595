/* Scopes as people compare them. */
#ifndef SCOPE_H
#define SCOPE_H

#include "../cli.h"

/* A granted scope as other programs may read it: the server's words, unless there is a secret among
 * them (term.h): then cleaned, with stars in its place. Good until the next call. */
moat_span scope_shown(moat_span granted);

/* Writes what was asked for and not granted to `out`, separated by spaces; the length. Letter case,
 * Microsoft Graph's prefix and offline_access, which is never granted by name, do not count. */
size_t scope_missing(moat_span asked, moat_span granted, char *out, size_t size);

#endif
