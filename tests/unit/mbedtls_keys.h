/* Keys for tests, as each version of Mbed TLS makes them. */
#ifndef MBEDTLS_KEYS_H
#define MBEDTLS_KEYS_H

#include "cmocka_all.h"

#include <stdbool.h>

#include <mbedtls/pk.h>
#include <mbedtls/version.h>
#include <mbedtls/x509_crt.h>

/* The same numbers in every run. Mbed TLS 4 does not take them. */
static inline int test_random(void *ctx, unsigned char *out, size_t n) {
  static uint32_t x = 2463534242u;
  (void)ctx;
  for (size_t i = 0; i < n; i++) {
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    out[i] = (unsigned char)(x >> 11);
  }
  return 0;
}

typedef enum { ON_P256, ON_P384, ON_P521, ON_K1, OF_RSA1024, OF_RSA2048 } key_kind;

#if MBEDTLS_VERSION_MAJOR < 4
#include <mbedtls/ecp.h>
#include <mbedtls/rsa.h>

static inline void make_key(mbedtls_pk_context *pk, key_kind kind) {
  static const mbedtls_ecp_group_id groups[] = {MBEDTLS_ECP_DP_SECP256R1, MBEDTLS_ECP_DP_SECP384R1,
                                                MBEDTLS_ECP_DP_SECP521R1, MBEDTLS_ECP_DP_SECP256K1};
  bool rsa = kind >= OF_RSA1024;
  mbedtls_pk_init(pk);
  assert_int_equal(
      mbedtls_pk_setup(pk, mbedtls_pk_info_from_type(rsa ? MBEDTLS_PK_RSA : MBEDTLS_PK_ECKEY)), 0);
  int r = rsa ? mbedtls_rsa_gen_key(mbedtls_pk_rsa(*pk), test_random, NULL,
                                    kind == OF_RSA1024 ? 1024 : 2048, 65537)
              : mbedtls_ecp_gen_key(groups[kind], mbedtls_pk_ec(*pk), test_random, NULL);
  assert_int_equal(r, 0);
}

#define TICKET_CIPHER test_random, NULL, MBEDTLS_CIPHER_AES_256_GCM
#define set_random(config) mbedtls_ssl_conf_rng(config, test_random, NULL)
#define write_certificate(w, out, size) mbedtls_x509write_crt_der(w, out, size, test_random, NULL)
#else

static inline mbedtls_svc_key_id_t make_psa_key(key_kind kind) {
  static const size_t bits[] = {256, 384, 521, 256, 1024, 2048};
  psa_key_attributes_t a = PSA_KEY_ATTRIBUTES_INIT;
  mbedtls_svc_key_id_t id;
  bool rsa = kind >= OF_RSA1024;
  psa_ecc_family_t family = kind == ON_K1 ? PSA_ECC_FAMILY_SECP_K1 : PSA_ECC_FAMILY_SECP_R1;
  psa_set_key_type(&a, rsa ? PSA_KEY_TYPE_RSA_KEY_PAIR : PSA_KEY_TYPE_ECC_KEY_PAIR(family));
  psa_set_key_bits(&a, bits[kind]);
  psa_set_key_usage_flags(&a, PSA_KEY_USAGE_SIGN_HASH | PSA_KEY_USAGE_VERIFY_HASH |
                                  PSA_KEY_USAGE_EXPORT);
  psa_set_key_algorithm(&a, rsa ? PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_ANY_HASH)
                                : PSA_ALG_ECDSA(PSA_ALG_ANY_HASH));
  assert_int_equal(psa_crypto_init(), 0);
  assert_int_equal(psa_generate_key(&a, &id), 0);
  return id;
}

static inline void make_key(mbedtls_pk_context *pk, key_kind kind) {
  mbedtls_svc_key_id_t id = make_psa_key(kind);
  mbedtls_pk_init(pk);
  assert_int_equal(mbedtls_pk_copy_from_psa(id, pk), 0);
  assert_int_equal(psa_destroy_key(id), 0);
}

#define TICKET_CIPHER PSA_ALG_GCM, PSA_KEY_TYPE_AES, 256
#define set_random(config) ((void)(config))
#define write_certificate(w, out, size) mbedtls_x509write_crt_der(w, out, size)
#endif

#endif
