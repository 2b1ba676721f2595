/* Which members of an object are read, and their values. */
#include <stdio.h>

#include "json_fixture.h"
#include "json/json.h"

/* Stray, overlong, surrogate, too large, cut off (RFC 3629 4). */
static const char *const bad_utf8[] = {
    "{\"a\":\"\x80\"}",
    "{\"a\":\"\xBF\"}",
    "{\"a\":\"\xC0\x80\"}",
    "{\"a\":\"\xC1\xBF\"}",
    "{\"a\":\"\xE0\x80\x80\"}",
    "{\"a\":\"\xE0\x9F\xBF\"}",
    "{\"a\":\"\xED\xA0\x80\"}",
    "{\"a\":\"\xED\xBF\xBF\"}",
    "{\"a\":\"\xF0\x8F\xBF\xBF\"}",
    "{\"a\":\"\xF4\x90\x80\x80\"}",
    "{\"a\":\"\xF5\x80\x80\x80\"}",
    "{\"a\":\"\xFF\"}",
    "{\"a\":\"\xFE\"}",
    "{\"a\":\"\xC3\"}",
    "{\"a\":\"\xE2\x82\"}",
    "{\"a\":\"\xF0\x9F\x98\"}",
    "{\"a\":\"\xC3(\"}",
    "{\"a\":\"\xE2(\xAC\"}",
    "{\"a\":\"\xE2\x82(\"}",
    "{\"a\":\"\xF0\x9F(\x80\"}",
    "{\"a\":\"\xC3\xC3\xA9\"}",
    "{\"a\":\"\xE2\x82\x82\x82\"}",
    "{\"a\":\"\xE0\xA0(\"}",
    "{\"a\":\"\xBF\xBF\"}",
    "{\"a\":\"\xF8\x90\x80\x80\"}",
};

