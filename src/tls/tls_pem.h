/* Certificates in PEM (RFC 7468). */
#ifndef MOAT__TLS_PEM_H
#define MOAT__TLS_PEM_H

#include "moat/moat.h"

/* Removes the next certificate and the text before it from `rest`, and decodes the certificate to
 * `out`, which may lie in the text before it. Sets *n to the number of bytes, or to 0 for a
 * malformed certificate. Returns false if there is no more certificate. Certificates are public, so
 * nothing here takes constant time. */
bool moat__pem_next(moat_span *rest, uint8_t *out, size_t *n);

#endif
