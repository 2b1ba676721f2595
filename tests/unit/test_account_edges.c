/* The account's verbs over ports that answer odd numbers, take their time, or are cancelled at any
 * step. Nothing may be reported as done that is not, the lock must be free afterwards, and no
 * secret may stay behind. */
#include <limits.h>

#include "account_verbs.h"

/* ---- Verbs ---- */

/* Makes what the verb needs: a grant whose token has expired, a pending authorization or a device
 * code. */
static void make_ready(fixture *f, int verb, bool with_mac) {
  start_again(f, with_mac);
  if (verb != SIGN_IN && verb != FORGET) run_verb(f, ADOPT, 0);
  if (verb == REDEEM || verb == GIVE_UP) run_verb(f, AUTHORIZE, 0);
  if (verb == SIGN_IN || verb == GIVE_UP_DEVICE) {
    assert_int_equal(begin(f, SIGN_IN), 0);
    while (!f->m.sizes[MOAT_SLOT_PENDING])
      assert_true(moat_is_want(moat_account_step(&f->a)));
    moat_account_cancel(&f->a);
    if (verb == SIGN_IN) f->m.sizes[MOAT_SLOT_PENDING] = 0;
  }
  f->s.given = f->s.answer_size = f->s.sent_size = 0;
  port.calls = 0;
}

/* Counts the calls of one verb when nothing fails. */
static unsigned calls_of(fixture *f, int verb, bool with_mac) {
  make_ready(f, verb, with_mac);
  run_verb(f, verb, 0);
  return port.calls;
}

/* ---- Odd numbers ---- */

static const int odd[] = {1,       404,     INT_MAX,     -1,           -100,
                          -0x7200, INT_MIN, MOAT_E_PORT, MOAT_E_STORE, MOAT_E_EMPTY};

static bool is_listed(int r) {
  return strcmp(moat_error_name(r), "unknown") != 0;
}

/* The functions for a device code's record, a state and a URL have no place for the number. */
static bool tells_number(int verb) {
  return verb != SIGN_IN && verb != AUTHORIZE && verb != GIVE_UP_DEVICE;
}

/* Whichever call gives the odd answer, the result is one that moat.h lists and the lock is free.
 * Once the port works again the same verb succeeds, unless what it needs is used up. */
static void test_odd_numbers(void **state) {
  fixture *f = *state;
  for (int verb = 0; verb < VERBS; verb++) {
    for (int with_mac = 0; with_mac < 2; with_mac++) {
      unsigned calls = calls_of(f, verb, with_mac);
      for (unsigned at = 1; at <= calls; at++) {
        for (size_t i = 0; i < COUNT(odd); i++) {
          make_ready(f, verb, with_mac);
          port.odd_at = at;
          port.answer = odd[i];
          int r = begin(f, verb);
          assert_int_equal(r, 0);
          r = moat_account_run(&f->a);
          assert_true(port.met);
          if (r > 0 || !is_listed(r) || moat_is_want(r))
            fail_msg("verb %d, call %u answers %d: %d", verb, at, odd[i], r);
          assert_int_equal(moat_account_step(&f->a), r);
          assert_int_equal(moat_account_error(&f->a)->code, r);
          if (r == MOAT_E_PORT && !is_listed(odd[i]) && tells_number(verb))
            assert_int_equal(moat_account_error(&f->a)->port_code, odd[i]);
          assert_false(f->held);
          if (verb == REDEEM || verb == GIVE_UP || verb == GIVE_UP_DEVICE) continue;
          f->s.given = f->s.answer_size = f->s.sent_size = 0;
          if (r == MOAT_E_SPACE) continue; /* nothing is sent until the buffer has grown */
          run_verb(f, verb, 0);
        }
      }
    }
  }
}

/* ---- A port that answers MOAT_WANT_TIME ---- */