static void test_kinds(void **state) {
  (void)state;
  static const struct {
    const char *value, *a, *b, *token, *list, *codes;
  } cases[] = {
      {"\"x y\"", "x y", NULL, "x y", "x y", NULL},
      {"\"\"", NULL, NULL, NULL, NULL, NULL},
      {"\"\\u00e9\"", "\xC3\xA9", NULL, NULL, "\xC3\xA9", NULL},
      {"\"\\u007f\"", "\x7f", NULL, NULL, "\x7f", NULL},
      {"\"\\u001f\"", "\x1f", NULL, NULL, "\x1f", NULL},
      {"\" ~\"", " ~", NULL, " ~", " ~", NULL},
      {"-1.5e3", "-1.5e3", "-1.5e3", NULL, NULL, "-1.5e3"},
      {"0", "0", "0", NULL, NULL, "0"},
      {"9", "9", "9", NULL, NULL, "9"},
      {"true", NULL, NULL, NULL, NULL, NULL},
      {"false", NULL, NULL, NULL, NULL, NULL},
      {"null", NULL, NULL, NULL, NULL, NULL},
      {"{}", NULL, NULL, NULL, NULL, NULL},
      {"{\"a\":1}", NULL, NULL, NULL, NULL, NULL},
      {"[]", NULL, NULL, NULL, NULL, NULL},
      {"[\"x\"]", NULL, NULL, NULL, "x", NULL},
      {"[1]", NULL, NULL, NULL, NULL, "1"},
      {"[ 1 , -2.5 ] ", NULL, NULL, NULL, NULL, "1 -2.5"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const char *expected[NAMES] = {cases[i].a,    cases[i].b,     cases[i].token,
                                   cases[i].list, cases[i].codes, NULL};
    for (unsigned k = 0; k < NAMES; k++) {
      char text[100];
      snprintf(text, sizeof text, "{\"%s\":%s}", names[k].name, cases[i].value);
      is_value(text, k, expected[k]);
      snprintf(text, sizeof text, "{ \"%s\" : %s , \"x\":[] }", names[k].name, cases[i].value);
      is_value(text, k, expected[k]);
    }
  }
  is_value("\xEF\xBB\xBF{\"a\":1}", A, "1");
  is_value("{}", A, NULL);
}

static void test_list(void **state) {
  (void)state;
  static const char *const cases[][2] = {
      {"[ ]", NULL},
      {"[\"\"]", NULL},
      {"[\"a\",\"b\"]", "a b"},
      {"[\r\n \"a\" ,\t\"b:c\" , \"d\" ]", "a b:c d"},
      {"[\"\\u0041\\\"\",\"]\\\\\"]", "A\" ]\\"},
      {"[\"\",\"a\",\"\",\"b\"]", "a b"},
      {"[\"a b\",\"c\"]", "a b c"},
      {"[\"a\",1]", NULL},
      {"[1,\"a\"]", NULL},
      {"[\"a\",null]", NULL},
      {"[\"a\",true]", NULL},
      {"[\"a\",[\"b\"]]", NULL},
      {"[[\"b\"]]", NULL},
      {"[[],\"b\"]", NULL},
      {"[\"a\",[]]", NULL},
      {"[{}]", NULL},
      {"[{\"list\":\"b\"}]", NULL},
      {"[\"a\",\"\\ud800\"]", NULL},
      {"[\"a\",\"\xE9\"]", NULL},
      {"[\"\xC3\",\"\xA9\"]", NULL},
      {"[\"a\",\"\\u0000\"]", NULL},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char text[100];
    snprintf(text, sizeof text, "{\"list\":%s,\"a\":\"after\"}", cases[i][0]);
    is_value(text, LIST, cases[i][1]);
    is_value(text, A, "after");
  }
}

static void test_first_level_only(void **state) {
  (void)state;
  is_value("{\"x\":{\"a\":1},\"y\":[{\"a\":2}],\"a\":3}", A, "3");
  is_value("{\"x\":{\"a\":1},\"y\":[{\"a\":2},\"a\",\"a\"]}", A, NULL);
  is_value("{\"x\":\"a\",\"aa\":1,\"\":2,\"A\":3}", A, NULL);
  is_value("{\"a\":{\"b\":1,\"token\":\"t\"}}", B, NULL);
}

static void test_all_members(void **state) {
  (void)state;
  reading r =
      read_text("{\"token\":\"t\",\"x\":[[1],{\"y\":2}],\"b\":3,\"z\":{},\"list\":[\"q\"]}");
  assert_int_equal(r.result, 0);
  assert_int_equal(r.e.body, MOAT_BODY_OBJECT);
  assert_true(moat_span_equal(r.v[TOKEN], moat_str("t")));
  assert_true(moat_span_equal(r.v[B], moat_str("3")));
  assert_true(moat_span_equal(r.v[LIST], moat_str("q")));
  done(r);
}

static void test_escapes(void **state) {
  (void)state;
  is_value("{\"\\u0061\":1}", A, "1");
  is_value("{\"to\\u006Ben\":\"t\"}", TOKEN, "t");
  is_value("{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}", A, "\"\\/\b\f\n\r\t");
  is_value("{\"a\":\"x\\u0041\\u007f\\u0080\\u07FF\\u0800\\uffff.\"}", A,
           "xA\x7f\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF.");
  is_value("{\"a\":\"\\uD800\\uDC00\\udbff\\udfff\\uD83D\\uDE00!\"}", A,
           "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF\xF0\x9F\x98\x80!");
  is_value("{\"a\":\"\\ud7ff\\ue000\"}", A, "\xED\x9F\xBF\xEE\x80\x80");
  is_value("{\"a\":\"\\\\u0041\\\\\"}", A, "\\u0041\\");
  is_value("{\"a\":\"\xC3\xA9\\n\xE2\x82\xAC\"}", A, "\xC3\xA9\n\xE2\x82\xAC");
  is_value("{\"a\":\"\xF4\x8F\xBF\xBF\xF0\x90\x80\x80\"}", A, "\xF4\x8F\xBF\xBF\xF0\x90\x80\x80");
}

/* A member that is wrong does not affect others, and does not hide a usable one of the same name.
 * */
static void test_unusable(void **state) {
  (void)state;
  static const char *const values[] = {
      "\"\"",
      "null",
      "true",
      "{}",
      "{\"a\":1}",
      "[1]",
      "\"\\u0000\"",
      "\"x\\ud800\"",
      "\"\\ud800x\"",
      "\"\\udc00\"",
      "\"\\u0041\\udc00\"",
      "\"\\uD7FF\\udc00\"",
      "\"\\ud800\\ud800\"",
      "\"\\ud800\\ud800\\udc00\"",
      "\"\\ud800\\n\"",
      "\"\\ud800\\u0041\"",
      "\"\\ud800\\\\udc00\"",
      "\"\\udc00\\ud800\"",
      "\"\\ud800\\udc00\\udc00\"",
      "\"\xED\xA0\xBD\xED\xB8\x80\"", /* a surrogate pair in bytes, as in CESU-8 */
      "\"caf\xE9\"",
      "\"\xC3\\u00a9\"",
      "\"\\u00e9\xA9\"",
  };
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
    char text[200];
    snprintf(text, sizeof text, "{\"b\":2,\"a\":%s,\"token\":\"t\"}", values[i]);
    is_value(text, A, NULL);
    is_value(text, B, "2");
    is_value(text, TOKEN, "t");
    snprintf(text, sizeof text, "{\"a\":%s,\"\\u0061\":\"good\",\"a\":%s}", values[i], values[i]);
    is_value(text, A, "good");
  }
  for (size_t i = 0; i < sizeof bad_utf8 / sizeof *bad_utf8; i++) {
    is_value(bad_utf8[i], A, NULL);
    char text[200];
    snprintf(text, sizeof text, "{\"token\":\"t\",%s", bad_utf8[i] + 1);
    is_value(text, TOKEN, "t");
  }
  is_value("{\"\xFF\":1,\"a\":2}", A, "2");
  is_value("{\"\\ud800\":1,\"a\":2}", A, "2");
  is_value("{\"\\u0000a\":1,\"a\":2,\"a\\u0000\":3}", A, "2");
}

