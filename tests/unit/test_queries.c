/* Requests about a token: revocation, introspection, userinfo. */
#include "engine_fixture.h"

#include "http/http.h"
#include "moat/token.h"

static int run_revoke(fixture *f, moat_token_query *q) {
  int r = moat_revoke_begin(&f->c, q);
  return r ? r : moat_run(&f->c);
}

static int run_introspect(fixture *f, moat_introspection *i) {
  int r = moat_introspect_begin(&f->c, i);
  return r ? r : moat_run(&f->c);
}

static int run_userinfo(fixture *f, moat_userinfo *u) {
  int r = moat_userinfo_begin(&f->c, u);
  return r ? r : moat_run(&f->c);
}

static const moat_endpoint query_endpoint = {"login.example", 443, "/revoke?v=1"};

static moat_token_query query(fixture *f) {
  moat_cancel(&f->c);
  f->s.sent_size = 0;
  return (moat_token_query){&query_endpoint, &f->auth, moat_str("RT+canary"),
                            moat_str("refresh_token")};
}

static void assert_sent(fixture *f, const char *text) {
  f->s.sent[f->s.sent_size] = 0;
  assert_string_equal(f->s.sent, text);
}

#define POST(body, length)                                                                         \
  "POST /revoke?v=1 HTTP/1.1\r\nHost: login.example\r\nUser-Agent: " MOAT_USER_AGENT               \
  "\r\nAccept: application/json\r\nContent-Type: application/x-www-form-urlencoded\r\n"            \
  "Content-Length: " length "\r\n\r\n" body

/* ---- Revocation ---- */

static void test_revoke(void **state) {
  fixture *f = *state;
  moat_token_query q = query(f);
  answer(f, "200 OK", "", "");
  assert_int_equal(run_revoke(f, &q), 0);
  assert_sent(f, POST("client_id=client+id&client_secret=canary%7Esecret.value_1-x"
                      "&token=RT%2Bcanary&token_type_hint=refresh_token",
                      "107"));
  assert_no_canary(f);
}

/* RFC 7009 2.1 has this request, with the client's credentials in a header. */
static void test_revoke_rfc(void **state) {
  fixture *f = *state;
  moat_token_query q = query(f);
  f->auth = (moat_auth){&moat_auth_basic, moat_str("s6BhdRkqt3"), moat_str("gX1fBat3bV")};
  q.token = moat_str("45ghiukldjahdnhzdauz");
  answer(f, "200 OK", "", "");
  assert_int_equal(run_revoke(f, &q), 0);
  assert_true(
      holds(f->s.sent, f->s.sent_size, "Authorization: Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW\r\n"));
  assert_true(holds(f->s.sent, f->s.sent_size,
                    "\r\n\r\ntoken=45ghiukldjahdnhzdauz&token_type_hint=refresh_token"));
}

static void test_revoke_without_hint(void **state) {
  fixture *f = *state;
  moat_token_query q = query(f);
  f->auth = (moat_auth){&moat_auth_none, moat_str("id"), {NULL, 0}};
  q.token_type_hint = (moat_span){NULL, 0};
  answer(f, "200 OK", "", "{}");
  assert_int_equal(run_revoke(f, &q), 0);
  assert_sent(f, POST("client_id=id&token=RT%2Bcanary", "30"));
  assert_false(moat_error(&f->c)->secret);
}

/* ---- A method that signs ---- */

static int seals;

static void write_seal(const moat_auth *a, moat_writer *w) {
  moat__put_field(w, "client_id", a->client_id);
  moat__put_text(w, "&seal=\1");
}

/* A key that is busy at first. */
static int put_seal(const moat_auth *a, char *request, size_t n) {
  (void)a;
  if (seals < 0) return 4711;
  if (seals++ == 0) return MOAT_WANT_TIME;
  *(char *)memchr(request, 1, n) = 'S';
  return 0;
}

static const moat_auth_ops sealing = {.form = write_seal, .seal = put_seal, .proves = true};

