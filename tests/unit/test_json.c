/* The checker against RFC 8259, and what is read out of an object it let through. */
#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>

#include "json.h"
#include "json_check.h"
#include "text.h"

static const char *const names[] = {"a", "b", "token"};
enum { A, B, TOKEN, NAMES };

typedef struct {
  int result;
  size_t needed;
  char *text; /* kept for the views, freed by done() */
  moat_json_value v[NAMES];
} reading;

static reading read_bytes(const char *text, size_t n) {
  static unsigned char scratch[16384];
  reading r = {.text = malloc(n + 1)};
  memcpy(r.text, text, n);
  r.text = realloc(r.text, n ? n : 1); /* exact, so that a sanitizer sees a byte too many */
  r.result =
      moat__json_read(r.text, n, scratch + 1, sizeof scratch - 1, names, r.v, NAMES, &r.needed);
  return r;
}

static reading read_text(const char *text) {
  return read_bytes(text, strlen(text));
}

static void done(reading r) {
  free(r.text);
}

static void is_result(const char *text, size_t n, int expected) {
  reading r = read_bytes(text, n);
  if (r.result != expected) fail_msg("%.*s: %d, not %d", (int)n, text, r.result, expected);
  done(r);
}

static void is(const char *text, int expected) {
  is_result(text, strlen(text), expected);
}

static void is_value(const char *json, int kind, const char *text) {
  reading r = read_text(json);
  if (r.result != MOAT_OK) fail_msg("%s: %d", json, r.result);
  assert_int_equal(r.v[A].kind, kind);
  if (!moat_span_equal(r.v[A].text, moat_str(text)))
    fail_msg("%s: %.*s", json, (int)r.v[A].text.n, r.v[A].text.p);
  done(r);
}

static const char *const good[] = {
    "{}",
    " \t\r\n{ } \n",
    "\xEF\xBB\xBF{}",
    "{\"x\":1}",
    "{\"\":0}",
    "{\"x\":[]}",
    "{\"x\":{}}",
    "{\"x\":[1,-1,0,-0,1.5,1e5,1E+5,1e-5,0.0e0,123456789012345678901234567890]}",
    "{\"x\" : [ true , false , null ] , \"y\" : { \"z\" : \"\" } }",
    "{\"x\":[[],[[]],{},[{}],{\"y\":[1,{\"z\":2}]}]}",
    "{\"x\":1,\"x\":2}",
    "{\"x\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\uABCD\\uabcd\"}",
    "{\"x\":\"\x7f !#~{}[]:,\"}",
    /* grammar allows these where nobody reads them */
    "{\"x\":\"\\u0000\"}",
    "{\"x\":\"\\ud800\"}",
    "{\"\\u0000\\udfff\":1}",
    /* the ends of each range of UTF-8 */
    "{\"x\":\"\xC2\x80\xDF\xBF\xE0\xA0\x80\xE0\xBF\xBF\xE1\x80\x80\xEC\xBF\xBF\"}",
    "{\"x\":\"\xED\x80\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF\"}",
    "{\"x\":\"\xF0\x90\x80\x80\xF0\xBF\xBF\xBF\xF1\x80\x80\x80\xF3\xBF\xBF\xBF\xF4\x8F\xBF\xBF\"}",
    "{\"\xC3\xA9\":1}",
    "{\"x\":\"\xEF\xBB\xBF\"}",
};