/* One call does so, and then every call that may. */
static void test_slow(void **state) {
  fixture *f = *state;
  for (int verb = 0; verb < VERBS; verb++) {
    unsigned calls = calls_of(f, verb, false);
    for (unsigned at = 1; at <= calls; at++) {
      make_ready(f, verb, false);
      port.odd_at = at;
      port.answer = MOAT_WANT_TIME;
      port.waits = true;
      run_verb(f, verb, 0);
      assert_false(f->held);
    }
    make_ready(f, verb, false);
    port.slow = true;
    run_verb(f, verb, 0);
    if (verb <= SIGN_IN || verb == REDEEM)
      assert_string_equal(moat_account_access(&f->a).p, "canary.access");
    if (verb == SIGN_IN) assert_false(holds(f->memory, sizeof f->memory, "canary.device"));
    assert_int_equal(f->m.sizes[MOAT_SLOT_A] + f->m.sizes[MOAT_SLOT_B] == 0, verb == FORGET);
    if (verb >= REDEEM) assert_int_equal(f->m.sizes[MOAT_SLOT_PENDING], 0);
    assert_false(f->held);
  }
}

/* If a slot never ends its write, the verb still ends, and the lock is free. */
static void test_stuck(void **state) {
  fixture *f = *state;
  start_again(f, false);
  run_verb(f, ADOPT, 0);
  f->platform.slot_write = fixture_write;
  f->config.stream = &scripted_stream;
  f->failing_slot = MOAT_SLOT_MARK;
  f->failure = MOAT_WANT_TIME;
  f->writes_left = 1; /* the mark of the request */
  answer(f, "400 No", "", "{\"error\":\"invalid_grant\"}");
  assert_int_equal(moat_account_open(&f->a, &f->config, f->memory, sizeof f->memory), 0);
  run_verb(f, TOKEN, MOAT_E_OAUTH);
  assert_false(f->held);
  f->failing_slot = -1;
}

/* The TLS session is loaded once, and saved after each use of the connection. */
static void test_session(void **state) {
  fixture *f = *state;
  start_again(f, false);
  run_verb(f, ADOPT, 0);
  session_loads = session_saves = 0;
  run_verb(f, TOKEN, 0);
  run_verb(f, REFRESH, 0);
  assert_int_equal(session_loads, 1);
  assert_int_equal(session_saves, 2);
  run_verb(f, TOKEN, 0); /* from memory */
  assert_int_equal(session_saves, 2);
}

/* ---- Cancelled at every step ---- */

static void test_cancel(void **state) {
  fixture *f = *state;
  for (int verb = 0; verb < VERBS; verb++) {
    bool done = false;
    for (unsigned steps = 0; !done; steps++) {
      make_ready(f, verb, false);
      f->s.stutter = true;
      port.slow = true;
      assert_int_equal(begin(f, verb), 0);
      int r = MOAT_WANT_TIME;
      for (unsigned i = 0; i < steps && moat_is_want(r); i++) {
        r = moat_account_step(&f->a);
        if (moat_is_want(r)) f->s.clock += moat_account_wait_ms(&f->a) > 100 ? 1200 : 1;
      }
      if (!moat_is_want(r) && r) fail_msg("verb %d: %d", verb, r);
      done = r == 0;
      moat_account_cancel(&f->a);
      moat_account_cancel(&f->a);
      assert_int_equal(moat_account_step(&f->a), MOAT_E_CANCEL);
      assert_int_equal(moat_account_error(&f->a)->code, MOAT_E_CANCEL);
      assert_false(f->held);
      static const char *const secrets[] = {"canary.refresh", "canary.secret", "canary.code",
                                            "canary.adopted"};
      for (size_t i = 0; i < COUNT(secrets); i++)
        if (holds(f->memory, sizeof f->memory, secrets[i]))
          fail_msg("verb %d, step %u: %s is left", verb, steps, secrets[i]);
      /* An authorization waits in memory for its redirect. A device code does not. */
      if (holds(f->memory, sizeof f->memory, "canary.device"))
        fail_msg("verb %d, step %u: the device code is left", verb, steps);
      f->s.stutter = false;
      port.slow = port.asked = false;
      assert_true(steps < 1000);
    }
  }
}

