/* JWTs: written and signed in place, against the examples of RFC 7515, 7520 and 7638. */
#include "jose_fixture.h"
#include "jose_vectors.h"

#include <stdlib.h>

enum { MARK = MOAT__UNSIGNED_CLIENT };

/* ---- Signing in place ---- */

/* A request with a JWT of this input, for a signature of so many bytes. */
static size_t request_of(char *out, char mark, const char *input, size_t signature) {
  size_t n = (size_t)sprintf(out, "POST\r\n\r\na=b&client_assertion=%s.", input);
  size_t room = (signature * 8 + 5) / 6;
  memset(out + n, mark, room);
  return n + room + (size_t)sprintf(out + n + room, "&grant_type=c");
}

static void check_hs256(const char *key, const char *input, const char *signature) {
  static char request[1024], wanted[1024];
  moat_signer s = {.crypto = &moat_hmac_crypto_mbedtls, .alg = MOAT_HS256, .size = 32};
  uint8_t secret[64];
  moat_span k = {(const char *)secret, decode_base64url(moat_str(key), secret, sizeof secret)};
  size_t n = request_of(request, MARK, input, 32);
  sprintf(wanted, "POST\r\n\r\na=b&client_assertion=%s.%s&grant_type=c", input, signature);
  assert_int_equal(moat__jws_sign(&s, k, MARK, request, n), 0);
  assert_string_equal(request, wanted);
  assert_int_equal(moat__jws_sign(&s, k, MARK, request, n), 0); /* it is signed already */
  assert_string_equal(request, wanted);
}

static void test_hs256(void **state) {
  (void)state;
  check_hs256(A1_KEY, A1_INPUT, A1_SIGNATURE);
  check_hs256(RFC7520_SECRET, RFC7520_SECRET_INPUT, RFC7520_SECRET_SIGNATURE);
}

/* Each algorithm signs its own hash and leaves room for its own signature. */
static void test_algorithms(void **state) {
  (void)state;
  static const struct {
    uint8_t alg;
    uint16_t size;
    size_t hash, characters;
  } kinds[] = {{MOAT_ES256, 64, 32, 86},
               {MOAT_ES384, 96, 48, 128},
               {MOAT_RS256, 256, 32, 342},
               {MOAT_PS256, 384, 32, 512}};
  for (unsigned i = 0; i < COUNT(kinds); i++) {
    char request[1024];
    fake f = {0};
    moat_signer s = signer_of(&f, kinds[i].alg, kinds[i].size);
    uint8_t hash[48];
    size_t n = request_of(request, MARK, "e30.e30", kinds[i].size);
    if (kinds[i].hash == 48)
      assert_int_equal(moat_jose_crypto_mbedtls.sha384(NULL, "e30.e30", 7, hash), 0);
    else
      assert_int_equal(moat_crypto_mbedtls.sha256(NULL, "e30.e30", 7, hash), 0);
    assert_int_equal(moat__jws_sign(&s, (moat_span){NULL, 0}, MARK, request, n), 0);
    assert_int_equal(f.alg, kinds[i].alg);
    assert_int_equal(f.size, kinds[i].size);
    assert_int_equal(f.hash_size, kinds[i].hash);
    assert_memory_equal(f.hash, hash, kinds[i].hash);
    moat_span jwt = field(request, n, "client_assertion");
    assert_int_equal(jwt.n, 8 + kinds[i].characters);
    jwt_parts parts = take_apart(jwt);
    assert_int_equal(parts.size, kinds[i].size);
    for (size_t k = 0; k < parts.size; k++)
      assert_int_equal(parts.signature[k], (uint8_t)(k + 200));
  }
}

/* A signature of the grant's is not taken for one of the client's. */
static void test_two_signatures(void **state) {
  (void)state;
  char request[1024];
  fake client = {0}, grant = {.waits = 1};
  moat_signer a = signer_of(&client, MOAT_ES256, 64), b = signer_of(&grant, MOAT_RS256, 256);
  moat_span none = {NULL, 0};
  size_t n = request_of(request, MOAT__UNSIGNED_CLIENT, "e30.e30", 64);
  memcpy(request + n, "&assertion=e30.e30.", 19);
  memset(request + n + 19, MOAT__UNSIGNED_GRANT, 342);
  n += 19 + 342;
  for (int i = 0; i < 2; i++) {
    assert_int_equal(moat__jws_sign(&a, none, MOAT__UNSIGNED_CLIENT, request, n), 0);
    assert_int_equal(moat__jws_sign(&b, none, MOAT__UNSIGNED_GRANT, request, n),
                     i ? 0 : MOAT_WANT_TIME);
  }
  assert_int_equal(client.calls, 1);
  assert_int_equal(grant.calls, 2);
  assert_int_equal(take_apart(field(request, n, "client_assertion")).size, 64);
  assert_int_equal(take_apart(field(request, n, "assertion")).size, 256);
}