static const char *const bad[] = {
    /* not one object */
    "",
    " ",
    "[]",
    "[{}]",
    "1",
    "\"x\"",
    "null",
    "true",
    "{}{}",
    "{}[]",
    "{},",
    "{}1",
    "{} x",
    "{}}",
    "}",
    "]",
    "{",
    "{{}}",
    "<html>",
    "tomato",
    "{tomato}",
    "{}\xEF\xBB\xBF",
    "\xEF\xBB{}",
    "\xEF\xBB\xBF\xEF\xBB\xBF{}",
    "\xEF\xBB\xBF",
    "\xFE\xFF{}",
    /* what jsmn lets through */
    "{\"a\" \"b\"}",
    "{\"a\":}",
    "{\"a\"}",
    "{\"a\":1 \"b\":2}",
    "{\"a\":tomato}",
    "{\"a\":\"x\ny\"}",
    "{\"a\":\"\t\"}",
    "{\"a\":1,}",
    "{,}",
    "{,\"a\":1}",
    "{\"a\":1,,\"b\":2}",
    "{\"a\"::1}",
    "{\"a\",1}",
    "{\"a\":[1,]}",
    "{\"a\":[,1]}",
    "{\"a\":[1 2]}",
    "{\"a\":[1:2]}",
    "{\"a\":[\"b\":1]}",
    "{1:1}",
    "{[]:1}",
    "{null:1}",
    "{\"a\":[}",
    "{\"a\":]}",
    "{\"a\":[1}",
    "{\"a\":{]}",
    "{\"a\":[}]",
    "{\"a\":1]",
    "{\"a\":{\"b\":1}",
    "{\"a\":[1]",
    "{a:1}",
    "{'a':1}",
    "{\"a\":'b'}",
    "{\"a\":1;\"b\":2}",
    "{\"a\":1}/**/",
    "{/**/\"a\":1}",
    "{\"a\":1}//",
    "{\"a\":\"b\"c}",
    "{\"a\":\"b\" \"c\"}",
    /* words and numbers */
    "{\"a\":nul}",
    "{\"a\":nulll}",
    "{\"a\":True}",
    "{\"a\":tru}",
    "{\"a\":fals}",
    "{\"a\":NaN}",
    "{\"a\":Infinity}",
    "{\"a\":-Infinity}",
    "{\"a\":undefined}",
    "{\"a\":+1}",
    "{\"a\":01}",
    "{\"a\":-01}",
    "{\"a\":-}",
    "{\"a\":.5}",
    "{\"a\":5.}",
    "{\"a\":1.e1}",
    "{\"a\":1e}",
    "{\"a\":1e+}",
    "{\"a\":1e1.5}",
    "{\"a\":0x10}",
    "{\"a\":1_0}",
    "{\"a\":1,0}",
    "{\"a\":--1}",
    "{\"a\":1-}",
    "{\"a\":1a}",
    "{\"a\":- 1}",
    "{\"a\":1 0}",
    "{\"a\":00}",
    "{\"a\":0e}",
    "{\"a\":1.5.5}",
    /* strings */
    "{\"a\":\"}",
    "{\"a\":\"b}",
    "{\"a\":\"\\\"}",
    "{\"a\":\"\\x\"}",
    "{\"a\":\"\\u\"}",
    "{\"a\":\"\\u12\"}",
    "{\"a\":\"\\u12G4\"}",
    "{\"a\":\"\\U0041\"}",
    "{\"a\":\"\\ \"}",
    "{\"a\":\"\\'\"}",
    "{\"a\":\"\\0\"}",
    "{\"a\":\"\\\n\"}",
    "{\"a\":\"\x1f\"}",
    "{\"a\":\"\x01\"}",
    "{\"\n\":1}",
    "{\"a\":\"\\u12}",
    "{\"a\":\"\\}",
    "{\"a\\\":1}",
    "{\"a\":\"\\u 041\"}",
    /* UTF-8: stray, overlong, surrogate, too large, cut off */
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
    "{\"a\":\"\xC3}",
    "{\"\xFF\":1}",
    "{\xC3\xA9:1}",
    "{\"a\":\xC3\xA9}",
    "{\xC2\xA0}",
    "{\"a\":1}\xC2\xA0",
    "{\f}",
    "{\v}",
};

static void test_grammar(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof good / sizeof *good; i++)
    is(good[i], MOAT_OK);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    size_t tokens;
    is(bad[i], MOAT_E_JSON);
    assert_false(moat__json_check(bad[i], strlen(bad[i]), &tokens)); /* without jsmn's help */
  }
}

static void test_nul(void **state) {
  (void)state;
  is_result("{}\0", 3, MOAT_E_JSON);
  is_result("\0{}", 3, MOAT_E_JSON);
  is_result("{\0}", 3, MOAT_E_JSON);
  is_result("{\"a\":\"\0\"}", 9, MOAT_E_JSON);
  is_result("{\"a\":1\0}", 8, MOAT_E_JSON);
  is_result("{\"a\":\"\\\0\"}", 10, MOAT_E_JSON);
}

/* No object is complete before its last byte, and no byte of it can be left out of the check. */
static void test_every_cut(void **state) {
  (void)state;
  static const char text[] =
      "{\"a\":[1.5e+3,{\"\\u00e9\xE2\x82\xAC\\n\":true}],\"b\":null,\"token\":\"x\"}";
  for (size_t n = 0; n < sizeof text - 1; n++)
    is_result(text, n, MOAT_E_JSON);
  is_result(text, sizeof text - 1, MOAT_OK);
}

