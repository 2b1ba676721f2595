/* Exchanges whose work buffer is too small for what is sent or received. */
#include "engine_fixture.h"

/* ---- Connections ---- */

static void test_answer_too_large(void **state) {
  fixture *f = *state;
  static char body[9000];
  memset(body, ' ', sizeof body - 1);
  body[100] = '{';
  answer(f, "200 OK", "", body);
  assert_int_equal(run_refresh(f), MOAT_E_SPACE);
  assert_int_equal(moat_error(&f->c)->needed, sizeof body - 1 + 16);
}

/* ---- A grant of the tests' own, which looks at the answer and nothing else ---- */

/* If an answer is not a 2xx, its status is enough. The connection stays open if little more comes.
 * */
static void test_answer_dropped(void **state) {
  fixture *f = *state;
  static char page[9000];
  memset(page, 'x', sizeof page - 1);
  for (int keeps = 0; keeps < 2; keeps++) {
    answer(f, "502 Bad Gateway", keeps ? "" : "Connection: close\r\n", page);
    for (f->s.chunk = 0; f->s.chunk < 4; f->s.chunk += 3) {
      moat_cancel(&f->c);
      f->s.sent_size = 0;
      begin_any(f);
      assert_int_equal(moat_run(&f->c), 0);
      assert_true(seen.dropped);
      assert_int_equal(seen.status, 502);
      assert_int_equal(seen.body_size, 0);
      assert_int_equal(moat_error(&f->c)->status, 502);
      assert_int_equal(moat_error(&f->c)->needed, sizeof page - 1 + 16);
      assert_int_equal(f->s.open, keeps);
    }
  }
  answer(f, "200 OK", "", "{}");
  begin_any(f);
  assert_int_equal(moat_run(&f->c), 0);
  assert_false(seen.dropped);
  assert_int_equal(seen.body_size, 2);
}

/* The rest of the answer's buffer is used for its nesting. */
static void test_no_room_for_nesting(void **state) {
  fixture *f = *state;
  static char body[8150];
  size_t n = (size_t)snprintf(body, sizeof body, "{\"a\":");
  memset(body + n, '[', 8000);
  memset(body + 4000, ']', 4000 - n);
  snprintf(body + 8000 - n, sizeof body - 8000 + n, ",\"access_token\":\"%0120d\"}", 7);
  answer(f, "200 OK", "", body);
  assert_int_equal(run_refresh(f), MOAT_E_SPACE);
  assert_true(moat_error(&f->c)->needed > strlen(body) + 4000 / 8);
  assert_int_equal(moat_error(&f->c)->body, MOAT_BODY_DROPPED);
}

/* However much of the buffer white space and headers take, more than it has is asked for. */
static void test_nesting_needs_more(void **state) {
  fixture *f = *state;
  static char body[8150], header[4200];
  for (size_t depth = 1200; depth <= 2400; depth += 400)
    for (size_t kept = 0; kept < 4100; kept += 2050) {
      size_t n = 2 * depth + 6, end = sizeof f->work - 16 - kept - 100;
      if (n > end) continue;
      memset(body, ' ', sizeof body);
      memcpy(body, "{\"a\":", 5);
      memset(body + 5, '[', depth);
      memset(body + 5 + depth, ']', depth);
      body[n - 1] = '}';
      body[end] = 0;
      snprintf(header, sizeof header, "Retry-After: %0*d\r\n", (int)kept, 1);
      moat_cancel(&f->c);
      answer(f, "200 OK", header, body);
      assert_int_equal(run_refresh(f), MOAT_E_SPACE);
      assert_true(moat_error(&f->c)->needed > sizeof f->work);
      assert_true(moat_error(&f->c)->needed >= kept + end + depth / 8 + 1);
    }
}

/* After a reconnect the keeper marks again. If it lacks room then, the headers are not to blame. */
static int short_of_room;

static int mark_no_room(void *ctx) {
  (void)ctx;
  return short_of_room++ < 2 ? 0 : MOAT_E_SPACE;
}

static void test_no_room_after_reconnect(void **state) {
  fixture *f = *state;
  const moat_keeper_ops keeper = {.mark = mark_no_room};
  f->refresh.grant.keeper = &keeper;
  short_of_room = 0;
  assert_int_equal(run_refresh(f), 0);
  f->s.given = f->s.answer_size;
  f->s.send_error = MOAT_E_NETWORK;
  f->s.send_after = f->s.sent_size;
  assert_int_equal(run_refresh(f), MOAT_E_SPACE);
  assert_int_equal(short_of_room, 3);
  assert_true(moat_error(&f->c)->sent);
  assert_int_equal(moat_judge(moat_error(&f->c)).need, MOAT_NEED_DEVICE);
}

/* A stream that lacks room reports its own buffer, not the headers. */
static void test_no_room_to_send(void **state) {
  fixture *f = *state;
  f->s.send_error = MOAT_E_SPACE;
  f->s.end = MOAT_E_EOF;
  f->s.answer_size = 0;
  assert_int_equal(run_refresh(f), MOAT_E_SPACE);
  assert_int_equal(moat_judge(moat_error(&f->c)).need, MOAT_NEED_DEVICE);
}

static void test_headers_without_end(void **state) {
  fixture *f = *state;
  static char header[20000];
  snprintf(header, sizeof header, "HTTP/1.1 200 OK\r\nX: %019000d", 1);
  f->s.answer = header;
  f->s.answer_size = strlen(header);
  assert_int_equal(run_refresh(f), MOAT_E_SPACE);
  assert_int_equal(moat_judge(moat_error(&f->c)).need, MOAT_NEED_WAIT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_answer_too_large),        TEST(test_answer_dropped),
      TEST(test_no_room_for_nesting),     TEST(test_nesting_needs_more),
      TEST(test_no_room_after_reconnect), TEST(test_no_room_to_send),
      TEST(test_headers_without_end),
  };
  return cmocka_run_group_tests_name("engine: room", tests, NULL, NULL);
}
