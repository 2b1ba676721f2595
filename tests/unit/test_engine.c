/* The engine over a scripted stream: what goes out, what comes back, and every way it can break. */
#include "cmocka_all.h"

#include <stdio.h>

#include "engine/engine.h"
#include "scripted.h"
#include "text/text.h"

#define SECRET "canary~secret.value_1-x"
#define VERIFIER "canary-verifier-canary-verifier-canary-verifi"

typedef struct {
  scripted s;
  memory m;
  moat_client c;
  char work[8192];
  char access[4096];
  moat_auth auth;
  moat_refresh_grant refresh;
  moat_code_grant code;
} fixture;

static const moat_endpoint endpoint = {"login.example", 443, "/common/oauth2/v2.0/token"};

#define HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
#define BODY                                                                                       \
  "{\"token_type\":\"Bearer\",\"scope\":\"a b\",\"expires_in\":3599,\"access_token\":\"AT.1\","    \
  "\"refresh_token\":\"RT.2\"}"

static char answer_text[16000];

static void answer(fixture *f, const char *status, const char *headers, const char *body) {
  int n =
      snprintf(answer_text, sizeof answer_text, "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\n\r\n%s",
               status, headers, strlen(body), body);
  f->s.answer = answer_text;
  f->s.answer_size = (size_t)n;
}

static int setup(void **state) {
  fixture *f = calloc(1, sizeof *f);
  f->m.stream = &f->s;
  f->m.unix_time = 1700000000;
  moat_config config = {.platform = &memory_platform,
                        .platform_ctx = &f->m,
                        .stream = &scripted_stream,
                        .io = &f->s,
                        .work = f->work,
                        .work_size = sizeof f->work};
  if (moat_init(&f->c, &config) != 0) return -1;
  f->s.end = MOAT_WANT_READ;
  f->auth = (moat_auth){&moat_auth_post, moat_str("client id"), moat_str(SECRET)};
  f->refresh = (moat_refresh_grant){.grant = {.endpoint = &endpoint,
                                              .auth = &f->auth,
                                              .access = f->access,
                                              .access_size = sizeof f->access},
                                    .refresh_token = moat_str("RT.1")};
  f->code = (moat_code_grant){.grant = f->refresh.grant,
                              .code = moat_str("the/code"),
                              .code_verifier = moat_str(VERIFIER),
                              .redirect_uri = moat_str("http://localhost")};
  answer(f, "200 OK", "", BODY);
  *state = f;
  return 0;
}

static int teardown(void **state) {
  fixture *f = *state;
  moat_cancel(&f->c);
  free(f);
  return 0;
}

static int run_refresh(fixture *f) {
  int r = moat_refresh_begin(&f->c, &f->refresh);
  return r ? r : moat_run(&f->c);
}

static void assert_span(moat_span s, const char *text) {
  assert_int_equal(s.n, strlen(text));
  assert_memory_equal(s.p, text, s.n);
}

static bool holds(const void *memory_, size_t n, const char *text) {
  const char *p = memory_;
  size_t size = strlen(text);
  for (size_t i = 0; i + size <= n; i++)
    if (memcmp(p + i, text, size) == 0) return true;
  return false;
}

static void assert_no_canary(const fixture *f) {
  assert_false(holds(f->work, sizeof f->work, "canary"));
  assert_false(holds(f->work, sizeof f->work, "Y2FuYXJ5")); /* in base64 */
  assert_false(holds(f->access, sizeof f->access, "canary"));
  assert_false(holds(&f->c, sizeof f->c, "canary"));
}

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

/* The same bytes out and the same result, however the stream cuts and delays them. */
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

/* Begun again in the middle of it: nothing is done, and it goes on. */
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

/* ---- The refresh token is safe before anything else about the answer is looked at ---- */

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

/* An object with no token in it, from something in between perhaps, is written over nothing. */
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
  assert_int_equal(f->s.sent_size, 0); /* … and nothing went out */
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
  assert_int_equal(store.record.sequence, 1700000001); /* from its date, once */
}

