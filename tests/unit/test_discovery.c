/* Discovery: where the metadata is asked for, whose it has to be, and what is taken from it. */
#include "engine_fixture.h"

#include "moat/discovery.h"

typedef struct {
  fixture *f;
  char memory[300];
  moat_endpoint endpoint;
  moat_discovery d;
} discovery;

static discovery begin_at(fixture *f, const char *issuer) {
  discovery t = {.f = f, .d.issuer = moat_str(issuer)};
  moat_cancel(&f->c);
  f->s.sent_size = 0;
  return t;
}

/* The struct has its final place here, so that the endpoint can point into it. */
static int run(discovery *t, int (*begin)(moat_client *c, moat_discovery *d)) {
  assert_int_equal(
      moat_url_split(t->d.issuer.p, t->d.issuer.n, t->memory, sizeof t->memory, &t->endpoint), 0);
  t->d.endpoint = &t->endpoint;
  int r = begin(&t->f->c, &t->d);
  return r ? r : moat_run(&t->f->c);
}

/* One exchange with an issuer whose server gives this answer. */
static int ask(fixture *f, const char *issuer, const char *status, const char *body) {
  discovery t = begin_at(f, issuer);
  answer(f, status, "", body);
  int r = run(&t, moat_discovery_begin_all);
  moat__close(&f->c); /* the endpoint goes out of scope */
  return r;
}

#define ISSUER "https://login.example/tenant"
#define METADATA(issuer, more)                                                                     \
  "{\"issuer\":\"" issuer "\",\"token_endpoint\":\"https://login.example/token\"" more "}"

static void assert_requests(fixture *f, const char *const *paths) {
  const char *at = f->s.sent;
  f->s.sent[f->s.sent_size] = 0;
  for (; *paths; paths++) {
    char line[200];
    int n = snprintf(line, sizeof line, "GET %s HTTP/1.1\r\n", *paths);
    if (strncmp(at, line, (size_t)n) != 0) fail_msg("not %s: %s", *paths, at);
    at = strstr(at, "\r\n\r\n") + 4;
  }
  assert_string_equal(at, "");
}

static void test_request(void **state) {
  fixture *f = *state;
  assert_int_equal(ask(f, ISSUER, "200 OK", METADATA(ISSUER, "")), 0);
  f->s.sent[f->s.sent_size] = 0;
  assert_string_equal(f->s.sent, "GET /tenant/.well-known/openid-configuration HTTP/1.1\r\n"
                                 "Host: login.example\r\nUser-Agent: " MOAT_USER_AGENT
                                 "\r\nAccept: application/json\r\n\r\n");
}

/* ---- An answer for each request ---- */

static const char *const *answers;

static int next_connect(void *io, const char *host, uint16_t port) {
  scripted *s = io;
  s->answer = *answers++;
  s->answer_size = strlen(s->answer);
  return scripted_connect(io, host, port);
}

static int ask_twice(discovery *t, const char *const script[2]) {
  moat_stream_ops stream = scripted_stream;
  stream.connect = next_connect;
  answers = script;
  t->f->c.config.stream = &stream;
  t->f->s.end = MOAT_E_EOF;
  int r = run(t, moat_discovery_begin);
  t->f->c.config.stream = &scripted_stream;
  return r;
}

#define NOT_FOUND "HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"

static void test_places(void **state) {
  fixture *f = *state;
  const struct {
    const char *issuer, *first, *second;
  } cases[] = {
      {"https://h", "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"},
      {"https://h/", "/.well-known/openid-configuration",
       "/.well-known/oauth-authorization-server"},
      {"https://h/a/b", "/a/b/.well-known/openid-configuration",
       "/.well-known/oauth-authorization-server/a/b"},
      {"https://h/a/", "/a/.well-known/openid-configuration",
       "/.well-known/oauth-authorization-server/a"},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    const char *both[] = {cases[i].first, cases[i].second, NULL};
    static const char *const script[] = {NOT_FOUND, NOT_FOUND};
    discovery t = begin_at(f, cases[i].issuer);
    assert_int_equal(ask_twice(&t, script), MOAT_E_STATUS);
    assert_int_equal(moat_error(&f->c)->status, 404);
    assert_requests(f, both);
    assert_int_equal(moat_judge(moat_error(&f->c)).need, MOAT_NEED_PROFILE);
  }
}