static void test_last_counts(void **state) {
  (void)state;
  is_value("{\"a\":1,\"a\":2}", A, "2");
  is_value("{\"a\":1,\"\\u0061\":\"x\"}", A, "x");
  is_value("{\"a\":null,\"a\":1}", A, "1");
  is_value("{\"a\":1,\"b\":1,\"a\":null}", A, "1");
  is_value("{\"token\":\"1\",\"x\":{},\"toke\\u006E\":\"2\"}", TOKEN, "2");
  is_value("{\"token\":\"1\",\"token\":\"\\u00e9\",\"token\":3}", TOKEN, "1");
  is_value("{\"list\":\"1\",\"list\":[\"2\",\"3\"],\"list\":[4]}", LIST, "2 3");
}

/* The caller wipes the values it was given. Nothing else of them may be left. */
static void test_wiped(void **state) {
  (void)state;
  static const char *const cases[] = {
      "{\"token\":\"\\u0063anary\\/canary\\/cana\\u0072y\"}",
      "{\"token\":\"canary\",\"token\":\"c\"}",
      "{\"token\":\"canary\\u0000\",\"token\":\"c\"}",
      "{\"list\":[\"\",\"x\",\"canary\"],\"list\":\"y\"}",
      "{\"list\":[\"\",\"\",\"\\u0063anary\"]}",
      "{\"token\":\"canary\",\"token\":\"\\u0063\"}",
      "token=%63%61%6e%61%72%79canary",
      "token=canary&token=c",
      "token=canary%00&token=c",
      "token=canary%zz&token=c",
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    reading r = read_text(cases[i]);
    assert_int_equal(r.result, 0);
    for (unsigned k = 0; k < NAMES; k++)
      if (r.v[k].n) moat_wipe(r.text + (r.v[k].p - r.text), r.v[k].n);
    if (holds(r.text, r.n, "nary") || holds(r.text, r.n, "na\\u")) fail_msg("%s", cases[i]);
    done(r);
  }
}