static void test_signed(void **state) {
  fixture *f = *state;
  f->auth = (moat_auth){&sealing, moat_str("id"), {NULL, 0}};
  moat_introspection i = {.query = query(f)};
  answer(f, "200 OK", "", "{\"active\":true}");
  seals = 0;
  assert_int_equal(run_introspect(f, &i), 0);
  assert_int_equal(seals, 2);
  assert_true(holds(f->s.sent, f->s.sent_size, "client_id=id&seal=S&token=RT%2Bcanary"));
  assert_true(moat_error(&f->c)->secret);
  moat_token_query q = query(f);
  seals = -1;
  assert_int_equal(run_revoke(f, &q), MOAT_E_PORT);
  assert_int_equal(moat_error(&f->c)->port_code, 4711);
  assert_int_equal(f->s.sent_size, 0);
}

static void test_revoke_answers(void **state) {
  fixture *f = *state;
  const struct {
    const char *status, *headers, *body;
    int result, need;
    uint32_t seconds;
  } cases[] = {
      {"200 OK", "", "", 0, MOAT_NEED_NOTHING, 0},
      {"200 OK", "", "<html>done</html>", 0, MOAT_NEED_NOTHING, 0},
      {"200 OK", "", "{\"ok\":true,\"revoked\":true}", 0, MOAT_NEED_NOTHING, 0},
      {"204 No Content", "", "", 0, MOAT_NEED_NOTHING, 0},
      {"200 OK", "", "{\"error\":\"invalid_client\"}", MOAT_E_OAUTH, MOAT_NEED_PROFILE, 0},
      {"400 Bad Request", "", "{\"error\":\"unsupported_token_type\"}", MOAT_E_OAUTH,
       MOAT_NEED_PROFILE, 0},
      {"401 Unauthorized", "", "{\"error\":\"invalid_client\"}", MOAT_E_OAUTH, MOAT_NEED_PROFILE,
       0},
      {"401 Unauthorized", "", "", MOAT_E_STATUS, MOAT_NEED_PROFILE, 0},
      {"503 Service Unavailable", "Retry-After: 120\r\n", "", MOAT_E_STATUS, MOAT_NEED_WAIT, 120},
      {"503 Service Unavailable", "", "<html>", MOAT_E_STATUS, MOAT_NEED_WAIT, 30},
      {"429 Too Many Requests", "Retry-After: 40\r\n", "{}", MOAT_E_STATUS, MOAT_NEED_WAIT, 40},
      {"404 Not Found", "", "<html>", MOAT_E_STATUS, MOAT_NEED_PROFILE, 0},
      {"302 Found", "", "", MOAT_E_STATUS, MOAT_NEED_PROFILE, 0},
      /* Google says so about a token that is not valid any more. */
      {"400 Bad Request", "",
       "{\"error\":\"invalid_token\",\"error_description\":\"Token expired or revoked\"}",
       MOAT_E_OAUTH, MOAT_NEED_SIGN_IN, 0},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    moat_token_query q = query(f);
    answer(f, cases[i].status, cases[i].headers, cases[i].body);
    int r = run_revoke(f, &q);
    moat_verdict v = moat_judge(moat_error(&f->c));
    if (r != cases[i].result || v.need != cases[i].need || v.seconds != cases[i].seconds)
      fail_msg("%s %s: %d, need %d, %u s", cases[i].status, cases[i].body, r, v.need, v.seconds);
    assert_false(v.dead);
    assert_int_equal(moat_error(&f->c)->asked, MOAT_ASKED_REVOCATION);
    assert_no_canary(f);
  }
}

/* A success needs no body, so one that does not fit is a success as well (RFC 7009 2.2). */
static void test_revoke_large(void **state) {
  fixture *f = *state;
  static char body[12000];
  memset(body, ' ', sizeof body - 1);
  memcpy(body, "{", 1);
  moat_token_query q = query(f);
  answer(f, "200 OK", "", body);
  assert_int_equal(run_revoke(f, &q), 0);
  assert_int_equal(moat_error(&f->c)->code, 0);
  assert_int_equal(moat_judge(moat_error(&f->c)).need, MOAT_NEED_NOTHING);
  q = query(f);
  answer(f, "400 Bad Request", "", body);
  assert_int_equal(run_revoke(f, &q), MOAT_E_SPACE);
}

