/* The response reader: framing, status, kept headers, and answers that two readers could
 * understand differently. */
#include <stdio.h>

#include "http_fixture.h"

static void accepts(const char *raw, int status, const char *body) {
  outcome o = read_every_way(raw, strlen(raw), 512);
  if (o.result != 1) fail_msg("%d for:\n%s", o.result, raw);
  assert_int_equal(o.status, status);
  assert_int_equal(o.body, strlen(body));
  assert_string_equal(o.text, body);
  assert_false(o.dropped);
}

static void refuses(const char *raw, int error) {
  outcome o = read_every_way(raw, strlen(raw), 512);
  if (o.result != error) fail_msg("%d, not %d, for:\n%s", o.result, error, raw);
}

static void test_length(void **state) {
  (void)state;
  accepts(OK "Content-Length: 5\r\n\r\nhello", 200, "hello");
  accepts(OK "CONTENT-LENGTH:5\r\n\r\nhello", 200, "hello");
  accepts(OK "content-length: \t 0005 \t\r\n\r\nhello", 200, "hello");
  accepts(OK "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 200, "hello");
  accepts(OK "Content-Length: 0\r\n\r\n", 200, "");
  accepts("HTTP/1.1 401 \r\nContent-Length: 2\r\n\r\n{}", 401, "{}");
  accepts("HTTP/1.1 401\r\nContent-Length: 2\r\n\r\n{}", 401, "{}");
  accepts("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}", 200, "{}");
  accepts("HTTP/1.1 503 \xc3\xa9\t!\r\nX: \xff\r\nContent-Length: 1\r\n\r\nx", 503, "x");
}

static void test_chunked(void **state) {
  (void)state;
  accepts(OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 200, "hello");
  accepts(OK "transfer-encoding: CHUNKED\r\n\r\n0005\r\nhello\r\n2\r\n, \r\n0\r\n\r\n", 200,
          "hello, ");
  accepts(OK "Transfer-Encoding: chunked\r\n\r\n1;a=b;c=\"d;e\"\r\nx\r\nA ;q\r\n0123456789\r\n"
             "0;end\r\nX-Trailer: 1\r\nContent-Length: 77\r\n\r\n",
          200, "x0123456789");
}

static void test_close_delimited(void **state) {
  (void)state;
  accepts(OK "\r\nuntil the end", 200, "until the end");
  accepts(OK "\r\n", 200, "");
  accepts("HTTP/1.0 200 OK\r\nServer: x\r\n\r\nuntil the end", 200, "until the end");
}

static void test_no_body(void **state) {
  (void)state;
  accepts("HTTP/1.1 204 No Content\r\n\r\n", 204, "");
  accepts("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 304, "");
  static const char *const framing[] = {
      "Content-Length: 5\r\n",
      "Content-Length: 99999999999999999999\r\n",
      "Content-Length: x\r\nContent-Length: 6\r\n",
      "Transfer-Encoding: chunked\r\n",
      "Transfer-Encoding: gzip\r\n",
      "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
      "Content-Length: 5\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
  };
  static const char *const statuses[] = {"1.1 204", "1.1 304", "1.0 204", "1.1 100", "1.1 103"};
  for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
    for (size_t j = 0; j < sizeof framing / sizeof *framing; j++) {
      char raw[300];
      bool interim = statuses[i][4] == '1';
      snprintf(raw, sizeof raw, "HTTP/%s \r\n%sDate: x\r\n\r\n%s", statuses[i], framing[j],
               interim ? OK "Content-Length: 2\r\n\r\nok" : "");
      accepts(raw, interim ? 200 : atoi(statuses[i] + 4), interim ? "ok" : "");
    }
}

static void test_interim(void **state) {
  (void)state;
  accepts("HTTP/1.1 100 Continue\r\n\r\n" OK "Content-Length: 2\r\n\r\nok", 200, "ok");
  accepts("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nRetry-After: 9\r\n\r\nHTTP/1.1 100 \r\n\r\n" OK
          "Content-Length: 2\r\n\r\nok",
          200, "ok");
  refuses("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", MOAT_E_HTTP);
  refuses("HTTP/1.1 101 \r\nContent-Length: 5\r\nTransfer-Encoding: x\r\n\r\n", MOAT_E_HTTP);
  refuses("HTTP/1.1 100 Continue\r\n\r\n", MOAT_E_EOF);
}

/* Framing that two readers could understand differently (the mirror image of request smuggling). */
static void test_ambiguous(void **state) {
  (void)state;
  refuses(OK "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", MOAT_E_HTTP);
  refuses(OK "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", MOAT_E_HTTP);
  refuses(OK "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", MOAT_E_HTTP);
  refuses(OK "Content-Length: 5, 5\r\n\r\nhello", MOAT_E_HTTP);
  refuses(OK "Content-Length: +5\r\n\r\nhello", MOAT_E_HTTP);
  refuses(OK "Content-Length: -5\r\n\r\nhello", MOAT_E_HTTP);
  refuses(OK "Content-Length: 1 5\r\n\r\nhello", MOAT_E_HTTP);
  refuses(OK "Content-Length: 0x5\r\n\r\nhello", MOAT_E_HTTP);
  refuses(OK "Content-Length: \r\n\r\nhello", MOAT_E_HTTP);
  refuses(OK "Content-Length : 5\r\n\r\nhello", MOAT_E_HTTP);
  refuses(OK "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", MOAT_E_HTTP);
  refuses(OK "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", MOAT_E_HTTP);
  refuses(OK "Transfer-Encoding: chunked;x\r\n\r\n0\r\n\r\n", MOAT_E_HTTP);
  refuses(OK "Transfer-Encoding: chunked x\r\n\r\n0\r\n\r\n", MOAT_E_HTTP);
  refuses(OK "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", MOAT_E_HTTP);
  refuses(OK "Transfer-Encoding: identity\r\n\r\nhello", MOAT_E_HTTP);
  refuses(OK "Transfer-Encoding:\r\n\r\nhello", MOAT_E_HTTP);
  refuses(OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
          MOAT_E_HTTP);
  refuses("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", MOAT_E_HTTP);
  refuses(OK " A: b\r\n\r\n", MOAT_E_HTTP);
  refuses(OK "\tA: b\r\n\r\n", MOAT_E_HTTP);
  refuses(OK " \r\n\r\n", MOAT_E_HTTP);
  refuses("HTTP/1.1 103 \r\nA: b\r\n\r\n c\r\n" OK "\r\n", MOAT_E_HTTP);
  refuses(OK "A: b\nContent-Length: 0\r\n\r\n", MOAT_E_HTTP);
  refuses("HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n", MOAT_E_HTTP);
  refuses(OK "A: b\rc\r\n\r\n", MOAT_E_HTTP);
  refuses(OK "A: b\r\n\n", MOAT_E_HTTP);
  refuses(OK "A: \x01\r\n\r\n", MOAT_E_HTTP);
  refuses(OK "A: \x7f\r\n\r\n", MOAT_E_HTTP);
  refuses(OK "A b: c\r\n\r\n", MOAT_E_HTTP);
  refuses(OK ": c\r\n\r\n", MOAT_E_HTTP);
  refuses(OK "no colon\r\n\r\n", MOAT_E_HTTP);
  refuses(OK "A\r\n : c\r\n\r\n", MOAT_E_HTTP);
}

/* RFC 9112 5.2: a folded value is one value, joined by spaces before anyone looks at it. */
static void test_folded(void **state) {
  (void)state;
  accepts(OK "A: b\r\n c\r\nContent-Length: 2\r\n\r\nok", 200, "ok");
  accepts(OK "A: b\r\n\tc: d\r\n \r\n  \r\nContent-Length: 2\r\n\r\nok", 200, "ok");
  accepts(OK "Content-Length:\r\n 2\r\n\r\nok", 200, "ok");
  accepts(OK "Content-Length: \r\n\t \r\n 2\r\n \r\n\r\nok", 200, "ok");
  accepts(OK "Content-Length: 2\r\n \r\n\r\nok", 200, "ok");
  accepts(OK "X: y\r\n Content-Length: 7\r\nContent-Length: 2\r\n\r\nok", 200, "ok");
  accepts(OK "Transfer-Encoding:\r\n chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", 200, "ok");
  accepts(OK "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nA: b\r\n c\r\n\td\r\n\r\n", 200,
          "ok");
  accepts("HTTP/1.1 103 \r\nA: b\r\n c\r\n\r\n" OK "Content-Length: 2\r\n\r\nok", 200, "ok");
  refuses(OK "Content-Length: 1\r\n 2\r\n\r\nok", MOAT_E_HTTP);
  refuses(OK "Content-Length: 2\r\n, 2\r\n\r\nok", MOAT_E_HTTP);
  refuses(OK "Content-Length: 2\r\nContent-Length:\r\n 3\r\n\r\nok", MOAT_E_HTTP);
  refuses(OK "Transfer-Encoding: gzip,\r\n chunked\r\n\r\n0\r\n\r\n", MOAT_E_HTTP);
  refuses(OK "Transfer-Encoding: chun\r\n ked\r\n\r\n0\r\n\r\n", MOAT_E_HTTP);
  refuses(OK "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n A: b\r\n\r\n", MOAT_E_HTTP);
  refuses(OK "Transfer-Encoding: chunked\r\n\r\n2\r\n ok\r\n0\r\n\r\n", MOAT_E_HTTP);
  refuses(OK "A: b\r\n c\x01\r\n\r\n", MOAT_E_HTTP);
  refuses(OK "A: b\r\n\x01\r\n\r\n", MOAT_E_HTTP);
  refuses(OK "A: b\r\n c\n\r\n", MOAT_E_HTTP);
  refuses(OK "A: b\r\n ", MOAT_E_EOF);
}

static void test_bad_chunks(void **state) {
  (void)state;
#define CHUNKS OK "Transfer-Encoding: chunked\r\n\r\n"
  refuses(CHUNKS "g\r\n", MOAT_E_HTTP);
  refuses(CHUNKS "\r\n", MOAT_E_HTTP);
  refuses(CHUNKS ";x\r\n", MOAT_E_HTTP);
  refuses(CHUNKS "-1\r\n", MOAT_E_HTTP);
  refuses(CHUNKS " 5\r\nhello\r\n", MOAT_E_HTTP);
  refuses(CHUNKS "5 \r\nhello\r\n0\r\n\r\n", MOAT_E_HTTP);
  refuses(CHUNKS "5 5\r\nhello\r\n", MOAT_E_HTTP);
  refuses(CHUNKS "0x5\r\nhello\r\n", MOAT_E_HTTP);
  refuses(CHUNKS "5\nhello\r\n0\r\n\r\n", MOAT_E_HTTP);
  refuses(CHUNKS "5\r\nhello0\r\n\r\n", MOAT_E_HTTP);
  refuses(CHUNKS "5\r\nhello\n0\r\n\r\n", MOAT_E_HTTP);
  refuses(CHUNKS "5;\x01\r\nhello\r\n0\r\n\r\n", MOAT_E_HTTP);
  refuses(CHUNKS "5\r\nhello\r\n0\r\n", MOAT_E_EOF);
  refuses(CHUNKS "5\r\nhello\r\n", MOAT_E_EOF);
  refuses(CHUNKS "5\r\nhel", MOAT_E_EOF);
}

/* A size above 32 bits would wrap to a small one. If the status decides, it counts like any other
 * size that is too large. */
static void test_huge_chunks(void **state) {
  (void)state;
  static const char *const sizes[] = {"100000005",         "100000000",
                                      "fffffffff",         "ffffffffff",
                                      "10000000000000005", "1000000000000000000000000000000002"};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    char raw[200];
    for (int status = 200; status <= 500; status += 300) {
      snprintf(raw, sizeof raw,
               "HTTP/1.1 %d \r\nRetry-After: 60\r\nTransfer-Encoding: chunked\r\n\r\n"
               "%s\r\n{\"a\"\r\n0\r\n\r\n",
               status, sizes[i]);
      outcome o = read_every_way(raw, strlen(raw), 512);
      assert_int_equal(o.result, status == 200 ? MOAT_E_HTTP : 1);
      if (status == 200) continue;
      assert_true(o.dropped && o.closes);
      assert_int_equal(o.status, 500);
      assert_string_equal(o.kept[0], "60");
    }
  }
  refuses(CHUNKS "1\r\n<\r\n100000005\r\n", MOAT_E_HTTP); /* nothing is dropped yet */
  accepts(CHUNKS "00000000000000000000005\r\nhello\r\n0000000000000\r\n\r\n", 200, "hello");
  refuses(CHUNKS "ffffffff\r\n{", MOAT_E_SPACE);
}

static void test_bad_status(void **state) {
  (void)state;
  refuses("", MOAT_E_EOF);
  refuses("HTTP/1.1 2", MOAT_E_EOF);
  refuses("HTTP/2 200\r\n\r\n", MOAT_E_HTTP);
  refuses("HTTP/1.2 200 OK\r\n\r\n", MOAT_E_HTTP);
  refuses("HTTP/1.2 000 OK\r\n\r\n", MOAT_E_HTTP);
  refuses("HTTP/1.- 200 OK\r\n\r\n", MOAT_E_HTTP);
  refuses("HTTP/1.1 2:0 OK\r\n\r\n", MOAT_E_HTTP);
  refuses("HTTP/1.1 21/ OK\r\n\r\n", MOAT_E_HTTP);
  refuses("HTTP/1.: 200 OK\r\n\r\n", MOAT_E_HTTP);
  refuses("http/1.1 200 OK\r\n\r\n", MOAT_E_HTTP);
  refuses("HTTP/1.1  200 OK\r\n\r\n", MOAT_E_HTTP);
  refuses("HTTP/1.1 20 OK\r\n\r\n", MOAT_E_HTTP);
  refuses("HTTP/1.1 2000 OK\r\n\r\n", MOAT_E_HTTP);
  refuses("HTTP/1.1 099 OK\r\n\r\n", MOAT_E_HTTP);
  refuses("HTTP/1.1 000 OK\r\n\r\n", MOAT_E_HTTP);
  refuses("HTTP/1.1 0200 OK\r\n\r\n", MOAT_E_HTTP);
  refuses("HTTP/2.1 200 OK\r\n\r\n", MOAT_E_HTTP);
  refuses("HTTP/1.9 999 OK\r\n\r\n", MOAT_E_HTTP);
  refuses("\r\nHTTP/1.1 200 OK\r\n\r\n", MOAT_E_HTTP);
  refuses("<html><head>", MOAT_E_HTTP);
}

/* RFC 9110 15: what a status means is judged elsewhere. */
static void test_unknown_status(void **state) {
  (void)state;
  static const int statuses[] = {200, 299, 306, 418, 499, 599, 600, 700, 999};
  for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
    char raw[100];
    snprintf(raw, sizeof raw, "HTTP/1.1 %d Odd\r\nContent-Length: 2\r\n\r\n{}", statuses[i]);
    accepts(raw, statuses[i], "{}");
  }
}

