/* Answers to a refresh, and answers that were lost. */
#include "cmocka_all.h"

#include "account_fixture.h"

/* ---- Answers ---- */

static void test_every_split(void **state) {
  fixture *f = *state;
  for (unsigned busy = 0; busy < 3; busy++) {
    restart(f);
    f->m.unix_time = NOW;
    sign_in(f, MOAT_HOW_CODE, "RT.1", 1);
    answer_tokens(f);
    pass(f, 1);
    f->s.chunk = 1;
    f->s.stutter = true;
    f->m.busy = busy;
    assert_int_equal(run(f), 0);
    assert_token(f, "AT.2");
    assert_int_equal(requests(f), 1);
    f->m.busy = 0;
  }
}

#define REFUSED(name) "{\"error\":\"" name "\"}"

/* What each failure asks for, and what it leaves behind: the mark of a request that the server may
 * have acted on, and a pause. */
static void test_failures(void **state) {
  fixture *f = *state;
  static const struct {
    const char *status, *headers, *body;
    int error; /* of recv, if there is no answer */
    int result, need;
    uint32_t seconds; /* how long to wait */
    bool marked;
    uint32_t pause;
  } cases[] = {
      {"400 No", "", REFUSED("invalid_grant"), 0, MOAT_E_OAUTH, MOAT_NEED_SIGN_IN, 0, false, 0},
      {"200 OK", "", REFUSED("bad_refresh_token"), 0, MOAT_E_OAUTH, MOAT_NEED_SIGN_IN, 0, false, 0},
      {"400 No", "", REFUSED("interaction_required"), 0, MOAT_E_OAUTH, MOAT_NEED_SIGN_IN, 0, false,
       60},
      {"403 No", "", REFUSED("access_denied"), 0, MOAT_E_OAUTH, MOAT_NEED_SIGN_IN, 0, false, 60},
      {"401 No", "", REFUSED("invalid_client"), 0, MOAT_E_OAUTH, MOAT_NEED_PROFILE, 0, false, 60},
      {"400 No", "", REFUSED("new"), 0, MOAT_E_OAUTH, MOAT_NEED_SIGN_IN, 0, false, 60},
      {"400 No", "", REFUSED("temporarily_unavailable"), 0, MOAT_E_OAUTH, MOAT_NEED_WAIT, 30, false,
       30},
      {"500 No", "", REFUSED("server_error"), 0, MOAT_E_OAUTH, MOAT_NEED_WAIT, 30, true, 30},
      {"429 No", "Retry-After: 77\r\n", "", 0, MOAT_E_STATUS, MOAT_NEED_WAIT, 77, false, 77},
      {"429 No", "Retry-After: 5\r\n", "", 0, MOAT_E_STATUS, MOAT_NEED_WAIT, 30, false, 30},
      {"429 No", "Retry-After: 99999\r\n", "", 0, MOAT_E_STATUS, MOAT_NEED_WAIT, 3600, false, 3600},
      {"408 No", "", "", 0, MOAT_E_STATUS, MOAT_NEED_WAIT, 30, false, 30},
      {"503 No", "Retry-After: 60\r\n", "<html>", 0, MOAT_E_STATUS, MOAT_NEED_WAIT, 60, true, 60},
      {"404 No", "", "", 0, MOAT_E_STATUS, MOAT_NEED_PROFILE, 0, false, 60},
      {"302 No", "", "", 0, MOAT_E_STATUS, MOAT_NEED_WAIT, 30, false, 30},
      {"200 OK", "", "<html>", 0, MOAT_E_JSON, MOAT_NEED_WAIT, 30, true, 30},
      {"200 OK", "", "{\"access_token\":7}", 0, MOAT_E_REPLY, MOAT_NEED_PROFILE, 0, true, 60},
      {"200 OK", "", "{}", 0, MOAT_E_REPLY, MOAT_NEED_PROFILE, 0, true, 60},
      {NULL, "", "", MOAT_E_EOF, MOAT_E_EOF, MOAT_NEED_WAIT, 30, true, 0},
      {NULL, "", "", MOAT_E_NETWORK, MOAT_E_NETWORK, MOAT_NEED_WAIT, 30, true, 0},
      {NULL, "", "", MOAT_E_TLS, MOAT_E_TLS, MOAT_NEED_WAIT, 30, true, 0},
      {NULL, "", "", MOAT_WANT_READ, MOAT_E_TIMEOUT, MOAT_NEED_WAIT, 30, true, 0},
      {NULL, "", "", MOAT_E_MEMORY, MOAT_E_MEMORY, MOAT_NEED_DEVICE, 0, true, 0},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    for (int stored = 0; stored < 2; stored++) {
      uint32_t seconds;
      restart(f);
      f->m.unix_time = NOW;
      sign_in(f, MOAT_HOW_CODE, "RT.1", stored ? 4000 : 1);
      f->refresh = stored; /* a valid token is of no use then */
      pass(f, stored ? 0 : 1);
      f->s.end = MOAT_WANT_READ;
      f->s.answer_size = 0;
      if (cases[i].status)
        answer(f, cases[i].status, cases[i].headers, cases[i].body);
      else
        f->s.end = cases[i].error;
      int r = run(f);
      if (r != cases[i].result) fail_msg("%zu: %d, not %d", i, r, cases[i].result);
      int n = need(f, &seconds);
      if (n != cases[i].need) fail_msg("%zu: need %d, not %d", i, n, cases[i].need);
      if (n == MOAT_NEED_WAIT && seconds != cases[i].seconds)
        fail_msg("%zu: %u s, not %u", i, (unsigned)seconds, (unsigned)cases[i].seconds);
      assert_int_equal(load(f), 0);
      if (f->store.note.marked != cases[i].marked)
        fail_msg("%zu: marked %d", i, f->store.note.marked);
      if (moat_store_pause(&f->store) != cases[i].pause)
        fail_msg("%zu: pause %u", i, (unsigned)moat_store_pause(&f->store));
    }
  }
}

