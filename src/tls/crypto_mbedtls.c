/* Hashes for the core, from Mbed TLS. */
#include <mbedtls/md.h>

#include "moat/tls.h"

/* mbedtls_md exists in every version, while 4.x hides sha256.h. */
static int sha256(void *ctx, const void *p, size_t n, uint8_t out[32]) {
  (void)ctx;
  return mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), p, n, out) ? MOAT_E_PORT
                                                                             : MOAT_OK;
}

const moat_crypto moat_crypto_mbedtls = {.sha256 = sha256};