/* A device code replaces an authorization, in memory and in the slot. */
static void test_sign_in_after_authorize(void **state) {
  fixture *f = *state;
  const moat_authorization *pending;
  start_again(f, false);
  run_verb(f, AUTHORIZE, 0);
  assert_int_equal(moat_account_authorization(&f->a, &pending), 0);
  assert_int_equal(begin(f, SIGN_IN), 0);
  assert_int_equal(moat_account_authorization(&f->a, &pending), MOAT_E_MISUSE);
  while (!moat_account_wait_ms(&f->a) || moat_account_wait_ms(&f->a) < 1000)
    assert_true(moat_is_want(moat_account_step(&f->a)));
  moat_account_cancel(&f->a);
  assert_int_equal(moat_account_redeem(&f->a, moat_str("code")), MOAT_E_MISUSE);
  assert_false(holds(f->memory, sizeof f->memory, "canary.device"));
  assert_int_equal(moat_account_authorization(&f->a, &pending), MOAT_E_EMPTY);
  run_verb(f, GIVE_UP, 0);
  assert_int_equal(f->m.sizes[MOAT_SLOT_PENDING], 0);
}

/* ---- What the configuration lacks ---- */

static void test_needs(void **state) {
  fixture *f = *state;
  start_again(f, false);
  moat_account_config good = f->config;
  f->config.crypto = NULL;
  assert_int_equal(begin(f, AUTHORIZE), MOAT_E_MISUSE);
  f->config = good;
  f->config.authorize_url.n = 0;
  assert_int_equal(begin(f, AUTHORIZE), MOAT_E_MISUSE);
  f->config = good;
  f->config.redirect_uri.n = 0;
  assert_int_equal(begin(f, AUTHORIZE), MOAT_E_MISUSE);
  f->config = good;
  f->platform.random = NULL;
  assert_int_equal(begin(f, AUTHORIZE), MOAT_E_MISUSE);
  f->config.show = NULL;
  assert_int_equal(begin(f, SIGN_IN), MOAT_E_MISUSE);
  f->config = good;
  f->config.device_endpoint = NULL;
  assert_int_equal(begin(f, SIGN_IN), MOAT_E_MISUSE);
  f->config = good;
  f->platform.random = edge_random;
  run_verb(f, AUTHORIZE, 0);
  assert_int_equal(moat_account_redeem(&f->a, moat_str("")), MOAT_E_MISUSE);
  /* Only one verb runs at a time. */
  for (int verb = 0; verb < VERBS; verb++) {
    assert_int_equal(begin(f, TOKEN), 0);
    assert_int_equal(begin(f, verb), MOAT_E_MISUSE);
    assert_int_equal(moat_account_load(&f->a), MOAT_E_MISUSE);
    moat_account_cancel(&f->a);
  }
  f->config.auth =
      &f->auth; /* a grant that lacks something ends the verb before anything is sent */
  f->auth.client_secret.n = 0;
  run_verb(f, REDEEM, MOAT_E_MISUSE);
  f->config.device_auth = NULL; /* afterwards it works as usual */
  run_verb(f, SIGN_IN, MOAT_E_MISUSE);
  assert_int_equal(f->s.sent_size, 0);
}

/* ---- How it stands ---- */

static void test_is_valid(void **state) {
  fixture *f = *state;
  start_again(f, false);
  assert_int_equal(moat_account_load(&f->a), MOAT_E_EMPTY);
  assert_false(moat_account_is_valid(&f->a));
  sign_in(f, MOAT_HOW_CODE, "RT.1", 3600);
  assert_int_equal(moat_account_load(&f->a), 0);
  assert_true(moat_account_is_valid(&f->a));
  pass(f, 3599); /* until it expires, not until its margin */
  assert_true(moat_account_is_valid(&f->a));
  pass(f, 1);
  assert_false(moat_account_is_valid(&f->a));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_odd_numbers), TEST(test_slow),     TEST(test_stuck),
      TEST(test_session),     TEST(test_cancel),   TEST(test_sign_in_after_authorize),
      TEST(test_needs),       TEST(test_is_valid),
  };
  return cmocka_run_group_tests_name("account: edges", tests, NULL, NULL);
}