static void test_depth(void **state) {
  (void)state;
  for (int depth = 1; depth <= 40; depth++) {
    char text[128] = "{\"x\":";
    size_t n = 5;
    for (int i = 1; i < depth; i++)
      text[n++] = '[';
    if (depth == 1) text[n++] = '0';
    for (int i = 1; i < depth; i++)
      text[n++] = ']';
    text[n++] = '}';
    is_result(text, n, depth <= MOAT_JSON_DEPTH ? MOAT_OK : MOAT_E_JSON);
  }
}

/* A level remembers whether it is an object or an array, at every depth. */
static void test_mixed_depth(void **state) {
  (void)state;
  is("{\"x\":[{\"x\":[{\"x\":[{}]}]}]}", MOAT_OK);
  is("{\"x\":[{\"x\":[{\"x\":[{}]]}]}", MOAT_E_JSON);
  is("{\"x\":[{\"x\":[{\"x\":[{}}]}]}", MOAT_E_JSON);
  is("{\"x\":[{\"x\":[]},1,{\"x\":{}}]}", MOAT_OK);
  is("{\"x\":[{\"x\":[]},\"y\":{}]}", MOAT_E_JSON);
}

static void test_kinds(void **state) {
  (void)state;
  is_value("{\"a\":\"\"}", MOAT_JSON_STRING, "");
  is_value("{\"a\":\"x y\"}", MOAT_JSON_STRING, "x y");
  is_value("{ \"a\" : -1.5e3 }", MOAT_JSON_NUMBER, "-1.5e3");
  is_value("{\"a\":true}", MOAT_JSON_BOOL, "true");
  is_value("{\"a\":false\n}", MOAT_JSON_BOOL, "false");
  is_value("{\"a\":null}", MOAT_JSON_ABSENT, "");
  is_value("{}", MOAT_JSON_ABSENT, "");
  is_value("{\"a\":{\"a\":1}}", MOAT_JSON_OBJECT, "{\"a\":1}");
  is_value("{\"a\":[ 1, \"a\" ]}", MOAT_JSON_ARRAY, "[ 1, \"a\" ]");
  is_value("\xEF\xBB\xBF{\"a\":1}", MOAT_JSON_NUMBER, "1");
}

static void test_first_level_only(void **state) {
  (void)state;
  is_value("{\"x\":{\"a\":1},\"y\":[{\"a\":2}],\"a\":3}", MOAT_JSON_NUMBER, "3");
  is_value("{\"x\":{\"a\":1},\"y\":[{\"a\":2},\"a\",\"a\"]}", MOAT_JSON_ABSENT, "");
  is_value("{\"x\":\"a\",\"aa\":1,\"\":2,\"A\":3}", MOAT_JSON_ABSENT, "");
}

static void test_all_members(void **state) {
  (void)state;
  reading r =
      read_text("{\"token\":\"t\",\"x\":[[1],{\"y\":2}],\"b\":[1,[2]],\"z\":{},\"a\":{\"q\":[]}}");
  assert_int_equal(r.result, MOAT_OK);
  assert_true(moat_span_equal(r.v[TOKEN].text, MOAT__LIT("t")));
  assert_true(moat_span_equal(r.v[B].text, MOAT__LIT("[1,[2]]")));
  assert_true(moat_span_equal(r.v[A].text, MOAT__LIT("{\"q\":[]}")));
  done(r);
}

static void test_escapes(void **state) {
  (void)state;
  is_value("{\"\\u0061\":1}", MOAT_JSON_NUMBER, "1");
  is_value("{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}", MOAT_JSON_STRING, "\"\\/\b\f\n\r\t");
  is_value("{\"a\":\"x\\u0041\\u007f\\u0080\\u07FF\\u0800\\uffff.\"}", MOAT_JSON_STRING,
           "xA\x7f\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF.");
  is_value("{\"a\":\"\\uD800\\uDC00\\udbff\\udfff\\uD83D\\uDE00!\"}", MOAT_JSON_STRING,
           "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF\xF0\x9F\x98\x80!");
  is_value("{\"a\":\"\\ud7ff\\ue000\"}", MOAT_JSON_STRING, "\xED\x9F\xBF\xEE\x80\x80");
  is_value("{\"a\":\"\\\\u0041\\\\\"}", MOAT_JSON_STRING, "\\u0041\\");
  is_value("{\"a\":\"\xC3\xA9\\n\xE2\x82\xAC\"}", MOAT_JSON_STRING, "\xC3\xA9\n\xE2\x82\xAC");
}

