/* An account over a stream that answers what it may not. */
#include "ports_fixture.h"

static void test_connect(void **state) {
  every_number(*state, "connect", CONNECT, 0, numbers, number_count);
}

static void test_recv(void **state) {
  every_number(*state, "recv", RECV, 0, numbers + positive_count, number_count - positive_count);
}

/* 0 is not a count, and more than was asked for is not one either. */
static void test_recv_counts(void **state) {
  account *a = *state;
  static const int counts[] = {0, INT_MAX};
  every_number(a, "recv", RECV, 0, counts, COUNT(counts));
  sign_in(a);
  odd.function = RECV;
  odd.too_much = true;
  expect_port_error(a, "recv");
}

/* After a failed send an answer would still count, but there is none. */
static void fail_to_send(account *a, int answer, bool too_much) {
  a->f->s.answer_size = 0;
  a->f->s.end = MOAT_E_EOF;
  sign_in(a);
  odd.function = SEND;
  odd.answer = answer;
  odd.too_much = too_much;
  expect_port_error(a, "send");
  assert_true(moat_account_error(&a->a)->sent);
}

static void test_send(void **state) {
  for (size_t i = positive_count; i < number_count; i++)
    fail_to_send(*state, numbers[i], false);
}

static void test_send_counts(void **state) {
  fail_to_send(*state, 0, false);
  fail_to_send(*state, INT_MAX, false);
  fail_to_send(*state, 0, true);
}

/* The server refused before it read everything. */
static void test_send_fails_after_the_answer(void **state) {
  account *a = *state;
  sign_in(a);
  odd.function = SEND;
  odd.answer = -100;
  assert_int_equal(run_account(a), 0);
  assert_token(a);
}

static void test_wait(void **state) {
  account *a = *state;
  a->f->s.stutter = true;
  every_number(a, "wait", WAIT, 0, numbers, number_count);
}

/* The wait answers the want that it was given. That is an error or means "ready"; it must not loop
 * for ever. */
static void test_wait_gives_its_want_back(void **state) {
  account *a = *state;
  static const int wants[] = {MOAT_WANT_READ, MOAT_WANT_WRITE};
  a->f->s.stutter = true;
  for (size_t i = 0; i < COUNT(wants); i++) {
    sign_in(a);
    odd.function = WAIT;
    odd.answer = wants[i];
    int r = run_account(a);
    if (r != 0 && r != MOAT_E_PORT) fail_msg("%d: %d", wants[i], r);
  }
}

static void test_wait_elapses(void **state) {
  account *a = *state;
  sign_in(a);
  a->f->s.stutter = true;
  a->f->s.wait_result = MOAT_WANT_TIME;
  assert_int_equal(run_account(a), 0);
}

static void test_no_wait(void **state) {
  account *a = *state;
  sign_in(a);
  a->f->s.stutter = true;
  a->f->stream.wait = NULL;
  assert_int_equal(run_account(a), MOAT_E_PORT);
}

/* Some work was done and there is more, so nobody waits. */
static unsigned turns;

static int connect_in_turns(void *io, const char *host, uint16_t port) {
  return turns++ < 5 ? MOAT_WANT_TIME : scripted_connect(io, host, port);
}

/* moat_run() of a client, without an account. */
static void test_wait_of_a_client(void **state) {
  account *a = *state;
  for (size_t i = 0; i < number_count; i++) {
    sign_in(a);
    a->f->s.stutter = true;
    odd.function = WAIT;
    odd.answer = numbers[i];
    assert_int_equal(exact_refresh(a->f), MOAT_E_PORT);
    assert_int_equal(moat_error(&a->f->c)->port_code, numbers[i]);
  }
  odd.answer = MOAT_E_CANCEL;
  assert_int_equal(exact_refresh(a->f), MOAT_E_CANCEL);
  odd.answer = MOAT_E_NETWORK;
  assert_int_equal(exact_refresh(a->f), MOAT_E_NETWORK);
  odd.function = NONE;
  a->f->s.wait_result = MOAT_WANT_TIME;
  a->f->s.given = 0;
  assert_int_equal(exact_refresh(a->f), 0);
  a->f->stream.wait = NULL;
  a->f->s.given = 0;
  assert_int_equal(exact_refresh(a->f), MOAT_E_PORT);
  moat_cancel(&a->f->c);
  turns = 0;
  a->f->stream.connect = connect_in_turns;
  a->f->s.stutter = false;
  a->f->s.given = 0;
  assert_int_equal(exact_refresh(a->f), 0);
  assert_int_equal(turns, 6);
}

static void test_connect_in_turns(void **state) {
  account *a = *state;
  sign_in(a);
  turns = 0;
  a->f->stream.connect = connect_in_turns;
  a->f->stream.wait = NULL;
  assert_int_equal(run_account(a), 0);
  assert_int_equal(turns, 6);
}

/* Errors that port.h lists for ports are returned as they are. Errors about a server's answer
 * cannot come from a port. */
static void test_listed_errors(void **state) {
  account *a = *state;
  for (int r = -1; r >= MOAT_E_CODE; r--) {
    if (!is_listed(r) || r >= MOAT_WANT_TIME) continue;
    sign_in(a);
    odd.function = CONNECT;
    odd.answer = r;
    int got = exact_refresh(a->f), expected = r < MOAT_E_CERT_DATE ? MOAT_E_PORT : r;
    if (got != expected) fail_msg("%d: %d", r, got);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_connect),
      TEST(test_recv),
      TEST(test_recv_counts),
      TEST(test_send),
      TEST(test_send_counts),
      TEST(test_send_fails_after_the_answer),
      TEST(test_wait),
      TEST(test_wait_gives_its_want_back),
      TEST(test_wait_elapses),
      TEST(test_no_wait),
      TEST(test_wait_of_a_client),
      TEST(test_connect_in_turns),
      TEST(test_listed_errors),
  };
  return cmocka_run_group_tests_name("ports: stream", tests, make_numbers, NULL);
}
