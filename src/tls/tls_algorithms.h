/* Which versions, cipher suites, groups and signatures are offered and accepted. */
#ifndef MOAT__TLS_ALGORITHMS_H
#define MOAT__TLS_ALGORITHMS_H

#include <mbedtls/ssl.h>

void moat__tls_set_algorithms(mbedtls_ssl_config *c);

#endif
