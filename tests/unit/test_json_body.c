/* Bodies that may be JSON, a form or neither, sound and damaged. */
#include "json_fixture.h"
#include "json/json.h"

static void test_body(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int result, body;
  } cases[] = {
      {"{}", 0, MOAT_BODY_OBJECT},
      {" \r\n{}\r\n", 0, MOAT_BODY_OBJECT},
      {"a=1", 0, MOAT_BODY_OBJECT},
      {"\xEF\xBB\xBF \r\n{}", 0, MOAT_BODY_OBJECT},
      {"\xEF\xBB\xBF\r\na=1", 0, MOAT_BODY_OBJECT},
      {"\xEF\xBB\xBF", MOAT_E_JSON, MOAT_BODY_NONE},
      {"\xEF\xBB\xBF \n", MOAT_E_JSON, MOAT_BODY_NONE},
      {"\xEF\xBB", MOAT_E_JSON, MOAT_BODY_OTHER},
      {" \xEF\xBB\xBF{}", MOAT_E_JSON, MOAT_BODY_OTHER},
      {"\xEF\xBB\xBF\xEF\xBB\xBF{}", MOAT_E_JSON, MOAT_BODY_OTHER},
      {"\xEF\xBB\xBF<html>", MOAT_E_JSON, MOAT_BODY_OTHER},
      {"", MOAT_E_JSON, MOAT_BODY_NONE},
      {" \t\r\n", MOAT_E_JSON, MOAT_BODY_NONE},
      {"<html>", MOAT_E_JSON, MOAT_BODY_OTHER},
      {"Not Found", MOAT_E_JSON, MOAT_BODY_OTHER},
      {"[{}]", MOAT_E_JSON, MOAT_BODY_OTHER},
      {"\"a=1\"", MOAT_E_JSON, MOAT_BODY_OTHER},
      {"{\"a\":1", MOAT_E_JSON, MOAT_BODY_OTHER},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    reading r = read_text(cases[i].text);
    if (r.result != cases[i].result || r.e.body != cases[i].body)
      fail_msg("%s: %d %d", cases[i].text, r.result, r.e.body);
    done(r);
  }
  moat_reply dropped = {.status = 502, .dropped = true};
  moat_span v[NAMES];
  moat_error_info e = {.needed = 12345};
  assert_int_equal(moat__members_read(&dropped, names, v, NAMES, &e), MOAT_E_SPACE);
  assert_int_equal(e.body, MOAT_BODY_DROPPED);
  assert_int_equal(e.needed, 12345);
}

