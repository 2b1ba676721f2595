/* The URL to open in a browser, and the secrets that tie its answer to it. */
#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>

#include "text/text.h"

typedef struct {
  int result;
  int calls, fail_at;
} fake_random;

static int random_bytes(void *ctx, void *p, size_t n) {
  fake_random *f = ctx;
  assert_int_equal(n, 32);
  f->calls++;
  memset(p, f->calls == 1 ? 0x00 : 0xFF, n);
  return f->calls == f->fail_at ? f->result : 0;
}

static const moat_platform platform = {.random = random_bytes};

static void test_pending(void **state) {
  (void)state;
  fake_random f = {.result = 0};
  moat_authorization_keys p;
  assert_int_equal(moat_authorization_keys_make(&p, &platform, &f), MOAT_OK);
  assert_int_equal(f.calls, 2); /* nothing is used twice */
  assert_string_equal(p.state, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
  assert_string_equal(p.code_verifier, "__________________________________________8");
}

static void test_pending_fails(void **state) {
  (void)state;
  static const moat_authorization_keys wiped;
  static const struct {
    int port, expected;
  } cases[] = {{MOAT_E_RANDOM, MOAT_E_RANDOM}, {MOAT_E_PORT, MOAT_E_PORT}, {16, MOAT_E_PORT}};
  for (int fail_at = 1; fail_at <= 2; fail_at++) {
    for (size_t i = 0; i < 3; i++) {
      fake_random f = {.result = cases[i].port, .fail_at = fail_at};
      moat_authorization_keys p;
      memset(&p, 'x', sizeof p);
      assert_int_equal(moat_authorization_keys_make(&p, &platform, &f), cases[i].expected);
      assert_memory_equal(&p, &wiped, sizeof p);
    }
  }
  static const moat_platform none = {.random = NULL};
  moat_authorization_keys p;
  assert_int_equal(moat_authorization_keys_make(&p, &none, NULL), MOAT_E_MISUSE);
}

/* Returns the hash that RFC 7636 B gives for its verifier. */
static int fake_sha256(void *ctx, const void *p, size_t n, uint8_t out[32]) {
  static const uint8_t hash[32] = {19, 211, 30,  150, 26,  26,  216, 236, 47,  22,  177,
                                   12, 76,  152, 46,  8,   118, 168, 120, 173, 109, 241,
                                   68, 86,  110, 225, 137, 74,  203, 112, 249, 195};
  assert_int_equal(n, 43);
  assert_memory_equal(p, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", 43);
  memcpy(out, hash, 32);
  return ctx ? *(int *)ctx : 0;
}

static const moat_crypto crypto = {.sha256 = fake_sha256};
static const moat_authorization_keys pending = {"0123456789012345678901234567890123456789abc",
                                                "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"};

#define TAIL                                                                                       \
  "response_type=code&client_id=id%201&redirect_uri=http%3A%2F%2Flocalhost%3A8400%2Fcb"            \
  "&scope=offline_access%20files.read&state=0123456789012345678901234567890123456789abc"           \
  "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"

static moat_authorize request(const char *url, const char *extra) {
  return (moat_authorize){.url = moat_str(url),
                          .client_id = MOAT__LIT("id 1"),
                          .redirect_uri = MOAT__LIT("http://localhost:8400/cb"),
                          .scope = MOAT__LIT("offline_access files.read"),
                          .extra = moat_str(extra)};
}

static void makes(const char *url, const char *extra, const char *expected) {
  char out[600];
  moat_authorize a = request(url, extra);
  int n = moat_authorize_url(&a, &pending, &crypto, NULL, out, sizeof out);
  assert_int_equal(n, strlen(expected));
  assert_string_equal(out, expected);
}

static void test_url(void **state) {
  (void)state;
  makes("https://h/authorize", NULL, "https://h/authorize?" TAIL);
  makes("https://h/a?x=1", NULL, "https://h/a?x=1&" TAIL);
  makes("https://h/a?x=1&", NULL, "https://h/a?x=1&" TAIL);
  makes("https://h/a?", NULL, "https://h/a?" TAIL);
  makes("https://h", NULL, "https://h?" TAIL);
  makes("https://h/a", "prompt=consent&login_hint=a%40b",
        "https://h/a?" TAIL "&prompt=consent&login_hint=a%40b");
}

static void test_absent(void **state) {
  (void)state;
  char out[600];
  moat_authorize a = {.url = MOAT__LIT("https://h/a"), .client_id = MOAT__LIT("c")};
  assert_true(moat_authorize_url(&a, &pending, &crypto, NULL, out, sizeof out) > 0);
  assert_null(strstr(out, "scope"));
  assert_null(strstr(out, "redirect_uri"));
  assert_non_null(strstr(out, "?response_type=code&client_id=c&state=0"));
}

static void test_every_size(void **state) {
  (void)state;
  moat_authorize a = request("https://h/authorize", "x=y");
  const size_t length = strlen("https://h/authorize?" TAIL "&x=y");
  for (size_t size = 0; size <= length + 2; size++) {
    char *out = malloc(size + 1);
    out[size] = 'x';
    int n = moat_authorize_url(&a, &pending, &crypto, NULL, out, size);
    assert_int_equal(n, size > length ? (int)length : MOAT_E_SPACE);
    assert_int_equal(out[size], 'x');
    free(out);
  }
}

static void test_refused(void **state) {
  (void)state;
  static const char *const urls[] = {"",
                                     "http://h/",
                                     "https://h/#f",
                                     "https://h/a?x=1#",
                                     "https://u@h/",
                                     "https://h/a b",
                                     "javascript:alert(1)"};
  static const char *const extras[] = {"a b", "a=1#f", "a=\"", "a=%4", "a=1\n", "a=\x7f"};
  char out[600];
  for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
    moat_authorize a = request(urls[i], NULL);
    assert_int_equal(moat_authorize_url(&a, &pending, &crypto, NULL, out, sizeof out), MOAT_E_URL);
  }
  for (size_t i = 0; i < sizeof extras / sizeof *extras; i++) {
    moat_authorize a = request("https://h/", extras[i]);
    assert_int_equal(moat_authorize_url(&a, &pending, &crypto, NULL, out, sizeof out), MOAT_E_URL);
  }
}

static void test_misuse(void **state) {
  (void)state;
  static const moat_authorization_keys empty;
  char out[600];
  int failure = MOAT_E_PORT;
  moat_authorize a = request("https://h/", NULL);
  assert_int_equal(moat_authorize_url(&a, &empty, &crypto, NULL, out, sizeof out), MOAT_E_MISUSE);
  assert_int_equal(moat_authorize_url(&a, &pending, &crypto, &failure, out, sizeof out),
                   MOAT_E_PORT);
  a.client_id = (moat_span){NULL, 0};
  assert_int_equal(moat_authorize_url(&a, &pending, &crypto, NULL, out, sizeof out), MOAT_E_MISUSE);
}

/* Each required part in turn is missing. */
static void test_authorize_needs(void **state) {
  (void)state;
  static const moat_crypto none = {.sha256 = NULL}; /* it is never called */
  const moat_authorize a = {.url = moat_str("https://h/a"), .client_id = moat_str("c")};
  char out[200];
  moat_authorization_keys p = {"state", "verifier"};
  p.code_verifier[0] = 0;
  assert_int_equal(moat_authorize_url(&a, &p, &none, NULL, out, sizeof out), MOAT_E_MISUSE);
  p = (moat_authorization_keys){"", "verifier"};
  assert_int_equal(moat_authorize_url(&a, &p, &none, NULL, out, sizeof out), MOAT_E_MISUSE);
  assert_int_equal(moat_authorization_keys_make(NULL, &platform, NULL), MOAT_E_MISUSE);
  assert_int_equal(moat_authorization_keys_make(&p, NULL, NULL), MOAT_E_MISUSE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_pending),    cmocka_unit_test(test_pending_fails),
      cmocka_unit_test(test_url),        cmocka_unit_test(test_absent),
      cmocka_unit_test(test_every_size), cmocka_unit_test(test_refused),
      cmocka_unit_test(test_misuse),     cmocka_unit_test(test_authorize_needs),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
