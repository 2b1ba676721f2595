/* The checker against RFC 8259, and what is read of an object it lets through, or of a form. */
#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>

#include "json/json.h"
#include "json/members.h"

enum { A, B, TOKEN, LIST, CODES, NEVER, NAMES };
static const moat__member names[NAMES] = {[A] = {"a", MOAT__STRING | MOAT__NUMBER},
                                          [B] = {"b", MOAT__NUMBER},
                                          [TOKEN] = {"token", MOAT__VSCHAR},
                                          [LIST] = {"list", MOAT__STRING | MOAT__LIST},
                                          [CODES] = {"codes", MOAT__NUMBER | MOAT__LIST},
                                          [NEVER] = {"never", 0}};

typedef struct {
  int result;
  moat_error_info e;
  size_t n;
  char *text; /* kept for the views, freed by done() */
  moat_span v[NAMES];
} reading;

/* Exactly as large as it is, so that a sanitizer sees a byte too many. */
static char *exact(const char *text, size_t n) {
  char *p = malloc(n ? n : 1);
  if (n) memcpy(p, text, n);
  return p;
}

static reading read_with(const char *text, size_t n, void *scratch, size_t scratch_size) {
  reading r = {.n = n, .text = exact(text, n)};
  moat_reply reply = {
      .body = r.text, .body_size = n, .scratch = scratch, .scratch_size = scratch_size};
  r.e.body = 99;
  r.result = moat__members_read(&reply, names, r.v, NAMES, &r.e);
  return r;
}

static reading read_bytes(const char *text, size_t n) {
  static unsigned char scratch[4096];
  return read_with(text, n, scratch + 1, sizeof scratch - 1);
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

/* The value of a member of an object that is read; NULL: there is none. */
static void is_value(const char *json, unsigned member, const char *text) {
  reading r = read_text(json);
  if (r.result != 0) fail_msg("%s: %d", json, r.result);
  if (!moat_span_equal(r.v[member], moat_str(text)))
    fail_msg("%s: %.*s", json, (int)r.v[member].n, r.v[member].p);
  if (!text) assert_null(r.v[member].p);
  done(r);
}

static bool holds(const char *p, size_t n, const char *text) {
  size_t size = strlen(text);
  for (size_t i = 0; i + size <= n; i++)
    if (memcmp(p + i, text, size) == 0) return true;
  return false;
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
    /* UTF-8 that swallows the end, or is no string */
    "{\"a\":\"\xC3}",
    "{\xC3\xA9:1}",
    "{\"a\":\xC3\xA9}",
    "{\xC2\xA0}",
    "{\"a\":1}\xC2\xA0",
    "{\f}",
    "{\v}",
};

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

/* No object is complete before its last byte, and no byte of it can be left out of the check. */
static void test_every_cut(void **state) {
  (void)state;
  static const char text[] =
      "{\"a\":[1.5e+3,{\"\\u00e9\xE2\x82\xAC\\n\":true}],\"b\":null,\"token\":\"x\"}";
  for (size_t n = 0; n < sizeof text - 1; n++)
    is_result(text, n, MOAT_E_JSON);
  is_result(text, sizeof text - 1, 0);
}

/* Brackets only, objects and arrays by turns or by the bits of a number. */
static size_t nested(char *text, size_t depth, uint32_t objects, bool whole) {
  size_t n = (size_t)sprintf(text, "{\"x\":");
  for (size_t i = 0; i < depth; i++)
    n += (size_t)sprintf(text + n, objects >> i % 32 & 1 ? "{\"\":" : "[");
  text[n++] = '0';
  for (size_t i = depth; whole && i-- > 0;)
    text[n++] = objects >> i % 32 & 1 ? '}' : ']';
  return n + (size_t)sprintf(text + n, ",\"a\":1}");
}

/* Any depth, and each level remembers what it is: with one bracket turned round it is no JSON. */
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

/* A bit of the scratch for each level, at any alignment; nothing behind the scratch is touched. */
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

/* A list takes tokens. One that does not fit is as good as absent. */
static void test_list_scratch(void **state) {
  (void)state;
  static const char text[] = "{\"list\":[\"1\",\"2\",\"3\",\"4\"],\"a\":\"v\"}";
  size_t least = 0;
  for (size_t size = 0; size < 200; size++) {
    char *scratch = malloc(size + 1);
    reading r = read_with(text, sizeof text - 1, scratch + 1, size); /* of odd alignment */
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

/* Nothing of these takes scratch. */
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

/* Nothing about one member costs another, and none hides a usable one of its name. */
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
      "\"\xED\xA0\xBD\xED\xB8\x80\"", /* a pair in the bytes, as CESU-8 has it */
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

/* Who moves a token away wipes the place; nothing else of it may be left. */
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

static void test_too_long(void **state) {
  (void)state;
  char text[] = "{}";
  moat_span values[NAMES] = {{NULL, 0}};
  moat__members m = {names, values, NAMES};
  assert_int_equal(moat__json_read(text, SIZE_MAX, NULL, 0, &m), MOAT_E_JSON);
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
      {"never=1", NEVER, "1"}, /* its name is for forms */
      {"codes=1", CODES, "1"},
      {"a=%c3%a9", A, "\xC3\xA9"},
      {"token=t\r\n", TOKEN, "t"},
      /* What is in front of JSON may be in front of it, and an empty pair. */
      {"\xEF\xBB\xBFtoken=t", TOKEN, "t"},
      {" \t\r\ntoken=t", TOKEN, "t"},
      {"\xEF\xBB\xBF\n&token=t\n", TOKEN, "t"},
      {"&&token=t", TOKEN, "t"},
      /* Nothing else is said by a value. */
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
      /* What is wrong with one pair costs no other. */
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
      /* text that holds a link, a page's source, a log line */
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
    char *text = exact(cases[i].text, n);
    int32_t got = moat__json_seconds((moat_span){text, n});
    if (got != cases[i].expected) fail_msg("%s: %d", cases[i].text, got);
    free(text);
  }
  assert_int_equal(moat__json_seconds((moat_span){NULL, 0}), -1);
}

/* A good answer with bytes cut off, changed and put in. What comes out is one of the three results,
 * views lie in the body, and a sanitizer sees the rest. */
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
      cmocka_unit_test(test_grammar),      cmocka_unit_test(test_nul),
      cmocka_unit_test(test_every_cut),    cmocka_unit_test(test_depth),
      cmocka_unit_test(test_mixed_depth),  cmocka_unit_test(test_scratch),
      cmocka_unit_test(test_list_scratch), cmocka_unit_test(test_no_scratch),
      cmocka_unit_test(test_many_members), cmocka_unit_test(test_kinds),
      cmocka_unit_test(test_list),         cmocka_unit_test(test_first_level_only),
      cmocka_unit_test(test_all_members),  cmocka_unit_test(test_escapes),
      cmocka_unit_test(test_unusable),     cmocka_unit_test(test_last_counts),
      cmocka_unit_test(test_wiped),        cmocka_unit_test(test_body),
      cmocka_unit_test(test_too_long),     cmocka_unit_test(test_form),
      cmocka_unit_test(test_seconds),      cmocka_unit_test(test_damaged),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
