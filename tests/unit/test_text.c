/* Spans, the writer that counts past its end, encoders, decoders. */
#include "cmocka_all.h"

#include <limits.h>
#include <stdlib.h>

#include "http/http.h"
#include "text/text.h"
#include "checks.h"

typedef void (*encoder)(moat_writer *w, moat_span s);

static void encodes(encoder put, const char *in, size_t n, const char *expected) {
  char out[256];
  moat_writer w = {.p = out, .size = sizeof out};
  put(&w, (moat_span){in, n});
  assert_int_equal(w.n, strlen(expected));
  assert_memory_equal(out, expected, w.n);
}

static void test_form(void **state) {
  (void)state;
  encodes(moat__put_form, "aZ09*-._", 8, "aZ09*-._");
  encodes(moat__put_form, "a b+c~d", 7, "a+b%2Bc%7Ed");
  encodes(moat__put_form, "\xC3\xA9&=%\r\n", 7, "%C3%A9%26%3D%25%0D%0A");
  encodes(moat__put_form, "\0\xFF@[`{/:", 8, "%00%FF%40%5B%60%7B%2F%3A");
  encodes(moat__put_form, "", 0, "");
}

static void test_percent(void **state) {
  (void)state;
  encodes(moat__put_percent, "aZ09-._~", 8, "aZ09-._~");
  encodes(moat__put_percent, "a b*+", 5, "a%20b%2A%2B");
}

/* RFC 4648 10, and RFC 7636 B for the alphabet. */
static void test_base64url(void **state) {
  (void)state;
  encodes(moat__put_base64url, "", 0, "");
  encodes(moat__put_base64url, "f", 1, "Zg");
  encodes(moat__put_base64url, "fo", 2, "Zm8");
  encodes(moat__put_base64url, "foo", 3, "Zm9v");
  encodes(moat__put_base64url, "foobar", 6, "Zm9vYmFy");
  encodes(moat__put_base64url, "\xFB\xEF\xFF\x03\xEC", 5, "--__A-w");
}

