/* Whether the stored access token is still worth handing out. */
#ifndef FRESH_H
#define FRESH_H

#include <moat/store.h>

/* At `now`, seconds since 1970 or 0 for unknown: valid for more than a margin of five minutes, or
 * of a fifth of its life where that is shorter. */
bool fresh_enough(const moat_record *r, int64_t now);

#endif
