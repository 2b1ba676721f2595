/* The common part of all profiles: a client for TLS 1.2 with ECDHE and AES-GCM, keys on P-256. Only
 * moat_mbedtls_board.h and moat_mbedtls_gateway_tls12.h include it.
 *
 * It is made for Mbed TLS 3.6. Moat draws randomness from the platform and judges dates by its
 * clock, so no entropy source and no clock is configured here. */
#ifndef MOAT_MBEDTLS_COMMON_H
#define MOAT_MBEDTLS_COMMON_H

#define MBEDTLS_PLATFORM_C
#define MBEDTLS_HAVE_ASM

/* Hashes and ciphers are optimised for size: a handshake spends its time on the keys. */
#define MBEDTLS_MD_C
#define MBEDTLS_SHA224_C
#define MBEDTLS_SHA256_C
#define MBEDTLS_AES_C
#define MBEDTLS_AES_ROM_TABLES
#define MBEDTLS_AES_FEWER_TABLES
#define MBEDTLS_BLOCK_CIPHER_NO_DECRYPT /* GCM does not need it */
#define MBEDTLS_GCM_C
#define MBEDTLS_CIPHER_C

/* Keys. NIST_OPTIM makes the curves three times as fast. */
#define MBEDTLS_BIGNUM_C
#define MBEDTLS_ECP_C
#define MBEDTLS_ECP_DP_SECP256R1_ENABLED
#define MBEDTLS_ECP_NIST_OPTIM
#define MBEDTLS_ECDH_C
#define MBEDTLS_ECDSA_C
#define MBEDTLS_PK_C
#define MBEDTLS_PK_PARSE_C

/* Certificates */
#define MBEDTLS_ASN1_PARSE_C
#define MBEDTLS_ASN1_WRITE_C
#define MBEDTLS_OID_C
#define MBEDTLS_X509_USE_C
#define MBEDTLS_X509_CRT_PARSE_C
#define MBEDTLS_X509_REMOVE_INFO

/* TLS 1.2. The server's certificate is judged when it arrives and then dropped, which saves 4 KB.
 * max_fragment_length is off: with it, servers split handshake messages. */
#define MBEDTLS_SSL_TLS_C
#define MBEDTLS_SSL_CLI_C
#define MBEDTLS_SSL_PROTO_TLS1_2
#define MBEDTLS_SSL_EXTENDED_MASTER_SECRET
#define MBEDTLS_SSL_SERVER_NAME_INDICATION
#define MBEDTLS_SSL_SESSION_TICKETS
#define MBEDTLS_KEY_EXCHANGE_ECDHE_ECDSA_ENABLED

#endif
