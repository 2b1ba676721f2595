/* Keys of Mbed TLS: what is loaded, what is refused, and signatures that Mbed TLS verifies. */
#include "heap.h"
#include "key_fixture.h"

#include "tls/key.h"

static int random_works(void **state) {
  (void)state;
  random_result = 0;
  return 0;
}

/* ---- Signatures ---- */

static const struct {
  const char *pem;
  int alg;
  uint16_t size;
  const char *input;
} kinds[] = {{A3_KEY, MOAT_ES256, 64, A3_INPUT},
             {P384_KEY, MOAT_ES384, 96, "eyJhbGciOiJFUzM4NCJ9." CLAIMS},
             {A2_KEY, MOAT_RS256, 256, A2_INPUT},
             {A2_KEY, MOAT_PS256, 256, "eyJhbGciOiJQUzI1NiJ9." CLAIMS},
             {RFC7520_KEY, MOAT_RS256, 256, RFC7520_INPUT}};

static void test_signatures(void **state) {
  (void)state;
  for (unsigned i = 0; i < COUNT(kinds); i++) {
    moat_key k;
    moat_signer s;
    assert_int_equal(load(&k, kinds[i].pem), 0);
    assert_int_equal(moat_key_signer(&k, kinds[i].alg, &s), 0);
    assert_int_equal(s.alg, kinds[i].alg);
    assert_int_equal(s.size, kinds[i].size);
    check_jws(&s, &k, kinds[i].input);
    moat_key_free(&k);
  }
}

/* A.3 cannot be repeated, but verified: so the check of signatures is one. */
static void test_verified_example(void **state) {
  (void)state;
  moat_key k;
  uint8_t hash[32], signature[64];
  assert_int_equal(load(&k, A3_KEY), 0);
  assert_int_equal(decode_base64url(moat_str(A3_SIGNATURE), signature, 64), 64);
  assert_int_equal(moat_crypto_mbedtls.sha256(NULL, A3_INPUT, strlen(A3_INPUT), hash), 0);
  assert_true(verify(&k, MOAT_ES256, hash, 32, signature, 64));
  hash[0] ^= 1;
  assert_false(verify(&k, MOAT_ES256, hash, 32, signature, 64));
  moat_key_free(&k);
}

static void check_rs256(moat_key *k, const char *input, const char *wanted) {
  moat_signer s;
  uint8_t hash[32], out[256], signature[256];
  assert_int_equal(moat_key_signer(k, MOAT_RS256, &s), 0);
  assert_int_equal(moat_crypto_mbedtls.sha256(NULL, input, strlen(input), hash), 0);
  assert_int_equal(s.ops->sign(s.ctx, MOAT_RS256, hash, 32, out, 256), 256);
  assert_int_equal(decode_base64url(moat_str(wanted), signature, 256), 256);
  assert_memory_equal(out, signature, 256);
}

/* One key for both paddings: PS256 leaves nothing behind for RS256. */
static void test_rs256(void **state) {
  (void)state;
  moat_key k;
  moat_signer pss;
  uint8_t hash[32] = {0}, out[256];
  assert_int_equal(load(&k, A2_KEY), 0);
  check_rs256(&k, A2_INPUT, A2_SIGNATURE);
  assert_int_equal(moat_key_signer(&k, 0, &pss), 0);
  assert_int_equal(pss.alg, MOAT_PS256);
  assert_int_equal(pss.ops->sign(pss.ctx, MOAT_PS256, hash, 32, out, 256), 256);
  assert_true(verify(&k, MOAT_PS256, hash, 32, out, 256));
  check_rs256(&k, A2_INPUT, A2_SIGNATURE);
  moat_key_free(&k);
  assert_int_equal(load(&k, RFC7520_KEY), 0);
  check_rs256(&k, RFC7520_INPUT, RFC7520_SIGNATURE);
  moat_key_free(&k);
}

/* Of these numbers the signatures have a short R or S (with RFC 6979). */
static void test_short_numbers(void **state) {
  (void)state;
  static const struct {
    uint32_t number;
    unsigned at, zeros;
  } shorts[] = {{296, 0, 1}, {139, 32, 1}, {20823, 32, 2}};
  moat_key k;
  moat_signer s;
  assert_int_equal(load(&k, A3_KEY), 0);
  assert_int_equal(moat_key_signer(&k, 0, &s), 0);
  for (unsigned i = 0; i < COUNT(shorts); i++) {
    uint32_t v = shorts[i].number;
    uint8_t bytes[4] = {0, 0, (uint8_t)(v >> 8), (uint8_t)v}, hash[32], out[64];
    assert_int_equal(moat_crypto_mbedtls.sha256(NULL, bytes, 4, hash), 0);
    assert_int_equal(s.ops->sign(s.ctx, MOAT_ES256, hash, 32, out, 64), 64);
    assert_true(verify(&k, MOAT_ES256, hash, 32, out, 64));
#ifdef MBEDTLS_ECDSA_DETERMINISTIC
    for (unsigned z = 0; z < shorts[i].zeros; z++)
      assert_int_equal(out[shorts[i].at + z], 0);
#endif
  }
  moat_key_free(&k);
}