/* A server of TLS 1.3 refuses the client's certificate after the request was sent, but without
 * having read it. So the refresh token is as good as before. */
static void test_certificate_refused(void **state) {
  enum { CERTIFICATE_REQUIRED = 116 };
  fixture *f = *state;
  uint32_t seconds;
  pass(f, 3600);
  f->s.answer_size = 0;
  f->s.end = MOAT_E_TLS;
  f->s.detail = CERTIFICATE_REQUIRED;
  assert_int_equal(run(f), MOAT_E_TLS);
  assert_true(moat_account_error(&f->a)->sent);
  assert_int_equal(need(f, &seconds), MOAT_NEED_PROFILE);
  assert_int_equal(load(f), 0);
  assert_false(f->store.note.marked);
  assert_int_equal(moat_store_pause(&f->store), 60);
  f->s.detail = 0;
  assert_int_equal(f->store.note.cause, MOAT_CAUSE_TLS);
}

/* The failure comes before the first byte is sent: no mark is left, and only the network is to
 * blame. */
static void test_no_connection(void **state) {
  fixture *f = *state;
  static const struct {
    int error, need;
  } cases[] = {{MOAT_E_DNS, MOAT_NEED_WAIT},      {MOAT_E_CONNECT, MOAT_NEED_WAIT},
               {MOAT_E_TLS, MOAT_NEED_WAIT},      {MOAT_E_CERT, MOAT_NEED_PROFILE},
               {MOAT_E_CLOCK, MOAT_NEED_CLOCK},   {MOAT_E_RANDOM, MOAT_NEED_DEVICE},
               {MOAT_E_MEMORY, MOAT_NEED_DEVICE}, {MOAT_E_PORT, MOAT_NEED_DEVICE},
               {MOAT_E_CERT_DATE, MOAT_NEED_WAIT}};
  pass(f, 3600);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    uint32_t seconds;
    f->s.connect_result = cases[i].error;
    assert_int_equal(run(f), cases[i].error);
    assert_int_equal(need(f, &seconds), cases[i].need);
    assert_false(moat_account_error(&f->a)->sent);
    assert_int_equal(f->m.sizes[MOAT_SLOT_MARK], 0);
  }
}

/* While the old token is still valid, a failed early refresh does no harm. A refusal does. */
static void test_early(void **state) {
  fixture *f = *state;
  uint32_t seconds;
  pass(f, 3400);
  f->s.connect_result = MOAT_E_CONNECT;
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.1");
  assert_int_equal(moat_account_early(&f->a), MOAT_E_CONNECT);
  assert_int_equal(need(f, &seconds), MOAT_NEED_NOTHING);
  f->s.connect_result = 0;
  answer(f, "503 Busy", "Retry-After: 40\r\n", "{\"error\":\"server_error\"}");
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.1");
  assert_int_equal(moat_account_early(&f->a), MOAT_E_OAUTH);
  assert_int_equal(requests(f), 1);
  assert_int_equal(run(f), 0); /* and the server is not asked */
  assert_int_equal(moat_account_early(&f->a), MOAT_E_LATER);
  assert_int_equal(requests(f), 0);
  f->lock_result = MOAT_WANT_TIME;
  assert_int_equal(run(f), 0);
  f->lock_result = 0;
  pass(f, 41);
  answer(f, "400 No", "", REFUSED("invalid_grant"));
  assert_int_equal(run(f), MOAT_E_LOST); /* a 503 may hide an answer */
  pass(f, 200);
  f->s.end = MOAT_E_EOF; /* the connection was kept until now */
  f->s.connect_result = MOAT_E_CONNECT;
  assert_int_equal(run(f), MOAT_E_LOST); /* the refusal is remembered */
}

