/* Bodies that do not fit: when they are read to their end, and what is kept of them. */
#include <stdio.h>

#include "http_fixture.h"

/* ---- Bodies that do not fit ---- */

#define PAGE_40 "<html>" BYTES_16 BYTES_16 "\r\n"

typedef struct {
  const char *raw;
  size_t body; /* how many bytes of the body are known */
  int status;
  bool closes;
  size_t unread;
} dropped_case;

static void test_dropped(void **state) {
  (void)state;
  static const dropped_case cases[] = {
      /* The status decides, and if little is left the connection is kept. */
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
      /* It is closed if it ends anyway, or if too much is announced. */
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
      {"HTTP/1.1 502 \r\n" CODING "28\r\n" PAGE_40 "\r\n100000005\r\n",
       SIZE_MAX > 0xffffffff ? (size_t)0xffffffff + 40 : SIZE_MAX, 502, CLOSES, 0},
      {"HTTP/1.1 502 \r\n" CODING "28\r\n" PAGE_40 "\r\nFFD9\r\n<", 65537, 502, CLOSES, 1},
      /* Cut off within the part that is dropped. */
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

/* Headers that were asked for are kept when the body is dropped. */
static void test_dropped_keeps_headers(void **state) {
  (void)state;
  static const char raw[] = "HTTP/1.1 503 \r\nRetry-After: 120\r\n" LENGTH(40) PAGE_40;
  outcome o = read_every_way(raw, sizeof raw - 1, LIMIT);
  assert_true(o.dropped);
  assert_string_equal(o.kept[0], "120");
}

/* Malformed framing within a dropped body is still an error. */
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

/* The reader waits for the first byte of a 2xx that does not fit. An answer is an error, a page is
 * not. */
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
      /* what is not JSON may be plain text */
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
      for (size_t k = 0; k < sizeof pages; k++) { /* also a NUL */
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
      /* White space alone is not an answer either. */
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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_dropped),
      cmocka_unit_test(test_dropped_keeps_headers),
      cmocka_unit_test(test_dropped_malformed),
      cmocka_unit_test(test_first_byte),
      cmocka_unit_test(test_page),
      cmocka_unit_test(test_drop_max),
  };
  return cmocka_run_group_tests_name("http: dropped bodies", tests, NULL, NULL);
}