/* The second place counts only after a 404, also one with an OAuth error in it. */
static void test_second_place(void **state) {
  fixture *f = *state;
  static const char *const script[] = {
      "HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 17\r\n\r\n"
      "{\"error\":\"lost\"}\n",
      "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" METADATA(ISSUER, "")};
  discovery t = begin_at(f, ISSUER);
  assert_int_equal(ask_twice(&t, script), 0);
  assert_span(t.d.metadata.token_endpoint, "https://login.example/token");
  const char *both[] = {"/tenant/.well-known/openid-configuration",
                        "/.well-known/oauth-authorization-server/tenant", NULL};
  assert_requests(f, both);
}

static void test_members(void **state) {
  fixture *f = *state;
  discovery t = begin_at(f, ISSUER);
  answer(f, "200 OK", "",
         METADATA(ISSUER, ",\"authorization_endpoint\":\"https:\\/\\/login.example\\/authorize\","
                          "\"device_authorization_endpoint\":\"https://login.example/device\","
                          "\"revocation_endpoint\":\"https://login.example/revoke\","
                          "\"introspection_endpoint\":\"https://login.example/introspect\","
                          "\"userinfo_endpoint\":\"https://api.example:8443/me?v=1\","
                          "\"registration_endpoint\":\"https://login.example/register\","
                          "\"mtls_endpoint_aliases\":{\"revocation_endpoint\":\"https://m/r\","
                          "\"authorization_endpoint\":\"http://not-used\","
                          "\"introspection_endpoint\":\"https://m/i\","
                          "\"userinfo_endpoint\":\"https://m/u\","
                          "\"registration_endpoint\":\"https://m/reg\","
                          "\"device_authorization_endpoint\":\"https://m/d\","
                          "\"token_endpoint\":\"https:\\/\\/mtls.example/token\"},"
                          "\"token_endpoint_auth_methods_supported\":[\"none\",\"private_key_jwt\"]"
                          ",\"authorization_response_iss_parameter_supported\":true"));
  assert_int_equal(run(&t, moat_discovery_begin_all), 0);
  const moat_metadata *m = &t.d.metadata;
  assert_span(m->issuer, ISSUER);
  assert_span(m->token_endpoint, "https://login.example/token");
  assert_span(m->authorization_endpoint, "https://login.example/authorize");
  assert_span(m->device_authorization_endpoint, "https://login.example/device");
  assert_span(m->revocation_endpoint, "https://login.example/revoke");
  assert_span(m->introspection_endpoint, "https://login.example/introspect");
  assert_span(m->userinfo_endpoint, "https://api.example:8443/me?v=1");
  assert_span(m->registration_endpoint, "https://login.example/register");
  assert_span(m->mtls_token_endpoint, "https://mtls.example/token");
  assert_span(m->mtls_device_authorization_endpoint, "https://m/d");
  assert_span(m->mtls_revocation_endpoint, "https://m/r");
  assert_span(m->mtls_introspection_endpoint, "https://m/i");
  assert_span(m->mtls_userinfo_endpoint, "https://m/u");
  assert_span(m->mtls_registration_endpoint, "https://m/reg");
  assert_span(m->token_endpoint_auth_methods_supported, "none private_key_jwt");
  assert_true(m->authorization_response_iss_parameter_supported);
  moat__close(&f->c);
}

/* What a device does not need is neither read nor checked. */
static void test_basic_members(void **state) {
  fixture *f = *state;
  discovery t = begin_at(f, ISSUER);
  answer(f, "200 OK", "",
         METADATA(ISSUER, ",\"device_authorization_endpoint\":\"https://login.example/device\","
                          "\"userinfo_endpoint\":\"http://login.example/me\","
                          "\"mtls_endpoint_aliases\":{\"token_endpoint\":\"https://m/t\"}"));
  assert_int_equal(run(&t, moat_discovery_begin), 0);
  assert_span(t.d.metadata.device_authorization_endpoint, "https://login.example/device");
  assert_int_equal(t.d.metadata.authorization_endpoint.n, 0);
  assert_int_equal(t.d.metadata.userinfo_endpoint.n, 0);
  assert_int_equal(t.d.metadata.mtls_token_endpoint.n, 0);
  assert_false(t.d.metadata.authorization_response_iss_parameter_supported);
  moat__close(&f->c);
}

