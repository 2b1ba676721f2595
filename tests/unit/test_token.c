/* Answers of token endpoints, and what they mean by status and body. */
#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>

#include "text/text.h"
#include "grant/token.h"

typedef struct {
  int result, late;
  moat_token token;
  moat_error_info e;
  char *body; /* for the views; freed by done() */
} answer;

/* Exactly as large as it is, so that a sanitizer sees a byte too many. */
static answer read_bytes(int status, const char *body, size_t n) {
  static char scratch[4096];
  answer a = {.late = 99, .token = {.expires_in = 99}, .body = malloc(n ? n : 1)};
  memcpy(a.body, body, n);
  moat_reply r = {.status = status,
                  .body = a.body,
                  .body_size = n,
                  .scratch = scratch,
                  .scratch_size = sizeof scratch};
  a.result = moat__token_read(&r, &a.token, &a.late, &a.e);
  return a;
}

static answer read_answer(int status, const char *body) {
  return read_bytes(status, body, strlen(body));
}

static void done(answer a) {
  free(a.body);
}

static bool is(moat_span s, const char *text) {
  return moat_span_equal(s, moat_str(text));
}

static void test_token(void **state) {
  (void)state;
  answer a =
      read_answer(200, "{\"access_token\":\"AT\",\"token_type\":\"bEARER\",\"expires_in\":3599,"
                       "\"refresh_token\":\"RT\",\"scope\":\"a b\",\"id_token\":\"x.y.z\"}");
  assert_int_equal(a.result, 0);
  assert_int_equal(a.late, 0);
  assert_true(is(a.token.access_token, "AT") && is(a.token.refresh_token, "RT"));
  assert_true(is(a.token.token_type, "bEARER") && is(a.token.scope, "a b"));
  assert_true(is(a.token.id_token, "x.y.z"));
  assert_int_equal(a.token.expires_in, 3599);
  assert_int_equal(a.e.body, MOAT_BODY_OBJECT);
  done(a);
}

