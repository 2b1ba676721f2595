/* Mbed TLS 3.x. */
#include "tls_compat.h"

#if MBEDTLS_VERSION_MAJOR == 3
#include <mbedtls/rsa.h>

int moat__mbedtls_parse_key(mbedtls_pk_context *pk, const void *key, size_t n, moat__random *random,
                            void *ctx) {
  return mbedtls_pk_parse_key(pk, key, n, NULL, 0, random, ctx);
}

int moat__mbedtls_check_pair(const mbedtls_pk_context *public_key, const mbedtls_pk_context *pk,
                             moat__random *random, void *ctx) {
  return mbedtls_pk_check_pair(public_key, pk, random, ctx);
}

int moat__mbedtls_sign(mbedtls_pk_context *pk, mbedtls_md_type_t md, const uint8_t *hash, size_t n,
                       uint8_t *out, size_t size, size_t *length, moat__random *random, void *ctx) {
  return mbedtls_pk_sign(pk, md, hash, n, out, size, length, random, ctx);
}

#if defined(MBEDTLS_RSA_C) && defined(MBEDTLS_PKCS1_V21)
/* mbedtls_pk_sign_ext() of 3.4 and 3.5 would take PSA for it. The padding belongs to the key, and
 * is set back for RS256. */
int moat__mbedtls_sign_pss(mbedtls_pk_context *pk, const uint8_t *hash, size_t n, uint8_t *out,
                           moat__random *random, void *ctx) {
  mbedtls_rsa_context *rsa = mbedtls_pk_rsa(*pk);
  int ret = mbedtls_rsa_set_padding(rsa, MBEDTLS_RSA_PKCS_V21, MBEDTLS_MD_SHA256);
  if (!ret)
    ret = mbedtls_rsa_rsassa_pss_sign(rsa, random, ctx, MBEDTLS_MD_SHA256, (unsigned)n, hash, out);
  (void)mbedtls_rsa_set_padding(rsa, MBEDTLS_RSA_PKCS_V15, MBEDTLS_MD_NONE);
  return ret;
}
#endif
#endif
