/* Exchanges over a scripted stream: requests, answers, and that the refresh token is stored first.
 * */
#include "engine_fixture.h"

static void test_refresh(void **state) {
  fixture *f = *state;
  assert_int_equal(run_refresh(f), 0);
  assert_span(f->refresh.grant.token.access_token, "AT.1");
  assert_string_equal(f->access, "AT.1");
  assert_span(f->refresh.grant.token.refresh_token, "RT.2");
  assert_span(f->refresh.grant.token.scope, "a b");
  assert_int_equal(f->refresh.grant.token.expires_in, 3599);
  f->s.sent[f->s.sent_size] = 0;
  assert_string_equal(
      f->s.sent,
      "POST /common/oauth2/v2.0/token HTTP/1.1\r\nHost: login.example\r\n"
      "User-Agent: " MOAT_USER_AGENT "\r\nAccept: application/json\r\n"
      "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 103\r\n\r\n"
      "client_id=client+id&client_secret=canary%7Esecret.value_1-x&grant_type=refresh_token"
      "&refresh_token=RT.1");
  assert_no_canary(f);
  assert_int_equal(moat_step(&f->c), 0);
}

static void test_code(void **state) {
  fixture *f = *state;
  assert_int_equal(moat_code_begin(&f->c, &f->code), 0);
  assert_int_equal(moat_run(&f->c), 0);
  assert_span(f->code.grant.token.refresh_token, "RT.2");
  assert_true(holds(f->s.sent, f->s.sent_size,
                    "&grant_type=authorization_code&code=the%2Fcode&redirect_uri=http%3A%2F%2F"
                    "localhost&code_verifier=" VERIFIER));
  assert_no_canary(f);
}

static void test_authentication(void **state) {
  fixture *f = *state;
  f->auth = (moat_auth){&moat_auth_basic, moat_str("i d"), moat_str("p:s%")};
  assert_int_equal(run_refresh(f), 0); /* "i+d:p%3As%25" */
  assert_true(holds(f->s.sent, f->s.sent_size, "\r\nAuthorization: Basic aStkOnAlM0FzJTI1\r\n"));
  assert_false(holds(f->s.sent, f->s.sent_size, "client_id"));
  moat_cancel(&f->c);
  f->auth.ops = &moat_auth_basic_raw;
  assert_int_equal(run_refresh(f), 0); /* "i d:p:s%" */
  assert_true(holds(f->s.sent, f->s.sent_size, "\r\nAuthorization: Basic aSBkOnA6cyU=\r\n"));
  moat_cancel(&f->c);
  f->auth = (moat_auth){&moat_auth_none, moat_str("id"), {NULL, 0}};
  f->s.sent_size = 0;
  assert_int_equal(run_refresh(f), 0);
  assert_true(holds(f->s.sent, f->s.sent_size, "\r\n\r\nclient_id=id&grant_type="));
  assert_false(holds(f->s.sent, f->s.sent_size, "secret"));
  assert_false(holds(f->s.sent, f->s.sent_size, "Authorization"));
}

/* The bytes sent and the result are the same however the stream splits and delays them. */
static void test_every_split(void **state) {
  fixture *f = *state;
  for (size_t chunk = 1; chunk < 600; chunk += chunk < 40 ? 1 : 37) {
    for (int stutter = 0; stutter < 2; stutter++) {
      moat_cancel(&f->c);
      f->s.chunk = chunk;
      f->s.stutter = stutter;
      f->s.sent_size = 0;
      assert_int_equal(run_refresh(f), 0);
      assert_string_equal(f->access, "AT.1");
      assert_span(f->refresh.grant.token.refresh_token, "RT.2");
      assert_int_equal(f->s.sent_size, 285);
    }
  }
}