static void test_truncated(void **state) {
  (void)state;
  refuses(OK "Content-Length: 5\r\n\r\nhell", MOAT_E_EOF);
  refuses(OK "Content-Length: 5\r\n", MOAT_E_EOF);
}

static void test_kept(void **state) {
  (void)state;
  const char raw[] = OK "Retry-After:  2.128 \t\r\nDate: now\r\nRETRY-AFTER: 7\r\n"
                        "Content-Length: 2\r\n\r\nok";
  outcome o = read_every_way(raw, sizeof raw - 1, 512);
  assert_int_equal(o.result, 1);
  assert_string_equal(o.kept[0], "2.128");
  assert_string_equal(o.kept[1], "now");
  assert_string_equal(o.text, "ok");

  const char folded[] = OK "Retry-After: \r\n 1\r\nDate: Sun, \t06 Nov\t\r\n\t1994\r\n \r\n"
                           " 08:49:37 GMT \r\n\t\r\nContent-Length: 2\r\n\r\nok";
  o = read_every_way(folded, sizeof folded - 1, 512);
  assert_int_equal(o.result, 1);
  assert_string_equal(o.kept[0], "1");
  assert_string_equal(o.kept[1], "Sun,  06 Nov  1994  08:49:37 GMT");
  assert_string_equal(o.text, "ok");

  const char interim[] = "HTTP/1.1 103 \r\nRetry-After: 9\r\n\r\n" OK "Content-Length: 0\r\n\r\n";
  o = read_every_way(interim, sizeof interim - 1, 512);
  assert_int_equal(o.result, 1);
  assert_string_equal(o.kept[0], "");
}