static void test_query_misuse(void **state) {
  fixture *f = *state;
  for (int i = 0; i < 10; i++) {
    moat_token_query q = query(f);
    moat_introspection about;
    f->auth = (moat_auth){&moat_auth_post, moat_str("id"), moat_str(SECRET)};
    switch (i) {
    case 0: q.endpoint = NULL; break;
    case 1: q.auth = NULL; break;
    case 2: q.token.n = 0; break;
    case 3: q.token.p = f->work; break;
    case 4: q.token_type_hint.p = f->work + 100; break;
    case 5: f->auth.client_id.n = 0; break;
    case 6: f->auth.client_id.p = f->work; break;
    case 7: f->auth.client_secret.n = 0; break;
    case 8: f->auth.client_secret.p = f->work; break;
    default: f->auth.ops = &moat_auth_none;
    }
    about = (moat_introspection){.query = q};
    if (run_revoke(f, &q) != MOAT_E_MISUSE) fail_msg("revocation %d", i);
    if (run_introspect(f, &about) != MOAT_E_MISUSE) fail_msg("introspection %d", i);
    assert_int_equal(f->s.connects, 0);
  }
  f->auth = (moat_auth){&moat_auth_post, moat_str("id"), moat_str(SECRET)};
  moat_token_query q = query(f);
  assert_int_equal(moat_revoke_begin(&f->c, &q), 0);
  assert_int_equal(moat_revoke_begin(&f->c, &q), MOAT_E_MISUSE);
}

/* Revoking twice changes nothing, so a dead connection costs nothing either. */
static void test_revoke_again(void **state) {
  fixture *f = *state;
  assert_int_equal(run_refresh(f), 0);
  moat_token_query q = {&query_endpoint, &f->auth, moat_str("RT.1"), {NULL, 0}};
  answer(f, "200 OK", "", "");
  f->s.given = f->s.answer_size;
  assert_int_equal(moat_revoke_begin(&f->c, &q), 0);
  assert_true(moat_is_want(moat_step(&f->c)));
  f->s.end = MOAT_E_NETWORK;
  assert_int_equal(moat_run(&f->c), 0);
  assert_int_equal(f->s.connects, 2);
}

/* ---- Introspection ---- */

static void test_introspect(void **state) {
  fixture *f = *state;
  moat_introspection i = {.query = query(f)};
  i.query.token_type_hint = moat_str("access_token");
  /* RFC 7662 2.2 */
  answer(f, "200 OK", "",
         "{\"active\": true, \"client_id\": \"l238j323ds-23ij4\", \"username\": \"jdoe\",\n"
         "\"scope\": \"read write dolphin\", \"sub\": \"Z5O3upPC88QrAjx00dis\",\n"
         "\"aud\": \"https://protected.example.net/resource\",\n"
         "\"iss\": \"https://server.example.com/\", \"exp\": 1419356238, \"iat\": 1419350238,\n"
         "\"nbf\": 1419350000, \"token_type\": \"Bearer\", \"extension_field\": \"twenty-seven\"}");
  assert_int_equal(run_introspect(f, &i), 0);
  assert_sent(f, POST("client_id=client+id&client_secret=canary%7Esecret.value_1-x"
                      "&token=RT%2Bcanary&token_type_hint=access_token",
                      "106"));
  assert_true(i.active);
  assert_span(i.client_id, "l238j323ds-23ij4");
  assert_span(i.username, "jdoe");
  assert_span(i.scope, "read write dolphin");
  assert_span(i.sub, "Z5O3upPC88QrAjx00dis");
  assert_span(i.aud, "https://protected.example.net/resource");
  assert_span(i.iss, "https://server.example.com/");
  assert_span(i.token_type, "Bearer");
  assert_span(i.exp, "1419356238");
  assert_span(i.iat, "1419350238");
  assert_span(i.nbf, "1419350000");
  assert_no_canary(f);
}

