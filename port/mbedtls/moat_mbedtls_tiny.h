/* The profile for one provider whose certificates are known (MBEDTLS_CONFIG_FILE): P-256, SHA-256
 * and AES-128 from the root to the server, and nothing else. Any other chain is refused before a
 * byte of a request is sent. The error is MOAT_E_TLS with the server's alert 40 if the server has
 * no such certificate, or MOAT_E_CERT if a certificate of its chain is of another kind.
 *
 * The server's records may have 8 KB, which is more than a P-256 chain or a token answer. A longer
 * record is MOAT_E_TLS with Mbed TLS's -0x7200. */
#ifndef MOAT_MBEDTLS_TINY_H
#define MOAT_MBEDTLS_TINY_H

#include "moat_mbedtls_board.h"

#define MBEDTLS_AES_ONLY_128_BIT_KEY_LENGTH
#define MBEDTLS_MPI_MAX_SIZE 48
/* Smaller tables of points: 1.9 KB less of the pool, for 2.5 % more instructions. */
#define MBEDTLS_ECP_WINDOW_SIZE 3

/* See p256m.c. */
#ifdef MOAT_P256M
#define MBEDTLS_ECDH_GEN_PUBLIC_ALT
#define MBEDTLS_ECDH_COMPUTE_SHARED_ALT
#define MBEDTLS_ECDSA_VERIFY_ALT
#endif

#define MBEDTLS_SSL_IN_CONTENT_LEN 8192
#define MBEDTLS_SSL_OUT_CONTENT_LEN 2048

#endif