/* Keys that are made now, and many hashes: each signature has its full width. */
static void test_many_signatures(void **state) {
  (void)state;
  for (uint8_t round = 0; round < 20; round++) {
    moat_key k = {.platform = &platform};
    moat_signer s;
    uint8_t hash[48], out[96];
    size_t n = round % 2 ? 48 : 32;
    make_moat_key(&k, round % 2 ? ON_P384 : ON_P256);
    assert_int_equal(moat_key_signer(&k, 0, &s), 0);
    for (uint8_t i = 0; i < 6; i++) {
      memset(hash, round * 8 + i, sizeof hash);
      memset(out, 0xaa, sizeof out);
      assert_int_equal(s.ops->sign(s.ctx, s.alg, hash, n, out, s.size), 2 * n);
      assert_true(verify(&k, s.alg, hash, n, out, 2 * n));
    }
    moat_key_free(&k);
  }
}

/* ---- DER ---- */

typedef struct {
  const char *der;
  size_t n;
  const char *fixed; /* 2 * 4 bytes, or NULL */
} der_case;

#define DER(der, fixed)                                                                            \
  { der, sizeof(der) - 1, fixed }

static void test_der(void **state) {
  (void)state;
  static const der_case cases[] = {
      DER("\x30\x0c\x02\x04\x01\x02\x03\x04\x02\x04\x11\x12\x13\x14",
          "\x01\x02\x03\x04\x11\x12\x13\x14"),
      DER("\x30\x0e\x02\x05\x00\x81\x02\x03\x04\x02\x05\x00\xff\xff\xff\xff",
          "\x81\x02\x03\x04\xff\xff\xff\xff"),                         /* zeros of the sign */
      DER("\x30\x06\x02\x01\x7f\x02\x01\x01", "\0\0\0\x7f\0\0\0\x01"), /* short */
      DER("\x30\x08\x02\x02\x00\x80\x02\x02\x01\x00", "\0\0\0\x80\0\0\x01\0"),
      DER("\x30\x06\x02\x01\x00\x02\x01\x00", "\0\0\0\0\0\0\0\0"),
      DER("\x30\x81\x06\x02\x01\x01\x02\x01\x01", "\0\0\0\1\0\0\0\1"), /* BER, and harmless */
      DER("\x30\x0d\x02\x05\x01\x02\x03\x04\x05\x02\x04\x11\x12\x13\x14", NULL), /* too wide */
      DER("\x30\x0d\x02\x04\x01\x02\x03\x04\x02\x05\x11\x12\x13\x14\x15", NULL),
      DER("\x30\x06\x02\x01\x80\x02\x01\x01", NULL), /* negative */
      DER("\x30\x06\x02\x01\x01\x02\x01\xff", NULL),
      DER("\x30\x05\x02\x00\x02\x01\x01", NULL),                 /* no number */
      DER("\x30\x03\x02\x01\x01", NULL),                         /* only one */
      DER("\x30\x09\x02\x01\x01\x02\x01\x01\x02\x01\x01", NULL), /* three */
      DER("\x30\x06\x02\x01\x01\x02\x01\x01\x00", NULL),         /* something after it */
      DER("\x30\x07\x02\x01\x01\x02\x01\x01", NULL),             /* cut off */
      DER("\x31\x06\x02\x01\x01\x02\x01\x01", NULL),             /* another type */
      DER("\x30\x06\x04\x01\x01\x02\x01\x01", NULL),
      DER("\x30\x06\x02\x01\x01\x04\x01\x01", NULL),
      DER("\x30\x06\x02\x81\x01\x02\x01\x01", NULL),
      DER("\x30\x80\x02\x01\x01\x02\x01\x01\x00\x00", NULL), /* no length */
      DER("", NULL)};
  for (unsigned i = 0; i < COUNT(cases); i++) {
    uint8_t out[10], *copy = malloc(cases[i].n + 1);
    memset(out, 0x55, sizeof out);
    memcpy(copy, cases[i].der, cases[i].n);
    bool good = moat__der_to_fixed(copy, cases[i].n, out, 4);
    if (good != !!cases[i].fixed) fail_msg("case %u", i);
    if (good) assert_memory_equal(out, cases[i].fixed, 8);
    assert_true(out[8] == 0x55 && out[9] == 0x55);
    free(copy);
  }
  for (size_t n = 0; n < cases[0].n; n++) {
    uint8_t out[8], *copy = malloc(n + 1);
    memcpy(copy, cases[0].der, n);
    assert_false(moat__der_to_fixed(copy, n, out, 4));
    free(copy);
  }
}