/* A name is compared as a whole, however long it is. */
static void test_long_names(void **state) {
  (void)state;
  static const char *const names[] = {"abcdefghijklmnopqrs", NULL};
  static const char raw[] = OK "abcdefghijklmnopqrst: 1\r\nabcdefghijklmnopqrstuvwxyz-and-on: 2\r\n"
                               "abcdefghijklmnopqr: 3\r\nABCDEFGHIJKLMNOPQRS: 4\r\n\r\n";
  char buffer[100];
  moat_http h;
  size_t unread;
  moat__http_init(&h, buffer, sizeof buffer, sizeof buffer - MOAT__HTTP_ROOM, names);
  for (const char *p = raw; *p; p++) {
    assert_int_equal(feed(&h, p, 1, &unread), 0);
    assert_in_range(h.name_size, 0, sizeof h.name - 1);
  }
  assert_true(moat_span_equal(moat__http_kept(&h, 0), moat_str("4")));
}

/* As many headers as can be asked for, and none. */
static void test_kept_count(void **state) {
  (void)state;
  static const char raw[] = OK "A: 1\r\nE: 5\r\nD: 4\r\nC: 3\r\nB: 2\r\n\r\nok";
  static const char *const names[MOAT_KEPT_MAX] = {"a", "b", "c", "d"};
  for (int none = 0; none < 2; none++) {
    char buffer[100];
    moat_http h;
    size_t unread;
    moat__http_init(&h, buffer, sizeof buffer, sizeof buffer - MOAT__HTTP_ROOM,
                    none ? NULL : names);
    assert_int_equal(feed(&h, raw, sizeof raw - 1, &unread), 0);
    assert_int_equal(moat__http_eof(&h), 1);
    assert_int_equal(h.held, 2);
    assert_memory_equal(moat__http_body(&h), "ok", 2);
    for (unsigned i = 0; i < MOAT_KEPT_MAX; i++) {
      char expected[] = {(char)('1' + i), 0};
      moat_span s = moat__http_kept(&h, i);
      assert_true(moat_span_equal(s, moat_str(none ? NULL : expected)));
    }
  }
}

