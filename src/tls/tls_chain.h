/* Checks of a certificate chain that Mbed TLS does not make. */
#ifndef MOAT__TLS_CHAIN_H
#define MOAT__TLS_CHAIN_H

#include "moat/tls.h"

/* Call it for each certificate of a chain, from the root down to the server's own at depth 0, with
 * the flags of Mbed TLS. Returns further flags. */
uint32_t moat__chain_flags(moat_tls *t, const mbedtls_x509_crt *crt, int depth, uint32_t flags);

/* Whether the name constraints of an authority, critical or not, allow every name of a certificate
 * below it (RFC 5280 4.2.1.10). Malformed constraints allow none. */
bool moat__names_allowed(const mbedtls_x509_crt *authority, const mbedtls_x509_crt *crt);

#endif
