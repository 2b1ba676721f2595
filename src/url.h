/* What RFC 3986 allows where. */
#ifndef MOAT_URL_H
#define MOAT_URL_H

#include "moat/moat.h"

/* Only characters that a path or a query may hold, every '%' followed by two digits. */
bool moat__is_url_text(moat_span s);

#endif
