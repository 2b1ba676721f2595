/* Stored authorizations that Moat would not write, with a good checksum. */
#include "account_verbs.h"

/* Offsets in src/account/account_pending.h's record; a key is 43 characters and a NUL. */
enum { AT_VERSION = 4, AT_OWNER = 12, AT_STATE = 20, KEY = 44, AT_VERIFIER = 64, AT_TEXTS = 108 };

static int authorization_of(fixture *f, const char *record, size_t n) {
  const moat_authorization *pending;
  char *slot = f->m.slots[MOAT_SLOT_PENDING];
  memcpy(slot, record, n);
  assert_int_equal(moat__record_seal(&f->platform, &f->m, MOAT_SLOT_PENDING, slot, n), 0);
  f->m.sizes[MOAT_SLOT_PENDING] = n + 4;
  assert_int_equal(moat_account_open(&f->a, &f->config, f->memory, sizeof f->memory), 0);
  return moat_account_authorization(&f->a, &pending);
}

static void test_authorization_records(void **state) {
  fixture *f = *state;
  char good[1000], bad[1000];
  start_again(f, false);
  run_verb(f, AUTHORIZE, 0);
  size_t n = f->m.sizes[MOAT_SLOT_PENDING] - 4;
  memcpy(good, f->m.slots[MOAT_SLOT_PENDING], n);
  assert_int_equal(authorization_of(f, good, n), 0);
  assert_int_equal(moat_account_load(&f->a), MOAT_E_EMPTY);
  assert_int_equal(moat_account_pending(&f->a), MOAT_PENDING_CODE);
  for (size_t cut = 0; cut < n; cut++)
    if (authorization_of(f, good, cut) != MOAT_E_STORE) fail_msg("%zu bytes", cut);
  static const struct {
    size_t at;
    char byte;
  } changes[] = {{0, 'X'},          {AT_VERSION, 9},
                 {AT_STATE + 5, 0}, {AT_STATE + KEY - 1, 'x'},
                 {AT_VERIFIER, 0},  {AT_VERIFIER + KEY - 1, 'x'}};
  for (size_t i = 0; i < COUNT(changes); i++) {
    memcpy(bad, good, n);
    bad[changes[i].at] = changes[i].byte;
    if (authorization_of(f, bad, n) != MOAT_E_STORE) fail_msg("change %zu", i);
  }
  memcpy(bad, good, n); /* one text or three instead of two */
  memset(bad + AT_TEXTS, 'x', n - AT_TEXTS);
  assert_int_equal(authorization_of(f, bad, n), MOAT_E_STORE);
  bad[n - 1] = 0;
  assert_int_equal(authorization_of(f, bad, n), MOAT_E_STORE);
  bad[AT_TEXTS + 3] = bad[AT_TEXTS + 6] = 0;
  assert_int_equal(authorization_of(f, bad, n), MOAT_E_STORE);
  memcpy(bad, good, n);
  bad[AT_OWNER] ^= 1;
  assert_int_equal(authorization_of(f, bad, n), MOAT_E_FOREIGN);
  memset(bad, 'x', sizeof bad); /* larger than any record of this account */
  assert_int_equal(authorization_of(f, bad, sizeof bad), MOAT_E_STORE);
  assert_int_equal(moat_account_load(&f->a), MOAT_E_EMPTY);
  assert_int_equal(moat_account_pending(&f->a), MOAT_PENDING_NONE);
  memcpy(bad, "MDEV", 4); /* a device code does not wait for a redirect */
  assert_int_equal(authorization_of(f, bad, 40), MOAT_E_EMPTY);
  assert_int_equal(authorization_of(f, bad, 3), MOAT_E_STORE);
}

/* The clock was unknown when it began, or is unknown when it ends. */
static void test_authorization_without_date(void **state) {
  fixture *f = *state;
  const moat_authorization *pending;
  start_again(f, false);
  f->m.unix_time = 0;
  run_verb(f, AUTHORIZE, 0);
  f->m.unix_time = NOW;
  assert_int_equal(moat_account_open(&f->a, &f->config, f->memory, sizeof f->memory), 0);
  assert_int_equal(moat_account_authorization(&f->a, &pending), 0);
  run_verb(f, REDEEM, 0);
}

/* Texts too long for the account's memory. */
static void test_space(void **state) {
  fixture *f = *state;
  char uri[600];
  start_again(f, false);
  memset(uri, 'u', sizeof uri);
  memcpy(uri, "http://localhost/", 17);
  size_t room = (size_t)f->config.text_size + MOAT_PENDING_OVERHEAD;
  f->config.redirect_uri = (moat_span){uri, sizeof uri};
  run_verb(f, AUTHORIZE, MOAT_E_SPACE);
  assert_true(moat_account_error(&f->a)->needed > room);
  assert_int_equal(f->m.sizes[MOAT_SLOT_PENDING], 0);
  f->config.redirect_uri = moat_str("http://localhost:8400/");
  assert_int_equal(moat_account_authorize(&f->a, url, 20), 0);
  assert_int_equal(moat_account_run(&f->a), MOAT_E_SPACE);
  assert_int_equal(moat_account_error(&f->a)->needed,
                   0); /* the size is known only when it is written */
  assert_int_equal(f->m.sizes[MOAT_SLOT_PENDING], 0);
  assert_int_equal(moat_account_redeem(&f->a, moat_str("code")), MOAT_E_MISUSE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_authorization_records),
      TEST(test_authorization_without_date),
      TEST(test_space),
  };
  return cmocka_run_group_tests_name("account: stored authorizations", tests, NULL, NULL);
}