static void test_form(void **state) {
  (void)state;
  static const struct {
    const char *text;
    unsigned member;
    const char *value;
  } cases[] = {
      {"a=x", A, "x"},
      {"a=x+y%20z%2b", A, "x y z+"},
      {"a=x&token=t", TOKEN, "t"},
      {"token=AT.f%2f==&b=3", TOKEN, "AT.f/=="},
      {"0=1&list=p+q", LIST, "p q"},
      {"x=&to%6Ben=t", TOKEN, "t"},
      {"never=1", NEVER, "1"}, /* a member without a type is for forms */
      {"codes=1", CODES, "1"},
      {"a=%c3%a9", A, "\xC3\xA9"},
      {"token=t\r\n", TOKEN, "t"},
      /* What may come before JSON may come before a form, and so may an empty pair. */
      {"\xEF\xBB\xBFtoken=t", TOKEN, "t"},
      {" \t\r\ntoken=t", TOKEN, "t"},
      {"\xEF\xBB\xBF\n&token=t\n", TOKEN, "t"},
      {"&&token=t", TOKEN, "t"},
      /* A value cannot set other members. */
      {"list=x%22%2C%22token%22%3A%22INJECTED&a=1", TOKEN, NULL},
      {"list=x%26token%3DINJECTED&a=1", TOKEN, NULL},
      {"list=x%26token%3DINJECTED&a=1", LIST, "x&token=INJECTED"},
      {"a=%22%5c%0a", A, "\"\\\n"},
      /* The last usable one counts. */
      {"a=1&a=2", A, "2"},
      {"a=1&a=", A, "1"},
      {"a=1&a", A, "1"},
      {"a=1&a=%zz", A, "1"},
      {"a=1&a=%c3", A, "1"},
      {"a=1&a=%00", A, "1"},
      {"token=1&token=%c3%a9", TOKEN, "1"},
      {"token=1&token=%7f", TOKEN, "1"},
      {"a=%zz&a=2", A, "2"},
      /* A malformed pair does not affect the others. */
      {"x=&a=1", A, "1"},
      {"x-y.z_0=&a=1", A, "1"},
      {"x=&&=&=y&a=1&", A, "1"},
      {"x=&%zz=1&%00=2&%=3&a=1", A, "1"},
      {"a=1&b=%2", A, "1"},
      {"aa=2&A=3&a=1", A, "1"},
      {"a=1&\xff=\xff", A, "1"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    is_value(cases[i].text, cases[i].member, cases[i].value);
  static const char *const none[] = {
      "a",
      "a=",
      "a=%zz",
      "a=%c3",
      "a=%",
      "a=%4",
      "token=%e9",
      "x=1&y=2",
      "a&b",
      "Bad=",
      "true",
      "null",
      "42",
      "a b=c",
      "a:1",
      "aa=1",
      "& a=1",
      "&",
      "=a",
      "%zz&a=1",
      "%61=1",
      "Error: a",
      "a=%00&b=%00",
      "a=\xff",
      "A=1",
      "a=&a=&a",
      "a=\xC3",
      "a=\xE2\x82",
      /* text with a link, the source of a page, a log line */
      "Found. Redirecting to https://h/?x=1&a=2",
      "https://h/?x=1&a=2",
      "See Other&a=1",
      "x&a=1",
      "x%20y=1&a=2",
      "x y=1&a=2",
      "x;q=1&a=2",
      "x\"&a=1",
      "x<br>&a=1",
      "x",
      "x/y=1&a=2",
  };
  for (size_t i = 0; i < sizeof none / sizeof *none; i++)
    is(none[i], MOAT_E_JSON);
}

/* Good answers with bytes cut off and changed. The result must be one of the three, and views must
 * lie in the body. A sanitizer sees the rest. */
static uint32_t random_state = 2463534242U;

static uint32_t random_below(uint32_t n) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 17;
  random_state ^= random_state << 5;
  return random_state % n;
}

static void damage(char *text, size_t n) {
  static const char odd[] = "\"\\{}[]:,u0d8=&%+ \n\x00\xE2\x82\xFF-e.";
  for (uint32_t times = 1 + random_below(3); n > 0 && times > 0; times--) {
    size_t at = random_below((uint32_t)n);
    if (random_below(2))
      text[at] = (char)(text[at] ^ 1 << random_below(8));
    else
      text[at] = odd[random_below(sizeof odd - 1)];
  }
}

static void is_sane(const char *text, size_t n) {
  static char scratch[64];
  reading r = read_with(text, n, scratch, random_below(sizeof scratch));
  assert_true(r.result == 0 || r.result == MOAT_E_JSON || r.result == MOAT_E_SPACE);
  assert_in_range(r.e.body, MOAT_BODY_NONE, MOAT_BODY_DROPPED);
  for (unsigned i = 0; r.result == 0 && i < NAMES; i++) {
    if (!r.v[i].n) continue;
    assert_true(r.v[i].p >= r.text && r.v[i].p + r.v[i].n <= r.text + n);
    assert_false(holds(r.v[i].p, r.v[i].n, "\xFF"));
    (void)moat__json_seconds(r.v[i]);
  }
  done(r);
}

static void test_damaged(void **state) {
  (void)state;
  static const char *const texts[] = {
      "{\"token\":\"a\\u0062\\ud83d\\ude00\",\"list\":[\"x\",\"y\\n\"],\"codes\":[1,-2.5e3],"
      "\"x\":{\"y\":[[{\"z\":[]}],null,true]},\"a\":\"\xE2\x82\xAC\",\"b\":3.6e3}",
      "token=a%2fb+c&a=%e2%82%ac&list=x+y&codes=70008&b=3600&never=1",
  };
  for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
    size_t size = strlen(texts[k]);
    char copy[300];
    for (size_t n = 0; n <= size; n++)
      is_sane(texts[k], n);
    for (int i = 0; i < 20000; i++) {
      size_t n = random_below(4) ? size : random_below((uint32_t)size);
      memcpy(copy, texts[k], size);
      damage(copy, n);
      is_sane(copy, n);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_body),
      cmocka_unit_test(test_form),
      cmocka_unit_test(test_damaged),
  };
  return cmocka_run_group_tests_name("json: bodies", tests, NULL, NULL);
}