static void test_misuse(void **state) {
  fixture *f = *state;
  moat_refresh_grant good = f->refresh;
  assert_int_equal(moat_step(&f->c), MOAT_E_MISUSE); /* nothing has begun */
  f->refresh.refresh_token = (moat_span){NULL, 0};
  assert_int_equal(run_refresh(f), MOAT_E_MISUSE);
  f->refresh.refresh_token = (moat_span){f->work + 10, 5};
  assert_int_equal(run_refresh(f), MOAT_E_MISUSE);
  f->refresh = good;
  f->refresh.grant.access = f->work + sizeof f->work - 1;
  assert_int_equal(run_refresh(f), MOAT_E_MISUSE);
  f->refresh = good;
  f->refresh.grant.endpoint = NULL;
  assert_int_equal(run_refresh(f), MOAT_E_MISUSE);
  f->refresh = good;
  f->auth.client_secret = (moat_span){NULL, 0};
  assert_int_equal(run_refresh(f), MOAT_E_MISUSE);
  f->auth = (moat_auth){&moat_auth_none, moat_str("id"), moat_str(SECRET)};
  assert_int_equal(run_refresh(f), MOAT_E_MISUSE);
  f->auth = (moat_auth){&moat_auth_none, moat_str("id"), {NULL, 0}};
  f->refresh.grant.access_size = MOAT_ACCESS_MIN - 1;
  assert_int_equal(run_refresh(f), MOAT_E_SPACE);
  assert_int_equal(f->s.connects, 0);
  f->refresh = good;
  assert_int_equal(moat_refresh_begin(&f->c, &f->refresh), 0);
  assert_int_equal(moat_refresh_begin(&f->c, &f->refresh), MOAT_E_MISUSE);
  assert_int_equal(moat_run(&f->c), 0);
  assert_string_equal(f->access, "AT.1");
}

/* A begin in the middle of an exchange does nothing, and the exchange goes on. */
static void test_begun_twice(void **state) {
  fixture *f = *state;
  moat_store store;
  char buffer[1000];
  moat_store_init(&store, &memory_platform, &f->m, buffer, sizeof buffer);
  f->refresh.grant.keeper = &moat_store_keeper;
  f->refresh.grant.keeper_ctx = &store;
  answer(f, "200 OK", "", "{\"access_token\":\"A\\u0054.1\",\"refresh_token\":\"R\\u0054.2\"}");
  assert_int_equal(moat_store_load(&store), MOAT_E_EMPTY);
  moat_store_renew(&store, MOAT_HOW_CODE, moat_str("https://h/t"), moat_str("id"), moat_str("s"));
  f->m.busy = 5;
  int r = moat_refresh_begin(&f->c, &f->refresh);
  assert_int_equal(r, 0);
  do {
    assert_int_equal(moat_refresh_begin(&f->c, &f->refresh), MOAT_E_MISUSE);
    r = moat_step(&f->c);
  } while (r == MOAT_WANT_TIME);
  assert_int_equal(r, 0);
  assert_string_equal(f->access, "AT.1");
  assert_int_equal(moat_store_load(&store), 0);
  assert_span(store.record.refresh_token, "RT.2");
}

static void test_request_too_large(void **state) {
  fixture *f = *state;
  static char token[9000];
  memset(token, 'x', sizeof token);
  f->refresh.refresh_token = (moat_span){token, sizeof token};
  assert_int_equal(run_refresh(f), MOAT_E_SPACE);
  assert_int_equal(moat_error(&f->c)->needed, 285 - 4 + sizeof token + 1);
  assert_false(moat_error(&f->c)->sent);
  assert_int_equal(f->s.connects, 0);
  assert_no_canary(f);
}

static void test_oauth_error(void **state) {
  fixture *f = *state;
  answer(f, "400 Bad Request", "Retry-After: 7\r\n",
         "{\"error\":\"invalid_grant\",\"error_description\":\"AADSTS700082: expired.\\r\\nTrace\","
         "\"error_codes\":[700082]}");
  assert_int_equal(run_refresh(f), MOAT_E_OAUTH);
  const moat_error_info *e = moat_error(&f->c);
  assert_int_equal(e->code, MOAT_E_OAUTH);
  assert_int_equal(e->status, 400);
  assert_int_equal(e->provider_code, 700082);
  assert_int_equal(e->retry_after, 7);
  assert_true(e->sent);
  assert_span(e->error, "invalid_grant");
  assert_span(e->description, "AADSTS700082: expired.\r\nTrace");
  assert_int_equal(moat_step(&f->c), MOAT_E_OAUTH); /* sticky */
  assert_no_canary(f);
}

