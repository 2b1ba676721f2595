/* Names that differ between versions of Mbed TLS. Members that 3.x calls private are named
 * through MBEDTLS_PRIVATE. */
#ifndef MOAT__TLS_COMPAT_H
#define MOAT__TLS_COMPAT_H

#include <mbedtls/version.h>

#if MBEDTLS_VERSION_MAJOR < 3
#define MBEDTLS_PRIVATE(member) member
#define MBEDTLS_ERR_SSL_BAD_CERTIFICATE MBEDTLS_ERR_SSL_BAD_HS_CERTIFICATE
#endif

#endif
