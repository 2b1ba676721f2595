/* Every response is read whole, a byte at a time and split at every point: the result never
 * differs. */
#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>

#include "http.h"
#include "text.h"

static const char *const kept_names[] = {"retry-after", "date", NULL};

typedef struct {
  int result; /* 1 complete, or an error */
  int status;
  size_t body, unread;
  char text[600];
  char kept[2][200];
  bool closes;
} outcome;

static int feed(moat_http *h, const char *p, size_t n, size_t *unread) {
  while (n) {
    size_t room = moat__http_room(h), take = n < room ? n : room;
    assert_true(room > 0);
    memcpy(moat__http_at(h), p, take);
    int r = moat__http_feed(h, take, unread);
    p += take;
    n -= take;
    if (r) {
      *unread += n;
      return r;
    }
  }
  return 0;
}

/* step 0: two pieces, the first of `first` bytes; otherwise pieces of `step` bytes. */
static outcome read_it(const char *raw, size_t n, size_t first, size_t step, size_t limit) {
  moat_http h;
  outcome o = {.result = 0};
  char *buffer = malloc(limit + MOAT__HTTP_ROOM);
  moat__http_init(&h, buffer, limit + MOAT__HTTP_ROOM, limit, kept_names);
  for (size_t at = 0; at < n && !o.result;) {
    size_t take = step ? step : at ? n - at : first;
    if (take == 0 || take > n - at) take = n - at;
    o.result = feed(&h, raw + at, take, &o.unread);
    at += take;
    if (o.result) o.unread += n - at;
  }
  if (!o.result) o.result = moat__http_eof(&h);
  o.status = moat__http_status(&h);
  o.closes = moat__http_closes(&h);
  if (o.result == 1) {
    o.body = h.held;
    memcpy(o.text, moat__http_body(&h), h.held < sizeof o.text ? h.held : sizeof o.text - 1);
    for (unsigned i = 0; i < 2; i++) {
      moat_span s = moat__http_kept(&h, i);
      memcpy(o.kept[i], s.p ? s.p : "", s.n);
    }
  } else {
    o.status = 0;
    o.closes = false;
    o.unread = 0;
  }
  free(buffer);
  return o;
}

static outcome read_every_way(const char *raw, size_t n, size_t limit) {
  outcome whole = read_it(raw, n, n, 0, limit);
  for (size_t i = 0; i <= n; i++) {
    outcome split = read_it(raw, n, i, 0, limit);
    assert_memory_equal(&whole, &split, sizeof whole);
  }
  for (size_t step = 1; step <= 3; step++) {
    outcome bytes = read_it(raw, n, 0, step, limit);
    assert_memory_equal(&whole, &bytes, sizeof whole);
  }
  return whole;
}

static void accepts(const char *raw, int status, const char *body) {
  outcome o = read_every_way(raw, strlen(raw), 512);
  assert_int_equal(o.result, 1);
  assert_int_equal(o.status, status);
  assert_string_equal(o.text, body);
}

static void refuses(const char *raw, int error) {
  outcome o = read_every_way(raw, strlen(raw), 512);
  if (o.result != error) fail_msg("%d, not %d, for:\n%s", o.result, error, raw);
}

#define OK "HTTP/1.1 200 OK\r\n"

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
}

static void test_interim(void **state) {
  (void)state;
  accepts("HTTP/1.1 100 Continue\r\n\r\n" OK "Content-Length: 2\r\n\r\nok", 200, "ok");
  accepts("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nRetry-After: 9\r\n\r\nHTTP/1.1 100 \r\n\r\n" OK
          "Content-Length: 2\r\n\r\nok",
          200, "ok");
  refuses("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", MOAT_E_HTTP);
  refuses("HTTP/1.1 100 Continue\r\n\r\n", MOAT_E_EOF);
}