static void test_other_answers(void **state) {
  fixture *f = *state;
  const struct {
    const char *status, *body;
    int error;
  } cases[] = {
      {"200 OK", "<html>sign in to the hotel</html>", MOAT_E_JSON},
      {"503 Busy", "<html></html>", MOAT_E_STATUS},
      {"302 Found", "", MOAT_E_STATUS},
      {"400 Bad Request", "{}", MOAT_E_STATUS},
      {"200 OK", "{}", MOAT_E_REPLY},
      {"200 OK", "{\"error\":\"x\",\"access_token\":\"y\"}", MOAT_E_OAUTH},
      {"200 OK", "{\"error\":{\"code\":\"x\"}}", MOAT_E_REPLY},
      {"200 OK", "{\"access_token\":\"a\\u0001\"}", MOAT_E_REPLY},
      {"200 OK", "{\"access_token\":5}", MOAT_E_REPLY},
      {"200 OK", "{\"access_token\":\"a\",\"token_type\":\"mac\"}", MOAT_E_TYPE},
      {"429 Too Many Requests", "{\"message\":\"Too Many Requests\",\"error\":429}", MOAT_E_STATUS},
      {"503 Unavailable", "{\"error\":{\"code\":503}}", MOAT_E_STATUS},
      {"400 Bad Request", "error=invalid_grant", MOAT_E_OAUTH},
      {"200 OK", "{\"access_token\":\"a\"", MOAT_E_JSON},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    moat_cancel(&f->c);
    answer(f, cases[i].status, "", cases[i].body);
    int r = run_refresh(f);
    if (r != cases[i].error) fail_msg("%d, not %d: %s", r, cases[i].error, cases[i].body);
    assert_int_equal(f->access[0], 0);
    assert_int_equal(f->refresh.grant.token.access_token.n, 0);
  }
}

static void test_odd_answers(void **state) {
  fixture *f = *state;
  const struct {
    const char *body, *scope;
    int32_t expires;
  } cases[] = {
      {"{\"access_token\":\"a\"}", "", -1},
      {"{\"access_token\":\"a\",\"scope\":null,\"expires_in\":0}", "", 0},
      {"{\"access_token\":\"\\u0061\",\"scope\":[\"x\",\"y\"],\"expires_in\":\"3599\"}", "x y",
       3599},
      {"{\"access_token\":\"a\",\"token_type\":\"bEARER\",\"expires_in\":3599.9}", "", 3599},
      {"{\"access_token\":\"a\",\"refresh_token\":\"\",\"not-before-policy\":0}", "", -1},
      {"{\"access_token\":\"b\",\"access_token\":\"a\",\"access_token\":7}", "", -1},
      {"{\"access_token\":\"a\",\"refresh_token\":7,\"expires_in\":-1}", "", -1},
      {"{\"access_token\":\"a\",\"error\":false,\"expires_in\":99999999999}", "", INT32_MAX},
      {"access_token=a&scope=x+y&expires=5", "x y", 5},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    moat_cancel(&f->c);
    answer(f, "200 OK", "", cases[i].body);
    assert_int_equal(run_refresh(f), 0);
    assert_string_equal(f->access, "a");
    assert_span(f->refresh.grant.token.scope, cases[i].scope);
    assert_int_equal(f->refresh.grant.token.expires_in, cases[i].expires);
    assert_int_equal(f->refresh.grant.token.refresh_token.n, 0);
  }
}

/* ---- The refresh token is stored before the rest of the answer is read ---- */

static int saved(void *ctx, const moat_token *t) {
  char *to = ctx;
  assert_false(moat_span_equal(t->access_token, moat_str("refused")));
  if (t->refresh_token.n) memcpy(to, t->refresh_token.p, t->refresh_token.n);
  return 0;
}

