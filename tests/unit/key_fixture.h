/* Signatures are verified by Mbed TLS itself, with the key in memory. */
#ifndef KEY_FIXTURE_H
#define KEY_FIXTURE_H

#include "jose_fixture.h"
#include "jose_vectors.h"
#include "key_samples.h"
#include "moat/key.h"
#include "tls_certificates.h"

#if MBEDTLS_VERSION_MAJOR < 4
#include <mbedtls/ecdsa.h>
#include <mbedtls/rsa.h>
#endif
#include <stdlib.h>

/* The groups of a key in memory are private in 3.x. */
#if MBEDTLS_VERSION_MAJOR < 3
#define PRIVATE(member) member
#else
#define PRIVATE(member) MBEDTLS_PRIVATE(member)
#endif

static int random_result;

static int platform_random(void *ctx, void *p, size_t n) {
  if (random_result) return random_result;
  return test_random(ctx, p, n);
}

static const moat_platform platform = {.random = platform_random};

static inline int load(moat_key *k, const char *pem) {
  return moat_key_load(k, pem, strlen(pem) + 1, &platform, NULL);
}

#if MBEDTLS_VERSION_MAJOR < 4
static inline bool verify_ec(moat_key *k, const uint8_t *hash, size_t n, const uint8_t *signature,
                             size_t size) {
  mbedtls_ecp_keypair *ec = mbedtls_pk_ec(k->pk);
  mbedtls_mpi r, s;
  mbedtls_mpi_init(&r);
  mbedtls_mpi_init(&s);
  assert_int_equal(mbedtls_mpi_read_binary(&r, signature, size / 2), 0);
  assert_int_equal(mbedtls_mpi_read_binary(&s, signature + size / 2, size / 2), 0);
  int ret = mbedtls_ecdsa_verify(&ec->PRIVATE(grp), hash, n, &ec->PRIVATE(Q), &r, &s);
  mbedtls_mpi_free(&r);
  mbedtls_mpi_free(&s);
  return ret == 0;
}

/* The salt of PS256 has exactly 32 bytes. */
static inline bool verify(moat_key *k, int alg, const uint8_t *hash, size_t n,
                          const uint8_t *signature, size_t size) {
  mbedtls_pk_rsassa_pss_options pss = {MBEDTLS_MD_SHA256, 32};
  if (alg == MOAT_ES256 || alg == MOAT_ES384) return verify_ec(k, hash, n, signature, size);
  if (alg == MOAT_RS256)
    return mbedtls_pk_verify(&k->pk, MBEDTLS_MD_SHA256, hash, n, signature, size) == 0;
  return mbedtls_pk_verify_ext(MBEDTLS_PK_RSASSA_PSS, &pss, &k->pk, MBEDTLS_MD_SHA256, hash, n,
                               signature, size) == 0;
}

static inline void make_moat_key(moat_key *k, key_kind kind) {
  make_key(&k->pk, kind);
}

/* PSA takes an RSA key as PKCS #1, and of other keys the number alone. */
static inline size_t private_part(moat_key *k, unsigned char *out, size_t size) {
  int n =
      mbedtls_pk_can_do(&k->pk, MBEDTLS_PK_RSA) ? mbedtls_pk_write_key_der(&k->pk, out, size) : 0;
  if (n > 0) memmove(out, out + size - (size_t)n, (size_t)n);
  if (n) return (size_t)n;
  size = mbedtls_pk_get_len(&k->pk);
  assert_int_equal(mbedtls_mpi_write_binary(&mbedtls_pk_ec(k->pk)->PRIVATE(d), out, size), 0);
  return size;
}
#else
static inline bool verify(moat_key *k, int alg, const uint8_t *hash, size_t n,
                          const uint8_t *signature, size_t size) {
  psa_algorithm_t md = alg == MOAT_ES384 ? PSA_ALG_SHA_384 : PSA_ALG_SHA_256;
  psa_algorithm_t how = alg == MOAT_PS256   ? PSA_ALG_RSA_PSS(md)
                        : alg == MOAT_RS256 ? PSA_ALG_RSA_PKCS1V15_SIGN(md)
                                            : PSA_ALG_ECDSA(md);
  /* The key's policy has one kind of ECDSA, though both verify alike. */
  return psa_verify_hash(k->id, how, hash, n, signature, size) == 0 ||
         (PSA_ALG_IS_ECDSA(how) &&
          psa_verify_hash(k->id, PSA_ALG_DETERMINISTIC_ECDSA(md), hash, n, signature, size) == 0);
}

static inline void make_moat_key(moat_key *k, key_kind kind) {
  k->id = make_psa_key(kind);
}

static inline size_t private_part(moat_key *k, unsigned char *out, size_t size) {
  size_t n;
  assert_int_equal(psa_export_key(k->id, out, size, &n), 0);
  return n;
}
#endif

/* Signs a JWS in place, and verifies it with a key in memory. */
static inline void check_jws(const moat_signer *s, moat_key *k, const char *input) {
  static char request[2048];
  uint8_t hash[48];
  size_t n = (size_t)sprintf(request, "a\r\n\r\nb=%s.", input);
  size_t room = moat__base64url_size(s->size);
  memset(request + n, MOAT__UNSIGNED_CLIENT, room);
  n += room;
  assert_int_equal(moat__jws_sign(s, (moat_span){NULL, 0}, MOAT__UNSIGNED_CLIENT, request, n), 0);
  jwt_parts parts = take_apart((moat_span){request + 7, n - 7});
  assert_int_equal(parts.size, s->size);
  bool wide = s->alg == MOAT_ES384;
  int (*digest)(void *, const void *, size_t, uint8_t *) =
      wide ? moat_jose_crypto_mbedtls.sha384 : moat_crypto_mbedtls.sha256;
  assert_int_equal(digest(NULL, parts.input.p, parts.input.n, hash), 0);
  assert_true(verify(k, s->alg, hash, wide ? 48 : 32, parts.signature, parts.size));
  parts.signature[parts.size - 1] ^= 1;
  assert_false(verify(k, s->alg, hash, wide ? 48 : 32, parts.signature, parts.size));
}

/* The thumbprint of a signer's public key. PSA takes its time for each, so not all sizes are
 * tried. */
static inline void check_key_thumbprint(const moat_signer *s, const char *wanted) {
  size_t least = 0;
  for (size_t room = 0; room <= 1024; room += room % 64 < 4 ? 1 : 30) {
    char *room_of = malloc(room + 1), out[44];
    int r = moat_jwk_thumbprint(s, room_of, room, out);
    assert_int_equal(r, least ? 0 : r ? MOAT_E_SPACE : 0);
    if (!r && !least) least = room;
    if (!r) assert_string_equal(out, wanted);
    free(room_of);
  }
  assert_true(least > 0);
}

#endif
