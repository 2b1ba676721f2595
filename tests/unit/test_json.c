/* The checker against RFC 8259: grammar, UTF-8, depth, and how much scratch memory it needs. */
#include <stdio.h>

#include "json_fixture.h"
#include "json/json.h"

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
    /* the grammar allows these if nobody reads them */
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
    /* not a single object */
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
    /* what jsmn accepts */
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
    /* UTF-8 that swallows the end, or is not a string */
    "{\"a\":\"\xC3}",
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
    is(good[i], 0);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    size_t n = strlen(bad[i]);
    char *text = exact(bad[i], n);
    moat_span values[NAMES] = {{NULL, 0}};
    moat__members m = {names, values, NAMES};
    is(bad[i], MOAT_E_JSON);
    char scratch[8];
    assert_int_equal(moat__json_read(text, n, scratch, sizeof scratch, &m), MOAT_E_JSON);
    free(text);
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

/* No object is complete before its last byte, and every byte of it is checked. */
static void test_every_cut(void **state) {
  (void)state;
  static const char text[] =
      "{\"a\":[1.5e+3,{\"\\u00e9\xE2\x82\xAC\\n\":true}],\"b\":null,\"token\":\"x\"}";
  for (size_t n = 0; n < sizeof text - 1; n++)
    is_result(text, n, MOAT_E_JSON);
  is_result(text, sizeof text - 1, 0);
}

/* Brackets only: objects and arrays in turn, or by the bits of a number. */
static size_t nested(char *text, size_t depth, uint32_t objects, bool whole) {
  size_t n = (size_t)sprintf(text, "{\"x\":");
  for (size_t i = 0; i < depth; i++)
    n += (size_t)sprintf(text + n, objects >> i % 32 & 1 ? "{\"\":" : "[");
  text[n++] = '0';
  for (size_t i = depth; whole && i-- > 0;)
    text[n++] = objects >> i % 32 & 1 ? '}' : ']';
  return n + (size_t)sprintf(text + n, ",\"a\":1}");
}

/* At any depth each level remembers what it is. With one bracket of the wrong kind it is not JSON.
 * */
static void test_depth(void **state) {
  (void)state;
  static char text[80000];
  static const size_t depths[] = {1, 2, 7, 8, 9, 16, 17, 31, 32, 33, 63, 64, 65, 100, 1000, 10000};
  static const uint32_t patterns[] = {0, 0xffffffff, 0x55555555, 0xdeadbeef, 0x80000001};
  for (size_t i = 0; i < sizeof depths / sizeof *depths; i++)
    for (size_t k = 0; k < sizeof patterns / sizeof *patterns; k++) {
      size_t depth = depths[i], n = nested(text, depth, patterns[k], true);
      is_result(text, n, 0);
      char *closers = text + n - strlen(",\"a\":1}") - depth;
      for (size_t at = 0; at < depth; at += 1 + depth / 50) {
        closers[at] ^= ']' ^ '}';
        is_result(text, n, MOAT_E_JSON);
        closers[at] ^= ']' ^ '}';
      }
      is_result(text, nested(text, depth, patterns[k], false), MOAT_E_JSON);
    }
}

/* Each level takes one bit of the scratch, at any alignment. Nothing after the scratch is touched.
 * */
static void test_scratch(void **state) {
  (void)state;
  static char text[8000];
  for (size_t depth = 1; depth < 1000; depth += 1 + depth / 7) {
    size_t n = nested(text, depth, 0xabcdef01, true), enough = (depth + 7) / 8;
    for (size_t offset = 0; offset < 4; offset++) {
      char *block = malloc(enough + offset);
      reading r = read_with(text, n, block + offset, enough - 1);
      assert_int_equal(r.result, MOAT_E_SPACE);
      assert_int_equal(r.e.body, MOAT_BODY_DROPPED);
      done(r);
      r = read_with(text, n, block + offset, enough);
      assert_int_equal(r.result, 0);
      assert_true(moat_span_equal(r.v[A], moat_str("1")));
      done(r);
      free(block);
    }
  }
}

/* A list takes tokens. One that does not fit counts as absent. */
static void test_list_scratch(void **state) {
  (void)state;
  static const char text[] = "{\"list\":[\"1\",\"2\",\"3\",\"4\"],\"a\":\"v\"}";
  size_t least = 0;
  for (size_t size = 0; size < 200; size++) {
    char *scratch = malloc(size + 1);
    reading r = read_with(text, sizeof text - 1, scratch + 1, size); /* oddly aligned */
    moat_span list = r.v[LIST];
    if (size) assert_int_equal(r.result, 0);
    if (!r.result) assert_true(moat_span_equal(r.v[A], moat_str("v")));
    assert_true(!list.n || moat_span_equal(list, moat_str("1 2 3 4")));
    if (list.n && !least) least = size;
    assert_int_equal(list.n > 0, least > 0);
    done(r);
    free(scratch);
  }
  assert_in_range(least, 5 * 16, 5 * 20 + 3);
}

/* None of these takes scratch. */
static void test_no_scratch(void **state) {
  (void)state;
  static const char text[] = "{\"x\":1,\"a\":\"v\",\"list\":\"w\",\"token\":\"t\"}";
  reading r = read_with(text, sizeof text - 1, NULL, 0);
  assert_int_equal(r.result, 0);
  assert_true(moat_span_equal(r.v[TOKEN], moat_str("t")));
  done(r);
}

static void test_many_members(void **state) {
  (void)state;
  static char text[100000];
  size_t n = (size_t)sprintf(text, "{");
  for (int i = 0; i < 5000; i++)
    n += (size_t)sprintf(text + n, "\"x%d\":[%d,{}],", i, i);
  n += (size_t)sprintf(text + n, "\"a\":1}");
  reading r = read_with(text, n, (char[1]){0}, 1);
  assert_int_equal(r.result, 0);
  assert_true(moat_span_equal(r.v[A], moat_str("1")));
  done(r);
}

/* A level remembers whether it is an object or an array, at every depth. */
static void test_mixed_depth(void **state) {
  (void)state;
  is("{\"x\":[{\"x\":[{\"x\":[{}]}]}]}", 0);
  is("{\"x\":[{\"x\":[{\"x\":[{}]]}]}", MOAT_E_JSON);
  is("{\"x\":[{\"x\":[{\"x\":[{}}]}]}", MOAT_E_JSON);
  is("{\"x\":[{\"x\":[]},1,{\"x\":{}}]}", 0);
  is("{\"x\":[{\"x\":[]},\"y\":{}]}", MOAT_E_JSON);
}

static void test_too_long(void **state) {
  (void)state;
  char text[] = "{}";
  moat_span values[NAMES] = {{NULL, 0}};
  moat__members m = {names, values, NAMES};
  assert_int_equal(moat__json_read(text, SIZE_MAX, NULL, 0, &m), MOAT_E_JSON);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_grammar),      cmocka_unit_test(test_nul),
      cmocka_unit_test(test_every_cut),    cmocka_unit_test(test_depth),
      cmocka_unit_test(test_mixed_depth),  cmocka_unit_test(test_scratch),
      cmocka_unit_test(test_list_scratch), cmocka_unit_test(test_no_scratch),
      cmocka_unit_test(test_many_members), cmocka_unit_test(test_too_long),
  };
  return cmocka_run_group_tests_name("json: grammar", tests, NULL, NULL);
}