static void test_reply_errors(void **state) {
  (void)state;
  static const char *const cases[] = {
      "{\"a\":\"\\u0000\"}",
      "{\"a\":\"x\\ud800\"}",
      "{\"a\":\"\\ud800x\"}",
      "{\"a\":\"\\udc00\"}",
      "{\"a\":\"\\ud800\\ud800\\udc00\"}",
      "{\"a\":\"\\ud800\\n\"}",
      "{\"a\":\"\\ud800\\u0041\"}",
      "{\"a\":\"\\ud800\\\\udc00\"}",
      "{\"a\":\"\\udc00\\ud800\"}",
      "{\"a\":\"\\ud800\\udc00\\udc00\"}",
      /* twice, however it is written */
      "{\"a\":1,\"a\":1}",
      "{\"a\":1,\"\\u0061\":2}",
      "{\"a\":null,\"a\":1}",
      "{\"a\":1,\"b\":1,\"a\":null}",
      "{\"token\":\"1\",\"x\":{},\"toke\\u006E\":\"2\"}",
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    is(cases[i], MOAT_E_REPLY);
}

/* At every alignment, the size that was asked for does, and a byte less does not. */
static void test_scratch(void **state) {
  (void)state;
  static const char text[] = "{\"x\":[1,2,{\"y\":null}],\"a\":\"v\"}";
  for (size_t offset = 0; offset < 8; offset++) {
    char copy[sizeof text];
    moat_json_value v[NAMES];
    size_t needed = 0, again = 0;
    memcpy(copy, text, sizeof text);
    char *block = malloc(400);
    char *scratch = block + offset;
    assert_int_equal(moat__json_read(copy, sizeof text - 1, scratch, 0, names, v, NAMES, &needed),
                     MOAT_E_SPACE);
    assert_true(needed >= 10 * 20 && needed <= 10 * 20 + 3);
    assert_int_equal(
        moat__json_read(copy, sizeof text - 1, scratch, needed - 1, names, v, NAMES, &again),
        MOAT_E_SPACE);
    assert_int_equal(again, needed);
    scratch[needed] = 'x';
    assert_int_equal(
        moat__json_read(copy, sizeof text - 1, scratch, needed, names, v, NAMES, &again), MOAT_OK);
    assert_int_equal(scratch[needed], 'x');
    assert_true(moat_span_equal(v[A].text, MOAT__LIT("v")));
    free(block);
  }
}

static void test_too_long(void **state) {
  (void)state;
  moat_json_value v[NAMES];
  size_t needed;
  char text[] = "{}";
  assert_int_equal(moat__json_read(text, SIZE_MAX, NULL, 0, names, v, NAMES, &needed), MOAT_E_JSON);
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
      {"0e10", 0},
      {"0e1000000000", 0},
      {"0.0e5", 0},
      {"00.00100e5", 100},
      /* nothing said */
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
    char *text = malloc(n ? n : 1);
    memcpy(text, cases[i].text, n);
    int32_t got = moat__json_seconds((moat_span){text, n});
    if (got != cases[i].expected) fail_msg("%s: %d", cases[i].text, got);
    free(text);
  }
  assert_int_equal(moat__json_seconds((moat_span){NULL, 0}), -1);
}

static void joins(const char *raw, const char *expected) {
  size_t n = strlen(raw);
  char *copy = malloc(n);
  memcpy(copy, raw, n);
  int got = moat__json_join(copy, n);
  assert_int_equal(got, expected ? (int)strlen(expected) : -1);
  if (expected) assert_memory_equal(copy, expected, (size_t)got);
  free(copy);
}

static void test_join(void **state) {
  (void)state;
  joins("[]", "");
  joins("[ ]", "");
  joins("[\"a\"]", "a");
  joins("[\"a\",\"b\"]", "a b");
  joins("[\r\n \"a\" ,\t\"b:c\" , \"d\" ]", "a b:c d");
  joins("[\"\\u0041\\\"\",\"]\\\\\"]", "A\" ]\\");
  joins("[\"\",\"a\",\"\",\"b\"]", "a b");
  joins("[1]", NULL);
  joins("[\"a\",null]", NULL);
  joins("[\"a\",[\"b\"]]", NULL);
  joins("[{}]", NULL);
  joins("[\"\\ud800\"]", NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_grammar),          cmocka_unit_test(test_nul),
      cmocka_unit_test(test_every_cut),        cmocka_unit_test(test_depth),
      cmocka_unit_test(test_mixed_depth),      cmocka_unit_test(test_kinds),
      cmocka_unit_test(test_first_level_only), cmocka_unit_test(test_all_members),
      cmocka_unit_test(test_escapes),          cmocka_unit_test(test_reply_errors),
      cmocka_unit_test(test_scratch),          cmocka_unit_test(test_too_long),
      cmocka_unit_test(test_seconds),          cmocka_unit_test(test_join),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