static void test_aliases(void **state) {
  fixture *f = *state;
  const struct {
    const char *more;
    int result;
    const char *alias;
  } cases[] = {
      {",\"mtls_endpoint_aliases\":{}", 0, NULL},
      {",\"mtls_endpoint_aliases\":null", 0, NULL},
      {",\"mtls_endpoint_aliases\":\"https://m/t\"", 0, NULL},
      {",\"mtls_endpoint_aliases\":[{\"token_endpoint\":\"https://m/t\"}]", 0, NULL},
      {",\"mtls_endpoint_aliases\":{\"x\":{\"token_endpoint\":\"https://m/t\"}}", 0, NULL},
      {",\"mtls_endpoint_aliases\":{\"token_endpoint\":7}", 0, NULL},
      {",\"mtls_endpoint_aliases\":{\"token_endpoint\":\"https://m/1\",\"token_endpoint\":"
       "\"https://m/2\"}",
       0, "https://m/2"},
      {",\"mtls_endpoint_aliases\":{\"token_endpoint\":\"http://m/t\"}", MOAT_E_URL, NULL},
      {",\"mtls_endpoint_aliases\":{\"registration_endpoint\":\"http://m/t\"}", MOAT_E_URL, NULL},
      {",\"\":\"http://m/t\",\"mtls_endpoint_aliases\":{\"\":\"http://m/t\"}", 0, NULL},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    char body[400];
    discovery t = begin_at(f, ISSUER);
    (void)snprintf(body, sizeof body, METADATA(ISSUER, "%s"), cases[i].more);
    answer(f, "200 OK", "", body);
    int r = run(&t, moat_discovery_begin_all);
    if (r != cases[i].result) fail_msg("%s: %d", cases[i].more, r);
    if (!r && !moat_span_equal(t.d.metadata.mtls_token_endpoint, moat_str(cases[i].alias)))
      fail_msg("%s", cases[i].more);
    moat__close(&f->c);
  }
}

/* RFC 8414 3.3: identical, which no normalization of URLs makes two issuers. */
static void test_issuer(void **state) {
  fixture *f = *state;
  static const char *const others[] = {
      METADATA("https://login.example/tenant/", ""),
      METADATA("https://login.example/Tenant", ""),
      METADATA("https://login.example/tenan", ""),
      METADATA("https://login.example", ""),
      METADATA("https://login.example/", ""),
      METADATA("https://LOGIN.example/tenant", ""),
      METADATA("https://login.example:443/tenant", ""),
      METADATA("https://login.example//tenant", ""),
      METADATA("http://login.example/tenant", ""),
      METADATA("https://other.example/tenant", ""),
      METADATA("https://login.example/{tenantid}", ""),
      METADATA("https://login.example/tenant\\u0000", ""),
      METADATA("", ""),
      "{\"token_endpoint\":\"https://login.example/token\"}",
      "{\"issuer\":[\"" ISSUER "\"],\"token_endpoint\":\"https://login.example/token\"}",
      METADATA(ISSUER, ",\"issuer\":\"https://other.example/tenant\""),
      "{}",
  };
  for (size_t i = 0; i < COUNT(others); i++) {
    int r = ask(f, ISSUER, "200 OK", others[i]);
    if (r != MOAT_E_ISSUER) fail_msg("%s: %d", others[i], r);
    assert_int_equal(moat_judge(moat_error(&f->c)).need, MOAT_NEED_PROFILE);
    assert_int_equal(moat_judge(moat_error(&f->c)).cause, MOAT_CAUSE_URL);
  }
  assert_int_equal(ask(f, "https://login.example/tenant/", "200 OK", METADATA(ISSUER, "")),
                   MOAT_E_ISSUER);
  assert_int_equal(ask(f, ISSUER, "200 OK", METADATA("https:\\/\\/login.example\\/tenant", "")), 0);
}

