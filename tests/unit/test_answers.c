/* Answers to a refresh, of every size and status, and what they leave of the connection. */
#include "exact_account.h"
#include "http/http.h"

/* ---- An account over what is stored ---- */

/* A proxy may send a 5xx after the server has answered, so the mark stays. */
static void test_definite(void **state) {
  exact *f = *state;
  static const struct {
    const char *status;
    bool marked;
  } cases[] = {{"499 No", false}, {"500 No", true}, {"599 No", true}, {"400 No", false}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    memset(f->m.sizes, 0, sizeof f->m.sizes);
    account *a = account_of(f, "AT.1");
    exact_answer(f, cases[i].status, "{}");
    assert_true(run_account(a, moat_account_refresh(&a->a)) < 0);
    assert_int_equal(moat_store_load(&a->store), 0);
    if (a->store.note.marked != cases[i].marked) fail_msg("%s", cases[i].status);
    close_account(a);
  }
}

/* ---- Connections ---- */

/* A second answer that nobody asked for must not be taken for the next request's. */
static void test_bytes_after_the_answer(void **state) {
  exact *f = *state;
  assert_int_equal(exact_refresh(f), 0);
  assert_true(f->s.open); /* kept open without extra bytes */
  f->s.given = 0;
  f->s.stutter = true; /* so that the idle connection seems quiet */
  f->s.calls = 0;
  strcat(f->answer, "HTTP/1.1 200 OK\r\n");
  f->s.answer_size = strlen(f->answer);
  assert_int_equal(exact_refresh(f), 0);
  assert_int_equal(f->s.connects, 1); /* on the same connection */
  assert_false(f->s.open);
}

/* A body without a length ends with the stream, and so does the connection. */
static void test_answer_until_the_end(void **state) {
  exact *f = *state;
  f->s.answer_size = (size_t)snprintf(
      f->answer, sizeof f->answer,
      "HTTP/1.1 200 OK\r\n\r\n{\"access_token\":\"AT.3\",\"token_type\":\"Bearer\"}");
  f->s.end = MOAT_E_EOF;
  assert_int_equal(exact_refresh(f), 0);
  assert_string_equal(f->access, "AT.3");
  assert_false(f->s.open);
}

/* An open connection is reused for the same host and port, whatever the path. */
static void test_another_server(void **state) {
  exact *f = *state;
  static const struct {
    moat_endpoint endpoint;
    bool same;
  } cases[] = {{{"login.example", 443, "/other"}, true},
               {{"login.example", 8443, "/token"}, false},
               {{"login.exampl", 443, "/token"}, false},
               {{"login.example.org", 443, "/token"}, false}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    f->g.grant.endpoint = &exact_endpoint;
    moat_cancel(&f->c);
    f->s.given = 0;
    f->s.connects = 0;
    assert_int_equal(exact_refresh(f), 0);
    f->g.grant.endpoint = &cases[i].endpoint;
    assert_int_equal(moat_refresh_begin(&f->c, &f->g), 0);
    assert_int_equal(moat_step(&f->c), cases[i].same ? MOAT_WANT_READ : 0);
    if (f->s.connects != (cases[i].same ? 1 : 2))
      fail_msg("%s %u", cases[i].endpoint.host, cases[i].endpoint.port);
  }
}

/* ---- What is in an answer ---- */