/* ---- Connections ---- */

static void test_keep_alive(void **state) {
  fixture *f = *state;
  assert_int_equal(run_refresh(f), 0);
  assert_true(f->s.open);
  f->s.given = f->s.answer_size; /* nothing more comes until the next request … */
  int r = moat_refresh_begin(&f->c, &f->refresh);
  assert_int_equal(r, 0);
  assert_int_equal(moat_step(&f->c), MOAT_WANT_READ);
  f->s.given = 0; /* … then the answer */
  assert_int_equal(moat_run(&f->c), 0);
  assert_int_equal(f->s.connects, 1);
}

static void test_idle_connection_closed(void **state) {
  fixture *f = *state;
  assert_int_equal(run_refresh(f), 0);
  f->s.given = f->s.answer_size;
  f->s.end = MOAT_E_EOF;
  assert_int_equal(run_refresh(f), 0);
  assert_int_equal(f->s.connects, 2);
}

static void test_unasked_bytes(void **state) {
  fixture *f = *state;
  assert_int_equal(run_refresh(f), 0);
  f->s.given = f->s.answer_size - 3;
  assert_int_equal(run_refresh(f), 0);
  assert_int_equal(f->s.connects, 2);
}

static void test_connection_close(void **state) {
  fixture *f = *state;
  answer(f, "200 OK", "Connection: close\r\n", BODY);
  assert_int_equal(run_refresh(f), 0);
  assert_false(f->s.open);
  assert_span(f->refresh.grant.token.refresh_token, "RT.2");
}

/* A reused connection dies after the request went out: a refresh is not sent again. */
static void test_refresh_is_not_replayed(void **state) {
  fixture *f = *state;
  assert_int_equal(run_refresh(f), 0);
  f->s.given = f->s.answer_size;
  assert_int_equal(moat_refresh_begin(&f->c, &f->refresh), 0);
  assert_int_equal(moat_step(&f->c), MOAT_WANT_READ);
  f->s.end = MOAT_E_NETWORK;
  assert_int_equal(moat_run(&f->c), MOAT_E_NETWORK);
  assert_true(moat_error(&f->c)->sent);
  assert_int_equal(f->s.connects, 1);
}

/* It dies on the first byte: nothing was sent, so a refresh may reconnect; a code may not. */
static void test_unsent_replay(void **state) {
  fixture *f = *state;
  for (int code = 0; code < 2; code++) {
    moat_cancel(&f->c);
    memset(&f->s, 0, sizeof f->s);
    answer(f, "200 OK", "", BODY);
    f->s.end = MOAT_WANT_READ;
    assert_int_equal(run_refresh(f), 0);
    f->s.given = f->s.answer_size;
    f->s.send_error = MOAT_E_NETWORK;
    f->s.send_after = f->s.sent_size;
    int r = code ? moat_code_begin(&f->c, &f->code) : moat_refresh_begin(&f->c, &f->refresh);
    assert_int_equal(r, 0);
    r = moat_step(&f->c);
    if (code) {
      assert_int_equal(r, MOAT_WANT_READ); /* looks whether the server said why */
      f->s.end = MOAT_E_EOF;
      assert_int_equal(moat_run(&f->c), MOAT_E_NETWORK);
      assert_int_equal(f->s.connects, 1);
    } else {
      assert_int_equal(r, 0);
      assert_int_equal(f->s.connects, 2);
    }
  }
}

/* The server refuses early and closes its reading side: its answer is the better error. */
static void test_early_answer(void **state) {
  fixture *f = *state;
  answer(f, "400 Bad Request", "", "{\"error\":\"invalid_request\"}");
  f->s.send_error = MOAT_E_NETWORK;
  f->s.send_after = 100;
  assert_int_equal(run_refresh(f), MOAT_E_OAUTH);
  assert_span(moat_error(&f->c)->error, "invalid_request");
  assert_no_canary(f);
}

