/* Every response is read whole, a byte at a time and split at every point: the result never
 * differs. */
#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>

#include "http/http.h"
#include "text/text.h"

static const char *const kept_names[] = {"retry-after", "date", NULL};

typedef struct {
  int result; /* 1 complete, or an error */
  int status;
  size_t body, unread, needed;
  char text[600];
  char kept[2][200];
  bool closes, dropped;
} outcome;

static int feed(moat_http *h, const char *p, size_t n, size_t *unread) {
  while (n) {
    size_t room = moat__http_room(h), take = n < room ? n : room;
    assert_true(room > 0);
    assert_ptr_equal(moat__http_at(h) + room, h->buffer + h->size);
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
  o.dropped = moat__http_dropped(&h);
  o.needed = h.needed;
  assert_int_equal(moat__http_begun(&h), n > 0);
  if (o.result == 1) {
    o.body = h.held;
    memcpy(o.text, moat__http_body(&h), h.held < sizeof o.text ? h.held : sizeof o.text - 1);
    for (unsigned i = 0; i < 2; i++) {
      moat_span s = moat__http_kept(&h, i);
      memcpy(o.kept[i], s.p ? s.p : "", s.n);
    }
  } else {
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

/* A size that 32 bits do not hold would wrap to a small one. Where the status decides, it is as
 * good as any other that is too large. */
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
  refuses(CHUNKS "1\r\n<\r\n100000005\r\n", MOAT_E_HTTP); /* nothing was dropped yet */
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

/* RFC 9110 15: what a status says is for others to judge. */
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

/* As many as can be asked for, and none. */
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

/* ---- Bodies that do not fit ---- */

enum { LIMIT = 32, KEPT_OPEN = 0, CLOSES = 1 };

#define LENGTH(n) "Content-Length: " #n "\r\n\r\n"
#define CODING "Transfer-Encoding: chunked\r\n\r\n"
#define BYTES_16 "0123456789abcdef"
#define PAGE_40 "<html>" BYTES_16 BYTES_16 "\r\n"
#define SPACES_16 " \t\r\n \t\r\n \t\r\n \t\r\n"

static size_t sized(size_t body) {
  return body > SIZE_MAX - MOAT__HTTP_ROOM ? SIZE_MAX : body + MOAT__HTTP_ROOM;
}

typedef struct {
  const char *raw;
  size_t body; /* bytes of it that are known of */
  int status;
  bool closes;
  size_t unread;
} dropped_case;

static void test_dropped(void **state) {
  (void)state;
  static const dropped_case cases[] = {
      /* The status decides, and where little is left the connection is kept. */
      {"HTTP/1.1 502 Bad Gateway\r\n" LENGTH(40) PAGE_40, 40, 502, KEPT_OPEN, 0},
      {"HTTP/1.1 400 \r\n" LENGTH(40) "{" PAGE_40, 40, 400, KEPT_OPEN, 1},
      {"HTTP/1.1 300 \r\n" LENGTH(40) PAGE_40 "HTTP/1.1", 40, 300, KEPT_OPEN, 8},
      {"HTTP/1.1 999 \r\n" CODING "10\r\n" BYTES_16 "\r\n28\r\n" PAGE_40
       "\r\n8\r\n01234567\r\n0\r\n"
       "A: b\r\n\r\n.",
       64, 999, KEPT_OPEN, 1},
      {"HTTP/1.1 103 \r\n\r\nHTTP/1.1 500 \r\n" LENGTH(33) "{" BYTES_16 BYTES_16, 33, 500,
       KEPT_OPEN, 0},
      {"HTTP/1.1 503 \r\nRetry-After: 0123456789\r\n" LENGTH(23) BYTES_16 "0123456", 33, 503,
       KEPT_OPEN, 0},
      /* It is closed where it ends anyway, or where too much is announced. */
      {"HTTP/1.1 502 \r\n\r\n" PAGE_40, 33, 502, CLOSES, 8},
      {"HTTP/1.0 502 \r\n" LENGTH(40) PAGE_40, 40, 502, CLOSES, 40},
      {"HTTP/1.1 502 \r\nConnection: close\r\n" CODING "28\r\n" PAGE_40, 40, 502, CLOSES, 40},
      {"HTTP/1.1 502 \r\n" LENGTH(65537) "<", 65537, 502, CLOSES, 1},
      {"HTTP/1.1 502 \r\n" LENGTH(2147483638), 2147483638, 502, CLOSES, 0},
      {"HTTP/1.1 502 \r\n" LENGTH(2147483639), 2147483639, 502, CLOSES, 0},
      {"HTTP/1.1 502 \r\n" LENGTH(4294967301) "<", 2147483639, 502, CLOSES, 1},
      {"HTTP/1.1 429 \r\n" LENGTH(18446744073709551621) "<", 2147483639, 429, CLOSES, 1},
      {"HTTP/1.1 502 \r\n" CODING "ffffffff\r\n<", 0xffffffff, 502, CLOSES, 1},
      {"HTTP/1.1 502 \r\n" CODING "100000005\r\n<", 0xffffffff, 502, CLOSES, 1},
      {"HTTP/1.1 502 \r\n" CODING "28\r\n" PAGE_40 "\r\n100000005\r\n", (size_t)0xffffffff + 40,
       502, CLOSES, 0},
      {"HTTP/1.1 502 \r\n" CODING "28\r\n" PAGE_40 "\r\nFFD9\r\n<", 65537, 502, CLOSES, 1},
      /* Cut off within what nobody reads. */
      {"HTTP/1.1 502 \r\n" LENGTH(40), 40, 502, CLOSES, 0},
      {"HTTP/1.1 502 \r\n" LENGTH(65536) "<", 65536, 502, CLOSES, 0},
      {"HTTP/1.1 502 \r\n" CODING "28\r\n" PAGE_40 "\r\nFFD8\r\n<", 65536, 502, CLOSES, 0},
      {"HTTP/1.1 502 \r\n" CODING "28\r\n" PAGE_40 "\r\n", 40, 502, CLOSES, 0},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    outcome o = read_every_way(cases[i].raw, strlen(cases[i].raw), LIMIT);
    if (o.result != 1 || !o.dropped) fail_msg("%d for:\n%s", o.result, cases[i].raw);
    assert_int_equal(o.status, cases[i].status);
    assert_int_equal(o.body, 0);
    assert_int_equal(o.needed, sized(cases[i].body));
    if (o.closes != cases[i].closes) fail_msg("closes %d:\n%s", o.closes, cases[i].raw);
    if (o.unread != cases[i].unread) fail_msg("unread %zu:\n%s", o.unread, cases[i].raw);
  }
}

/* Headers that were asked for outlive the body. */
static void test_dropped_keeps_headers(void **state) {
  (void)state;
  static const char raw[] = "HTTP/1.1 503 \r\nRetry-After: 120\r\n" LENGTH(40) PAGE_40;
  outcome o = read_every_way(raw, sizeof raw - 1, LIMIT);
  assert_true(o.dropped);
  assert_string_equal(o.kept[0], "120");
}

/* What broke before the end of a dropped body is still an error. */
static void test_dropped_malformed(void **state) {
  (void)state;
  static const char *const cases[] = {
      "HTTP/1.1 502 \r\n" CODING "28\r\n" PAGE_40 "x",
      "HTTP/1.1 502 \r\n" CODING "28\r\n" PAGE_40 "\r\nx",
      "HTTP/1.1 502 \r\n" CODING "28\r\n" PAGE_40 "\r\n0\r\n A: b\r\n\r\n",
      OK LENGTH(2147483639),
      OK LENGTH(4294967301),
      OK LENGTH(18446744073709551621),
      "HTTP/1.1 502 \r\n" LENGTH(18446744073709551621x),
      "HTTP/1.1 502 \r\nContent-Length: 5\r\n" LENGTH(18446744073709551621),
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_int_equal(read_every_way(cases[i], strlen(cases[i]), LIMIT).result, MOAT_E_HTTP);
}

/* The first byte of a 2xx that does not fit is waited for: an answer is an error, a page is not. */
static void test_first_byte(void **state) {
  (void)state;
  static const char *const before[] = {
      "", " ", "\r\n\t ", "\xef\xbb\xbf", "\xef\xbb\xbf \n", SPACES_16 SPACES_16 SPACES_16,
  };
  static const struct {
    const char *head, *tail;
    size_t body;
  } framing[] = {
      {OK LENGTH(100), "", 100},
      {OK LENGTH(100000), "", 100000},
      {OK LENGTH(2000000000), "", 2000000000},
      {"HTTP/1.1 299 \r\nConnection: close\r\n" LENGTH(100), "", 100},
      {"HTTP/1.1 201 \r\n" CODING "64\r\n", "", 100},
      {OK CODING "ffffffff\r\n", "", 0xffffffff},
      {OK "\r\n", BYTES_16 BYTES_16 BYTES_16, LIMIT + 1},
      /* what is no JSON may well be plain text */
      {OK CODING "ffffffff\r\n", "Please sign in to the network.", 0xffffffff},
      {OK LENGTH(20480), "access_token=AT&x=", 20480},
  };
  static const char answers[] = "{";
  static const char pages[] = "azAZ09_=<[\"-\x01\x7f\xc3&%";
  for (size_t i = 0; i < sizeof before / sizeof *before; i++)
    for (size_t j = 0; j < sizeof framing / sizeof *framing; j++) {
      char raw[300];
      size_t n =
          (size_t)snprintf(raw, sizeof raw, "%s%s?%s", framing[j].head, before[i], framing[j].tail);
      size_t at = n - strlen(framing[j].tail) - 1;
      for (const char *c = answers; *c; c++) {
        raw[at] = *c;
        outcome o = read_every_way(raw, n, LIMIT);
        if (o.result != MOAT_E_SPACE) fail_msg("%d for:\n%s", o.result, raw);
        assert_int_equal(o.needed, sized(framing[j].body));
      }
      for (size_t k = 0; k < sizeof pages; k++) { /* NUL as well */
        raw[at] = pages[k];
        outcome o = read_every_way(raw, n, LIMIT);
        if (o.result != 1 || !o.dropped || !o.closes) fail_msg("%d for:\n%s", o.result, raw);
        assert_int_equal(o.needed, sized(framing[j].body));
        assert_int_equal(o.body, 0);
      }
    }
}

static void test_page(void **state) {
  (void)state;
  static const dropped_case cases[] = {
      {OK LENGTH(40) PAGE_40 ".", 40, 200, KEPT_OPEN, 1},
      {OK LENGTH(40) "\n\n" PAGE_40, 40, 200, KEPT_OPEN, 2},
      {OK CODING "1\r\n<\r\n27\r\nhtml>>" BYTES_16 BYTES_16 "0\r\n0\r\n\r\n.", 40, 200, KEPT_OPEN,
       1},
      {OK CODING "2\r\n\r\n\r\n28\r\n" PAGE_40 "\r\n0\r\n\r\n.", 42, 200, KEPT_OPEN, 1},
      {OK LENGTH(65536) "<html>", 65536, 200, CLOSES, 0}, /* cut off */
      {OK LENGTH(65537) "<html>", 65537, 200, CLOSES, 5},
      {OK LENGTH(100000) "\r\n <html>", 100000, 200, CLOSES, 5},
      {OK "\r\n" PAGE_40, 33, 200, CLOSES, 8},
      /* White space alone is no answer either. */
      {OK LENGTH(48) SPACES_16 SPACES_16 SPACES_16 ".", 48, 200, KEPT_OPEN, 1},
      {OK CODING "30\r\n" SPACES_16 SPACES_16 SPACES_16 "\r\n0\r\n\r\n.", 48, 200, KEPT_OPEN, 1},
      {OK "\r\n" SPACES_16 SPACES_16 SPACES_16, 33, 200, CLOSES, 0},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    outcome o = read_every_way(cases[i].raw, strlen(cases[i].raw), LIMIT);
    if (o.result != 1 || !o.dropped) fail_msg("%d for:\n%s", o.result, cases[i].raw);
    assert_int_equal(o.status, 200);
    assert_int_equal(o.body, 0);
    assert_int_equal(o.needed, sized(cases[i].body));
    if (o.closes != cases[i].closes) fail_msg("closes %d:\n%s", o.closes, cases[i].raw);
    if (o.unread != cases[i].unread) fail_msg("unread %zu:\n%s", o.unread, cases[i].raw);
  }
  static const char *const cut[] = {OK LENGTH(40), OK LENGTH(100000), OK LENGTH(40) " \n\xef",
                                    OK CODING "28\r\n", OK CODING "2\r\n\r\n\r\n28\r\n "};
  for (size_t i = 0; i < sizeof cut / sizeof *cut; i++)
    assert_int_equal(read_every_way(cut[i], strlen(cut[i]), LIMIT).result, MOAT_E_EOF);
  static const char held[] = OK CODING "1\r\n{\r\n28\r\n";
  outcome o = read_every_way(held, sizeof held - 1, LIMIT);
  assert_int_equal(o.result, MOAT_E_SPACE);
  assert_int_equal(o.needed, sized(41));
}

/* ---- Long ones, built at run time ---- */

static char long_text[2 * MOAT_HTTP_DROP_MAX + 1000];
static size_t long_size;

static void put(const char *text) {
  memcpy(long_text + long_size, text, strlen(text));
  long_size += strlen(text);
}

static void put_many(char c, size_t n) {
  memset(long_text + long_size, c, n);
  long_size += n;
}

/* Split in some ways that are odd, and around the end. */
static outcome read_long(size_t limit) {
  static const size_t steps[] = {1, 7, 333, 4096, 65536};
  outcome whole = read_it(long_text, long_size, long_size, 0, limit);
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
    outcome o = read_it(long_text, long_size, 0, steps[i], limit);
    assert_memory_equal(&whole, &o, sizeof whole);
  }
  for (size_t back = 0; back <= 40; back++) {
    outcome o = read_it(long_text, long_size, long_size - back, 0, limit);
    assert_memory_equal(&whole, &o, sizeof whole);
  }
  return whole;
}

static void test_drop_max(void **state) {
  (void)state;
  static const char *const heads[] = {"HTTP/1.1 502 \r\n" LENGTH(65536) "<",
                                      "HTTP/1.1 502 \r\n" CODING "ffff\r\n<",
                                      "HTTP/1.1 200 \r\n" LENGTH(65536) "<"};
  for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
    long_size = 0;
    put(heads[i]);
    if (i == 1) {
      put_many('x', 65534);
      put("\r\n1\r\nx\r\n0\r\n\r\n.");
    } else {
      put_many('x', 65535);
      put(".");
    }
    outcome o = read_long(LIMIT);
    assert_int_equal(o.result, 1);
    assert_true(o.dropped);
    assert_false(o.closes);
    assert_int_equal(o.unread, 1);
    assert_int_equal(o.needed, sized(65536));
  }
}

/* White space that does not end is no answer: as much of it as may be dropped is read, and no more.
 */
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
  bool decides;            /* the status does: past the limit the answer is dropped */
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

/* A line of any length is skipped without a buffer for it, but the head has a limit as a whole, and
 * so have each line of a chunk size and the trailers. */
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

/* The body is whole before the trailers come. */
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
  /* 40 KB of them; and a page that did not fit stays one */
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
  /* a page, and what may yet be one */
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
      cmocka_unit_test(test_dropped),
      cmocka_unit_test(test_dropped_keeps_headers),
      cmocka_unit_test(test_dropped_malformed),
      cmocka_unit_test(test_first_byte),
      cmocka_unit_test(test_page),
      cmocka_unit_test(test_drop_max),
      cmocka_unit_test(test_endless_space),
      cmocka_unit_test(test_endless_answer),
      cmocka_unit_test(test_small_chunks),
      cmocka_unit_test(test_long_framing),
      cmocka_unit_test(test_long_trailers),
      cmocka_unit_test(test_endless_framing),
  };
  return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
