/* Mbed TLS 4.x: numbers are those of PSA, and so is randomness. */
#include "tls_compat.h"

#if MBEDTLS_VERSION_MAJOR >= 4
#include "tls_error.h"

int moat__tls_error_of(int ret, int otherwise) {
  if (ret == PSA_ERROR_INSUFFICIENT_ENTROPY) return MOAT_E_RANDOM;
  return ret == PSA_ERROR_INSUFFICIENT_MEMORY ? MOAT_E_MEMORY : otherwise;
}

void moat__mbedtls_set_random(moat_tls_context *c) {
  (void)c;
}

/* TF-PSA-Crypto 1.1.0 does not fill in the public key of an RSA key in PKCS #8 (its issue 807), and
 * mbedtls_pk_check_pair() refuses the key without it. */
int moat__mbedtls_parse_key(mbedtls_pk_context *pk, const void *key, size_t n, moat__random *random,
                            void *ctx) {
  (void)random, (void)ctx;
  size_t *size = &pk->MBEDTLS_PRIVATE(pub_raw_len);
  int ret = mbedtls_pk_parse_key(pk, key, n, NULL, 0);
  if (ret || *size) return ret;
  return psa_export_public_key(pk->MBEDTLS_PRIVATE(priv_id), pk->MBEDTLS_PRIVATE(pub_raw),
                               sizeof pk->MBEDTLS_PRIVATE(pub_raw), size);
}

int moat__mbedtls_hmac_sha256(void *ctx, const void *key, size_t key_size, const void *p, size_t n,
                              uint8_t out[32]) {
  (void)ctx;
  const psa_algorithm_t hmac = PSA_ALG_HMAC(PSA_ALG_SHA_256);
  psa_key_attributes_t a = PSA_KEY_ATTRIBUTES_INIT;
  mbedtls_svc_key_id_t id = MBEDTLS_SVC_KEY_ID_INIT;
  size_t size;
  psa_set_key_type(&a, PSA_KEY_TYPE_HMAC);
  psa_set_key_usage_flags(&a, PSA_KEY_USAGE_SIGN_MESSAGE);
  psa_set_key_algorithm(&a, hmac);
  int ret = psa_crypto_init();
  if (!ret) ret = psa_import_key(&a, key, key_size, &id);
  if (!ret) ret = psa_mac_compute(id, hmac, p, n, out, 32, &size);
  psa_destroy_key(id);
  return ret ? MOAT_E_PORT : MOAT_OK;
}
#endif
