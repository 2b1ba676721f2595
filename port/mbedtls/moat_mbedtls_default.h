/* The profile for any of today's providers (MBEDTLS_CONFIG_FILE): keys on P-256 and P-384, RSA up
 * to 4096 bits, SHA-256, SHA-384 and SHA-512, AES-128 and AES-256, records of 16 KB from the server
 * as the standard allows.
 *
 * Its pool: see examples/firmware/pool.h, and measure your own. */
#ifndef MOAT_MBEDTLS_DEFAULT_H
#define MOAT_MBEDTLS_DEFAULT_H

#include "moat_mbedtls_board.h"

#define MBEDTLS_SHA384_C
#define MBEDTLS_SHA512_C
#define MBEDTLS_SHA512_SMALLER
#define MBEDTLS_ECP_DP_SECP384R1_ENABLED
#define MBEDTLS_RSA_C
#define MBEDTLS_PKCS1_V15
#define MBEDTLS_KEY_EXCHANGE_ECDHE_RSA_ENABLED
#define MBEDTLS_MPI_MAX_SIZE 512

#define MBEDTLS_SSL_IN_CONTENT_LEN 16384
#define MBEDTLS_SSL_OUT_CONTENT_LEN 4096

#endif
