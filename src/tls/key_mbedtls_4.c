/* A private key of Mbed TLS 4.x: it is parsed, and PSA keeps it until it is freed. */
#include "key.h"
#include "tls_error.h"

#if MBEDTLS_VERSION_MAJOR >= 4
/* An RSA key may sign in either way, and an EC key only by ECDSA. */
static int hand_over(moat_key *k, const mbedtls_pk_context *pk) {
  psa_key_attributes_t a = PSA_KEY_ATTRIBUTES_INIT;
  int ret = mbedtls_pk_get_psa_attributes(pk, PSA_KEY_USAGE_SIGN_HASH, &a);
  if (PSA_KEY_TYPE_IS_RSA(psa_get_key_type(&a)))
    psa_set_key_enrollment_algorithm(&a, PSA_ALG_RSA_PSS(PSA_ALG_ANY_HASH));
  if (!ret) ret = mbedtls_pk_import_into_psa(pk, &a, &k->id);
  psa_reset_key_attributes(&a);
  return ret;
}

int moat__key_parse(moat_key *k, const void *text, size_t n) {
  mbedtls_pk_context pk;
  moat_signer any;
  k->id = (mbedtls_svc_key_id_t)MBEDTLS_SVC_KEY_ID_INIT;
  mbedtls_pk_init(&pk);
  int ret = psa_crypto_init();
  if (!ret) ret = mbedtls_pk_parse_key(&pk, text, n, NULL, 0);
  if (!ret) ret = hand_over(k, &pk);
  mbedtls_pk_free(&pk);
  if (!ret && !moat_psa_signer(&k->id, 0, &any)) return 0;
  moat_key_free(k);
  return moat__tls_error_of(ret, MOAT_E_KEY);
}

int moat_key_signer(moat_key *k, int alg, moat_signer *out) {
  return moat_psa_signer(&k->id, alg, out);
}

void moat_key_free(moat_key *k) {
  psa_destroy_key(k->id);
  k->id =
      (mbedtls_svc_key_id_t)MBEDTLS_SVC_KEY_ID_INIT; /* PSA may give the number to another key */
}
#endif
