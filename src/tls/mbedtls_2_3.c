/* Mbed TLS 2.28 and 3.x: each module has numbers of its own, and randomness is given. */
#include "tls_compat.h"

#if MBEDTLS_VERSION_MAJOR < 4
#include <mbedtls/bignum.h>
#include <mbedtls/cipher.h>
#include <mbedtls/ecp.h>
#include <mbedtls/md.h>
#include <mbedtls/pk.h>

#include "tls_error.h"

static bool is_memory(int ret) {
  static const int16_t numbers[] = {MBEDTLS_ERR_SSL_ALLOC_FAILED, MBEDTLS_ERR_X509_ALLOC_FAILED,
                                    MBEDTLS_ERR_PK_ALLOC_FAILED,  MBEDTLS_ERR_ECP_ALLOC_FAILED,
                                    MBEDTLS_ERR_MD_ALLOC_FAILED,  MBEDTLS_ERR_CIPHER_ALLOC_FAILED,
                                    MBEDTLS_ERR_MPI_ALLOC_FAILED, MBEDTLS_ERR_ASN1_ALLOC_FAILED};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    if (numbers[i] == moat__tls_high(ret) || numbers[i] == moat__tls_low(ret)) return true;
  return false;
}

int moat__tls_error_of(int ret, int otherwise) {
  if (moat__tls_low(ret) == MOAT__TLS_RANDOM_FAILED) return MOAT_E_RANDOM;
  return is_memory(ret) ? MOAT_E_MEMORY : otherwise;
}

void moat__mbedtls_set_random(moat_tls_context *c) {
  mbedtls_ssl_conf_rng(&c->config, moat__tls_random, c);
}

int moat__mbedtls_hmac_sha256(void *ctx, const void *key, size_t key_size, const void *p, size_t n,
                              uint8_t out[32]) {
  (void)ctx;
  const mbedtls_md_info_t *info = mbedtls_md_info_from_type(MBEDTLS_MD_SHA256);
  return mbedtls_md_hmac(info, key, key_size, p, n, out) ? MOAT_E_PORT : MOAT_OK;
}
#endif
