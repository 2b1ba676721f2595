/* Dynamic registration: what is asked for, what comes of the answers, and how it ends. */
#include "engine_fixture.h"

#include "moat/registration.h"

static const moat_endpoint register_endpoint = {"server.example.com", 443, "/register"};

static moat_registration registration(fixture *f) {
  moat_cancel(&f->c);
  f->s.sent_size = 0;
  return (moat_registration){.endpoint = &register_endpoint};
}

static int run(fixture *f, moat_registration *g) {
  int r = moat_register_begin(&f->c, g);
  return r ? r : moat_run(&f->c);
}

static void assert_sent(fixture *f, const char *text) {
  f->s.sent[f->s.sent_size] = 0;
  assert_string_equal(f->s.sent, text);
}

#define POST(headers, length, body)                                                                \
  "POST /register HTTP/1.1\r\nHost: server.example.com\r\nUser-Agent: " MOAT_USER_AGENT            \
  "\r\nAccept: application/json\r\n" headers                                                       \
  "Content-Type: application/json\r\nContent-Length: " length "\r\n\r\n" body

/* The answer of RFC 7591 3.2.1. */
#define ANSWER                                                                                     \
  "{\n \"client_id\": \"s6BhdRkqt3\",\n"                                                           \
  " \"client_secret\": \"cf136dc3c1fc93f31185e5885805d\",\n"                                       \
  " \"client_id_issued_at\": 2893256800,\n \"client_secret_expires_at\": 2893276800,\n"            \
  " \"redirect_uris\": [\n  \"https://client.example.org/callback\",\n"                            \
  "  \"https://client.example.org/callback2\"],\n"                                                 \
  " \"grant_types\": [\"authorization_code\", \"refresh_token\"],\n"                               \
  " \"client_name\": \"My Example Client\",\n"                                                     \
  " \"client_name#ja-Jpan-JP\":\n  \"\\u30AF\\u30E9\\u30A4\\u30A2\\u30F3\\u30C8\\u540D\",\n"       \
  " \"token_endpoint_auth_method\": \"client_secret_basic\",\n"                                    \
  " \"logo_uri\": \"https://client.example.org/logo.png\",\n"                                      \
  " \"jwks_uri\": \"https://client.example.org/my_public_keys.jwks\",\n"                           \
  " \"example_extension_parameter\": \"example_value\"\n}\n"

/* The request of RFC 7591 3.1, without the white space. Its members are in the order in which Moat
 * writes them; what has no member of its own comes by `extra`. */
static void test_rfc(void **state) {
  fixture *f = *state;
  moat_registration g = registration(f);
  g.initial_access_token = moat_str("ey23f2.adfj230.af32-developer321");
  g.asked.redirect_uris =
      moat_str("https://client.example.org/callback https://client.example.org/callback2");
  g.asked.client_name = moat_str("My Example Client");
  g.extra =
      moat_str("\"client_name#ja-Jpan-JP\":\"\\u30AF\\u30E9\\u30A4\\u30A2\\u30F3\\u30C8\\u540D\","
               "\"token_endpoint_auth_method\":\"client_secret_basic\","
               "\"logo_uri\":\"https://client.example.org/logo.png\","
               "\"jwks_uri\":\"https://client.example.org/my_public_keys.jwks\","
               "\"example_extension_parameter\":\"example_value\"");
  answer(f, "201 Created", "Content-Type: application/json\r\n", ANSWER);
  assert_int_equal(run(f, &g), 0);
  assert_sent(
      f, POST("Authorization: Bearer ey23f2.adfj230.af32-developer321\r\n", "406",
              "{\"redirect_uris\":[\"https://client.example.org/callback\","
              "\"https://client.example.org/callback2\"],\"client_name\":\"My Example Client\","
              "\"client_name#ja-Jpan-JP\":\"\\u30AF\\u30E9\\u30A4\\u30A2\\u30F3\\u30C8\\u540D\","
              "\"token_endpoint_auth_method\":\"client_secret_basic\","
              "\"logo_uri\":\"https://client.example.org/logo.png\","
              "\"jwks_uri\":\"https://client.example.org/my_public_keys.jwks\","
              "\"example_extension_parameter\":\"example_value\"}"));
  const moat_registered *got = &g.registered;
  assert_span(got->client_id, "s6BhdRkqt3");
  assert_span(got->client_secret, "cf136dc3c1fc93f31185e5885805d");
  assert_span(got->client_secret_expires_at, "2893276800");
  assert_span(got->metadata.redirect_uris,
              "https://client.example.org/callback https://client.example.org/callback2");
  assert_span(got->metadata.grant_types, "authorization_code refresh_token");
  assert_span(got->metadata.client_name, "My Example Client");
  assert_span(got->metadata.token_endpoint_auth_method, "client_secret_basic");
  assert_int_equal(got->registration_access_token.n, 0);
}