/* Instead of an answer it sends an alert, which tells more than the failure to send. */
static void test_alert_after_send(void **state) {
  fixture *f = *state;
  f->s.answer_size = 0;
  f->s.send_error = MOAT_E_NETWORK;
  f->s.send_after = 100;
  f->s.detail = 116;
  f->s.end = MOAT_E_TLS;
  assert_int_equal(run_refresh(f), MOAT_E_TLS);
  assert_int_equal(moat_error(&f->c)->port_code, 116);
  assert_int_equal(moat_judge(moat_error(&f->c)).need, MOAT_NEED_PROFILE);
  f->s.sent_size = 0;
  f->s.end = MOAT_E_EOF;
  assert_int_equal(run_refresh(f), MOAT_E_NETWORK);
}

/* Numbers that port.h does not have: an errno, a count where none belongs. None is a success. */
static void test_odd_results(void **state) {
  fixture *f = *state;
  static const int odd[] = {-100, -5, -28, MOAT_E_LOST, 1, INT32_MIN};
  for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
    moat_cancel(&f->c);
    f->s.connect_result = odd[i];
    assert_int_equal(run_refresh(f), MOAT_E_PORT);
    assert_int_equal(moat_error(&f->c)->port_code, odd[i]);
    f->s.connect_result = 0;
    f->s.answer_size = 0;
    f->s.end = odd[i] < 0 ? odd[i] : 0;
    assert_int_equal(run_refresh(f), MOAT_E_PORT);
  }
}

static void test_reset_at_any_byte(void **state) {
  fixture *f = *state;
  for (size_t n = 0; n < f->s.answer_size; n++) {
    size_t whole = f->s.answer_size;
    moat_cancel(&f->c);
    f->s.sent_size = 0;
    f->s.answer_size = n;
    f->s.end = MOAT_E_NETWORK;
    assert_int_equal(run_refresh(f), MOAT_E_NETWORK);
    moat_cancel(&f->c);
    f->s.end = MOAT_E_EOF;
    assert_int_equal(run_refresh(f), MOAT_E_EOF);
    assert_false(holds(f->work, sizeof f->work, "RT.")); /* a part of an answer is not kept */
    f->s.answer_size = whole;
  }
}

static void test_silent_server(void **state) {
  fixture *f = *state;
  f->s.answer_size = 0;
  assert_int_equal(run_refresh(f), MOAT_E_TIMEOUT);
  assert_int_equal(f->s.clock, MOAT_TIMEOUT_MS);
  assert_true(moat_error(&f->c)->sent);
  assert_no_canary(f);
  f->s.connect_result = MOAT_WANT_READ; /* a resolver that never answers */
  assert_int_equal(run_refresh(f), MOAT_E_TIMEOUT);
  assert_false(moat_error(&f->c)->sent);
}

static void test_connect_error(void **state) {
  fixture *f = *state;
  f->s.connect_result = MOAT_E_DNS;
  f->s.detail = -2;
  assert_int_equal(run_refresh(f), MOAT_E_DNS);
  assert_int_equal(moat_error(&f->c)->port_code, -2);
}

static void test_cancel(void **state) {
  fixture *f = *state;
  f->s.answer_size = 0;
  assert_int_equal(moat_refresh_begin(&f->c, &f->refresh), 0);
  assert_int_equal(moat_step(&f->c), MOAT_WANT_READ);
  moat_cancel(&f->c);
  assert_int_equal(moat_step(&f->c), MOAT_E_CANCEL);
  assert_false(f->s.open);
  f->s.wait_result = MOAT_E_CANCEL;
  assert_int_equal(run_refresh(f), MOAT_E_CANCEL);
  moat_cancel(&f->c);
  moat_cancel(&f->c);
}

static void test_answer_too_large(void **state) {
  fixture *f = *state;
  static char body[9000];
  memset(body, ' ', sizeof body - 1);
  body[100] = '{';
  answer(f, "200 OK", "", body);
  assert_int_equal(run_refresh(f), MOAT_E_SPACE);
  assert_int_equal(moat_error(&f->c)->needed, sizeof body - 1 + 16);
}