static void test_pause(void **state) {
  fixture *f = *state;
  uint32_t seconds;
  pass(f, 3600);
  answer(f, "429 Busy", "Retry-After: 100\r\n", "");
  assert_int_equal(run(f), MOAT_E_STATUS);
  assert_int_equal(requests(f), 1);
  answer_tokens(f);
  for (int i = 0; i < 100; i++) {
    if (i % 7 == 0) restart(f);
    assert_int_equal(run(f), MOAT_E_LATER);
    assert_int_equal(need(f, &seconds), MOAT_NEED_WAIT);
    assert_int_equal(seconds, 100 - i);
    assert_int_equal(moat_account_error(&f->a)->retry_after, 100 - i);
    assert_false(moat_account_error(&f->a)->sent);
    pass(f, 1);
  }
  assert_int_equal(requests(f), 0);
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.2");
}

/* ---- Lost answers ---- */

static void test_lost(void **state) {
  fixture *f = *state;
  uint32_t seconds;
  pass(f, 3600);
  f->s.answer_size = 0;
  f->s.end = MOAT_E_NETWORK;
  assert_int_equal(run(f), MOAT_E_NETWORK);
  memory marked = f->m;
  f->s.end = MOAT_WANT_READ;
  restart(f);
  answer(f, "400 No", "", REFUSED("invalid_grant"));
  assert_int_equal(run(f), MOAT_E_LOST); /* tried once, at once */
  f->m = marked;
  restart(f);
  answer(f, "200 OK", "", REFUSED("bad_refresh_token"));
  assert_int_equal(run(f), MOAT_E_LOST);
  f->m = marked;
  restart(f);
  answer(f, "400 No", "", REFUSED("invalid_grant"));
  assert_int_equal(run(f), MOAT_E_LOST);
  assert_int_equal(need(f, &seconds), MOAT_NEED_SIGN_IN);
  assert_true(moat_account_error(&f->a)->sent);
  assert_memory_equal(moat_account_error(&f->a)->error.p, "invalid_grant", 13);
  answer(f, "400 No", "", REFUSED("invalid_grant"));
  assert_int_equal(run(f), MOAT_E_LOST); /* from memory */
  assert_false(moat_account_error(&f->a)->sent);

  /* A server that is busy, or that refuses the client, has not looked at the refresh token. */
  f->m = marked;
  static const char *const aside[][2] = {{"429 Busy", ""},
                                         {"404 No", ""},
                                         {"401 No", REFUSED("invalid_client")},
                                         {"503 No", REFUSED("temporarily_unavailable")}};
  for (size_t i = 0; i < sizeof aside / sizeof *aside; i++) {
    restart(f);
    f->refresh = true; /* there is a pause */
    answer(f, aside[i][0], "", aside[i][1]);
    assert_true(run(f) < MOAT_E_LATER);
    assert_int_equal(load(f), 0);
    assert_true(f->store.note.marked);
    f->m.unix_time += 31;
  }
  restart(f);
  answer(f, "400 No", "", REFUSED("invalid_grant"));
  assert_int_equal(run(f), MOAT_E_LOST);

  f->m = marked;
  restart(f);
  f->config.shared = true;
  f->s.sent_size = 0;
  assert_int_equal(run(f), MOAT_E_LOST); /* reported instead of tried */
  assert_int_equal(need(f, &seconds), MOAT_NEED_SIGN_IN);
  assert_false(moat_account_error(&f->a)->sent);
  assert_int_equal(f->s.sent_size, 0);
  assert_int_equal(load(f), 0);
  assert_true(f->store.note.marked);

  restart(f);
  answer_tokens(f);
  assert_int_equal(run(f), 0); /* usually nothing was lost */
  assert_token(f, "AT.2");
}

/* An interrupted refresh is tried again at once, even if the token is fresh, unless the grant is
 * shared. */
static void test_marked_but_fresh(void **state) {
  fixture *f = *state;
  f->refresh = true;
  f->s.answer_size = 0;
  f->s.end = MOAT_E_NETWORK;
  assert_int_equal(run(f), MOAT_E_NETWORK);
  restart(f);
  f->config.shared = true;
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.1");
  restart(f);
  f->s.connect_result = MOAT_E_CONNECT;
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.1");
  assert_int_equal(moat_account_early(&f->a), MOAT_E_CONNECT);
  f->s.connect_result = 0;
  f->s.end = MOAT_WANT_READ;
  answer_tokens(f);
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.2");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_every_split),
      TEST(test_failures),
      TEST(test_certificate_refused),
      TEST(test_no_connection),
      TEST(test_early),
      TEST(test_pause),
      TEST(test_lost),
      TEST(test_marked_but_fresh),
  };
  return cmocka_run_group_tests_name("account: answers", tests, NULL, NULL);
}