/* ---- Wrong use ---- */

static void test_wrong_algorithm(void **state) {
  (void)state;
  static const struct {
    const char *pem;
    unsigned good; /* a bit for each algorithm */
  } allowed[] = {{A3_KEY, 1u << MOAT_ES256},
                 {P384_KEY, 1u << MOAT_ES384},
                 {A2_KEY, 1u << MOAT_RS256 | 1u << MOAT_PS256}};
  for (unsigned i = 0; i < COUNT(allowed); i++) {
    moat_key k;
    moat_signer s, usual;
    uint8_t hash[48] = {0}, out[256] = {0};
    assert_int_equal(load(&k, allowed[i].pem), 0);
    assert_int_equal(moat_key_signer(&k, 0, &usual), 0);
    for (int alg = 1; alg <= MOAT_HS256 + 1; alg++) {
      bool good = allowed[i].good >> alg & 1;
      assert_int_equal(moat_key_signer(&k, alg, &s), good ? 0 : MOAT_E_KEY);
      if (MBEDTLS_VERSION_MAJOR >= 4) continue; /* PSA judges by itself */
      int r = usual.ops->sign(&k, alg, hash, alg == MOAT_ES384 ? 48 : 32, out, usual.size);
      assert_int_equal(r, good ? usual.size : MOAT_E_MISUSE);
    }
    for (size_t size = 0; size < sizeof out; size += 16) /* a moat_signer with another size */
      if (size != usual.size && MBEDTLS_VERSION_MAJOR < 4)
        assert_int_equal(usual.ops->sign(&k, usual.alg, hash, 32, out, size), MOAT_E_MISUSE);
    moat_key_free(&k);
  }
}

static int load_der(mbedtls_pk_context *pk) {
  unsigned char der[2048];
  moat_key k;
  int n = mbedtls_pk_write_key_der(pk, der, sizeof der);
  assert_true(n > 0);
  int r = moat_key_load(&k, der + sizeof der - n, (size_t)n, &platform, NULL);
  if (!r) moat_key_free(&k);
  return r;
}