/* A member that is wrong does not affect the others. */
static void test_tokens_in_it(void **state) {
  (void)state;
  static const struct {
    const char *members, *access, *refresh, *scope;
    int32_t expires;
    int late;
  } cases[] = {
      {"\"access_token\":\"A\"", "A", NULL, NULL, -1, 0},
      {"\"access_token\":\"A\",\"refresh_token\":\"R\"", "A", "R", NULL, -1, 0},
      /* no usable access token */
      {"\"refresh_token\":\"R\"", NULL, "R", NULL, -1, MOAT_E_REPLY},
      {"\"refresh_token\":\"R\",\"access_token\":5", NULL, "R", NULL, -1, MOAT_E_REPLY},
      {"\"refresh_token\":\"R\",\"access_token\":\"\"", NULL, "R", NULL, -1, MOAT_E_REPLY},
      {"\"refresh_token\":\"R\",\"access_token\":[\"A\"]", NULL, "R", NULL, -1, MOAT_E_REPLY},
      {"\"refresh_token\":\"R\",\"access_token\":\"\\u00e9\"", NULL, "R", NULL, -1, MOAT_E_REPLY},
      {"\"refresh_token\":\"R\",\"access_token\":\"a\\nb\"", NULL, "R", NULL, -1, MOAT_E_REPLY},
      {"\"refresh_token\":\"R\",\"access_token\":\"a\x7f\"", NULL, "R", NULL, -1, MOAT_E_REPLY},
      {"\"token_type\":\"mac\",\"refresh_token\":\"R\"", NULL, "R", NULL, -1, MOAT_E_REPLY},
      {"", NULL, NULL, NULL, -1, MOAT_E_REPLY},
      {"\"device_code\":\"D\"", NULL, NULL, NULL, -1, MOAT_E_REPLY},
      /* another type */
      {"\"access_token\":\"A\",\"token_type\":\"mac\",\"refresh_token\":\"R\"", "A", "R", NULL, -1,
       MOAT_E_TYPE},
      {"\"access_token\":\"A\",\"token_type\":\"mac\",\"token_type\":\"Bearer\"", "A", NULL, NULL,
       -1, 0},
      {"\"access_token\":\"A\",\"token_type\":\"Bearer\",\"token_type\":\"mac\"", "A", NULL, NULL,
       -1, MOAT_E_TYPE},
      {"\"access_token\":\"A\",\"token_type\":null", "A", NULL, NULL, -1, 0},
      {"\"access_token\":\"A\",\"token_type\":[\"mac\"]", "A", NULL, NULL, -1, 0},
      {"\"access_token\":\"A\",\"token_type\":\"\\ud800\"", "A", NULL, NULL, -1, 0},
      /* no usable refresh token: the old one stays */
      {"\"access_token\":\"A\",\"refresh_token\":7", "A", NULL, NULL, -1, 0},
      {"\"access_token\":\"A\",\"refresh_token\":\"\"", "A", NULL, NULL, -1, 0},
      {"\"access_token\":\"A\",\"refresh_token\":\"\\u0000\"", "A", NULL, NULL, -1, 0},
      {"\"access_token\":\"A\",\"refresh_token\":\"\xE9\"", "A", NULL, NULL, -1, 0},
      {"\"access_token\":\"A\",\"refresh_token\":\"R\",\"refresh_token\":\"\\t\"", "A", "R", NULL,
       -1, 0},
      /* scopes */
      {"\"access_token\":\"A\",\"scope\":[\"x\",\"y\"]", "A", NULL, "x y", -1, 0},
      {"\"access_token\":\"A\",\"scope\":[\"x\",1]", "A", NULL, NULL, -1, 0},
      {"\"access_token\":\"A\",\"scope\":{},\"refresh_token\":\"R\"", "A", "R", NULL, -1, 0},
      {"\"access_token\":\"A\",\"scope\":\"\\ud83d\",\"refresh_token\":\"R\"", "A", "R", NULL, -1,
       0},
      /* lives */
      {"\"access_token\":\"A\",\"expires_in\":0", "A", NULL, NULL, 0, 0},
      {"\"access_token\":\"A\",\"expires_in\":\"3600\"", "A", NULL, NULL, 3600, 0},
      {"\"access_token\":\"A\",\"expires_in\":3.6e3", "A", NULL, NULL, 3600, 0},
      {"\"access_token\":\"A\",\"expires_in\":-1", "A", NULL, NULL, -1, 0},
      {"\"access_token\":\"A\",\"expires_in\":null", "A", NULL, NULL, -1, 0},
      {"\"access_token\":\"A\",\"expires_in\":true", "A", NULL, NULL, -1, 0},
      {"\"access_token\":\"A\",\"expires_in\":[3600]", "A", NULL, NULL, -1, 0},
      {"\"access_token\":\"A\",\"expires_in\":\"\",\"refresh_token\":\"R\"", "A", "R", NULL, -1, 0},
      {"\"access_token\":\"A\",\"expires_in\":\"soon\"", "A", NULL, NULL, -1, 0},
      {"\"access_token\":\"A\",\"expires_in\":1,\"expires_in\":3153600000", "A", NULL, NULL,
       INT32_MAX, 0},
      {"\"access_token\":\"A\",\"expires\":3600", "A", NULL, NULL, -1, 0}, /* could be a date */
      {"\"access_token\":\"A\",\"expires\":\"3600\"", "A", NULL, NULL, -1, 0},
      /* an error that is not one */
      {"\"access_token\":\"A\",\"error\":false", "A", NULL, NULL, -1, 0},
      {"\"access_token\":\"A\",\"error\":0", "A", NULL, NULL, -1, 0},
      {"\"access_token\":\"A\",\"error\":\"\"", "A", NULL, NULL, -1, 0},
      {"\"access_token\":\"A\",\"error\":null", "A", NULL, NULL, -1, 0},
      {"\"access_token\":\"A\",\"error\":{\"code\":1}", "A", NULL, NULL, -1, 0},
      {"\"access_token\":\"A\",\"error\":[\"x\"]", "A", NULL, NULL, -1, 0},
      {"\"access_token\":\"A\",\"error\":\"\\ud800\"", "A", NULL, NULL, -1, 0},
      {"\"access_token\":\"A\",\"error_description\":\"x\"", "A", NULL, NULL, -1, 0},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char body[200];
    snprintf(body, sizeof body, "{%s}", cases[i].members);
    answer a = read_answer(i % 2 ? 200 : 299, body);
    const moat_token *t = &a.token;
    if (a.result || a.late != cases[i].late || !is(t->access_token, cases[i].access) ||
        !is(t->refresh_token, cases[i].refresh) || !is(t->scope, cases[i].scope) ||
        t->expires_in != cases[i].expires)
      fail_msg("%s: %d %d %d", body, a.result, a.late, t->expires_in);
    done(a);
  }
}

