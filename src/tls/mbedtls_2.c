/* Mbed TLS 2.28. */
#include "tls_compat.h"

#if MBEDTLS_VERSION_MAJOR < 3
#include <mbedtls/rsa.h>

/* 2.28 must be told only what it has. It accepts a server's key only on a
 * curve of this list. */
static const mbedtls_ecp_group_id groups[] = {
#ifdef MBEDTLS_ECP_DP_SECP256R1_ENABLED
    MBEDTLS_ECP_DP_SECP256R1,
#endif
#ifdef MBEDTLS_ECP_DP_SECP384R1_ENABLED
    MBEDTLS_ECP_DP_SECP384R1,
#endif
#ifdef MBEDTLS_ECP_DP_CURVE25519_ENABLED
    MBEDTLS_ECP_DP_CURVE25519,
#endif
#ifdef MBEDTLS_ECP_DP_SECP521R1_ENABLED
    MBEDTLS_ECP_DP_SECP521R1,
#endif
    MBEDTLS_ECP_DP_NONE};

/* Hashes of the server's signature in the handshake. SHA-1 is not among them. */
static const int hashes[] = {MBEDTLS_MD_SHA256,
#ifdef MBEDTLS_SHA512_C
                             MBEDTLS_MD_SHA384, MBEDTLS_MD_SHA512,
#endif
                             MBEDTLS_MD_NONE};

void moat__mbedtls_set_groups_and_hashes(mbedtls_ssl_config *c) {
  mbedtls_ssl_conf_curves(c, groups);
  mbedtls_ssl_conf_sig_hashes(c, hashes);
}

void moat__mbedtls_set_versions(mbedtls_ssl_config *c, bool has_1_3) {
  (void)has_1_3;
  mbedtls_ssl_conf_min_version(c, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
}

int moat__mbedtls_parse_key(mbedtls_pk_context *pk, const void *key, size_t n, moat__random *random,
                            void *ctx) {
  (void)random, (void)ctx;
  return mbedtls_pk_parse_key(pk, key, n, NULL, 0);
}

/* 2.28 is not told the room that there is. */
int moat__mbedtls_sign(mbedtls_pk_context *pk, mbedtls_md_type_t md, const uint8_t *hash, size_t n,
                       uint8_t *out, size_t size, size_t *length, moat__random *random, void *ctx) {
  (void)size;
  return mbedtls_pk_sign(pk, md, hash, n, out, length, random, ctx);
}

#if defined(MBEDTLS_RSA_C) && defined(MBEDTLS_PKCS1_V21)
/* The padding belongs to the key, and is set back for RS256. */
int moat__mbedtls_sign_pss(mbedtls_pk_context *pk, const uint8_t *hash, size_t n, uint8_t *out,
                           moat__random *random, void *ctx) {
  mbedtls_rsa_context *rsa = mbedtls_pk_rsa(*pk);
  mbedtls_rsa_set_padding(rsa, MBEDTLS_RSA_PKCS_V21, MBEDTLS_MD_SHA256);
  int ret = mbedtls_rsa_rsassa_pss_sign(rsa, random, ctx, MBEDTLS_RSA_PRIVATE, MBEDTLS_MD_SHA256,
                                        (unsigned)n, hash, out);
  mbedtls_rsa_set_padding(rsa, MBEDTLS_RSA_PKCS_V15, MBEDTLS_MD_NONE);
  return ret;
}
#endif
#endif