/* The request is as it was after everything but a signature. */
static void test_no_signature(void **state) {
  (void)state;
  char request[1024], before[1024];
  static const int results[][2] = {
      {MOAT_E_RANDOM, MOAT_E_RANDOM}, {-5, -5}, {63, 63}, {65, 65}, {-1, MOAT_E_PORT}};
  for (unsigned i = 0; i < COUNT(results); i++) {
    fake f = {.waits = 3, .result = results[i][0]};
    moat_signer s = signer_of(&f, MOAT_ES256, 64);
    size_t n = request_of(request, MARK, "e30.e30", 64);
    memcpy(before, request, n);
    for (int k = 0; k < 4; k++) {
      int r = moat__jws_sign(&s, (moat_span){NULL, 0}, MARK, request, n);
      assert_int_equal(r, k < 3 ? MOAT_WANT_TIME : results[i][1]);
      assert_memory_equal(request, before, n);
    }
    f.result = 0;
    assert_int_equal(moat__jws_sign(&s, (moat_span){NULL, 0}, MARK, request, n), 0);
    assert_int_equal(take_apart(field(request, n, "client_assertion")).size, 64);
  }
}

static int failing_hash(void *ctx, const void *p, size_t n, uint8_t *out) {
  (void)p;
  (void)n;
  (void)out;
  return *(int *)ctx;
}

static int failing_hmac(void *ctx, const void *key, size_t key_size, const void *p, size_t n,
                        uint8_t *out) {
  (void)key;
  (void)key_size;
  return failing_hash(ctx, p, n, out);
}

/* A hash that fails is never signed, whatever number it returns: 64 is no length. */
static void test_hash_fails(void **state) {
  (void)state;
  static const moat_crypto failing = {
      .sha256 = failing_hash, .sha384 = failing_hash, .hmac_sha256 = failing_hmac};
  static const uint8_t algs[] = {MOAT_ES256, MOAT_ES384, MOAT_HS256};
  static const uint16_t sizes[] = {64, 96, 32};
  char request[1024];
  for (unsigned i = 0; i < COUNT(algs); i++) {
    fake f = {0};
    moat_signer s = signer_of(&f, algs[i], sizes[i]);
    int result = sizes[i];
    size_t n = request_of(request, MARK, "e30.e30", sizes[i]);
    s.crypto = &failing;
    s.crypto_ctx = &result;
    moat_span secret = moat_str("secret");
    assert_int_equal(moat__jws_sign(&s, secret, MARK, request, n), MOAT_E_PORT);
    result = MOAT_E_MEMORY;
    assert_int_equal(moat__jws_sign(&s, secret, MARK, request, n), MOAT_E_MEMORY);
    assert_int_equal(f.calls, 0);
  }
}

/* What no writer of Moat's leaves behind is refused, and nothing outside is touched. */
static void test_foreign_marks(void **state) {
  (void)state;
  fake f = {0};
  moat_signer s = signer_of(&f, MOAT_ES256, 64);
  static const char *const requests[] = {"\1", "=\1", "a=b.\1\1\1", "a.b\1"};
  for (unsigned i = 0; i < COUNT(requests); i++) {
    size_t n = strlen(requests[i]);
    char *copy = malloc(n);
    memcpy(copy, requests[i], n);
    assert_int_equal(moat__jws_sign(&s, (moat_span){NULL, 0}, MARK, copy, n), MOAT_E_MISUSE);
    assert_memory_equal(copy, requests[i], n);
    free(copy);
  }
  assert_int_equal(f.calls, 0);
}

/* ---- Writing ---- */

static struct {
  int time_result, random_result;
  int64_t now;
} board;

static int board_time(void *ctx, int64_t *seconds) {
  (void)ctx;
  *seconds = board.now;
  return board.time_result;
}

static int board_random(void *ctx, void *p, size_t n) {
  (void)ctx;
  for (size_t i = 0; i < n; i++)
    ((uint8_t *)p)[i] = (uint8_t)(i * 16);
  return board.random_result;
}

static moat_platform platform;
static moat_config config;

