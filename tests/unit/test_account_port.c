/* An account whose lock somebody else holds, and one whose port fails. */
#include "cmocka_all.h"

#include "account_fixture.h"

/* ---- The lock ---- */

static void test_busy(void **state) {
  fixture *f = *state;
  uint32_t seconds, began = f->s.clock;
  f->lock_result = MOAT_WANT_TIME;
  assert_int_equal(run(f), 0); /* there is no need to wait */
  assert_token(f, "AT.1");
  assert_int_equal(f->s.waits, 0);
  pass(f, 3600);
  began = f->s.clock;
  assert_int_equal(run(f), MOAT_E_BUSY);
  assert_true(f->s.clock - began >= 30000 && f->s.clock - began < 30100);
  assert_int_equal(need(f, &seconds), MOAT_NEED_WAIT);
  assert_int_equal(f->s.connects, 0);
  f->lock_result = MOAT_E_STORE;
  assert_int_equal(run(f), MOAT_E_STORE);
  f->m.unix_time = NOW;
  restart(f);
  assert_int_equal(run(f), 0); /* a folder that cannot be written to, say */
  /* A record that is being written is no reason to give up. */
  f->lock_result = MOAT_WANT_TIME;
  f->m.sizes[MOAT_SLOT_A]--;
  assert_int_equal(moat_account_token(&f->a), 0);
  for (int i = 0; i < 5; i++) {
    assert_int_equal(moat_account_step(&f->a), MOAT_WANT_TIME);
    f->s.clock += moat_account_wait_ms(&f->a);
  }
  f->m.sizes[MOAT_SLOT_A]++;
  f->lock_result = 0;
  assert_int_equal(moat_account_run(&f->a), 0);
  assert_token(f, "AT.1");
}

/* A task that waited for the lock reads the slots again, and the wait counts towards the deadline.
 */
static void test_waiter(void **state) {
  fixture *f = *state;
  pass(f, 3600);
  f->lock_result = MOAT_WANT_TIME;
  assert_int_equal(moat_account_token(&f->a), 0);
  for (int i = 0; i < 10; i++) {
    assert_int_equal(moat_account_step(&f->a), MOAT_WANT_TIME);
    assert_in_range(moat_account_wait_ms(&f->a), i ? 1 : 0, 20);
    f->s.clock += moat_account_wait_ms(&f->a);
  }
  sign_in(f, MOAT_HOW_CODE, "RT.5", 3600);
  f->lock_result = 0;
  assert_int_equal(moat_account_run(&f->a), 0);
  assert_token(f, "AT.1");
  assert_int_equal(f->s.connects, 0);
  pass(f, 3600);
  f->lock_result = MOAT_WANT_TIME;
  uint32_t began = f->s.clock;
  assert_int_equal(moat_account_token(&f->a), 0);
  assert_int_equal(moat_account_step(&f->a), MOAT_WANT_TIME);
  f->s.clock += 29000;
  f->lock_result = 0;
  f->s.answer_size = 0;
  assert_int_equal(moat_account_run(&f->a), MOAT_E_TIMEOUT);
  assert_in_range(f->s.clock - began, 30000, 30100);
}

/* Wherever it is cancelled, the lock is released and the grant is intact. */
static void test_cancel_anywhere(void **state) {
  fixture *f = *state;
  uint32_t seconds;
  unsigned steps = 0;
  for (bool done = false; !done; steps++) {
    restart(f);
    f->m.unix_time = NOW;
    sign_in(f, MOAT_HOW_CODE, "RT.1", 1);
    answer_tokens(f);
    pass(f, 1);
    f->s.chunk = 10;
    f->s.stutter = true;
    f->m.busy = 2;
    assert_int_equal(moat_account_token(&f->a), 0);
    int r = MOAT_WANT_TIME;
    for (unsigned i = 0; i < steps && r != 0; i++) {
      r = moat_account_step(&f->a);
      assert_true(r == 0 || r >= MOAT_WANT_TIME);
    }
    done = r == 0;
    moat_account_cancel(&f->a);
    f->m.busy = 0;
    assert_false(f->held);
    assert_int_equal(need(f, &seconds), MOAT_NEED_NOTHING);
    assert_int_equal(load(f), 0);
    assert_true(f->store.record.refresh_token.n == 4);
  }
  assert_true(steps > 20);
}

/* The wait of the stream fails while somebody else has the lock, and while the account has it. */
static void test_wait_fails(void **state) {
  fixture *f = *state;
  pass(f, 3600);
  f->s.wait_result = MOAT_E_CANCEL;
  f->lock_result = MOAT_WANT_TIME;
  assert_int_equal(run(f), MOAT_E_CANCEL);
  f->lock_result = 0;
  f->s.answer_size = 0;
  assert_int_equal(run(f), MOAT_E_CANCEL);
  f->s.wait_result = MOAT_E_PORT;
  assert_int_equal(run(f), MOAT_E_PORT);
}

/* ---- Answers ---- */

#define REFUSED(name) "{\"error\":\"" name "\"}"

/* ---- A port that fails ---- */