static void test_form(void **state) {
  (void)state;
  answer a = read_answer(200, "access_token=A%2f&expires=86400&scope=x+y&refresh_token=R&b");
  assert_int_equal(a.result, 0);
  assert_int_equal(a.late, 0);
  assert_true(is(a.token.access_token, "A/") && is(a.token.refresh_token, "R"));
  assert_true(is(a.token.scope, "x y"));
  assert_int_equal(a.token.expires_in, 86400);
  done(a);
  a = read_answer(200, "expires=5&access_token=A&expires_in=7");
  assert_int_equal(a.token.expires_in, 7);
  done(a);
  a = read_answer(200, "access_token=A&scope=x%22%2C%22refresh_token%22%3A%22INJECTED");
  assert_int_equal(a.result, 0);
  assert_int_equal(a.token.refresh_token.n, 0);
  done(a);
  a = read_answer(200, "error=bad_verification_code&error_description=The+code%22.&interval=9");
  assert_int_equal(a.result, MOAT_E_OAUTH);
  assert_true(is(a.e.error, "bad_verification_code") && is(a.e.description, "The code\"."));
  assert_int_equal(a.e.interval, 9);
  assert_int_equal(a.e.claims.n, 0);
  done(a);
  a = read_answer(400, "{\"error\":\"interaction_required\",\"claims\":\"{\\\"a\\\":{}}\"}");
  assert_int_equal(a.result, MOAT_E_OAUTH);
  assert_true(is(a.e.claims, "{\"a\":{}}"));
  done(a);
  a = read_answer(400, "{\"error\":\"interaction_required\",\"claims\":{\"a\":1}}");
  assert_int_equal(a.e.claims.n, 0);
  done(a);
  a = read_answer(200, "device_code=D&user_code=U"); /* an answer to another request */
  assert_int_equal(a.result, 0);
  assert_int_equal(a.late, MOAT_E_REPLY);
  done(a);
}

