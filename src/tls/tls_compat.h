/* All that differs between versions of Mbed TLS. The files mbedtls_*.c are named for the versions
 * that they serve. Members that 3.x and 4.x call private are named through MBEDTLS_PRIVATE. */
#ifndef MOAT__TLS_COMPAT_H
#define MOAT__TLS_COMPAT_H

#include "moat/tls.h"

/* The numbers of curves. */
#if MBEDTLS_VERSION_MAJOR < 4
#include <mbedtls/ecp.h>
#else
#include <mbedtls/private/ecp.h>
#endif

#if MBEDTLS_VERSION_MAJOR < 3
#define MBEDTLS_PRIVATE(member) member
#define MBEDTLS_ERR_SSL_BAD_CERTIFICATE MBEDTLS_ERR_SSL_BAD_HS_CERTIFICATE
#endif

/* Starts PSA, by which 4.x reads certificates. It may be called again. */
static inline int moat__mbedtls_start(void) {
#if MBEDTLS_VERSION_MAJOR < 4
  return 0;
#else
  return psa_crypto_init();
#endif
}

/* A source of randomness, which 4.x does not take: it has PSA's alone. Returns 0 or an error. */
typedef int moat__random(void *ctx, unsigned char *out, size_t n);

/* Randomness of the platform of a moat_tls_context, which is `ctx`. */
moat__random moat__tls_random;

/* Randomness for connections, of the platform of their context. */
void moat__mbedtls_set_random(moat_tls_context *c);
/* TLS 1.2 is the least. */
void moat__mbedtls_set_versions(mbedtls_ssl_config *c, bool has_1_3);
void moat__mbedtls_set_groups_and_hashes(mbedtls_ssl_config *c);

int moat__mbedtls_parse_key(mbedtls_pk_context *pk, const void *key, size_t n, moat__random *random,
                            void *ctx);
int moat__mbedtls_check_pair(const mbedtls_pk_context *public_key, const mbedtls_pk_context *pk,
                             moat__random *random, void *ctx);

/* As in moat_crypto. */
int moat__mbedtls_hmac_sha256(void *ctx, const void *key, size_t key_size, const void *p, size_t n,
                              uint8_t out[32]);

/* Only for 2.28 and 3.x. The first makes a signature by ECDSA, in DER, or by RSA with PKCS #1 1.5,
 * and the second one by RSA-PSS. `size` is the room for it. One of RSA is as long as the key. */
int moat__mbedtls_sign(mbedtls_pk_context *pk, mbedtls_md_type_t md, const uint8_t *hash, size_t n,
                       uint8_t *out, size_t size, size_t *length, moat__random *random, void *ctx);
int moat__mbedtls_sign_pss(mbedtls_pk_context *pk, const uint8_t *hash, size_t n, uint8_t *out,
                           moat__random *random, void *ctx);

#endif
