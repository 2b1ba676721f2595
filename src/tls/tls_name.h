/* The name check of TLS (RFC 6125, RFC 9525). */
#ifndef MOAT__TLS_NAME_H
#define MOAT__TLS_NAME_H

#include "moat/moat.h"

/* Does a dNSName of a certificate, as its raw bytes, name this host? Case is ignored, and a first
 * label "*" stands for any one label if two more follow. */
bool moat__dns_name_matches(moat_span name, moat_span host);

#endif
