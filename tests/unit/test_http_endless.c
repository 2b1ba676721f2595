/* Heads, bodies and trailers that do not end. */
#include "http_fixture.h"

/* ---- Long ones, built at run time ---- */

/* Endless white space is not an answer. No more of it is read than may be dropped. */
static void test_endless_space(void **state) {
  (void)state;
  static const struct {
    const char *head;
    size_t held;
  } cases[] = {{OK LENGTH(100000), 0}, {OK CODING "186A0\r\n", 0}, {OK "\r\n", LIMIT}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    for (size_t over = 0; over < 2; over++) {
      long_size = 0;
      put(cases[i].head);
      put_many(' ', cases[i].held + MOAT_HTTP_DROP_MAX - 1 + over);
      put("{.");
      outcome o = read_long(LIMIT);
      assert_int_equal(o.result, over ? 1 : MOAT_E_SPACE);
      if (over) assert_true(o.dropped && o.closes);
      if (over) assert_int_equal(o.unread, 2);
    }
  long_size = 0;
  put(OK LENGTH(65536));
  put_many(' ', 65536);
  put(".");
  outcome o = read_long(LIMIT);
  assert_true(o.dropped && !o.closes);
  assert_int_equal(o.unread, 1);
  long_size = 0;
  put(OK CODING "10000\r\n");
  put_many(' ', 65536);
  put("\r\n1\r\n{");
  o = read_long(LIMIT);
  assert_true(o.dropped && o.closes);
  assert_int_equal(o.unread, 1);
}

static void test_endless_answer(void **state) {
  (void)state;
  long_size = 0;
  put(OK "\r\n{");
  put_many(' ', 2 * MOAT_HTTP_DROP_MAX);
  outcome o = read_long(LIMIT);
  assert_int_equal(o.result, MOAT_E_SPACE);
  assert_int_equal(o.needed, sized(LIMIT + 1));
}

static void test_small_chunks(void **state) {
  (void)state;
  for (size_t over = 0; over < 2; over++) {
    long_size = 0;
    put("HTTP/1.1 500 \r\n" CODING);
    for (size_t i = 0; i < 4096 + over; i++)
      put("1;x=\"y\"\r\nz\r\n");
    put("000\r\n\r\n.");
    outcome o = read_long(4096);
    assert_int_equal(o.result, 1);
    assert_int_equal(o.dropped, over);
    assert_int_equal(o.body, over ? 0 : 4096);
    assert_int_equal(o.unread, 1);
    assert_false(o.closes);
  }
}

/* ---- Heads, size lines and trailers that do not end ---- */

typedef struct {
  const char *before, *start; /* the limit counts from `start` on … */
  char fill;
  const char *end, *after; /* … to `end` */
  bool decides;            /* the status decides; past the limit the answer is dropped */
} long_case;

static outcome read_framing(const long_case *c, size_t size) {
  long_size = 0;
  put(c->before);
  put(c->start);
  put_many(c->fill, size - strlen(c->start) - strlen(c->end));
  put(c->end);
  put(c->after);
  return read_long(64);
}

/* A line of any length is skipped without a buffer for it. But the head as a whole has a limit, and
 * so do each chunk-size line and the trailers. */
static void test_long_framing(void **state) {
  (void)state;
#define SHORT "\r\n" LENGTH(2)
#define CHUNKED "HTTP/1.1 200 \r\n" CODING
#define CHUNKED_502 "HTTP/1.1 502 \r\n" CODING
  static const long_case cases[] = {
      {"", OK "X: ", 'x', SHORT, "ok", false},
      {"", OK "X:", ' ', "\r\n \r\n y" SHORT, "ok", false},
      {"", "HTTP/1.1 502 \r\nX: ", 'x', SHORT, "ok", true},
      {"", "HTTP/1.1 502 \r\n", 'x', ":" SHORT, "ok", true},
      {"", "HTTP/1.1 502 \r\nDate:", ' ', "x" SHORT, "ok", true},
      {"", "HTTP/1.1 502 ", 'x', SHORT, "ok", true},
      {"", "HTTP/1.1 304 ", 'x', "\r\n\r\n", "", true},
      {"", "HTTP/1.1 204 ", 'x', "\r\n\r\n", "", false},
      {"", "HTTP/1.1 103 \r\nX: ", 'x', "\r\n\r\n" OK LENGTH(2), "ok", false},
      {"", "HTTP/1.1 103 \r\nX: ", 'x', "\r\n\r\nHTTP/1.1 502 \r\n" LENGTH(2), "ok", true},
      {CHUNKED, "2;", 'x', "\r\n", "ok\r\n0\r\n\r\n", false},
      {CHUNKED, "", '0', "2\r\n", "ok\r\n0\r\n\r\n", false},
      {CHUNKED "1\r\no", "\r\n1", ' ', ";\r\n", "k\r\n0\r\n\r\n", false},
      {CHUNKED_502, "2;", 'x', "\r\n", "ok\r\n0\r\n\r\n", true},
      {CHUNKED_502 "1\r\no", "\r\n1;", 'x', "\r\n", "k\r\n0\r\n\r\n", true},
      {CHUNKED_502 "2\r\nok", "\r\n0;", 'x', "\r\n", "\r\n", true},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    outcome o = read_framing(&cases[i], MOAT_HTTP_HEAD_MAX);
    if (o.result != 1 || o.dropped || o.closes) fail_msg("%d for case %zu", o.result, i);
    o = read_framing(&cases[i], MOAT_HTTP_HEAD_MAX + 1);
    if (o.result != (cases[i].decides ? 1 : MOAT_E_SPACE)) fail_msg("%d for case %zu", o.result, i);
    assert_int_equal(o.dropped, cases[i].decides);
    assert_int_equal(o.needed, 0);
    if (!o.dropped) continue;
    assert_true(o.closes && o.status >= 300);
    assert_int_equal(o.body, 0);
  }
}

/* The body is complete before the trailers come. */
static void test_long_trailers(void **state) {
  (void)state;
  static const long_case cases[] = {
      {CHUNKED "2\r\nok\r\n0\r\n", "A: ", 'x', "\r\n\r\n", "", false},
      {CHUNKED "2\r\nok\r\n0\r\n", "", 'x', ":\r\n\r\n", "", false},
      {CHUNKED "2\r\nok\r\n0;x\r\n", "A: ", 'x', "\r\nB: c\r\n\r\n", "", false},
      {CHUNKED "2\r\nok\r\n0\r\n", "A: b\r\nA:", ' ', "\r\n c\r\n\r\n", "", false},
      {CHUNKED_502 "2\r\nok\r\n0\r\n", "A: ", 'x', "\r\n\r\n", "", false},
      {CHUNKED_502 "2\r\nok\r\n0\r\n", "A: b\r\nA:", ' ', "\r\n c\r\n\r\n", "", false},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    for (size_t over = 0; over < 2; over++) {
      outcome o = read_framing(&cases[i], MOAT_HTTP_HEAD_MAX + over);
      if (o.result != 1 || o.dropped) fail_msg("%d for case %zu", o.result, i);
      assert_string_equal(o.text, "ok");
      assert_int_equal(o.closes, over);
    }
  /* 40 KB of trailers; a page that did not fit is still a page */
  outcome o = read_framing(&cases[0], 40960);
  assert_true(o.result == 1 && !o.dropped && o.closes);
  assert_string_equal(o.text, "ok");
  o = read_framing(&(long_case){CHUNKED "41\r\n<" BYTES_16 BYTES_16 BYTES_16 BYTES_16 "\r\n0\r\n",
                                "A: ", 'x', "\r\n\r\n", "", false},
                   MOAT_HTTP_HEAD_MAX + 1);
  assert_true(o.result == 1 && o.dropped && o.closes);
}

static outcome read_endless(const char *start) {
  return read_framing(&(long_case){"", start, 'x', "", "", false}, 2 * MOAT_HTTP_HEAD_MAX);
}

static void test_endless_framing(void **state) {
  (void)state;
  assert_int_equal(read_endless("HTTP/1.1 103 \r\nX: ").result, MOAT_E_SPACE);
  assert_int_equal(read_endless("HTTP/1.1 502 \r\nX: ").result, 1);
  assert_int_equal(read_endless("HTTP/1.1 502 \r\nConnection: ").result, 1);
  assert_int_equal(read_endless(CHUNKED "1;").result, MOAT_E_SPACE);
  assert_int_equal(read_endless(CHUNKED_502 "0;").result, 1);
  /* a page, and something that may become one */
  assert_int_equal(
      read_endless(CHUNKED "41\r\n<" BYTES_16 BYTES_16 BYTES_16 BYTES_16 "\r\n0;").result, 1);
  assert_int_equal(
      read_endless(CHUNKED "41\r\n " SPACES_16 SPACES_16 SPACES_16 SPACES_16 "\r\n0;").result,
      MOAT_E_SPACE);
  /* interim answers that do not end */
  long_size = 0;
  while (long_size <= MOAT_HTTP_HEAD_MAX)
    put("HTTP/1.1 100 \r\n\r\n");
  assert_int_equal(read_long(64).result, MOAT_E_SPACE);
  /* a value as long as the buffer */
  static const char value[] = "HTTP/1.1 502 \r\nConnection: " BYTES_16 "\r\n\r\n";
  assert_false(read_every_way(value, sizeof value - 1, 16).dropped);
  outcome o = read_every_way(value, sizeof value - 1, 15);
  assert_true(o.result == 1 && o.dropped && o.closes);
  assert_int_equal(o.status, 502);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_endless_space), cmocka_unit_test(test_endless_answer),
      cmocka_unit_test(test_small_chunks),  cmocka_unit_test(test_long_framing),
      cmocka_unit_test(test_long_trailers), cmocka_unit_test(test_endless_framing),
  };
  return cmocka_run_group_tests_name("http: endless", tests, NULL, NULL);
}
