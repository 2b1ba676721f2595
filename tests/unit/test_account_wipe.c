/* What a wipe leaves in the memory that was lent: nothing of the account, and what was never used
 * as it was. */
#include "account_fixture.h"

enum { PATTERN = 0x55 };

static size_t bytes_of(const fixture *f, char c) {
  size_t n = 0;
  for (size_t i = 0; i < sizeof f->memory; i++)
    n += f->memory[i] == c;
  return n;
}

static bool memory_holds(const fixture *f, const char *text) {
  size_t n = strlen(text);
  for (size_t i = 0; i + n <= sizeof f->memory; i++)
    if (memcmp(f->memory + i, text, n) == 0) return true;
  return false;
}

static void begin(fixture *f) {
  memset(f->memory, PATTERN, sizeof f->memory);
  restart(f);
  memset(f->memory, PATTERN, sizeof f->memory);
}

static void assert_wiped(fixture *f) {
  static const char *const secrets[] = {"AT.1", "AT.2", "RT.1", "RT.2", "client", URL};
  moat_account_wipe(&f->a);
  for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
    assert_false(memory_holds(f, secrets[i]));
  assert_int_equal(moat_account_access(&f->a).n, 0);
}

static void test_fresh_token(void **state) {
  fixture *f = *state;
  pass(f, 3600);
  assert_int_equal(run(f), 0); /* so that there are two records */
  begin(f);
  assert_int_equal(run(f), 0);
  assert_int_equal(requests(f), 0);
  assert_token(f, "AT.2");
  assert_true(memory_holds(f, "RT.2"));
  assert_wiped(f);
  /* Two records, the token, and the memory of a sign-in. */
  assert_true(bytes_of(f, PATTERN) + 256 + MOAT_PENDING_OVERHEAD + 300 > sizeof f->memory);
}

static void test_after_a_request(void **state) {
  fixture *f = *state;
  begin(f);
  pass(f, 3600);
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.2");
  assert_wiped(f);
  assert_false(f->s.open);
}

/* A token that another task stored may be shorter than the one before. */
static void test_shorter_token(void **state) {
  fixture *f = *state;
  begin(f);
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.1");
  moat_token t = {
      .access_token = moat_str("A"), .refresh_token = moat_str("R"), .expires_in = 3600};
  assert_int_equal(load(f), 0);
  f->signing_in = true;
  assert_int_equal(moat_store_keeper.save(&f->store, &t), 0);
  assert_int_equal(run(f), 0);
  assert_token(f, "A");
  assert_wiped(f);
  assert_false(memory_holds(f, ".1"));
}

static int random_bytes(void *ctx, void *p, size_t n) {
  (void)ctx;
  memset(p, 7, n);
  return 0;
}

static int sha256(void *ctx, const void *p, size_t n, uint8_t out[32]) {
  (void)ctx;
  (void)p;
  (void)n;
  memset(out, 9, 32);
  return 0;
}

/* A cancel keeps the authorization, a wipe does not. */
static void test_authorization(void **state) {
  fixture *f = *state;
  static const moat_crypto crypto = {.sha256 = sha256};
  const moat_authorization *out;
  char url[1000];
  begin(f);
  f->platform.random = random_bytes;
  f->config.crypto = &crypto;
  f->config.authorize_url = moat_str(URL);
  f->config.redirect_uri = moat_str("http://localhost");
  assert_int_equal(moat_account_authorize(&f->a, url, sizeof url), 0);
  assert_int_equal(moat_account_run(&f->a), 0);
  moat_account_cancel(&f->a);
  assert_true(memory_holds(f, "http://localhost"));
  moat_account_wipe(&f->a);
  assert_false(memory_holds(f, "http://localhost"));
  assert_int_equal(moat_account_redeem(&f->a, moat_str("code")), MOAT_E_MISUSE);
  assert_int_equal(moat_account_authorization(&f->a, &out), 0); /* the slot still has it */
}

static void test_before_an_open(void **state) {
  (void)state;
  moat_account a = {.config = NULL};
  moat_account_wipe(&a);
}

int main(void) {
  const struct CMUnitTest tests[] = {TEST(test_fresh_token), TEST(test_after_a_request),
                                     TEST(test_shorter_token), TEST(test_authorization),
                                     cmocka_unit_test(test_before_an_open)};
  return cmocka_run_group_tests_name("account wipe", tests, NULL, NULL);
}