static void test_all_members(void **state) {
  fixture *f = *state;
  moat_registration g = registration(f);
  g.asked = (moat_client_metadata){
      moat_str("http://localhost"), moat_str("Meter \"7\\\" \xc3\xa4"), moat_str("none"),
      moat_str("refresh_token"),    moat_str("code code id_token"),     moat_str("a b")};
  answer(f, "200 OK", "",
         "{\"client_id\":\"id\",\"registration_access_token\":\"RAT.canary\","
         "\"registration_client_uri\":\"https://server.example.com/r?id\",\"scope\":\"a\","
         "\"response_types\":[\"code\"]}");
  assert_int_equal(run(f, &g), 0);
  assert_sent(f, POST("", "197",
                      "{\"redirect_uris\":[\"http://localhost\"],"
                      "\"client_name\":\"Meter \\\"7\\\\\\\" \xc3\xa4\","
                      "\"token_endpoint_auth_method\":\"none\","
                      "\"grant_types\":[\"refresh_token\"],"
                      "\"response_types\":[\"code\",\"code\",\"id_token\"],\"scope\":\"a b\"}"));
  assert_span(g.registered.registration_access_token, "RAT.canary");
  assert_span(g.registered.registration_client_uri, "https://server.example.com/r?id");
  assert_span(g.registered.metadata.response_types, "code");
  assert_span(g.registered.metadata.scope, "a");
  assert_int_equal(g.registered.client_secret.n, 0);
  moat_cancel(&f->c);
  assert_no_canary(f);
}

/* A server may know all from its own configuration, or from `extra`. */
static void test_little(void **state) {
  fixture *f = *state;
  moat_registration g = registration(f);
  answer(f, "201 Created", "", "{\"client_id\":\"id\"}");
  assert_int_equal(run(f, &g), 0);
  assert_sent(f, POST("", "2", "{}"));
  g = registration(f);
  g.extra = moat_str("\"jwks\":{\"keys\":[]}");
  assert_int_equal(run(f, &g), 0);
  assert_sent(f, POST("", "20", "{\"jwks\":{\"keys\":[]}}"));
}

static void test_answers(void **state) {
  fixture *f = *state;
  const struct {
    const char *status, *body;
    int result, need;
    const char *error;
  } cases[] = {
      {"201 Created", "{\"client_id\":\"id\",\"client_secret\":[],\"scope\":7}", 0,
       MOAT_NEED_NOTHING, NULL},
      {"201 Created", "{\"client_secret\":\"x\"}", MOAT_E_REPLY, MOAT_NEED_PROFILE, NULL},
      {"201 Created", "{\"client_id\":\"a\\nb\"}", MOAT_E_REPLY, MOAT_NEED_PROFILE, NULL},
      {"201 Created", "client_id=id&scope=a", MOAT_E_REPLY, MOAT_NEED_PROFILE, NULL},
      {"201 Created", "client_id=id", MOAT_E_JSON, MOAT_NEED_PROFILE, NULL},
      {"201 Created", "", MOAT_E_JSON, MOAT_NEED_PROFILE, NULL},
      {"200 OK", "<html>", MOAT_E_JSON, MOAT_NEED_PROFILE, NULL},
      {"400 Bad Request",
       "{\"error\":\"invalid_redirect_uri\",\"error_description\":\"The redirection URI "
       "http://sketchy.example.com is not allowed by this server.\"}",
       MOAT_E_OAUTH, MOAT_NEED_PROFILE, "invalid_redirect_uri"},
      {"400 Bad Request", "{\"error\":\"invalid_client_metadata\"}", MOAT_E_OAUTH,
       MOAT_NEED_PROFILE, "invalid_client_metadata"},
      {"400 Bad Request", "{\"error\":\"unapproved_software_statement\"}", MOAT_E_OAUTH,
       MOAT_NEED_PROFILE, "unapproved_software_statement"},
      {"401 Unauthorized", "{\"error\":\"invalid_token\"}", MOAT_E_OAUTH, MOAT_NEED_PROFILE,
       "invalid_token"},
      {"401 Unauthorized", "", MOAT_E_STATUS, MOAT_NEED_PROFILE, NULL},
      {"403 Forbidden", "{\"client_id\":\"id\"}", MOAT_E_STATUS, MOAT_NEED_PROFILE, NULL},
      {"404 Not Found", "<html>", MOAT_E_STATUS, MOAT_NEED_PROFILE, NULL},
      {"307 Temporary Redirect", "{\"client_id\":\"id\"}", MOAT_E_STATUS, MOAT_NEED_PROFILE, NULL},
      {"429 Too Many Requests", "{}", MOAT_E_STATUS, MOAT_NEED_WAIT, NULL},
      {"503 Service Unavailable", "", MOAT_E_STATUS, MOAT_NEED_WAIT, NULL},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    moat_registration g = registration(f);
    g.initial_access_token = moat_str("IAT.canary");
    answer(f, cases[i].status, "", cases[i].body);
    int r = run(f, &g);
    const moat_error_info *e = moat_error(&f->c);
    moat_verdict v = moat_judge(e);
    if (r != cases[i].result || v.need != cases[i].need)
      fail_msg("%s %s: %d, need %d", cases[i].status, cases[i].body, r, v.need);
    if (!moat_span_equal(e->error, moat_str(cases[i].error))) fail_msg("%s", cases[i].body);
    assert_false(v.dead);
    assert_int_equal(e->asked, MOAT_ASKED_REGISTRATION);
    assert_int_equal(f->s.connects, i + 1); /* no redirect is followed */
    assert_no_canary(f);
  }
}