static void test_other_keys(void **state) {
  (void)state;
  moat_key k;
  assert_int_equal(load_der(key(P256)), 0);
  assert_int_equal(load_der(key(P521)), MOAT_E_KEY);
  assert_int_equal(load_der(key(K1)), MOAT_E_KEY); /* 256 bits, but another curve */
  assert_int_equal(load_der(key(RSA2048)), 0);
  assert_int_equal(load(&k, RSA1024_KEY), MOAT_E_KEY);
  assert_int_equal(load(&k, PUBLIC_KEY), MOAT_E_KEY);
  assert_int_equal(load(&k, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
                   MOAT_E_KEY);
  assert_int_equal(load(&k, "hello"), MOAT_E_KEY);
  assert_int_equal(load(&k, ""), MOAT_E_KEY);
}

static void test_encrypted(void **state) {
  (void)state;
  moat_key k;
  assert_int_equal(load(&k, ENCRYPTED_PKCS8), MOAT_E_ENCRYPTED);
  assert_int_equal(load(&k, ENCRYPTED_SEC1), MOAT_E_ENCRYPTED);
  assert_string_equal(moat_error_text(MOAT_E_ENCRYPTED), "the private key is encrypted");
}

static void test_misuse(void **state) {
  (void)state;
  static const moat_platform none = {.random = NULL};
  moat_key k;
  assert_int_equal(moat_key_load(&k, A3_KEY, strlen(A3_KEY), &platform, NULL), MOAT_E_MISUSE);
  assert_int_equal(moat_key_load(&k, A3_KEY, 0, &platform, NULL), MOAT_E_MISUSE);
  assert_int_equal(moat_key_load(&k, A3_KEY, sizeof A3_KEY, NULL, NULL), MOAT_E_MISUSE);
  assert_int_equal(moat_key_load(&k, A3_KEY, sizeof A3_KEY, &none, NULL), MOAT_E_MISUSE);
}

/* DER that is cut off at any byte, or has a wrong byte, is no key, and leaves nothing behind. */
static void test_damaged(void **state) {
  (void)state;
  unsigned char der[256];
  moat_key k;
  int n = mbedtls_pk_write_key_der(key(P256), der, sizeof der);
  const unsigned char *at = der + sizeof der - n;
  for (size_t cut = 1; cut < (size_t)n; cut++) {
    unsigned char *copy = malloc(cut);
    memcpy(copy, at, cut);
    assert_int_equal(moat_key_load(&k, copy, cut, &platform, NULL), MOAT_E_KEY);
    free(copy);
  }
  for (size_t i = 0; i < (size_t)n; i++) {
    unsigned char *copy = malloc((size_t)n);
    memcpy(copy, at, (size_t)n);
    copy[i] ^= 0x80;
    int r = moat_key_load(&k, copy, (size_t)n, &platform, NULL);
    assert_true(r == 0 || r == MOAT_E_KEY || (i == 0 && r == MOAT_E_MISUSE));
    if (!r) moat_key_free(&k);
    free(copy);
  }
}

/* ---- Randomness and memory ---- */

#if MBEDTLS_VERSION_MAJOR < 4 /* which draws from PSA */
/* RS256 takes randomness too: it blinds the key. */
static void test_no_random(void **state) {
  (void)state;
  for (unsigned i = 0; i < COUNT(kinds); i++) {
    moat_key k;
    moat_signer s;
    uint8_t hash[48] = {0}, out[256];
    assert_int_equal(load(&k, kinds[i].pem), 0);
    assert_int_equal(moat_key_signer(&k, kinds[i].alg, &s), 0);
    random_result = 5;
    int r = s.ops->sign(&k, s.alg, hash, s.alg == MOAT_ES384 ? 48 : 32, out, s.size);
    random_result = 0;
    assert_int_equal(r, MOAT_E_RANDOM);
    assert_int_equal(s.ops->sign(&k, s.alg, hash, s.alg == MOAT_ES384 ? 48 : 32, out, s.size),
                     s.size);
    moat_key_free(&k);
  }
}
#endif

#ifdef OWN_HEAP
/* At whatever point memory runs out, there is no key or no signature, and nothing is lost. Mbed TLS
 * does not always say that it was memory. */
static void test_no_memory(void **state) {
  (void)state;
  for (unsigned i = 0; i < COUNT(kinds); i++) {
    moat_key k;
    moat_signer s;
    uint8_t hash[48] = {0}, out[256];
    int r = MOAT_E_MEMORY;
    for (long n = 0; r; n += n < 40 ? 1 : 7) {
      callocs_left = n;
      r = load(&k, kinds[i].pem);
      callocs_left = -1;
      assert_true(r == 0 || r == MOAT_E_MEMORY || r == MOAT_E_KEY);
    }
    assert_int_equal(moat_key_signer(&k, kinds[i].alg, &s), 0);
    r = MOAT_E_MEMORY;
    for (long n = 0; r != s.size; n += n < 40 ? 1 : 97) {
      callocs_left = n;
      r = s.ops->sign(&k, s.alg, hash, s.alg == MOAT_ES384 ? 48 : 32, out, s.size);
      callocs_left = -1;
      assert_true(r == s.size || r < 0);
    }
    moat_key_free(&k);
  }
}
#endif

/* ---- The public key ---- */

static void test_thumbprints(void **state) {
  (void)state;
  static const struct {
    const char *pem, *thumbprint;
  } prints[] = {{A2_KEY, A2_THUMBPRINT}, {A3_KEY, A3_THUMBPRINT}, {P384_KEY, P384_THUMBPRINT}};
  for (unsigned i = 0; i < COUNT(prints); i++) {
    moat_key k;
    moat_signer s;
    assert_int_equal(load(&k, prints[i].pem), 0);
    assert_int_equal(moat_key_signer(&k, 0, &s), 0);
    check_key_thumbprint(&s, prints[i].thumbprint);
    moat_key_free(&k);
  }
}

#define KEY(test) cmocka_unit_test_setup(test, random_works)

int main(void) {
  const struct CMUnitTest tests[] = {
    KEY(test_signatures),
    KEY(test_verified_example),
    KEY(test_rs256),
    KEY(test_short_numbers),
    KEY(test_many_signatures),
    KEY(test_der),
    KEY(test_wrong_algorithm),
    KEY(test_other_keys),
    KEY(test_encrypted),
#if MBEDTLS_VERSION_MAJOR < 4
    KEY(test_no_random),
#endif
    KEY(test_misuse),
    KEY(test_damaged),
#ifdef OWN_HEAP
    KEY(test_no_memory),
#endif
    KEY(test_thumbprints),
  };
  return cmocka_run_group_tests(tests, NULL, free_keys);
}
