/* The connection of an exchange: kept, closed, lost, and when a request is sent again. */
#include "engine_fixture.h"

/* ---- Connections ---- */

static void test_keep_alive(void **state) {
  fixture *f = *state;
  assert_int_equal(run_refresh(f), 0);
  assert_true(f->s.open);
  f->s.given = f->s.answer_size; /* nothing more comes until the next request … */
  int r = moat_refresh_begin(&f->c, &f->refresh);
  assert_int_equal(r, 0);
  assert_int_equal(moat_step(&f->c), MOAT_WANT_READ);
  f->s.given = 0; /* … then the answer */
  assert_int_equal(moat_run(&f->c), 0);
  assert_int_equal(f->s.connects, 1);
}

static void test_idle_connection_closed(void **state) {
  fixture *f = *state;
  assert_int_equal(run_refresh(f), 0);
  f->s.given = f->s.answer_size;
  f->s.end = MOAT_E_EOF;
  assert_int_equal(run_refresh(f), 0);
  assert_int_equal(f->s.connects, 2);
}

static void test_unasked_bytes(void **state) {
  fixture *f = *state;
  assert_int_equal(run_refresh(f), 0);
  f->s.given = f->s.answer_size - 3;
  assert_int_equal(run_refresh(f), 0);
  assert_int_equal(f->s.connects, 2);
}

static void test_connection_close(void **state) {
  fixture *f = *state;
  answer(f, "200 OK", "Connection: close\r\n", BODY);
  assert_int_equal(run_refresh(f), 0);
  assert_false(f->s.open);
  assert_span(f->refresh.grant.token.refresh_token, "RT.2");
}

/* A reused connection dies after the request was sent. A refresh is not sent again. */
static void test_refresh_is_not_replayed(void **state) {
  fixture *f = *state;
  assert_int_equal(run_refresh(f), 0);
  f->s.given = f->s.answer_size;
  assert_int_equal(moat_refresh_begin(&f->c, &f->refresh), 0);
  assert_int_equal(moat_step(&f->c), MOAT_WANT_READ);
  f->s.end = MOAT_E_NETWORK;
  assert_int_equal(moat_run(&f->c), MOAT_E_NETWORK);
  assert_true(moat_error(&f->c)->sent);
  assert_int_equal(f->s.connects, 1);
}

/* It dies before the first byte was sent. A refresh may reconnect; a code may not. */
static void test_unsent_replay(void **state) {
  fixture *f = *state;
  for (int code = 0; code < 2; code++) {
    moat_cancel(&f->c);
    memset(&f->s, 0, sizeof f->s);
    answer(f, "200 OK", "", BODY);
    f->s.end = MOAT_WANT_READ;
    assert_int_equal(run_refresh(f), 0);
    f->s.given = f->s.answer_size;
    f->s.send_error = MOAT_E_NETWORK;
    f->s.send_after = f->s.sent_size;
    int r = code ? moat_code_begin(&f->c, &f->code) : moat_refresh_begin(&f->c, &f->refresh);
    assert_int_equal(r, 0);
    r = moat_step(&f->c);
    if (code) {
      assert_int_equal(r, MOAT_WANT_READ); /* checks whether the server said why */
      f->s.end = MOAT_E_EOF;
      assert_int_equal(moat_run(&f->c), MOAT_E_NETWORK);
      assert_int_equal(f->s.connects, 1);
    } else {
      assert_int_equal(r, 0);
      assert_int_equal(f->s.connects, 2);
    }
  }
}

/* The server refuses early and stops reading. Its answer is the better error. */
static void test_early_answer(void **state) {
  fixture *f = *state;
  answer(f, "400 Bad Request", "", "{\"error\":\"invalid_request\"}");
  f->s.send_error = MOAT_E_NETWORK;
  f->s.send_after = 100;
  assert_int_equal(run_refresh(f), MOAT_E_OAUTH);
  assert_span(moat_error(&f->c)->error, "invalid_request");
  assert_no_canary(f);
}

/* The server sends an alert instead of an answer. It tells more than the failure to send. */
static void test_alert_after_send(void **state) {
  fixture *f = *state;
  f->s.answer_size = 0;
  f->s.send_error = MOAT_E_NETWORK;
  f->s.send_after = 100;
  f->s.detail = 116;
  f->s.end = MOAT_E_TLS;
  assert_int_equal(run_refresh(f), MOAT_E_TLS);
  assert_int_equal(moat_error(&f->c)->port_code, 116);
  assert_int_equal(moat_judge(moat_error(&f->c)).need, MOAT_NEED_PROFILE);
  f->s.sent_size = 0;
  f->s.end = MOAT_E_EOF;
  assert_int_equal(run_refresh(f), MOAT_E_NETWORK);
}