static void test_seconds(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int32_t expected;
  } cases[] = {
      {"0", 0},
      {"3599", 3599},
      {"3599.7", 3599},
      {"3600.0", 3600},
      {"0.9", 0},
      {"0003599", 3599},
      {"86399.999999999999999999999", 86399},
      /* up to INT32_MAX, and no more */
      {"2147483639", 2147483639},
      {"2147483640", 2147483640},
      {"2147483646", 2147483646},
      {"2147483647", INT32_MAX},
      {"2147483648", INT32_MAX},
      {"2147483650", INT32_MAX},
      {"2147483647.9", INT32_MAX},
      {"3153600000", INT32_MAX},
      {"4294967296", INT32_MAX},
      {"4294967297", INT32_MAX},
      {"42949672960", INT32_MAX},
      {"31536000000", INT32_MAX},
      {"9223372036854775807", INT32_MAX},
      {"99999999999999999999", INT32_MAX},
      {"1e10", INT32_MAX},
      {"1e30", INT32_MAX},
      {"1E400", INT32_MAX},
      {"1e1000000000", INT32_MAX},
      {"0.1e1000000000", INT32_MAX},
      {"9e2147483647", INT32_MAX},
      {"1e99999999999", INT32_MAX},
      {"1e+99999999999999999999", INT32_MAX},
      /* exponents */
      {"3.6e3", 3600},
      {"36E2", 3600},
      {"36e+2", 3600},
      {"36000e-1", 3600},
      {"36009e-1", 3600},
      {"0.0036e6", 3600},
      {"3.6001e3", 3600},
      {"3.60019e4", 36001},
      {"360000000000000e-11", 3600},
      {"99999999999999999999e-17", 999},
      {"3600e0", 3600},
      {"3600.5e00", 3600},
      {"21474836.47e2", INT32_MAX},
      {"21474836.46e2", 2147483646},
      {"1e-1", 0},
      {"9e-1", 0},
      {"1e-1000000000", 0},
      {"9e-2147483648", 0},
      {"1e-99999999999", 0},
      {"0e99999999999", 0},
      {"0.0e99999999999", 0},
      {"0e10", 0},
      {"0e1000000000", 0},
      {"0.0e5", 0},
      {"00.00100e5", 100},
      /* no number */
      {"", -1},
      {"-1", -1},
      {"-0", -1},
      {"-1e5", -1},
      {"+1", -1},
      {" 1", -1},
      {"1 ", -1},
      {"1s", -1},
      {"soon", -1},
      {"e5", -1},
      {".5", -1},
      {"5.", -1},
      {"5.e3", -1},
      {".", -1},
      {"1e", -1},
      {"1e+", -1},
      {"1e-", -1},
      {"1e--1", -1},
      {"1e+-1", -1},
      {"1e1.5", -1},
      {"1e1e1", -1},
      {"1e5x", -1},
      {"1e 5", -1},
      {"1.2.3", -1},
      {"1..2", -1},
      {"0x10", -1},
      {"1,5", -1},
      {"NaN", -1},
      {"Infinity", -1},
      {"true", -1},
      {"1-", -1},
      {"1.-5", -1},
      {"1\xC3\xA9", -1},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    size_t n = strlen(cases[i].text);
    char *text = exact(cases[i].text, n);
    int32_t got = moat__json_seconds((moat_span){text, n});
    if (got != cases[i].expected) fail_msg("%s: %d", cases[i].text, got);
    free(text);
  }
  assert_int_equal(moat__json_seconds((moat_span){NULL, 0}), -1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_kinds),
      cmocka_unit_test(test_list),
      cmocka_unit_test(test_first_level_only),
      cmocka_unit_test(test_all_members),
      cmocka_unit_test(test_escapes),
      cmocka_unit_test(test_unusable),
      cmocka_unit_test(test_last_counts),
      cmocka_unit_test(test_wiped),
      cmocka_unit_test(test_seconds),
  };
  return cmocka_run_group_tests_name("json: members", tests, NULL, NULL);
}
