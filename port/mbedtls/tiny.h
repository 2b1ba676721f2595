/* The profile for one provider whose certificates are known (MBEDTLS_CONFIG_FILE): P-256, SHA-256
 * and AES-128 from the root to the server, and nothing else. Another chain is refused before a byte
 * of a request is sent: MOAT_E_TLS with the server's alert 40 where it has no such certificate,
 * MOAT_E_CERT where one of its chain is of another kind.
 *
 * Records of the server may have 8 KB: more than a chain of P-256, and than a token answer. A
 * longer one is MOAT_E_TLS with Mbed TLS's -0x7200. */
#ifndef MOAT_MBEDTLS_TINY_H
#define MOAT_MBEDTLS_TINY_H

#include "board.h"

#define MBEDTLS_AES_ONLY_128_BIT_KEY_LENGTH
#define MBEDTLS_MPI_MAX_SIZE 48

#define MBEDTLS_SSL_IN_CONTENT_LEN 8192
#define MBEDTLS_SSL_OUT_CONTENT_LEN 2048

#endif