static void test_never_costs_the_grant(void **state) {
  fixture *f = *state;
  const moat_keeper_ops keeper = {.save = saved};
  const struct {
    const char *rest;
    int error;
  } cases[] = {
      {"\"access_token\":\"refused\",\"token_type\":\"mac\"", MOAT_E_TYPE},
      {"\"access_token\":\"a\",\"expires_in\":1e30", 0},
      {"\"access_token\":\"a\",\"scope\":7,\"token_type\":[]", 0},
      {"\"access_token\":\"a\",\"error\":{},\"error_description\":\"\\ud800\"", 0},
      {"\"access_token\":\"\"", MOAT_E_REPLY},
      {"\"access_token\":"
       "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"",
       MOAT_E_SPACE},
  };
  f->refresh.grant.keeper = &keeper;
  f->refresh.grant.access_size = 64;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char body[300], token[20] = "";
    snprintf(body, sizeof body, "{%s,\"refresh_token\":\"RT.new\"}", cases[i].rest);
    moat_cancel(&f->c);
    answer(f, "200 OK", "", body);
    f->refresh.grant.keeper_ctx = token;
    assert_int_equal(run_refresh(f), cases[i].error);
    assert_string_equal(token, "RT.new");
    assert_span(f->refresh.grant.token.refresh_token, "RT.new");
  }
  assert_int_equal(moat_error(&f->c)->needed, 79);
}

/* An object without a token, perhaps from a proxy, must not overwrite anything. */
static void test_no_token_is_not_saved(void **state) {
  fixture *f = *state;
  static const char *const bodies[] = {"{}", "{\"status\":\"ok\"}", "{\"access_token\":7}",
                                       "{\"refresh_token\":\"\"}"};
  moat_store store;
  char buffer[1000];
  moat_store_init(&store, &memory_platform, &f->m, buffer, sizeof buffer);
  f->code.grant.keeper = &moat_store_keeper;
  f->code.grant.keeper_ctx = &store;
  for (int i = -1; i < (int)(sizeof bodies / sizeof *bodies); i++) {
    moat_cancel(&f->c);
    int r = moat_store_load(&store);
    assert_true(r == 0 || (i < 0 && r == MOAT_E_EMPTY));
    moat_store_renew(&store, MOAT_HOW_CODE, moat_str("https://login.example/token"), moat_str("id"),
                     moat_str("asked"));
    answer(f, "200 OK", "", i < 0 ? BODY : bodies[i]);
    assert_int_equal(moat_code_begin(&f->c, &f->code), 0);
    assert_int_equal(moat_run(&f->c), i < 0 ? 0 : MOAT_E_REPLY);
    assert_int_equal(moat_store_load(&store), 0);
    assert_span(store.record.refresh_token, "RT.2");
  }
  assert_int_equal(f->m.writes, 1);
}

static int refuse(void *ctx) {
  ++*(int *)ctx;
  return MOAT_E_STORE;
}

static void test_no_mark_no_request(void **state) {
  fixture *f = *state;
  int calls = 0;
  const moat_keeper_ops keeper = {.mark = refuse};
  f->refresh.grant.keeper = &keeper;
  f->refresh.grant.keeper_ctx = &calls;
  assert_int_equal(run_refresh(f), MOAT_E_STORE);
  assert_int_equal(calls, 1);
  assert_int_equal(f->s.connects, 1);  /* the connection is up first … */
  assert_int_equal(f->s.sent_size, 0); /* … and nothing was sent */
  assert_false(moat_error(&f->c)->sent);
}

static void test_slow_slots(void **state) {
  fixture *f = *state;
  moat_store store;
  char buffer[1000];
  moat_store_init(&store, &memory_platform, &f->m, buffer, sizeof buffer);
  assert_int_equal(moat_store_load(&store), MOAT_E_EMPTY);
  moat_store_renew(&store, MOAT_HOW_CODE, moat_str("https://login.example/token"), moat_str("id"),
                   moat_str("asked"));
  f->m.busy = 3;
  f->refresh.grant.keeper = &moat_store_keeper;
  f->refresh.grant.keeper_ctx = &store;
  assert_int_equal(run_refresh(f), 0);
  assert_int_equal(f->m.writes, 1);
  assert_int_equal(moat_store_load(&store), 0);
  assert_span(store.record.refresh_token, "RT.2");
  assert_span(store.record.scope, "a b");
  assert_int_equal(store.record.sequence, 1700000001); /* counted from its date, once */
}