/* ---- A grant of the tests' own, which looks at the answer and nothing else ---- */

static moat_reply seen;

static int build_any(moat_client *c, void *grant, moat_writer *w) {
  (void)c;
  (void)grant;
  moat__put_text(w, "POST / HTTP/1.1\r\n\r\n");
  return 0;
}

static int reply_any(moat_client *c, void *grant, const moat_reply *r) {
  (void)c;
  (void)grant;
  seen = *r;
  return 0;
}

static const moat_grant_ops any = {
    .build = build_any, .reply = reply_any, .replay = MOAT_REPLAY_SAFE};

static void begin_any(fixture *f) {
  memset(&seen, 0, sizeof seen);
  assert_int_equal(moat__begin(&f->c, &endpoint, &any, NULL), 0);
}

/* Of an answer that is no 2xx the status is enough, and where little more comes the connection
 * stays open. */
static void test_answer_dropped(void **state) {
  fixture *f = *state;
  static char page[9000];
  memset(page, 'x', sizeof page - 1);
  for (int keeps = 0; keeps < 2; keeps++) {
    answer(f, "502 Bad Gateway", keeps ? "" : "Connection: close\r\n", page);
    for (f->s.chunk = 0; f->s.chunk < 4; f->s.chunk += 3) {
      moat_cancel(&f->c);
      f->s.sent_size = 0;
      begin_any(f);
      assert_int_equal(moat_run(&f->c), 0);
      assert_true(seen.dropped);
      assert_int_equal(seen.status, 502);
      assert_int_equal(seen.body_size, 0);
      assert_int_equal(moat_error(&f->c)->status, 502);
      assert_int_equal(moat_error(&f->c)->needed, sizeof page - 1 + 16);
      assert_int_equal(f->s.open, keeps);
    }
  }
  answer(f, "200 OK", "", "{}");
  begin_any(f);
  assert_int_equal(moat_run(&f->c), 0);
  assert_false(seen.dropped);
  assert_int_equal(seen.body_size, 2);
}

/* A reused connection dies: what may be replayed is, but only while no byte of an answer has come,
 * be it within a chunk. */
static void test_replay_before_the_answer(void **state) {
  fixture *f = *state;
  static const char chunked[] =
      "HTTP/1.1 100 \r\n\r\nHTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n"
      "\r\n2\r\n{}\r\n0\r\n\r\n";
  for (size_t n = 0; n < sizeof chunked - 1; n++) {
    moat_cancel(&f->c);
    f->s = (scripted){.answer = chunked, .answer_size = sizeof chunked - 1, .end = MOAT_WANT_READ};
    begin_any(f);
    assert_int_equal(moat_run(&f->c), 0);
    f->s.given = f->s.answer_size;
    begin_any(f);
    assert_int_equal(moat_step(&f->c), MOAT_WANT_READ);
    f->s.given = 0;
    f->s.answer_size = n;
    f->s.end = MOAT_E_NETWORK;
    assert_int_equal(moat_run(&f->c), MOAT_E_NETWORK);
    assert_int_equal(f->s.connects, n ? 1 : 2);
  }
}

/* As much of the answer's buffer as there is serves its nesting. */
static void test_no_room_for_nesting(void **state) {
  fixture *f = *state;
  static char body[8150];
  size_t n = (size_t)snprintf(body, sizeof body, "{\"a\":");
  memset(body + n, '[', 8000);
  memset(body + 4000, ']', 4000 - n);
  snprintf(body + 8000 - n, sizeof body - 8000 + n, ",\"access_token\":\"%0120d\"}", 7);
  answer(f, "200 OK", "", body);
  assert_int_equal(run_refresh(f), MOAT_E_SPACE);
  assert_true(moat_error(&f->c)->needed > strlen(body) + 4000 / 8);
  assert_int_equal(moat_error(&f->c)->body, MOAT_BODY_DROPPED);
}