/* Framing that two readers could take in two ways (request smuggling's mirror image). */
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
  refuses(OK "A: b\r\n c\r\nContent-Length: 0\r\n\r\n", MOAT_E_HTTP);
  refuses(OK " A: b\r\n\r\n", MOAT_E_HTTP);
  refuses(OK "A: b\nContent-Length: 0\r\n\r\n", MOAT_E_HTTP);
  refuses("HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n", MOAT_E_HTTP);
  refuses(OK "A: b\rc\r\n\r\n", MOAT_E_HTTP);
  refuses(OK "A: b\r\n\n", MOAT_E_HTTP);
  refuses(OK "A: \x01\r\n\r\n", MOAT_E_HTTP);
  refuses(OK "A b: c\r\n\r\n", MOAT_E_HTTP);
  refuses(OK ": c\r\n\r\n", MOAT_E_HTTP);
  refuses(OK "no colon\r\n\r\n", MOAT_E_HTTP);
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
  refuses(CHUNKS "0x5\r\nhello\r\n", MOAT_E_HTTP);
  refuses(CHUNKS "5\nhello\r\n0\r\n\r\n", MOAT_E_HTTP);
  refuses(CHUNKS "5\r\nhello0\r\n\r\n", MOAT_E_HTTP);
  refuses(CHUNKS "5\r\nhello\n0\r\n\r\n", MOAT_E_HTTP);
  refuses(CHUNKS "5;\x01\r\nhello\r\n0\r\n\r\n", MOAT_E_HTTP);
  refuses(CHUNKS "5\r\nhello\r\n0\r\n", MOAT_E_EOF);
  refuses(CHUNKS "5\r\nhello\r\n", MOAT_E_EOF);
  refuses(CHUNKS "5\r\nhel", MOAT_E_EOF);
  refuses(CHUNKS "fffffffff\r\n", MOAT_E_SPACE);
}

static void test_bad_status(void **state) {
  (void)state;
  refuses("", MOAT_E_EOF);
  refuses("HTTP/1.1 2", MOAT_E_EOF);
  refuses("HTTP/2 200\r\n\r\n", MOAT_E_HTTP);
  refuses("HTTP/1.2 200 OK\r\n\r\n", MOAT_E_HTTP);
  refuses("http/1.1 200 OK\r\n\r\n", MOAT_E_HTTP);
  refuses("HTTP/1.1  200 OK\r\n\r\n", MOAT_E_HTTP);
  refuses("HTTP/1.1 20 OK\r\n\r\n", MOAT_E_HTTP);
  refuses("HTTP/1.1 2000 OK\r\n\r\n", MOAT_E_HTTP);
  refuses("HTTP/1.1 099 OK\r\n\r\n", MOAT_E_HTTP);
  refuses("HTTP/1.1 600 OK\r\n\r\n", MOAT_E_HTTP);
  refuses("\r\nHTTP/1.1 200 OK\r\n\r\n", MOAT_E_HTTP);
  refuses("<html><head>", MOAT_E_HTTP);
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

static void test_space(void **state) {
  (void)state;
  const char exact[] = OK "Content-Length: 32\r\n\r\n0123456789abcdef0123456789abcdef";
  const char chunks[] = OK "Transfer-Encoding: chunked\r\n\r\n10\r\n0123456789abcdef\r\n"
                           "10\r\n0123456789abcdef\r\n0\r\n\r\n";
  const char until[] = OK "\r\n0123456789abcdef0123456789abcdef";
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

/* A line of any length is skipped without a buffer for it; all of the head together has a limit. */
static void test_long_head(void **state) {
  (void)state;
  static char raw[MOAT_HTTP_HEAD_MAX + 100];
  const char start[] = OK "X: ", end[] = "\r\nContent-Length: 2\r\n\r\n";
  size_t fill = MOAT_HTTP_HEAD_MAX - (sizeof start - 1) - (sizeof end - 1);
  for (size_t over = 0; over < 2; over++) {
    size_t n = 0;
    memcpy(raw, start, sizeof start - 1);
    n += sizeof start - 1;
    memset(raw + n, 'x', fill + over);
    n += fill + over;
    memcpy(raw + n, end, sizeof end - 1);
    n += sizeof end - 1;
    memcpy(raw + n, "ok", 2);
    outcome o = read_it(raw, n + 2, 0, 7, 64);
    assert_int_equal(o.result, over ? MOAT_E_SPACE : 1);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_length),          cmocka_unit_test(test_chunked),
      cmocka_unit_test(test_close_delimited), cmocka_unit_test(test_no_body),
      cmocka_unit_test(test_interim),         cmocka_unit_test(test_ambiguous),
      cmocka_unit_test(test_bad_chunks),      cmocka_unit_test(test_bad_status),
      cmocka_unit_test(test_truncated),       cmocka_unit_test(test_kept),
      cmocka_unit_test(test_connection),      cmocka_unit_test(test_unread),
      cmocka_unit_test(test_space),           cmocka_unit_test(test_long_head),
  };
  return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