/* A person is told whose metadata it is. None of the rest is left to be used. */
static void test_issuer_is_named(void **state) {
  fixture *f = *state;
  discovery t = begin_at(f, ISSUER);
  answer(f, "200 OK", "", METADATA("https://other.example/tenant", ""));
  assert_int_equal(run(&t, moat_discovery_begin), MOAT_E_ISSUER);
  assert_span(t.d.metadata.issuer, "https://other.example/tenant");
  moat__close(&f->c);
}

#define ENTRA(host, tenant) "https://" host "/" tenant "/v2.0"
#define OF_ENTRA(issuer) METADATA(issuer, "")

static void test_tenant(void **state) {
  fixture *f = *state;
  const struct {
    const char *issuer, *body;
    int result;
  } cases[] = {
      {ENTRA("login.microsoftonline.com", "common"),
       OF_ENTRA(ENTRA("login.microsoftonline.com", "{tenantid}")), 0},
      {ENTRA("login.microsoftonline.us", "organizations"),
       OF_ENTRA(ENTRA("login.microsoftonline.us", "{tenantid}")), 0},
      {ENTRA("login.partner.microsoftonline.cn", "common"),
       OF_ENTRA(ENTRA("login.partner.microsoftonline.cn", "{tenantid}")), 0},
      {ENTRA("login.microsoftonline.com", "1234-abcd"),
       OF_ENTRA(ENTRA("login.microsoftonline.com", "1234-abcd")), 0},
      /* the template stands for a tenant, and for nothing else */
      {ENTRA("login.microsoftonline.com", "common"),
       OF_ENTRA(ENTRA("login.microsoftonline.us", "{tenantid}")), MOAT_E_ISSUER},
      {ENTRA("login.microsoftonline.com", "common"),
       OF_ENTRA("https://login.microsoftonline.com/{tenantid}/v1.0"), MOAT_E_ISSUER},
      {ENTRA("login.microsoftonline.com", "common"),
       OF_ENTRA("https://login.microsoftonline.com/{tenantid}/v2.0/"), MOAT_E_ISSUER},
      {ENTRA("login.microsoftonline.com", "common"),
       OF_ENTRA("https://login.microsoftonline.com/{tenantid}"), MOAT_E_ISSUER},
      {ENTRA("login.microsoftonline.com", "a/b"),
       OF_ENTRA(ENTRA("login.microsoftonline.com", "{tenantid}")), MOAT_E_ISSUER},
      {ENTRA("login.microsoftonline.com", "common"),
       OF_ENTRA(ENTRA("login.microsoftonline.com", "1234-abcd")), MOAT_E_ISSUER},
      /* and only there */
      {ENTRA("login.microsoftonline.com.example", "common"),
       OF_ENTRA(ENTRA("login.microsoftonline.com.example", "{tenantid}")), MOAT_E_ISSUER},
      {ENTRA("xlogin.microsoftonline.com", "common"),
       OF_ENTRA(ENTRA("xlogin.microsoftonline.com", "{tenantid}")), MOAT_E_ISSUER},
      {ENTRA("login.microsoftonline.de", "common"),
       OF_ENTRA(ENTRA("login.microsoftonline.de", "{tenantid}")), MOAT_E_ISSUER},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    int r = ask(f, cases[i].issuer, "200 OK", cases[i].body);
    if (r != cases[i].result) fail_msg("%s, %s: %d", cases[i].issuer, cases[i].body, r);
  }
}

/* The tenant is put in: the result is the issuer that was asked for. */
static void test_tenant_is_put_in(void **state) {
  fixture *f = *state;
  discovery t = begin_at(f, ENTRA("login.microsoftonline.com", "common"));
  answer(f, "200 OK", "", OF_ENTRA(ENTRA("login.microsoftonline.com", "{tenantid}")));
  assert_int_equal(run(&t, moat_discovery_begin), 0);
  assert_span(t.d.metadata.issuer, ENTRA("login.microsoftonline.com", "common"));
  moat__close(&f->c);
}

#define FORM_ISSUER "https%3A%2F%2Flogin.example%2Ftenant"

