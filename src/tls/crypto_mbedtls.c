/* Hashes for the core, from Mbed TLS. */
#include <mbedtls/md.h>

#include "moat/tls.h"
#include "tls_compat.h"

/* mbedtls_md exists in every version, while 4.x hides sha256.h. It refuses a hash that it was built
 * without. */
static int hash(mbedtls_md_type_t type, const void *p, size_t n, uint8_t *out) {
  return mbedtls_md(mbedtls_md_info_from_type(type), p, n, out) ? MOAT_E_PORT : MOAT_OK;
}

static int sha256(void *ctx, const void *p, size_t n, uint8_t out[32]) {
  (void)ctx;
  return hash(MBEDTLS_MD_SHA256, p, n, out);
}

static int sha384(void *ctx, const void *p, size_t n, uint8_t out[48]) {
  (void)ctx;
  return hash(MBEDTLS_MD_SHA384, p, n, out);
}

const moat_crypto moat_crypto_mbedtls = {.sha256 = sha256};

const moat_crypto moat_jose_crypto_mbedtls = {.sha256 = sha256, .sha384 = sha384};

const moat_crypto moat_hmac_crypto_mbedtls = {.sha256 = sha256,
                                              .hmac_sha256 = moat__mbedtls_hmac_sha256};