/* An answer that does not fit, and a page that does not. */
static void test_large(void **state) {
  fixture *f = *state;
  for (int page = 0; page < 2; page++) {
    static char body[12000];
    memset(body, ' ', sizeof body - 1);
    memcpy(body, page ? "<" : "{", 1);
    moat_registration g = registration(f);
    answer(f, "201 Created", "", body);
    assert_int_equal(run(f, &g), page ? MOAT_E_JSON : MOAT_E_SPACE);
    assert_int_equal(g.registered.client_id.n, 0);
  }
}

/* The server may have made a client before the connection broke. */
static void test_sent_once(void **state) {
  fixture *f = *state;
  assert_int_equal(run_refresh(f), 0);
  moat_registration g = {.endpoint = &endpoint};
  answer(f, "201 Created", "", "{\"client_id\":\"id\"}");
  f->s.given = f->s.answer_size;
  assert_int_equal(moat_register_begin(&f->c, &g), 0);
  assert_true(moat_is_want(moat_step(&f->c)));
  f->s.end = MOAT_E_NETWORK;
  assert_int_equal(moat_run(&f->c), MOAT_E_NETWORK);
  assert_int_equal(f->s.connects, 1);
  assert_true(moat_error(&f->c)->sent);
}

static void test_misuse(void **state) {
  fixture *f = *state;
  for (int i = 0; i < 9; i++) {
    moat_registration g = registration(f);
    switch (i) {
    case 0: g.endpoint = NULL; break;
    case 1: g.initial_access_token = moat_str("a\r\nX: y"); break;
    case 2: g.initial_access_token = moat_str("a b"); break;
    case 3: g.initial_access_token = (moat_span){f->work, 3}; break;
    case 4: g.extra = (moat_span){f->work + 9, 3}; break;
    case 5: g.asked.scope = (moat_span){f->work + 9, 3}; break;
    case 6: g.asked.redirect_uris = (moat_span){f->work + 9, 3}; break;
    case 7: g.asked.client_name = moat_str("a\nb"); break;
    default: g.asked.grant_types = moat_str("a\x01 b");
    }
    if (run(f, &g) != MOAT_E_MISUSE) fail_msg("%d", i);
    assert_int_equal(f->s.connects, 0);
  }
  moat_registration g = registration(f);
  assert_int_equal(moat_register_begin(&f->c, &g), 0);
  assert_int_equal(moat_register_begin(&f->c, &g), MOAT_E_MISUSE);
}

/* ---- The end of a registration ---- */

static const moat_endpoint client_uri = {"server.example.com", 443, "/register/s6BhdRkqt3"};

static moat_unregistration unregistration(fixture *f) {
  moat_cancel(&f->c);
  f->s.sent_size = 0;
  return (moat_unregistration){.endpoint = &client_uri,
                               .registration_access_token =
                                   moat_str("reg-23410913-abewfq.123483-canary"),
                               .was_unknown = true};
}

static int run_end(fixture *f, moat_unregistration *u) {
  int r = moat_unregister_begin(&f->c, u);
  return r ? r : moat_run(&f->c);
}

/* The request of RFC 7592 2.3, with the headers that every request of Moat's has. */
static void test_unregister(void **state) {
  fixture *f = *state;
  moat_unregistration u = unregistration(f);
  answer(f, "204 No Content", "Cache-Control: no-store\r\nPragma: no-cache\r\n", "");
  assert_int_equal(run_end(f, &u), 0);
  assert_sent(f,
              "DELETE /register/s6BhdRkqt3 HTTP/1.1\r\nHost: server.example.com\r\nUser-Agent: " //
              MOAT_USER_AGENT "\r\nAccept: application/json\r\nAuthorization: Bearer "
              "reg-23410913-abewfq.123483-canary\r\n\r\n");
  assert_false(u.was_unknown);
  assert_no_canary(f);
}