static void test_connection(void **state) {
  (void)state;
  struct {
    const char *raw;
    bool closes;
  } const cases[] = {
      {OK "Content-Length: 0\r\n\r\n", false},
      {OK "Connection: keep-alive\r\nContent-Length: 0\r\n\r\n", false},
      {OK "Connection: Close\r\nContent-Length: 0\r\n\r\n", true},
      {OK "Connection: x, close , y\r\nContent-Length: 0\r\n\r\n", true},
      {OK "Connection: closed\r\nContent-Length: 0\r\n\r\n", false},
      {OK "Connection: clo se\r\nContent-Length: 0\r\n\r\n", false},
      {OK "Connection: keep-alive,\r\n\tclose\r\nContent-Length: 0\r\n\r\n", true},
      {OK "Connection: clo\r\n se\r\nContent-Length: 0\r\n\r\n", false},
      {"HTTP/1.0 100 \r\nConnection: close\r\n\r\n" OK "Content-Length: 0\r\n\r\n", false},
      {"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", true},
      {OK "\r\n", true},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    outcome o = read_every_way(cases[i].raw, strlen(cases[i].raw), 512);
    assert_int_equal(o.result, 1);
    assert_int_equal(o.closes, cases[i].closes);
  }
}

static void test_unread(void **state) {
  (void)state;
  const char raw[] = OK "Content-Length: 2\r\n\r\nokHTTP/1.1 200";
  outcome o = read_every_way(raw, sizeof raw - 1, 512);
  assert_int_equal(o.result, 1);
  assert_int_equal(o.unread, 12);
}