static void test_refusals(void **state) {
  fixture *f = *state;
  const struct {
    const char *status, *body;
    int result, need;
  } cases[] = {
      {"200 OK", "{\"issuer\":\"" ISSUER "\"}", MOAT_E_REPLY, MOAT_NEED_PROFILE},
      {"200 OK", "{\"issuer\":\"" ISSUER "\",\"token_endpoint\":7}", MOAT_E_REPLY,
       MOAT_NEED_PROFILE},
      {"200 OK", "{\"issuer\":\"" ISSUER "\",\"token_endpoint\":\"http://login.example/t\"}",
       MOAT_E_URL, MOAT_NEED_PROFILE},
      {"200 OK", METADATA(ISSUER, ",\"authorization_endpoint\":\"http://login.example/a\""),
       MOAT_E_URL, MOAT_NEED_PROFILE},
      {"200 OK", METADATA(ISSUER, ",\"device_authorization_endpoint\":\"/device\""), MOAT_E_URL,
       MOAT_NEED_PROFILE},
      {"200 OK", METADATA(ISSUER, ",\"revocation_endpoint\":\"https://a@b/\""), MOAT_E_URL,
       MOAT_NEED_PROFILE},
      {"200 OK", METADATA(ISSUER, ",\"introspection_endpoint\":\"https://h/#f\""), MOAT_E_URL,
       MOAT_NEED_PROFILE},
      {"200 OK", METADATA(ISSUER, ",\"userinfo_endpoint\":\"https://h/ \""), MOAT_E_URL,
       MOAT_NEED_PROFILE},
      {"200 OK", METADATA(ISSUER, ",\"registration_endpoint\":\"ftp://h/\""), MOAT_E_URL,
       MOAT_NEED_PROFILE},
      /* of a repeated member the last usable value counts */
      {"200 OK", METADATA(ISSUER, ",\"token_endpoint\":\"http://login.example/t\""), MOAT_E_URL,
       MOAT_NEED_PROFILE},
      {"200 OK", "<html>", MOAT_E_JSON, MOAT_NEED_PROFILE},
      /* a form, which a token endpoint may answer with */
      {"200 OK", "issuer=" FORM_ISSUER "&token_endpoint=https%3A%2F%2Flogin.example%2Ft",
       MOAT_E_ISSUER, MOAT_NEED_PROFILE},
      {"200 OK", "", MOAT_E_JSON, MOAT_NEED_PROFILE},
      {"200 OK", "[" METADATA(ISSUER, "") "]", MOAT_E_JSON, MOAT_NEED_PROFILE},
      {"200 OK", METADATA(ISSUER, "") "{}", MOAT_E_JSON, MOAT_NEED_PROFILE},
      {"301 Moved", METADATA(ISSUER, ""), MOAT_E_STATUS, MOAT_NEED_PROFILE},
      {"302 Found", "", MOAT_E_STATUS, MOAT_NEED_PROFILE},
      {"307 Temporary Redirect", "", MOAT_E_STATUS, MOAT_NEED_PROFILE},
      {"400 Bad Request", METADATA(ISSUER, ""), MOAT_E_STATUS, MOAT_NEED_PROFILE},
      {"403 Forbidden", "<html>", MOAT_E_STATUS, MOAT_NEED_PROFILE},
      {"429 Too Many Requests", "", MOAT_E_STATUS, MOAT_NEED_WAIT},
      {"503 Service Unavailable", "<html>", MOAT_E_STATUS, MOAT_NEED_WAIT},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    int r = ask(f, ISSUER, cases[i].status, cases[i].body);
    if (r != cases[i].result) fail_msg("%s %s: %d", cases[i].status, cases[i].body, r);
    if (moat_judge(moat_error(&f->c)).need != cases[i].need)
      fail_msg("%s %s: need %d", cases[i].status, cases[i].body,
               moat_judge(moat_error(&f->c)).need);
    assert_int_equal(f->s.connects, i + 1); /* no redirect is followed */
    assert_int_equal(moat_error(&f->c)->asked, MOAT_ASKED_DISCOVERY);
    assert_false(moat_error(&f->c)->secret);
  }
}

/* So Entra answers to a tenant that it does not know. */
static void test_error(void **state) {
  fixture *f = *state;
  assert_int_equal(ask(f, ISSUER, "400 Bad Request",
                       "{\"error\":\"invalid_tenant\",\"error_description\":\"AADSTS90002: Tenant "
                       "'x' not found.\",\"error_codes\":[90002]}"),
                   MOAT_E_OAUTH);
  assert_span(moat_error(&f->c)->error, "invalid_tenant");
  assert_span(moat_error(&f->c)->description, "AADSTS90002: Tenant 'x' not found.");
  assert_int_equal(moat_error(&f->c)->provider_code, 90002);
  assert_int_equal(moat_judge(moat_error(&f->c)).need, MOAT_NEED_PROFILE);
}

