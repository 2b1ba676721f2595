/* The verification of a server's certificates. */
#ifndef MOAT__TLS_VERIFY_H
#define MOAT__TLS_VERIFY_H

#include "moat/tls.h"

/* The verify callback of a connection; `tls` is its moat_tls. */
int moat__tls_verify(void *tls, mbedtls_x509_crt *crt, int depth, uint32_t *flags);

#endif
