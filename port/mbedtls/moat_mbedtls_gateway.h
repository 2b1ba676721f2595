/* The profile for a Linux gateway: the parts of TLS 1.2 and 1.3 that today's providers need, and no
 * more. `make cross` builds Mbed TLS with it. */
#ifndef MOAT_MBEDTLS_GATEWAY_H
#define MOAT_MBEDTLS_GATEWAY_H

#include "moat_mbedtls_gateway_tls12.h"

#define MBEDTLS_ECP_DP_SECP521R1_ENABLED
#define MBEDTLS_ECP_DP_CURVE25519_ENABLED
#define MBEDTLS_CHACHA20_C
#define MBEDTLS_POLY1305_C
#define MBEDTLS_CHACHAPOLY_C
#define MBEDTLS_PKCS1_V21
#define MBEDTLS_X509_RSASSA_PSS_SUPPORT
#define MBEDTLS_HKDF_C

/* A key of the client's is a file, most often in PEM. */
#define MBEDTLS_PEM_PARSE_C
#define MBEDTLS_BASE64_C

/* 1.3 draws its randomness from PSA, looks at the age of tickets, and keeps the server's
 * certificate. */
#define MBEDTLS_SSL_PROTO_TLS1_3
#define MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_EPHEMERAL_ENABLED
#define MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_PSK_EPHEMERAL_ENABLED
#define MBEDTLS_SSL_TLS1_3_COMPATIBILITY_MODE
#define MBEDTLS_SSL_KEEP_PEER_CERTIFICATE
#define MBEDTLS_HAVE_TIME
#define MBEDTLS_PSA_CRYPTO_C
#define MBEDTLS_ENTROPY_C
#define MBEDTLS_CTR_DRBG_C

#endif