static int board_setup(void **state) {
  (void)state;
  memset(&board, 0, sizeof board);
  board.now = 1300819380;
  platform = (moat_platform){.unix_time = board_time, .random = board_random};
  config = (moat_config){.platform = &platform};
  return 0;
}

static moat__jwt any_jwt(void) {
  return (moat__jwt){.key_id = moat_str("k1"),
                     .thumbprint = moat_str("AbC"),
                     .issuer = moat_str("me"),
                     .subject = moat_str("you"),
                     .audience = moat_str("https://h/i"),
                     .scope = moat_str("a b"),
                     .lifetime = 60};
}

static int write_jwt(const moat__jwt *t, const moat_signer *s, char *out, size_t size) {
  moat_writer w = {.p = out, .size = size, .config = &config};
  moat__put_jwt(&w, t, s, MARK);
  assert_true(w.error == 0 || w.error == MOAT_E_MISUSE || w.error == MOAT_E_CLOCK ||
              w.error == MOAT_E_RANDOM);
  return w.error ? w.error : (int)w.n;
}

static void check_jwt(const moat__jwt *t, const moat_signer *s, const char *header,
                      const char *claims) {
  char out[2048];
  int n = write_jwt(t, s, out, sizeof out);
  assert_true(n > 0);
  jwt_parts parts = {.size = 0};
  moat_span rest = {out, (size_t)n}, part = moat__take(&rest, '.');
  decode_base64url(part, parts.header, sizeof parts.header - 1);
  part = moat__take(&rest, '.');
  decode_base64url(part, parts.claims, sizeof parts.claims - 1);
  assert_string_equal(parts.header, header);
  assert_string_equal(parts.claims, claims);
  assert_int_equal(rest.n, ((size_t)s->size * 8 + 5) / 6);
  for (size_t i = 0; i < rest.n; i++)
    assert_int_equal(rest.p[i], MARK);
}

#define JTI "\"jti\":\"ABAgMEBQYHCAkKCwwNDg8A\""

static void test_members(void **state) {
  (void)state;
  fake f = {0};
  moat_signer s = signer_of(&f, MOAT_ES256, 64);
  moat__jwt t = any_jwt();
  check_jwt(&t, &s, "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"k1\",\"x5t#S256\":\"AbC\"}",
            "{" JTI ",\"iss\":\"me\",\"sub\":\"you\",\"aud\":\"https://h/i\",\"scope\":\"a b\","
            "\"iat\":1300819380,\"exp\":1300819440}");
  t = (moat__jwt){.issuer = moat_str("me")};
  check_jwt(&t, &s, "{\"alg\":\"ES256\",\"typ\":\"JWT\"}",
            "{" JTI ",\"iss\":\"me\",\"iat\":1300819380,\"exp\":1300819680}");
  static const char *const names[] = {"ES256", "ES384", "RS256", "PS256", "HS256"};
  for (uint8_t alg = MOAT_ES256; alg <= MOAT_HS256; alg++) {
    char header[64];
    snprintf(header, sizeof header, "{\"alg\":\"%s\",\"typ\":\"JWT\"}", names[alg - 1]);
    s = signer_of(&f, alg, 32);
    check_jwt(&t, &s, header, "{" JTI ",\"iss\":\"me\",\"iat\":1300819380,\"exp\":1300819680}");
  }
}

static void test_escapes(void **state) {
  (void)state;
  fake f = {0};
  moat_signer s = signer_of(&f, MOAT_ES256, 64);
  char out[1024];
  moat__jwt t = {.issuer = moat_str("a\"b\\c/\xc3\xa4")};
  check_jwt(&t, &s, "{\"alg\":\"ES256\",\"typ\":\"JWT\"}",
            "{" JTI ",\"iss\":\"a\\\"b\\\\c/\xc3\xa4\",\"iat\":1300819380,\"exp\":1300819680}");
  for (char c = 0; c < ' '; c++) {
    t.issuer = (moat_span){&c, 1};
    assert_int_equal(write_jwt(&t, &s, out, sizeof out), MOAT_E_MISUSE);
  }
}

/* The writer says the size needed whatever it has, and writes nothing beyond. A sanitizer watches
 * the buffer, which has exactly this size. */