static void test_errors(void **state) {
  (void)state;
  static const struct {
    const char *members, *error, *description;
    int32_t code, interval;
  } cases[] = {
      {"\"error\":\"x\"", "x", NULL, 0, -1},
      {"\"error\":\"x\",\"error\":\"y\"", "y", NULL, 0, -1},
      {"\"error\":\"x\",\"error\":7", "x", NULL, 0, -1},
      {"\"error\":\"x\",\"access_token\":\"A\",\"refresh_token\":\"R\"", "x", NULL, 0, -1},
      {"\"error\":\"\\u0078\",\"interval\":12", "x", NULL, 0, 12},
      {"\"error\":\"x\",\"interval\":\"12.5\"", "x", NULL, 0, 12},
      {"\"error\":\"x\",\"interval\":\"soon\"", "x", NULL, 0, -1},
      /* descriptions */
      {"\"error\":\"x\",\"error_description\":\"a\"", "x", "a", 0, -1},
      {"\"error\":\"x\",\"error_description\":\"a\",\"error_description\":\"b\"", "x", "b", 0, -1},
      {"\"error\":\"x\",\"error_description\":\"a\\ud83d\"", "x", NULL, 0, -1},
      {"\"error\":\"x\",\"error_description\":\"\\u0000\"", "x", NULL, 0, -1},
      {"\"error_description\":\"caf\xE9\",\"error\":\"x\"", "x", NULL, 0, -1},
      {"\"error\":\"x\",\"error_description\":[\"a\"]", "x", NULL, 0, -1},
      /* numbers */
      {"\"error\":\"x\",\"error_codes\":[70008]", "x", NULL, 70008, -1},
      {"\"error\":\"x\",\"error_codes\":[70008,70009]", "x", NULL, 70008, -1},
      {"\"error\":\"x\",\"error_codes\":[\"a\",70008]", "x", NULL, 70008, -1},
      /* trouble that passes, wherever it is reported */
      {"\"error\":\"x\",\"error_codes\":[70008,50196]", "x", NULL, 50196, -1},
      {"\"error\":\"x\",\"error_codes\":[50196,70008]", "x", NULL, 50196, -1},
      {"\"error\":\"x\",\"error_codes\":[1,\"90033\",2],\"error_description\":\"AADSTS1: a\"", "x",
       "AADSTS1: a", 90033, -1},
      {"\"error\":\"x\",\"error_codes\":[\"70008\"]", "x", NULL, 70008, -1},
      {"\"error\":\"x\",\"error_codes\":70008", "x", NULL, 70008, -1},
      {"\"error\":\"x\",\"error_codes\":[70008],\"error_description\":\"AADSTS1: a\"", "x",
       "AADSTS1: a", 70008, -1},
      {"\"error\":\"x\",\"error_codes\":[],\"error_description\":\"AADSTS700082: a\"", "x",
       "AADSTS700082: a", 700082, -1},
      {"\"error\":\"x\",\"error_codes\":[\"a\"],\"error_description\":\"AADSTS1\"", "x", "AADSTS1",
       1, -1},
      {"\"error\":\"x\",\"error_codes\":[{}],\"error_description\":\"AADSTS90033 \"", "x",
       "AADSTS90033 ", 90033, -1},
      {"\"error\":\"x\",\"error_codes\":[99999999999],\"error_description\":\"AADSTS2\"", "x",
       "AADSTS2", 2, -1},
      {"\"error\":\"x\",\"error_codes\":[2147483648]", "x", NULL, 0, -1},
      {"\"error\":\"x\",\"error_codes\":[-5]", "x", NULL, 0, -1},
      {"\"error\":\"x\",\"error_description\":\"AADSTS\"", "x", "AADSTS", 0, -1},
      {"\"error\":\"x\",\"error_description\":\"AADST9\"", "x", "AADST9", 0, -1},
      {"\"error\":\"x\",\"error_description\":\"AADSTX9:\"", "x", "AADSTX9:", 0, -1},
      {"\"error\":\"x\",\"error_description\":\"see AADSTS9\"", "x", "see AADSTS9", 0, -1},
      {"\"error\":\"x\",\"error_description\":\"AADSTS99999999999\"", "x", "AADSTS99999999999", 0,
       -1},
  };
  static const int statuses[] = {200, 302, 400, 401, 429, 500};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    for (size_t k = 0; k < sizeof statuses / sizeof *statuses; k++) {
      char body[200];
      snprintf(body, sizeof body, "{%s}", cases[i].members);
      answer a = read_answer(statuses[k], body);
      if (a.result != MOAT_E_OAUTH || !is(a.e.error, cases[i].error) ||
          !is(a.e.description, cases[i].description) || a.e.provider_code != cases[i].code ||
          a.e.interval != cases[i].interval)
        fail_msg("%s: %d %d %d", body, a.result, a.e.provider_code, a.e.interval);
      assert_int_equal(a.e.body, MOAT_BODY_OBJECT);
      assert_int_equal(a.late, 99); /* nothing else is written */
      assert_int_equal(a.token.expires_in, 99);
      done(a);
    }
}

