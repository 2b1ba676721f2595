/* Keys that PSA holds. The same keys in memory verify what they sign. */
#include "key_fixture.h"

#ifdef MBEDTLS_PSA_CRYPTO_C

static int start(void **state) {
  (void)state;
  random_result = 0;
  return psa_crypto_init() ? -1 : 0;
}

static const struct {
  const char *pem, *thumbprint, *input;
  int alg;
  psa_algorithm_t policy;
} kinds[] = {
    {A3_KEY, A3_THUMBPRINT, A3_INPUT, MOAT_ES256, PSA_ALG_ECDSA(PSA_ALG_SHA_256)},
    {A3_KEY, A3_THUMBPRINT, A3_INPUT, MOAT_ES256, PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_SHA_256)},
    {P384_KEY, P384_THUMBPRINT, A3_INPUT, MOAT_ES384, PSA_ALG_ECDSA(PSA_ALG_SHA_384)},
    {A2_KEY, A2_THUMBPRINT, A2_INPUT, MOAT_RS256, PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_SHA_256)},
    {A2_KEY, A2_THUMBPRINT, A2_INPUT, MOAT_PS256, PSA_ALG_RSA_PSS(PSA_ALG_SHA_256)},
};

static psa_key_type_t type_of(int alg) {
  bool rsa = alg == MOAT_RS256 || alg == MOAT_PS256;
  return rsa ? PSA_KEY_TYPE_RSA_KEY_PAIR : PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1);
}

static mbedtls_svc_key_id_t import(moat_key *k, int alg, psa_algorithm_t policy) {
  psa_key_attributes_t a = PSA_KEY_ATTRIBUTES_INIT;
  mbedtls_svc_key_id_t id;
  unsigned char key_bytes[2048];
  size_t n = private_part(k, key_bytes, sizeof key_bytes);
  psa_set_key_usage_flags(&a, PSA_KEY_USAGE_SIGN_HASH);
  psa_set_key_algorithm(&a, policy);
  psa_set_key_type(&a, type_of(alg));
  assert_int_equal(psa_import_key(&a, key_bytes, n, &id), PSA_SUCCESS);
  return id;
}

static void test_signatures(void **state) {
  (void)state;
  for (unsigned i = 0; i < COUNT(kinds); i++) {
    moat_key k;
    moat_signer s;
    assert_int_equal(load(&k, kinds[i].pem), 0);
    mbedtls_svc_key_id_t id = import(&k, kinds[i].alg, kinds[i].policy);
    assert_int_equal(moat_psa_signer(&id, kinds[i].alg, &s), 0);
    assert_int_equal(s.alg, kinds[i].alg);
    check_jws(&s, &k, kinds[i].input);
    check_key_thumbprint(&s, kinds[i].thumbprint);
    assert_int_equal(psa_destroy_key(id), PSA_SUCCESS);
    moat_key_free(&k);
  }
}

static void test_usual_algorithm(void **state) {
  (void)state;
  for (unsigned i = 0; i < COUNT(kinds); i++) {
    moat_key k;
    moat_signer s;
    assert_int_equal(load(&k, kinds[i].pem), 0);
    mbedtls_svc_key_id_t id = import(&k, kinds[i].alg, kinds[i].policy);
    int usual = kinds[i].alg == MOAT_RS256 ? MOAT_PS256 : kinds[i].alg;
    assert_int_equal(moat_psa_signer(&id, 0, &s), 0);
    assert_int_equal(s.alg, usual);
    for (int alg = 1; alg <= MOAT_HS256; alg++) {
      bool good = alg == usual || (alg == MOAT_RS256 && usual == MOAT_PS256);
      assert_int_equal(moat_psa_signer(&id, alg, &s), good ? 0 : MOAT_E_KEY);
    }
    assert_int_equal(psa_destroy_key(id), PSA_SUCCESS);
    moat_key_free(&k);
  }
}

/* PSA's own number comes back, which an exchange shows as port_code. */
static void test_refused(void **state) {
  (void)state;
  moat_key k;
  moat_signer s;
  uint8_t hash[32] = {0}, out[256];
  assert_int_equal(load(&k, A2_KEY), 0);
  mbedtls_svc_key_id_t id = import(&k, MOAT_RS256, PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_SHA_256));
  assert_int_equal(moat_psa_signer(&id, MOAT_PS256, &s), 0);
  assert_int_equal(s.ops->sign(s.ctx, MOAT_PS256, hash, 32, out, 256), PSA_ERROR_NOT_PERMITTED);
  assert_int_equal(moat_psa_signer(&id, MOAT_RS256, &s), 0);
  assert_int_equal(s.ops->sign(s.ctx, MOAT_RS256, hash, 32, out, 255), PSA_ERROR_BUFFER_TOO_SMALL);
  assert_int_equal(psa_destroy_key(id), PSA_SUCCESS);
  int gone = s.ops->sign(s.ctx, MOAT_RS256, hash, 32, out, 256);
  assert_true(gone == PSA_ERROR_INVALID_HANDLE || gone == PSA_ERROR_DOES_NOT_EXIST);
  assert_int_equal(s.ops->public_key(s.ctx, out, 256), gone);
  assert_int_equal(moat_psa_signer(&id, 0, &s), MOAT_E_PORT);
  moat_key_free(&k);
}

static void check_generated(psa_key_type_t type, size_t bits, int wanted) {
  psa_key_attributes_t a = PSA_KEY_ATTRIBUTES_INIT;
  mbedtls_svc_key_id_t id;
  moat_signer s;
  psa_set_key_type(&a, type);
  psa_set_key_bits(&a, bits);
  assert_int_equal(psa_generate_key(&a, &id), PSA_SUCCESS);
  assert_int_equal(moat_psa_signer(&id, 0, &s), wanted);
  assert_int_equal(psa_destroy_key(id), PSA_SUCCESS);
}

static void test_other_keys(void **state) {
  (void)state;
  check_generated(PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1), 256, 0);
  check_generated(PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1), 521, MOAT_E_KEY);
  check_generated(PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_K1), 256, MOAT_E_KEY);
  check_generated(PSA_KEY_TYPE_AES, 128, MOAT_E_KEY);
  check_generated(PSA_KEY_TYPE_RSA_KEY_PAIR, 1024, MOAT_E_KEY);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_signatures),
      cmocka_unit_test(test_usual_algorithm),
      cmocka_unit_test(test_refused),
      cmocka_unit_test(test_other_keys),
  };
  return cmocka_run_group_tests(tests, start, free_keys);
}
#else
int main(void) {
  return 0;
}
#endif