static void test_unregister_answers(void **state) {
  fixture *f = *state;
  const struct {
    const char *status, *body;
    int result, need;
    bool was_unknown;
  } cases[] = {
      {"200 OK", "{\"deleted\":true}", 0, MOAT_NEED_NOTHING, false},
      {"401 Unauthorized", "{\"error\":\"invalid_token\"}", 0, MOAT_NEED_NOTHING, true},
      {"404 Not Found", "", 0, MOAT_NEED_NOTHING, true},
      {"404 Not Found", "<html>", MOAT_E_STATUS, MOAT_NEED_PROFILE, false},
      {"401 Unauthorized", "Log in to the proxy", MOAT_E_STATUS, MOAT_NEED_PROFILE, false},
      {"403 Forbidden", "", MOAT_E_STATUS, MOAT_NEED_PROFILE, false},
      {"405 Method Not Allowed", "", MOAT_E_STATUS, MOAT_NEED_PROFILE, false},
      {"400 Bad Request", "{\"error\":\"invalid_request\"}", MOAT_E_OAUTH, MOAT_NEED_PROFILE,
       false},
      {"302 Found", "", MOAT_E_STATUS, MOAT_NEED_PROFILE, false},
      {"503 Service Unavailable", "", MOAT_E_STATUS, MOAT_NEED_WAIT, false},
      {"429 Too Many Requests", "", MOAT_E_STATUS, MOAT_NEED_WAIT, false},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    moat_unregistration u = unregistration(f);
    answer(f, cases[i].status, "", cases[i].body);
    int r = run_end(f, &u);
    moat_verdict v = moat_judge(moat_error(&f->c));
    if (r != cases[i].result || v.need != cases[i].need || u.was_unknown != cases[i].was_unknown)
      fail_msg("%s %s: %d, need %d", cases[i].status, cases[i].body, r, v.need);
    assert_int_equal(moat_error(&f->c)->asked, MOAT_ASKED_REGISTRATION);
    assert_no_canary(f);
  }
}

/* A success needs no body. */
static void test_unregister_large(void **state) {
  fixture *f = *state;
  static char body[12000];
  memset(body, ' ', sizeof body - 1);
  memcpy(body, "{", 1);
  moat_unregistration u = unregistration(f);
  answer(f, "200 OK", "", body);
  assert_int_equal(run_end(f, &u), 0);
}

/* To delete a client twice changes nothing. */
static void test_unregister_again(void **state) {
  fixture *f = *state;
  assert_int_equal(run_refresh(f), 0);
  moat_unregistration u = {.endpoint = &endpoint, .registration_access_token = moat_str("t")};
  answer(f, "401 Unauthorized", "", "");
  f->s.given = f->s.answer_size;
  assert_int_equal(moat_unregister_begin(&f->c, &u), 0);
  assert_true(moat_is_want(moat_step(&f->c)));
  f->s.end = MOAT_E_NETWORK;
  assert_int_equal(moat_run(&f->c), 0);
  assert_true(u.was_unknown);
  assert_int_equal(f->s.connects, 2);
}

static void test_unregister_misuse(void **state) {
  fixture *f = *state;
  for (int i = 0; i < 4; i++) {
    moat_unregistration u = unregistration(f);
    switch (i) {
    case 0: u.endpoint = NULL; break;
    case 1: u.registration_access_token = (moat_span){NULL, 0}; break;
    case 2: u.registration_access_token = moat_str("a\r\nX: y"); break;
    default: u.registration_access_token = (moat_span){f->work, 3};
    }
    if (run_end(f, &u) != MOAT_E_MISUSE) fail_msg("%d", i);
  }
  assert_int_equal(f->s.connects, 0);
  moat_unregistration u = unregistration(f);
  assert_int_equal(moat_unregister_begin(&f->c, &u), 0);
  assert_int_equal(moat_unregister_begin(&f->c, &u), MOAT_E_MISUSE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_rfc),
      TEST(test_all_members),
      TEST(test_little),
      TEST(test_answers),
      TEST(test_large),
      TEST(test_sent_once),
      TEST(test_misuse),
      TEST(test_unregister),
      TEST(test_unregister_answers),
      TEST(test_unregister_large),
      TEST(test_unregister_again),
      TEST(test_unregister_misuse),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