#define LEVELS 20
static const char deep[] = "{\"x\":[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]],\"error\":\"x\"}";

static void test_no_word_of_oauth(void **state) {
  (void)state;
  static const struct {
    int status;
    const char *body;
    int result, kind;
  } cases[] = {
      {200, "", MOAT_E_JSON, MOAT_BODY_NONE},
      {204, "\r\n", MOAT_E_JSON, MOAT_BODY_NONE},
      {200, "<html>", MOAT_E_JSON, MOAT_BODY_OTHER},
      {200, "OK", MOAT_E_JSON, MOAT_BODY_OTHER},
      {200, "{\"access_token\":\"A\"", MOAT_E_JSON, MOAT_BODY_OTHER},
      {299, "[{\"access_token\":\"A\"}]", MOAT_E_JSON, MOAT_BODY_OTHER},
      {199, "", MOAT_E_STATUS, MOAT_BODY_NONE},
      {300, "{\"access_token\":\"A\"}", MOAT_E_STATUS, MOAT_BODY_OBJECT},
      {302, "", MOAT_E_STATUS, MOAT_BODY_NONE},
      {400, "{}", MOAT_E_STATUS, MOAT_BODY_OBJECT},
      {400, "", MOAT_E_STATUS, MOAT_BODY_NONE},
      {400, "{\"error\":\"\"}", MOAT_E_STATUS, MOAT_BODY_OBJECT},
      {400, "{\"error\":{\"message\":\"m\"}}", MOAT_E_STATUS, MOAT_BODY_OBJECT},
      {400, "{\"error\":\"invalid_grant\"", MOAT_E_STATUS, MOAT_BODY_OTHER},
      {400, "expires_in=5", MOAT_E_STATUS, MOAT_BODY_OBJECT},
      {404, "Not Found", MOAT_E_STATUS, MOAT_BODY_OTHER},
      {429, "{\"message\":\"Too Many Requests\",\"error\":429}", MOAT_E_STATUS, MOAT_BODY_OBJECT},
      {503, "{\"error\":{\"code\":503}}", MOAT_E_STATUS, MOAT_BODY_OBJECT},
      {502, "<html>", MOAT_E_STATUS, MOAT_BODY_OTHER},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    answer a = read_answer(cases[i].status, cases[i].body);
    if (a.result != cases[i].result || a.e.body != cases[i].kind)
      fail_msg("%d %s: %d %d", cases[i].status, cases[i].body, a.result, a.e.body);
    assert_int_equal(a.e.error.n, 0);
    done(a);
  }
}

/* Number and description count even without a usable `error`. */
static void test_number_alone(void **state) {
  (void)state;
  static const struct {
    int status;
    const char *body;
    int result, late;
  } cases[] = {
      {400, "{\"error\":null,\"error_codes\":[50196]}", MOAT_E_STATUS, 99},
      {401, "{\"error_codes\":[7,50196]}", MOAT_E_STATUS, 99},
      {403, "{\"error\":{},\"error_description\":\"AADSTS50196: Loop.\"}", MOAT_E_STATUS, 99},
      {404, "{\"error\":\"\",\"error_codes\":\"50196\"}", MOAT_E_STATUS, 99},
      {200, "{\"error\":400,\"error_codes\":[50196]}", 0, MOAT_E_REPLY},
      {200, "{\"access_token\":\"A\",\"error_codes\":[50196]}", 0, 0},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    answer a = read_answer(cases[i].status, cases[i].body);
    assert_int_equal(a.result, cases[i].result);
    assert_int_equal(a.late, cases[i].late);
    assert_int_equal(a.e.provider_code, 50196);
    assert_int_equal(a.e.error.n, 0);
    done(a);
  }
}

