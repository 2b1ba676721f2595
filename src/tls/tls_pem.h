/* Certificates in PEM (RFC 7468). */
#ifndef MOAT__TLS_PEM_H
#define MOAT__TLS_PEM_H

#include "moat/moat.h"

/* Decodes the next certificate into `out`, and removes it from `rest` with any text before it.
 * `out` may overlap that text. Sets *n to the number of bytes, or to 0 for a malformed certificate.
 * Returns false if there are no more certificates. Certificates are public, so nothing here has to
 * run in constant time. */
bool moat__pem_next(moat_span *rest, uint8_t *out, size_t *n);

#endif