static void test_introspect_answers(void **state) {
  fixture *f = *state;
  const struct {
    const char *status, *body;
    int result, need;
    bool active;
  } cases[] = {
      {"200 OK", "{\"active\":false}", 0, MOAT_NEED_NOTHING, false},
      {"200 OK", "{\"active\":true}", 0, MOAT_NEED_NOTHING, true},
      {"200 OK", "{\"active\":true,\"active\":false}", 0, MOAT_NEED_NOTHING, false},
      {"200 OK", "{\"active\":\"true\"}", MOAT_E_REPLY, MOAT_NEED_PROFILE, false},
      {"200 OK", "{\"active\":1}", MOAT_E_REPLY, MOAT_NEED_PROFILE, false},
      {"200 OK", "{\"active\":null}", MOAT_E_REPLY, MOAT_NEED_PROFILE, false},
      {"200 OK", "{\"active\":[true]}", MOAT_E_REPLY, MOAT_NEED_PROFILE, false},
      {"200 OK", "active=true&exp=soon", MOAT_E_JSON, MOAT_NEED_PROFILE, false},
      {"200 OK", "scope=files&active=true", MOAT_E_REPLY, MOAT_NEED_PROFILE, false},
      {"200 OK", "{\"scope\":\"a\"}", MOAT_E_REPLY, MOAT_NEED_PROFILE, false},
      {"200 OK", "{}", MOAT_E_REPLY, MOAT_NEED_PROFILE, false},
      {"200 OK", "<html>", MOAT_E_JSON, MOAT_NEED_PROFILE, false},
      {"200 OK", "", MOAT_E_JSON, MOAT_NEED_PROFILE, false},
      {"401 Unauthorized", "{\"error\":\"invalid_client\"}", MOAT_E_OAUTH, MOAT_NEED_PROFILE,
       false},
      {"401 Unauthorized", "{\"active\":true}", MOAT_E_STATUS, MOAT_NEED_PROFILE, false},
      {"503 Unavailable", "", MOAT_E_STATUS, MOAT_NEED_WAIT, false},
      {"307 Temporary Redirect", "{\"active\":true}", MOAT_E_STATUS, MOAT_NEED_PROFILE, false},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    moat_introspection about = {.query = query(f), .active = true};
    answer(f, cases[i].status, "", cases[i].body);
    int r = run_introspect(f, &about);
    moat_verdict v = moat_judge(moat_error(&f->c));
    if (r != cases[i].result || v.need != cases[i].need || about.active != cases[i].active)
      fail_msg("%s %s: %d, need %d", cases[i].status, cases[i].body, r, v.need);
    assert_int_equal(moat_error(&f->c)->asked, MOAT_ASKED_INTROSPECTION);
    assert_true(moat_error(&f->c)->secret);
  }
}

/* Several audiences are a list (RFC 7519 4.1.3). */
static void test_introspect_lists(void **state) {
  fixture *f = *state;
  moat_introspection i = {.query = query(f)};
  answer(f, "200 OK", "",
         "{\"active\":true,\"aud\":[\"a\",\"b\"],\"exp\":\"soon\",\"scope\":\"\"}");
  assert_int_equal(run_introspect(f, &i), 0);
  assert_span(i.aud, "a b");
  assert_int_equal(i.exp.n, 0);
  assert_int_equal(i.scope.n, 0);
}

/* An answer that does not fit, and a page that does not. */
static void test_introspect_large(void **state) {
  fixture *f = *state;
  for (int page = 0; page < 2; page++) {
    static char body[12000];
    memset(body, ' ', sizeof body - 1);
    memcpy(body, page ? "<" : "{", 1);
    moat_introspection i = {.query = query(f)};
    answer(f, "200 OK", "", body);
    assert_int_equal(run_introspect(f, &i), page ? MOAT_E_JSON : MOAT_E_SPACE);
    assert_int_equal(moat_judge(moat_error(&f->c)).need,
                     page ? MOAT_NEED_PROFILE : MOAT_NEED_DEVICE);
  }
}

/* ---- Userinfo ---- */

static const moat_endpoint userinfo_endpoint = {"api.example", 8443, "/me"};

static moat_userinfo userinfo(fixture *f) {
  moat_cancel(&f->c);
  f->s.sent_size = 0;
  return (moat_userinfo){&userinfo_endpoint, moat_str("AT.canary~+/=|"), {NULL, 0}};
}

static void test_userinfo(void **state) {
  fixture *f = *state;
  moat_userinfo u = userinfo(f);
  const char *claims = "{\"sub\":\"1\\u0041\",\"n\\u0061me\":\"J\\\"\",\"address\":{\"x\":[1]}}";
  char body[200];
  (void)snprintf(body, sizeof body, " %s\r\n", claims);
  answer(f, "200 OK", "", body);
  assert_int_equal(run_userinfo(f, &u), 0);
  assert_sent(f, "GET /me HTTP/1.1\r\nHost: api.example:8443\r\nUser-Agent: " MOAT_USER_AGENT
                 "\r\nAccept: application/json\r\nAuthorization: Bearer AT.canary~+/=|\r\n\r\n");
  assert_true(holds(u.claims.p, u.claims.n, claims)); /* unchanged */
  assert_int_equal(u.claims.p[u.claims.n - 1], '}');
  assert_no_canary(f);
}

