/* Scopes as people compare them. */
#ifndef SCOPE_H
#define SCOPE_H

#include "../cli.h"

/* Writes what was asked for but not granted to `out`, separated by spaces, and returns the length.
 * Letter case, Microsoft Graph's prefix and offline_access do not count. */
size_t scope_missing(moat_span asked, moat_span granted, char *out, size_t size);

#endif
