/* Certificates in PEM (RFC 7468). */
#ifndef MOAT__TLS_PEM_H
#define MOAT__TLS_PEM_H

#include "moat/moat.h"

/* Takes the text up to the end of the next certificate off `rest`, and decodes that certificate to
 * `out`, which may lie in the text before it. False when there is none any more. *n is the number
 * of bytes, 0 for a malformed one. Certificates are public, so nothing here is constant in time. */
bool moat__pem_next(moat_span *rest, uint8_t *out, size_t *n);

#endif