static void test_userinfo_answers(void **state) {
  fixture *f = *state;
  const struct {
    const char *status, *body;
    int result, need;
    const char *error;
  } cases[] = {
      {"200 OK", "{}", 0, MOAT_NEED_NOTHING, NULL},
      {"200 OK", "eyJhbGciOiJSUzI1NiJ9.e30.c2ln", MOAT_E_JSON, MOAT_NEED_PROFILE, NULL},
      {"200 OK", "{\"sub\":\"a\"", MOAT_E_JSON, MOAT_NEED_PROFILE, NULL},
      {"200 OK", "{\"sub\" \"a\"}", MOAT_E_JSON, MOAT_NEED_PROFILE, NULL},
      {"200 OK", "[]", MOAT_E_JSON, MOAT_NEED_PROFILE, NULL},
      {"200 OK", "", MOAT_E_JSON, MOAT_NEED_PROFILE, NULL},
      {"401 Unauthorized", "", MOAT_E_OAUTH, MOAT_NEED_SIGN_IN, "invalid_token"},
      {"401 Unauthorized", "{\"error\":{\"code\":\"InvalidAuthenticationToken\"}}", MOAT_E_OAUTH,
       MOAT_NEED_SIGN_IN, "invalid_token"},
      {"401 Unauthorized", "{\"error\":\"insufficient_scope\"}", MOAT_E_OAUTH, MOAT_NEED_PROFILE,
       "insufficient_scope"},
      {"403 Forbidden", "<html>", MOAT_E_OAUTH, MOAT_NEED_PROFILE, "insufficient_scope"},
      {"400 Bad Request", "", MOAT_E_STATUS, MOAT_NEED_PROFILE, NULL},
      {"404 Not Found", "", MOAT_E_STATUS, MOAT_NEED_PROFILE, NULL},
      {"302 Found", "", MOAT_E_STATUS, MOAT_NEED_PROFILE, NULL},
      {"502 Bad Gateway", "", MOAT_E_STATUS, MOAT_NEED_WAIT, NULL},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    moat_userinfo u = userinfo(f);
    answer(f, cases[i].status, "", cases[i].body);
    int r = run_userinfo(f, &u);
    moat_verdict v = moat_judge(moat_error(&f->c));
    if (r != cases[i].result || v.need != cases[i].need)
      fail_msg("%s %s: %d, need %d", cases[i].status, cases[i].body, r, v.need);
    if (!moat_span_equal(moat_error(&f->c)->error, moat_str(cases[i].error)))
      fail_msg("%s %s", cases[i].status, cases[i].body);
    assert_false(v.dead);
    if (r) assert_int_equal(u.claims.n, 0);
    assert_int_equal(moat_error(&f->c)->asked, MOAT_ASKED_USERINFO);
  }
}

/* A line break in a token would smuggle in a header. */
static void test_userinfo_misuse(void **state) {
  fixture *f = *state;
  static const char *const bad[] = {"", "a b", "a\r\nX: y", "a\x7f", "\xc3\xa4"};
  for (size_t i = 0; i < COUNT(bad); i++) {
    moat_userinfo u = userinfo(f);
    u.access_token = moat_str(bad[i]);
    if (run_userinfo(f, &u) != MOAT_E_MISUSE) fail_msg("%s", bad[i]);
  }
  moat_userinfo u = userinfo(f);
  u.access_token.p = f->work;
  assert_int_equal(run_userinfo(f, &u), MOAT_E_MISUSE);
  u = userinfo(f);
  u.endpoint = NULL;
  assert_int_equal(run_userinfo(f, &u), MOAT_E_MISUSE);
  assert_int_equal(f->s.connects, 0);
  u = userinfo(f);
  assert_int_equal(moat_userinfo_begin(&f->c, &u), 0);
  assert_int_equal(moat_userinfo_begin(&f->c, &u), MOAT_E_MISUSE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_revoke),
      TEST(test_revoke_rfc),
      TEST(test_revoke_without_hint),
      TEST(test_signed),
      TEST(test_revoke_answers),
      TEST(test_revoke_large),
      TEST(test_revoke_again),
      TEST(test_query_misuse),
      TEST(test_introspect),
      TEST(test_introspect_answers),
      TEST(test_introspect_lists),
      TEST(test_introspect_large),
      TEST(test_userinfo),
      TEST(test_userinfo_answers),
      TEST(test_userinfo_misuse),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