static void test_every_size(void **state) {
  (void)state;
  fake f = {0};
  moat_signer s = signer_of(&f, MOAT_ES256, 64);
  moat__jwt t = any_jwt();
  for (size_t more = 0; more < 3; more++) {
    t.issuer.n = 2 - more; /* the claims end in each of the three ways of base64 */
    static char whole[1024];
    size_t n = (size_t)write_jwt(&t, &s, whole, sizeof whole);
    for (size_t size = 0; size <= n; size++) {
      char *out = malloc(size + 1);
      out[size] = 'x';
      assert_int_equal(write_jwt(&t, &s, out, size), n);
      assert_int_equal(out[size], 'x');
      if (size == n) assert_memory_equal(out, whole, n);
      free(out);
    }
  }
}

static void test_clock_and_random(void **state) {
  (void)state;
  fake f = {0};
  moat_signer s = signer_of(&f, MOAT_ES256, 64);
  moat__jwt t = any_jwt();
  char out[1024];
  board.time_result = MOAT_E_CLOCK;
  assert_int_equal(write_jwt(&t, &s, out, sizeof out), MOAT_E_CLOCK);
  board.time_result = 0;
  static const int64_t wrong[] = {0, -1, INT64_MIN, INT64_MAX, (int64_t)UINT32_MAX - 59};
  for (unsigned i = 0; i < COUNT(wrong); i++) {
    board.now = wrong[i];
    assert_int_equal(write_jwt(&t, &s, out, sizeof out), MOAT_E_CLOCK);
  }
  board.now = (int64_t)UINT32_MAX - 60;
  assert_true(write_jwt(&t, &s, out, sizeof out) > 0);
  board.random_result = 5;
  assert_int_equal(write_jwt(&t, &s, out, sizeof out), MOAT_E_RANDOM);
}

static void test_what_is_missing(void **state) {
  (void)state;
  static const moat_crypto none = {.sha256 = NULL};
  fake f = {0};
  moat_signer good = signer_of(&f, MOAT_ES256, 64), s = good;
  moat__jwt t = any_jwt();
  char out[1024];
  assert_int_equal(write_jwt(&t, NULL, out, sizeof out), MOAT_E_MISUSE);
  s.alg = 0;
  assert_int_equal(write_jwt(&t, &s, out, sizeof out), MOAT_E_MISUSE);
  s.alg = MOAT_HS256 + 1;
  assert_int_equal(write_jwt(&t, &s, out, sizeof out), MOAT_E_MISUSE);
  s = good;
  s.crypto = NULL;
  assert_int_equal(write_jwt(&t, &s, out, sizeof out), MOAT_E_MISUSE);
  s = good;
  s.ops = NULL;
  assert_int_equal(write_jwt(&t, &s, out, sizeof out), MOAT_E_MISUSE);
  s.alg = MOAT_HS256;
  s.crypto = &moat_hmac_crypto_mbedtls;
  assert_int_equal(write_jwt(&t, &s, out, sizeof out), MOAT_E_MISUSE); /* its size is not 32 */
  s.size = 32;
  assert_true(write_jwt(&t, &s, out, sizeof out) > 0);
  s.crypto = &moat_crypto_mbedtls;
  assert_int_equal(write_jwt(&t, &s, out, sizeof out), MOAT_E_MISUSE);
  s = signer_of(&f, MOAT_ES384, 96);
  assert_true(write_jwt(&t, &s, out, sizeof out) > 0);
  s.crypto = &moat_crypto_mbedtls; /* has no SHA-384 */
  assert_int_equal(write_jwt(&t, &s, out, sizeof out), MOAT_E_MISUSE);
  s = good;
  s.crypto = &none;
  assert_int_equal(write_jwt(&t, &s, out, sizeof out), MOAT_E_MISUSE);
  platform.unix_time = NULL;
  assert_int_equal(write_jwt(&t, &good, out, sizeof out), MOAT_E_MISUSE);
  platform.unix_time = board_time;
  platform.random = NULL;
  assert_int_equal(write_jwt(&t, &good, out, sizeof out), MOAT_E_MISUSE);
}

static void test_in_work_buffer(void **state) {
  (void)state;
  fake f = {0};
  moat_signer s = signer_of(&f, MOAT_ES256, 64);
  moat__jwt t = any_jwt();
  char out[1024], work[16] = "12345678";
  config.work = work;
  config.work_size = 8;
  assert_true(write_jwt(&t, &s, out, sizeof out) > 0);
  t.audience = (moat_span){work + 8, 4};
  work[8] = work[9] = work[10] = work[11] = 'x';
  assert_true(write_jwt(&t, &s, out, sizeof out) > 0);
  t.audience.p = work + 7;
  assert_int_equal(write_jwt(&t, &s, out, sizeof out), MOAT_E_MISUSE);
}