/* A megabyte costs neither memory nor time: the connection is closed. */
static void test_megabyte(void **state) {
  fixture *f = *state;
  size_t n = 1 << 20;
  char *big = malloc(n + 200);
  int head =
      sprintf(big, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n{\"issuer\":\"%s\"", n, ISSUER);
  memset(big + head, ' ', n);
  f->s.chunk = 1000;
  for (int page = 0; page < 2; page++) {
    discovery t = begin_at(f, ISSUER);
    f->s.answer = big;
    f->s.answer_size = (size_t)head + n;
    assert_int_equal(run(&t, moat_discovery_begin), page ? MOAT_E_JSON : MOAT_E_SPACE);
    assert_int_equal(moat_judge(moat_error(&f->c)).need,
                     page ? MOAT_NEED_PROFILE : MOAT_NEED_DEVICE);
    assert_true(moat_error(&f->c)->needed >= n);
    assert_false(f->s.open);
    assert_true(f->s.given < 3000);
    assert_int_equal(t.d.metadata.token_endpoint.n, 0);
    big[strcspn(big, "{<")] = '<';
  }
  free(big);
}

/* Nested so deeply that the scratch does not suffice. */
static void test_nested(void **state) {
  fixture *f = *state;
  static char body[8100];
  int n = sprintf(body, "{\"issuer\":\"" ISSUER "\",\"x\":");
  memset(body + n, '[', 4000);
  memset(body + n + 4000, ']', 4000);
  memcpy(body + n + 8000, "}", 2);
  assert_int_equal(ask(f, ISSUER, "200 OK", body), MOAT_E_SPACE);
}

static void test_misuse(void **state) {
  fixture *f = *state;
  moat_discovery d = {.issuer = moat_str(ISSUER)};
  assert_int_equal(moat_discovery_begin(&f->c, &d), MOAT_E_MISUSE);
  d.endpoint = &endpoint;
  d.issuer = (moat_span){f->work + 7, 30};
  assert_int_equal(moat_discovery_begin(&f->c, &d), MOAT_E_MISUSE);
  d.issuer = (moat_span){NULL, 0};
  assert_int_equal(moat_discovery_begin_all(&f->c, &d), MOAT_E_MISUSE);
  const moat_endpoint with_query = {"login.example", 443, "/tenant?x=1"};
  d.issuer = moat_str(ISSUER "?x=1");
  d.endpoint = &with_query;
  assert_int_equal(moat_discovery_begin(&f->c, &d), MOAT_E_MISUSE);
  d.endpoint = &endpoint;
  d.issuer = moat_str(ISSUER);
  assert_int_equal(moat_discovery_begin(&f->c, &d), 0);
  assert_int_equal(moat_discovery_begin(&f->c, &d), MOAT_E_MISUSE);
}

/* A dead connection of an earlier exchange: metadata may be asked for twice. */
static void test_reconnect(void **state) {
  fixture *f = *state;
  moat_discovery d = {.issuer = moat_str("https://login.example"), .endpoint = &endpoint};
  assert_int_equal(run_refresh(f), 0);
  answer(f, "200 OK", "", METADATA("https://login.example", ""));
  assert_int_equal(moat_discovery_begin(&f->c, &d), 0);
  f->s.given = f->s.answer_size;
  f->s.end = MOAT_WANT_READ;
  assert_true(moat_is_want(moat_step(&f->c)));
  f->s.end = MOAT_E_EOF;
  assert_int_equal(moat_run(&f->c), 0);
  assert_int_equal(f->s.connects, 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_request),          TEST(test_places),          TEST(test_second_place),
      TEST(test_members),          TEST(test_basic_members),   TEST(test_aliases),
      TEST(test_issuer),           TEST(test_issuer_is_named), TEST(test_tenant),
      TEST(test_tenant_is_put_in), TEST(test_refusals),        TEST(test_error),
      TEST(test_megabyte),         TEST(test_nested),          TEST(test_misuse),
      TEST(test_reconnect),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
