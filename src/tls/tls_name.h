/* The name check of TLS (RFC 6125, RFC 9525). */
#ifndef MOAT__TLS_NAME_H
#define MOAT__TLS_NAME_H

#include "moat/moat.h"

/* Whether the raw bytes of a certificate's dNSName match this host. Case is ignored. A first label
 * "*" matches any single label if at least two more labels follow. */
bool moat__dns_name_matches(moat_span name, moat_span host);

#endif