static void test_port_fails(void **state) {
  fixture *f = *state;
  uint32_t seconds;
  static const struct {
    int slot, failure, writes, result;
    bool sent;
  } cases[] = {
      {MOAT_SLOT_A, MOAT_E_PORT, -1, MOAT_E_PORT, false},
      {MOAT_SLOT_B, MOAT_E_PORT, -1, MOAT_E_PORT, false},
      {MOAT_SLOT_MARK, MOAT_E_PORT, -1, MOAT_E_PORT, false},
      {MOAT_SLOT_MARK, MOAT_E_STORE, 0, MOAT_E_STORE, false},
      {MOAT_SLOT_B, MOAT_E_STORE, 0, MOAT_E_STORE, true},
      {MOAT_SLOT_B, MOAT_E_PORT, 0, MOAT_E_PORT, true},
  };
  memory signed_in = f->m;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    f->m = signed_in;
    restart(f);
    f->m.unix_time =
        NOW + 3400; /* even though the token is valid, as this does not pass by itself */
    answer_tokens(f);
    f->failing_slot = cases[i].slot;
    f->failure = cases[i].failure;
    f->writes_left = cases[i].writes;
    assert_int_equal(run(f), cases[i].result);
    assert_int_equal(need(f, &seconds), MOAT_NEED_DEVICE);
    assert_int_equal(moat_account_error(&f->a)->sent, cases[i].sent);
    f->failing_slot = -1;
    assert_int_equal(load(f), 0);
    assert_int_equal(f->store.note.marked, cases[i].sent);
  }
  /* If the mark cannot be erased it stays. The server's answer is more important. */
  f->m = signed_in;
  restart(f);
  f->m.unix_time = NOW + 3600;
  answer(f, "401 No", "", REFUSED("invalid_client"));
  f->failing_slot = MOAT_SLOT_MARK;
  f->failure = MOAT_E_STORE;
  f->writes_left = 1;
  assert_int_equal(run(f), MOAT_E_OAUTH);
  f->failing_slot = -1;
  assert_int_equal(load(f), 0);
  assert_true(f->store.note.marked);
}

/* If the refresh token was not stored, the new access token is dropped and the old one is kept. */
static void test_not_stored(void **state) {
  fixture *f = *state;
  memory signed_in = f->m;
  for (int shared = 0; shared < 2; shared++) {
    f->m = signed_in;
    restart(f);
    f->config.shared = shared;
    f->refresh = true;
    answer_tokens(f);
    f->failing_slot = MOAT_SLOT_B;
    f->failure = MOAT_E_STORE;
    f->writes_left = 0;
    assert_int_equal(run(f), MOAT_E_STORE);
    f->failing_slot = -1;
    f->refresh = false;
    f->s.end = MOAT_E_EOF; /* the connection was kept until now */
    f->s.connect_result = MOAT_E_CONNECT;
    assert_int_equal(run(f), 0);
    assert_token(f, "AT.1");
    assert_int_equal(moat_account_early(&f->a), shared ? 0 : MOAT_E_CONNECT);
    f->s.end = MOAT_WANT_READ;
    f->s.connect_result = 0;
  }
}

/* An answer that is too large does not cost the grant. */
static void test_answer_too_large(void **state) {
  fixture *f = *state;
  char body[300], token[150];
  uint32_t seconds;
  memset(token, 'a', sizeof token - 1);
  token[sizeof token - 1] = 0;
  snprintf(body, sizeof body,
           "{\"token_type\":\"Bearer\",\"expires_in\":3600,\"access_token\":\"%s\","
           "\"refresh_token\":\"RT.2\"}",
           token);
  pass(f, 3400);
  answer(f, "200 OK", "", body);
  assert_int_equal(run(f), MOAT_E_SPACE);
  assert_int_equal(need(f, &seconds), MOAT_NEED_DEVICE);
  assert_int_equal(moat_account_error(&f->a)->needed, sizeof token);
  assert_int_equal(load(f), 0);
  assert_memory_equal(f->store.record.refresh_token.p, "RT.2", 4);
  assert_false(f->store.note.marked);
  /* A stored access token that does not fit is ignored. */
  restart(f);
  f->m.unix_time = NOW + 3400;
  answer_tokens(f);
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.2");
}

/* No lock and no clock: one process on a device that has just started. */
static void test_bare_platform(void **state) {
  fixture *f = *state;
  moat_platform bare = platform;
  bare.lock = NULL;
  bare.unlock = NULL;
  bare.unix_time = NULL;
  f->platform = bare;
  f->held = true; /* according to the slots */
  assert_int_equal(moat_account_token(&f->a), 0);
  assert_int_equal(moat_account_run(&f->a), 0);
  assert_token(f, "AT.2");
  assert_int_equal(moat_account_token(&f->a), 0);
  assert_int_equal(moat_account_run(&f->a), 0);
  assert_int_equal(f->s.connects, 1);
  f->held = false;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_busy),
      TEST(test_waiter),
      TEST(test_cancel_anywhere),
      TEST(test_wait_fails),
      TEST(test_port_fails),
      TEST(test_not_stored),
      TEST(test_answer_too_large),
      TEST(test_bare_platform),
  };
  return cmocka_run_group_tests_name("account: lock and port", tests, NULL, NULL);
}