static void answer_chunked(exact *f, const char *size) {
  static const char body[] = "{\"access_token\":\"AT.2\",\"token_type\":\"Bearer\"}";
  assert_int_equal(sizeof body - 1, 0x2d);
  f->s.answer_size = (size_t)snprintf(
      f->answer, sizeof f->answer,
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%s\r\n%s\r\n0\r\n\r\n", size, body);
  f->s.given = 0;
  f->s.end = MOAT_E_EOF;
}

/* The size is 2d. Numbers whose low digits are 2d must not be cut down to it. */
static void test_chunk_sizes(void **state) {
  exact *f = *state;
  static const struct {
    const char *size;
    int result;
  } cases[] = {{"2d", 0},
               {"2D", 0},
               {"0000000000000000002d", 0},
               {"2d;a=b", 0},
               {"2d ;a", 0},
               {"10000002d", MOAT_E_HTTP},
               {"f0000002d", MOAT_E_HTTP},
               {"fffffffff2d", MOAT_E_HTTP},
               {"10000000000000002d", MOAT_E_HTTP},
               {"100000000000000000000002d", MOAT_E_HTTP},
               {"1000002d", MOAT_E_SPACE},
               {"0x2d", MOAT_E_HTTP},
               {"2 d", MOAT_E_HTTP},
               {" 2d", MOAT_E_HTTP},
               {"+2d", MOAT_E_HTTP},
               {"-2d", MOAT_E_HTTP},
               {";a=b", MOAT_E_HTTP},
               {"2d\x7f", MOAT_E_HTTP},
               {"2g", MOAT_E_HTTP}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    moat_cancel(&f->c);
    answer_chunked(f, cases[i].size);
    int r = exact_refresh(f);
    if (r != cases[i].result) fail_msg("'%s': %d", cases[i].size, r);
  }
}

static int saved(void *ctx, const moat_token *token) {
  *(size_t *)ctx = token->refresh_token.n;
  return 0;
}

/* A token consists of VSCHARs (RFC 6749 A.12 and A.17). Other characters never get into a header or
 * the store. */
static void test_token_characters(void **state) {
  exact *f = *state;
  static const moat_keeper_ops keeper = {.save = saved};
  static const struct {
    const char *json;
    bool good;
  } cases[] = {{" ", true},         {"~", true},       {"\x7f", false},
               {"\\u001f", false},  {"\\n", false},    {"\\u0080", false},
               {"\xc2\xa0", false}, {"\\u007e", true}, {"\\u007f", false}};
  char body[300];
  static size_t stored;
  f->g.grant.keeper = &keeper;
  f->g.grant.keeper_ctx = &stored;
  for (size_t i = 0; i < COUNT(cases); i++) {
    bool good = cases[i].good;
    snprintf(body, sizeof body,
             "{\"token_type\":\"Bearer\",\"access_token\":\"A%sT\",\"refresh_token\":\"RT\"}",
             cases[i].json);
    exact_answer(f, "200 OK", body);
    if (exact_refresh(f) != (good ? 0 : MOAT_E_REPLY)) fail_msg("access %s", cases[i].json);
    assert_int_equal(stored, 2); /* nevertheless */
    stored = 99;
    snprintf(body, sizeof body,
             "{\"token_type\":\"Bearer\",\"access_token\":\"AT\",\"refresh_token\":\"R%sT\"}",
             cases[i].json);
    exact_answer(f, "200 OK", body);
    (void)exact_refresh(f);
    if ((stored == 3) != good) fail_msg("refresh %s", cases[i].json);
  }
}

static void test_statuses(void **state) {
  exact *f = *state;
  static const struct {
    const char *status;
    int result;
  } cases[] = {{"200 OK", 0},
               {"299 Odd", 0},
               {"300 Choices", MOAT_E_STATUS},
               {"302 Found", MOAT_E_STATUS},
               {"400 No", MOAT_E_STATUS},
               {"599 No", MOAT_E_STATUS}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    answer_with_token(f, "AT.2");
    char body[300];
    snprintf(body, sizeof body, "%s", strstr(f->answer, "{"));
    exact_answer(f, cases[i].status, body);
    if (exact_refresh(f) != cases[i].result) fail_msg("%s", cases[i].status);
  }
  static const char *const none[] = {":00", "20:", "2/0", "099"};
  for (size_t i = 0; i < COUNT(none); i++) {
    exact_answer(f, none[i], "{}");
    assert_int_equal(exact_refresh(f), MOAT_E_HTTP);
  }
}

/* Entra's number follows "AADSTS". Anything else gives 0. */
static void test_provider_code(void **state) {
  exact *f = *state;
  static const struct {
    const char *description;
    int32_t code;
  } cases[] = {{"AADSTS70008: x", 70008},
               {"AADSTS70008", 70008},
               {"AADSTS7000218:x", 7000218},
               {"AADSTS", 0},
               {"AADST", 0},
               {"AADSTSx", 0},
               {"AADSTS/:", 0},
               {"AADSTS99999999999999", 0}};
  char body[200];
  for (size_t i = 0; i < COUNT(cases); i++) {
    snprintf(body, sizeof body, "{\"error\":\"invalid_grant\",\"error_description\":\"%s\"}",
             cases[i].description);
    exact_answer(f, "400 No", body);
    assert_int_equal(exact_refresh(f), MOAT_E_OAUTH);
    if (moat_error(&f->c)->provider_code != cases[i].code)
      fail_msg("%s: %d", cases[i].description, moat_error(&f->c)->provider_code);
  }
}

/* Seconds with a fraction, or a date. Anything malformed is ignored. */
static void test_retry_after(void **state) {
  (void)state;
  static const char now[] = "Fri, 01 Mar 2024 00:00:10 GMT";
  static const struct {
    const char *value;
    uint32_t seconds;
  } cases[] = {{"0", 0},
               {"1.x", 0},
               {"5.x", 0},
               {"1.", 0},
               {"x.5", 0},
               {".5", 0},
               {"1.0", 1},
               {"1.01", 2},
               {"3600", MOAT_RETRY_AFTER_MAX},
               {"3601", MOAT_RETRY_AFTER_MAX},
               {"2147483638", MOAT_RETRY_AFTER_MAX},
               {"2147483648", MOAT_RETRY_AFTER_MAX},
               {"4294967297", MOAT_RETRY_AFTER_MAX},
               {"99999999999999999999", MOAT_RETRY_AFTER_MAX},
               {"99999999999999999999.5", MOAT_RETRY_AFTER_MAX},
               {"3599.00000000001", MOAT_RETRY_AFTER_MAX},
               {"1.99999999999999", 2},
               {"99999999999s", 0},
               {"Sat, 02 Mar 2024 00:00:05 GMT", MOAT_RETRY_AFTER_MAX},
               {"Mon, 01 Apr 2024 00:00:05 GMT", MOAT_RETRY_AFTER_MAX},
               {"Wed, 01 Jan 2025 00:00:05 GMT", MOAT_RETRY_AFTER_MAX},
               /* in the past, on another day */
               {"Thu, 29 Feb 2024 23:59:59 GMT", 0},
               {"Thu, 29 Feb 2024 00:00:11 GMT", 0},
               {"Wed, 31 Jan 2024 00:00:11 GMT", 0},
               {"Sun, 31 Dec 2023 00:00:11 GMT", 0},
               {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
               {"Fri, 01 Mar 2024 00:00:11 GMT", 1},
               {"Fri, 01 Mar 2024 00:00:10 GMT", 0},
               {"Fri, 01 Mar 2024 00:0x:11 GMT", 0},
               {"Fri, 01 Mar 2024 00:00:11 GM", 0}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    uint32_t seconds = moat__retry_after(moat_str(cases[i].value), moat_str(now));
    if (seconds != cases[i].seconds) fail_msg("%s: %u", cases[i].value, seconds);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      EXACT(test_definite),
      EXACT(test_bytes_after_the_answer),
      EXACT(test_answer_until_the_end),
      EXACT(test_another_server),
      EXACT(test_chunk_sizes),
      EXACT(test_token_characters),
      EXACT(test_statuses),
      EXACT(test_provider_code),
      cmocka_unit_test(test_retry_after),
  };
  return cmocka_run_group_tests_name("answers", tests, NULL, NULL);
}