/* However much of the buffer is white space and headers, more than it is asked for. */
static void test_nesting_needs_more(void **state) {
  fixture *f = *state;
  static char body[8150], header[4200];
  for (size_t depth = 1200; depth <= 2400; depth += 400)
    for (size_t kept = 0; kept < 4100; kept += 2050) {
      size_t n = 2 * depth + 6, end = sizeof f->work - 16 - kept - 100;
      if (n > end) continue;
      memset(body, ' ', sizeof body);
      memcpy(body, "{\"a\":", 5);
      memset(body + 5, '[', depth);
      memset(body + 5 + depth, ']', depth);
      body[n - 1] = '}';
      body[end] = 0;
      snprintf(header, sizeof header, "Retry-After: %0*d\r\n", (int)kept, 1);
      moat_cancel(&f->c);
      answer(f, "200 OK", header, body);
      assert_int_equal(run_refresh(f), MOAT_E_SPACE);
      assert_true(moat_error(&f->c)->needed > sizeof f->work);
      assert_true(moat_error(&f->c)->needed >= kept + end + depth / 8 + 1);
    }
}

/* After a reconnect the keeper marks once more. What it runs short of then is no matter of headers.
 */
static int short_of_room;

static int mark_no_room(void *ctx) {
  (void)ctx;
  return short_of_room++ < 2 ? 0 : MOAT_E_SPACE;
}

static void test_no_room_after_reconnect(void **state) {
  fixture *f = *state;
  const moat_keeper_ops keeper = {.mark = mark_no_room};
  f->refresh.grant.keeper = &keeper;
  short_of_room = 0;
  assert_int_equal(run_refresh(f), 0);
  f->s.given = f->s.answer_size;
  f->s.send_error = MOAT_E_NETWORK;
  f->s.send_after = f->s.sent_size;
  assert_int_equal(run_refresh(f), MOAT_E_SPACE);
  assert_int_equal(short_of_room, 3);
  assert_true(moat_error(&f->c)->sent);
  assert_int_equal(moat_judge(moat_error(&f->c)).need, MOAT_NEED_DEVICE);
}

/* A stream that runs short of room says so of itself, not of headers. */
static void test_no_room_to_send(void **state) {
  fixture *f = *state;
  f->s.send_error = MOAT_E_SPACE;
  f->s.end = MOAT_E_EOF;
  f->s.answer_size = 0;
  assert_int_equal(run_refresh(f), MOAT_E_SPACE);
  assert_int_equal(moat_judge(moat_error(&f->c)).need, MOAT_NEED_DEVICE);
}

static void test_headers_without_end(void **state) {
  fixture *f = *state;
  static char header[20000];
  snprintf(header, sizeof header, "HTTP/1.1 200 OK\r\nX: %019000d", 1);
  f->s.answer = header;
  f->s.answer_size = strlen(header);
  assert_int_equal(run_refresh(f), MOAT_E_SPACE);
  assert_int_equal(moat_judge(moat_error(&f->c)).need, MOAT_NEED_WAIT);
}

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

/* Every function after a failure: the error stays until the next begin. */
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

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

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
      TEST(test_keep_alive),
      TEST(test_idle_connection_closed),
      TEST(test_unasked_bytes),
      TEST(test_connection_close),
      TEST(test_refresh_is_not_replayed),
      TEST(test_unsent_replay),
      TEST(test_early_answer),
      TEST(test_alert_after_send),
      TEST(test_odd_results),
      TEST(test_reset_at_any_byte),
      TEST(test_silent_server),
      TEST(test_connect_error),
      TEST(test_cancel),
      TEST(test_answer_too_large),
      TEST(test_answer_dropped),
      TEST(test_replay_before_the_answer),
      TEST(test_no_room_for_nesting),
      TEST(test_nesting_needs_more),
      TEST(test_no_room_after_reconnect),
      TEST(test_no_room_to_send),
      TEST(test_headers_without_end),
      TEST(test_ipv6_and_port),
      TEST(test_retry_after),
      TEST(test_sticky),
  };
  return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