/* If the HTTP reader dropped the body, or it is nested too deeply, the status decides. */
static void test_no_room(void **state) {
  (void)state;
  static const struct {
    int status, dropped, deep;
  } cases[] = {
      {200, MOAT_E_JSON, MOAT_E_SPACE},    {299, MOAT_E_JSON, MOAT_E_SPACE},
      {300, MOAT_E_STATUS, MOAT_E_STATUS}, {399, MOAT_E_STATUS, MOAT_E_STATUS},
      {400, MOAT_E_SPACE, MOAT_E_SPACE},   {401, MOAT_E_SPACE, MOAT_E_SPACE},
      {408, MOAT_E_STATUS, MOAT_E_STATUS}, {429, MOAT_E_STATUS, MOAT_E_STATUS},
      {499, MOAT_E_SPACE, MOAT_E_SPACE},   {500, MOAT_E_STATUS, MOAT_E_STATUS},
      {599, MOAT_E_STATUS, MOAT_E_STATUS}, {600, MOAT_E_STATUS, MOAT_E_STATUS},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char body[sizeof deep], scratch[LEVELS / 8];
    moat_token token;
    int late;
    moat_error_info e = {.needed = 12345};
    moat_reply r = {.status = cases[i].status, .dropped = true};
    assert_int_equal(moat__token_read(&r, &token, &late, &e), cases[i].dropped);
    assert_int_equal(e.needed, 12345);
    assert_int_equal(e.body, MOAT_BODY_DROPPED);
    memcpy(body, deep, sizeof deep);
    r = (moat_reply){.status = cases[i].status,
                     .body = body,
                     .body_size = sizeof deep - 1,
                     .scratch = scratch,
                     .scratch_size = sizeof scratch};
    assert_int_equal(moat__token_read(&r, &token, &late, &e), cases[i].deep);
    assert_int_equal(e.needed, 12345);
    assert_int_equal(e.body, MOAT_BODY_DROPPED);
  }
  answer a = read_answer(400, deep);
  assert_int_equal(a.result, MOAT_E_OAUTH);
  done(a);
}

/* Cut at any byte it is not an object, and each of its bytes may be anything. */
static void test_damaged(void **state) {
  (void)state;
  static const char good[] = "{\"access_token\":\"A\\u0054\",\"expires_in\":3.6e3,\"refresh_"
                             "token\":\"R\",\"scope\":[\"a\","
                             "\"b\"],\"error\":false,\"error_codes\":[1],\"x\":{\"y\":[{}]}}";
  for (size_t n = 0; n < sizeof good - 1; n++) {
    answer a = read_bytes(200, good, n);
    assert_int_equal(a.result, MOAT_E_JSON);
    assert_int_equal(a.token.expires_in, 99);
    done(a);
  }
  for (size_t at = 0; at < sizeof good - 1; at++)
    for (int byte = 0; byte < 256; byte++) {
      char copy[sizeof good];
      memcpy(copy, good, sizeof good);
      copy[at] = (char)byte;
      answer a = read_bytes(200, copy, sizeof good - 1);
      assert_true(a.result == 0 || a.result == MOAT_E_JSON || a.result == MOAT_E_OAUTH);
      for (size_t i = 0; a.result == 0 && i < a.token.refresh_token.n; i++)
        assert_in_range(a.token.refresh_token.p[i], ' ', '~');
      done(a);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_token),
      cmocka_unit_test(test_tokens_in_it),
      cmocka_unit_test(test_form),
      cmocka_unit_test(test_errors),
      cmocka_unit_test(test_no_word_of_oauth),
      cmocka_unit_test(test_number_alone),
      cmocka_unit_test(test_no_room),
      cmocka_unit_test(test_damaged),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