/* ---- A grant of the tests' own, which looks at the answer and nothing else ---- */

static void test_ipv6_and_port(void **state) {
  fixture *f = *state;
  const moat_endpoint e = {"::1", 8443, "/t?x=1"};
  f->refresh.grant.endpoint = &e;
  assert_int_equal(run_refresh(f), 0);
  assert_true(holds(f->s.sent, f->s.sent_size, "POST /t?x=1 HTTP/1.1\r\nHost: [::1]:8443\r\n"));
}

static void test_retry_after(void **state) {
  fixture *f = *state;
  const struct {
    const char *headers;
    uint32_t seconds;
  } cases[] = {
      {"Retry-After: 120\r\n", 120},
      {"Retry-After: 2.128\r\n", 3},
      {"Retry-After: 2.000\r\n", 2},
      {"Retry-After: 99999\r\n", MOAT_RETRY_AFTER_MAX},
      {"Retry-After: 99999999999\r\n", MOAT_RETRY_AFTER_MAX},
      {"Retry-After: -5\r\n", 0},
      {"Retry-After: soon\r\n", 0},
      {"Retry-After: \r\n", 0},
      {"Date: Thu, 29 Feb 2024 23:59:30 GMT\r\nRetry-After: Fri, 01 Mar 2024 00:00:10 GMT\r\n", 40},
      {"Date: Sun, 31 Dec 2023 23:59:59 GMT\r\nRetry-After: Mon, 01 Jan 2024 00:00:00 GMT\r\n", 1},
      {"Date: Fri, 01 Mar 2024 00:00:10 GMT\r\nRetry-After: Fri, 01 Mar 2024 00:00:09 GMT\r\n", 0},
      {"Date: Fri, 01 Mar 2024 00:00:10 GMT\r\nRetry-After: Tue, 05 Mar 2024 00:00:10 GMT\r\n",
       MOAT_RETRY_AFTER_MAX},
      {"Date: Fri, 01 Mar 2024 00:00:10 GMT\r\nRetry-After: Thu, 01 Jan 1970 00:00:00 GMT\r\n", 0},
      {"Retry-After: Fri, 01 Mar 2024 00:00:10 GMT\r\n", 0},
      {"Date: Fri, 01 Mar 2024 0x:00:10 GMT\r\nRetry-After: Fri, 01 Mar 2024 00:00:10 GMT\r\n", 0},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    moat_cancel(&f->c);
    answer(f, "429 Too Many Requests", cases[i].headers, "");
    assert_int_equal(run_refresh(f), MOAT_E_STATUS);
    if (moat_error(&f->c)->retry_after != cases[i].seconds)
      fail_msg("%u: %s", moat_error(&f->c)->retry_after, cases[i].headers);
  }
}

/* After a failure every function returns the error until the next begin. */
static void test_sticky(void **state) {
  fixture *f = *state;
  f->s.connect_result = MOAT_E_CONNECT;
  assert_int_equal(run_refresh(f), MOAT_E_CONNECT);
  for (int i = 0; i < 3; i++) {
    assert_int_equal(moat_step(&f->c), MOAT_E_CONNECT);
    assert_int_equal(moat_run(&f->c), MOAT_E_CONNECT);
    assert_int_equal(moat_error(&f->c)->code, MOAT_E_CONNECT);
    assert_int_equal(moat_wait_ms(&f->c), 0);
  }
  f->s.connect_result = 0;
  assert_int_equal(run_refresh(f), 0);
  assert_int_equal(moat_error(&f->c)->code, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_refresh),
      TEST(test_code),
      TEST(test_authentication),
      TEST(test_every_split),
      TEST(test_misuse),
      TEST(test_begun_twice),
      TEST(test_request_too_large),
      TEST(test_oauth_error),
      TEST(test_other_answers),
      TEST(test_odd_answers),
      TEST(test_never_costs_the_grant),
      TEST(test_no_token_is_not_saved),
      TEST(test_no_mark_no_request),
      TEST(test_slow_slots),
      TEST(test_ipv6_and_port),
      TEST(test_retry_after),
      TEST(test_sticky),
  };
  return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