static void test_number(void **state) {
  (void)state;
  static const struct {
    uint32_t v;
    const char *text;
  } cases[] = {{0, "0"}, {9, "9"}, {10, "10"}, {65535, "65535"}, {UINT32_MAX, "4294967295"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char out[16];
    moat_writer w = {.p = out, .size = sizeof out};
    moat__put_number(&w, cases[i].v);
    assert_int_equal(w.n, strlen(cases[i].text));
    assert_memory_equal(out, cases[i].text, w.n);
  }
}

static void test_read_number(void **state) {
  (void)state;
  assert_int_equal(moat__number(MOAT__LIT("0"), 0), 0);
  assert_int_equal(moat__number(MOAT__LIT("65535"), UINT16_MAX), 65535);
  assert_int_equal(moat__number(MOAT__LIT("2147483639"), 2147483639), 2147483639);
  assert_int_equal(moat__number(MOAT__LIT("2147483640"), 2147483639), -1);
  assert_int_equal(moat__number(MOAT__LIT("4294967297"), 2147483639), -1);
  assert_int_equal(moat__number(MOAT__LIT("007"), 7), 7);
  assert_int_equal(moat__number(MOAT__LIT("8"), 7), -1);
  assert_int_equal(moat__number(MOAT__LIT("80"), 8), -1);
  assert_int_equal(moat__number(MOAT__LIT("99999999999999999999999999"), 2147483639), -1);
  static const char *const bad[] = {"", " 1", "1 ", "+1", "-1", "1x", "0x1", "1.0", "/", ":"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    assert_int_equal(moat__number(moat_str(bad[i]), 100), -1);
    assert_int_equal(moat__number_up_to(moat_str(bad[i]), 100), -1);
  }
  static const char *const large[] = {"101",        "00200",      "2147483647",
                                      "2147483648", "4294967297", "99999999999999999999999999"};
  for (size_t i = 0; i < sizeof large / sizeof *large; i++) {
    assert_int_equal(moat__number_up_to(moat_str(large[i]), 0), 0);
    assert_int_equal(moat__number_up_to(moat_str(large[i]), 100), 100);
  }
  assert_int_equal(moat__number_up_to(MOAT__LIT("0100"), 100), 100);
  assert_int_equal(moat__number_up_to(MOAT__LIT("2147483638"), 2147483639), 2147483638);
  assert_int_equal(moat__number_up_to(MOAT__LIT("99999999990"), 2147483639), 2147483639);
}

static void write_all(moat_writer *w) {
  moat__put_span(w, MOAT__LIT("POST ?"));
  w->form = w->n;
  moat__put_field(w, "a", MOAT__LIT("x y"));
  moat__put_field(w, "none", (moat_span){NULL, 0});
  moat__put_field(w, "b", MOAT__LIT("&"));
  moat__put_char(w, '!');
  moat__put_number(w, 1234);
  moat__put_base64url(w, MOAT__LIT("foo"));
}

/* With every size of buffer nothing is written past it, and the needed size is the same. */
static void test_writer_counts(void **state) {
  (void)state;
  static const char expected[] = "POST ?a=x+y&b=%26!1234Zm9v";
  moat_writer counting = {.p = NULL};
  write_all(&counting);
  assert_int_equal(counting.n, sizeof expected - 1);
  for (size_t size = 0; size <= sizeof expected; size++) {
    char *out = malloc(size + 1);
    moat_writer w = {.p = out, .size = size};
    write_all(&w);
    assert_int_equal(w.n, sizeof expected - 1);
    if (size >= w.n) assert_memory_equal(out, expected, w.n);
    free(out);
  }
}

static int unescape(const char *in, bool plus, char *out) {
  size_t n = strlen(in);
  char *copy = malloc(n ? n : 1); /* of exact size, so that a sanitizer sees one byte too many */
  memcpy(copy, in, n);
  int length = moat__unescape(copy, n, plus);
  if (length >= 0) {
    memcpy(out, copy, (size_t)length);
    out[length] = '\0';
  }
  free(copy);
  return length;
}

static void test_unescape(void **state) {
  (void)state;
  char out[64];
  assert_int_equal(unescape("a%20b+c%2B%c3%A9", true, out), 8);
  assert_string_equal(out, "a b c+\xC3\xA9");
  assert_int_equal(unescape("a+b", false, out), 3);
  assert_string_equal(out, "a+b");
  assert_int_equal(unescape("%2541", true, out), 3); /* decoded once, not twice */
  assert_string_equal(out, "%41");
  assert_int_equal(unescape("", true, out), 0);
  static const char *const bad[] = {"%",   "%4",   "a%",  "a%4", "%4g",
                                    "%g4", "%%41", "%00", "% 1", "%+1"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    assert_int_equal(unescape(bad[i], true, out), -1);
  char nul[] = {'a', '\0', 'b'};
  assert_int_equal(moat__unescape(nul, sizeof nul, true), -1);
}

static void test_equal(void **state) {
  (void)state;
  moat_span a = MOAT__LIT("abc"), none = {NULL, 0};
  assert_true(moat_span_equal(a, moat_str("abc")));
  assert_false(moat_span_equal(a, moat_str("abd")));
  assert_false(moat_span_equal(a, moat_str("ab")));
  assert_true(moat_span_equal(none, moat_str("")));
  assert_true(moat_span_equal(none, moat_str(NULL)));
  assert_true(moat__equal_secret(a, moat_str("abc")));
  assert_false(moat__equal_secret(a, moat_str("xbc")));
  assert_false(moat__equal_secret(a, moat_str("abC")));
  assert_false(moat__equal_secret(a, moat_str("abcd")));
  assert_false(moat__equal_secret(a, none));
  assert_true(moat__equal_nocase(MOAT__LIT("BEARER-z[1"), MOAT__LIT("bearer-Z[1")));
  assert_false(moat__equal_nocase(MOAT__LIT("@"), MOAT__LIT("`")));
  assert_false(moat__equal_nocase(MOAT__LIT("["), MOAT__LIT("{")));
}

static void test_take(void **state) {
  (void)state;
  moat_span rest = MOAT__LIT("a,,b,");
  static const char *const parts[] = {"a", "", "b", ""};
  for (size_t i = 0; i < 4; i++) {
    assert_non_null(rest.p);
    assert_true(moat_span_equal(moat__take(&rest, ','), moat_str(parts[i])));
  }
  assert_null(rest.p);
}

static void test_wipe(void **state) {
  (void)state;
  char secret[] = "0secret0";
  static const char zeros[6] = {0};
  moat_wipe(secret + 1, 6);
  assert_memory_equal(secret + 1, zeros, 6);
  assert_int_equal(secret[0], '0');
  assert_int_equal(secret[7], '0');
  moat_wipe(NULL, 0);
}

static void test_error_names(void **state) {
  (void)state;
  assert_string_equal(moat_error_name(MOAT_OK), "ok");
  assert_string_equal(moat_error_name(MOAT_E_TIMEOUT), "timeout");
  assert_string_equal(moat_error_name(MOAT_E_DUPLICATE), "duplicate");
  assert_string_equal(moat_error_name(MOAT_WANT_READ), "want_read");
  assert_string_equal(moat_error_name(-9999), "unknown");
  assert_string_equal(moat_error_name(1), "unknown");
  int named = 0;
  for (int code = 0; code > -300; code--) {
    bool known = strcmp(moat_error_name(code), "unknown") != 0;
    assert_int_equal(known, strcmp(moat_error_text(code), "unknown error") != 0);
    named += known;
  }
  assert_int_equal(named, 43); /* as many as port.h lists, and MOAT_OK */
}

static void test_writer_fills_its_buffer(void **state) {
  (void)state;
  char *out = memset(malloc(5), 'x', 5);
  moat_writer w = {.p = out, .size = 5};
  moat__put(&w, "ab", 2);
  moat__put(&w, "cd", 2);
  moat__put_char(&w, 'e');
  assert_memory_equal(out, "abcde", 5);
  w.n = 3;
  moat__put(&w, "DE", 2); /* one call writes the last bytes */
  assert_memory_equal(out, "abcDE", 5);
  for (size_t n = 4; n < 8; n++) { /* nearly full, full, and past the end */
    w.n = n;
    moat__put(&w, "fg", 2);
    assert_int_equal(w.n, n + 2);
    w.n = n + 1;
    moat__put(&w, "f", 1);
    w.n = n + 1;
    moat__put_char(&w, 'h');
    assert_int_equal(w.n, n + 2);
  }
  assert_memory_equal(out, "abcDE", 5);
  free(out);
}

static void test_base64_fills_its_buffer(void **state) {
  (void)state;
  static const struct {
    const char *text, *expected;
    size_t size;
  } cases[] = {{"abc", "YWJj", 4}, {"a", "YQ==", 4}, {"", "", 1}, {"abc", "abc", 3}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    char *out = malloc(cases[i].size);
    moat_writer w = {.p = out, .size = cases[i].size};
    moat__put_text(&w, cases[i].text);
    moat__base64_from(&w, 0);
    assert_int_equal(w.n, (strlen(cases[i].text) + 2) / 3 * 4);
    assert_memory_equal(out, cases[i].expected, strlen(cases[i].expected));
    free(out);
  }
}

/* A length that does not fit an int. */
static void test_unescape_too_long(void **state) {
  (void)state;
  char c = 'x';
  assert_int_equal(moat__unescape(&c, (size_t)INT_MAX + 1, false), -1);
  assert_int_equal(c, 'x');
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_form),
      cmocka_unit_test(test_percent),
      cmocka_unit_test(test_base64url),
      cmocka_unit_test(test_number),
      cmocka_unit_test(test_read_number),
      cmocka_unit_test(test_writer_counts),
      cmocka_unit_test(test_unescape),
      cmocka_unit_test(test_equal),
      cmocka_unit_test(test_take),
      cmocka_unit_test(test_wipe),
      cmocka_unit_test(test_error_names),
      cmocka_unit_test(test_writer_fills_its_buffer),
      cmocka_unit_test(test_base64_fills_its_buffer),
      cmocka_unit_test(test_unescape_too_long),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