/* Numbers that port.h does not list: an errno, or a count where none belongs. None is a success. */
static void test_odd_results(void **state) {
  fixture *f = *state;
  static const int odd[] = {-100, -5, -28, MOAT_E_LOST, 1, INT32_MIN};
  for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
    moat_cancel(&f->c);
    f->s.connect_result = odd[i];
    assert_int_equal(run_refresh(f), MOAT_E_PORT);
    assert_int_equal(moat_error(&f->c)->port_code, odd[i]);
    f->s.connect_result = 0;
    f->s.answer_size = 0;
    f->s.end = odd[i] < 0 ? odd[i] : 0;
    assert_int_equal(run_refresh(f), MOAT_E_PORT);
  }
}

static void test_reset_at_any_byte(void **state) {
  fixture *f = *state;
  for (size_t n = 0; n < f->s.answer_size; n++) {
    size_t whole = f->s.answer_size;
    moat_cancel(&f->c);
    f->s.sent_size = 0;
    f->s.answer_size = n;
    f->s.end = MOAT_E_NETWORK;
    assert_int_equal(run_refresh(f), MOAT_E_NETWORK);
    moat_cancel(&f->c);
    f->s.end = MOAT_E_EOF;
    assert_int_equal(run_refresh(f), MOAT_E_EOF);
    assert_false(holds(f->work, sizeof f->work, "RT.")); /* part of an answer is not kept */
    f->s.answer_size = whole;
  }
}

static void test_silent_server(void **state) {
  fixture *f = *state;
  f->s.answer_size = 0;
  assert_int_equal(run_refresh(f), MOAT_E_TIMEOUT);
  assert_int_equal(f->s.clock, MOAT_TIMEOUT_MS);
  assert_true(moat_error(&f->c)->sent);
  assert_no_canary(f);
  f->s.connect_result = MOAT_WANT_READ; /* a resolver that never answers */
  assert_int_equal(run_refresh(f), MOAT_E_TIMEOUT);
  assert_false(moat_error(&f->c)->sent);
}

static void test_connect_error(void **state) {
  fixture *f = *state;
  f->s.connect_result = MOAT_E_DNS;
  f->s.detail = -2;
  assert_int_equal(run_refresh(f), MOAT_E_DNS);
  assert_int_equal(moat_error(&f->c)->port_code, -2);
}

static void test_cancel(void **state) {
  fixture *f = *state;
  f->s.answer_size = 0;
  assert_int_equal(moat_refresh_begin(&f->c, &f->refresh), 0);
  assert_int_equal(moat_step(&f->c), MOAT_WANT_READ);
  moat_cancel(&f->c);
  assert_int_equal(moat_step(&f->c), MOAT_E_CANCEL);
  assert_false(f->s.open);
  f->s.wait_result = MOAT_E_CANCEL;
  assert_int_equal(run_refresh(f), MOAT_E_CANCEL);
  moat_cancel(&f->c);
  moat_cancel(&f->c);
}

/* ---- A grant of the tests' own, which looks at the answer and nothing else ---- */

/* A reused connection dies. What may be sent again is sent again, but only if no byte of an answer
 * has come, not even part of a chunk. */
static void test_replay_before_the_answer(void **state) {
  fixture *f = *state;
  static const char chunked[] =
      "HTTP/1.1 100 \r\n\r\nHTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n"
      "\r\n2\r\n{}\r\n0\r\n\r\n";
  for (size_t n = 0; n < sizeof chunked - 1; n++) {
    moat_cancel(&f->c);
    f->s = (scripted){.answer = chunked, .answer_size = sizeof chunked - 1, .end = MOAT_WANT_READ};
    begin_any(f);
    assert_int_equal(moat_run(&f->c), 0);
    f->s.given = f->s.answer_size;
    begin_any(f);
    assert_int_equal(moat_step(&f->c), MOAT_WANT_READ);
    f->s.given = 0;
    f->s.answer_size = n;
    f->s.end = MOAT_E_NETWORK;
    assert_int_equal(moat_run(&f->c), MOAT_E_NETWORK);
    assert_int_equal(f->s.connects, n ? 1 : 2);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_keep_alive),
      TEST(test_idle_connection_closed),
      TEST(test_unasked_bytes),
      TEST(test_connection_close),
      TEST(test_refresh_is_not_replayed),
      TEST(test_unsent_replay),
      TEST(test_early_answer),
      TEST(test_alert_after_send),
      TEST(test_odd_results),
      TEST(test_reset_at_any_byte),
      TEST(test_silent_server),
      TEST(test_connect_error),
      TEST(test_cancel),
      TEST(test_replay_before_the_answer),
  };
  return cmocka_run_group_tests_name("engine: connections", tests, NULL, NULL);
}