/* ---- Thumbprints ---- */

typedef struct {
  const char *first, *second; /* in base64url */
  int result;
} public_key;

static int fake_public_key(void *ctx, uint8_t *out, size_t size) {
  const public_key *k = ctx;
  if (k->result) return k->result;
  size_t n = decode_base64url(moat_str(k->first), out, size);
  return (int)(n + decode_base64url(moat_str(k->second), out + n, size - n));
}

static const moat_signer_ops public_ops = {.public_key = fake_public_key};

static void check_thumbprint(public_key *k, uint8_t alg, uint16_t size, const char *wanted) {
  moat_signer s = {
      .ops = &public_ops, .ctx = k, .crypto = &moat_crypto_mbedtls, .alg = alg, .size = size};
  size_t least = 0;
  for (size_t room = (size_t)size + 4; room < 1024; room++) {
    char *memory = malloc(room), out[44];
    int r = moat_jwk_thumbprint(&s, memory, room, out);
    assert_int_equal(r, least ? 0 : r ? MOAT_E_SPACE : 0);
    if (!r && !least) least = room;
    if (!r) assert_string_equal(out, wanted);
    free(memory);
  }
  assert_true(least > 0 && least <= (size > 96 ? 1024 : 256));
}

static void test_jwk_thumbprint(void **state) {
  (void)state;
  public_key rsa = {RFC7638_N, "AQAB", 0}, p256 = {A3_X, A3_Y, 0};
  check_thumbprint(&rsa, MOAT_RS256, 256, RFC7638_THUMBPRINT);
  check_thumbprint(&rsa, MOAT_PS256, 256, RFC7638_THUMBPRINT);
  check_thumbprint(&p256, MOAT_ES256, 64, "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U");
}

static void test_jwk_fails(void **state) {
  (void)state;
  fake f = {0};
  public_key k = {A3_X, A3_Y, 0};
  moat_signer s = {
      .ops = &public_ops, .ctx = &k, .crypto = &moat_crypto_mbedtls, .alg = MOAT_ES256, .size = 64};
  char memory[512], out[44];
  static const int results[][2] = {{MOAT_E_MEMORY, MOAT_E_MEMORY},
                                   {-7, MOAT_E_PORT},
                                   {63, MOAT_E_PORT},
                                   {65, MOAT_E_PORT},
                                   {0, MOAT_E_PORT},
                                   {513, MOAT_E_PORT}};
  for (unsigned i = 0; i < COUNT(results); i++) {
    k.result = results[i][0];
    s.alg = k.result ? MOAT_ES256 : MOAT_RS256; /* without an exponent, it is none of RSA */
    assert_int_equal(moat_jwk_thumbprint(&s, memory, sizeof memory, out), results[i][1]);
  }
  s = signer_of(&f, MOAT_ES256, 64);
  assert_int_equal(moat_jwk_thumbprint(&s, memory, sizeof memory, out), MOAT_E_MISUSE);
  s.ops = NULL;
  assert_int_equal(moat_jwk_thumbprint(&s, memory, sizeof memory, out), MOAT_E_MISUSE);
}

static void test_thumbprint(void **state) {
  (void)state;
  static const moat_crypto failing = {.sha256 = failing_hash};
  char out[44];
  int result = 77;
  assert_int_equal(moat_thumbprint(&moat_crypto_mbedtls, NULL, "abc", 3, out), 0);
  assert_string_equal(out, "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
  assert_int_equal(moat_thumbprint(&failing, &result, "abc", 3, out), MOAT_E_PORT);
  result = MOAT_E_MEMORY;
  assert_int_equal(moat_thumbprint(&failing, &result, "abc", 3, out), MOAT_E_MEMORY);
}

#define JOSE(test) cmocka_unit_test_setup(test, board_setup)

int main(void) {
  const struct CMUnitTest tests[] = {
      JOSE(test_hs256),          JOSE(test_algorithms),       JOSE(test_two_signatures),
      JOSE(test_no_signature),   JOSE(test_hash_fails),       JOSE(test_foreign_marks),
      JOSE(test_members),        JOSE(test_escapes),          JOSE(test_every_size),
      JOSE(test_in_work_buffer), JOSE(test_clock_and_random), JOSE(test_what_is_missing),
      JOSE(test_jwk_thumbprint), JOSE(test_jwk_fails),        JOSE(test_thumbprint),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