static void test_fits(void **state) {
  (void)state;
  const char exact[] = OK "Content-Length: 32\r\n\r\n{123456789abcdef0123456789abcdef";
  const char chunks[] = OK "Transfer-Encoding: chunked\r\n\r\n10\r\n{123456789abcdef\r\n"
                           "10\r\n0123456789abcdef\r\n0\r\n\r\n";
  const char until[] = OK "\r\n{123456789abcdef0123456789abcdef";
  const char kept[] = OK "Retry-After: 0123456789abcdef\r\n\r\n";
  assert_int_equal(read_every_way(exact, sizeof exact - 1, 32).result, 1);
  assert_int_equal(read_every_way(exact, sizeof exact - 1, 31).result, MOAT_E_SPACE);
  assert_int_equal(read_every_way(chunks, sizeof chunks - 1, 32).result, 1);
  assert_int_equal(read_every_way(chunks, sizeof chunks - 1, 31).result, MOAT_E_SPACE);
  assert_int_equal(read_every_way(until, sizeof until - 1, 32).result, 1);
  assert_int_equal(read_every_way(until, sizeof until - 1, 31).result, MOAT_E_SPACE);
  assert_int_equal(read_every_way(kept, sizeof kept - 1, 16).result, 1);
  assert_int_equal(read_every_way(kept, sizeof kept - 1, 15).result, MOAT_E_SPACE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_length),
      cmocka_unit_test(test_chunked),
      cmocka_unit_test(test_close_delimited),
      cmocka_unit_test(test_no_body),
      cmocka_unit_test(test_interim),
      cmocka_unit_test(test_ambiguous),
      cmocka_unit_test(test_folded),
      cmocka_unit_test(test_bad_chunks),
      cmocka_unit_test(test_huge_chunks),
      cmocka_unit_test(test_bad_status),
      cmocka_unit_test(test_unknown_status),
      cmocka_unit_test(test_truncated),
      cmocka_unit_test(test_kept),
      cmocka_unit_test(test_kept_count),
      cmocka_unit_test(test_long_names),
      cmocka_unit_test(test_connection),
      cmocka_unit_test(test_unread),
      cmocka_unit_test(test_fits),
  };
  return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
