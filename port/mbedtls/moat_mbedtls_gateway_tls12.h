/* The profile for a gateway whose providers all support TLS 1.2 (MBEDTLS_CONFIG_FILE). It takes 70
 * KB less than moat_mbedtls_gateway.h. Memory comes from malloc, or from what the program sets. */
#ifndef MOAT_MBEDTLS_GATEWAY_TLS12_H
#define MOAT_MBEDTLS_GATEWAY_TLS12_H

#include "moat_mbedtls_common.h"

#define MBEDTLS_PLATFORM_MEMORY
#define MBEDTLS_AESNI_C
#define MBEDTLS_AESCE_C
#define MBEDTLS_SHA384_C
#define MBEDTLS_SHA512_C
#define MBEDTLS_ECP_DP_SECP384R1_ENABLED
#define MBEDTLS_RSA_C
#define MBEDTLS_PKCS1_V15
#define MBEDTLS_SSL_ALPN
#define MBEDTLS_KEY_EXCHANGE_ECDHE_RSA_ENABLED

#endif
