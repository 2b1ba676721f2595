/* Accounts that get their tokens without a person: client credentials, an assertion, an exchange.
 */
#include "cmocka_all.h"

#include "jose_fixture.h" /* first: tls.h has a parameter called platform */

#include "account_fixture.h"

#define BEARER "\"token_type\":\"Bearer\",\"expires_in\":3600"
#define CREDENTIALS "grant_type=client_credentials&scope=scope"

static const moat_unattended credentials = {&moat_unattended_client_credentials};

static void begin_anew(fixture *f, const moat_unattended *how) {
  restart(f);
  f->config.unattended = how;
}

static int setup_credentials(void **state) {
  int r = setup(state);
  fixture *f = *state;
  f->m = (memory){.stream = &f->s, .unix_time = NOW};
  begin_anew(f, &credentials);
  return r;
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup_credentials, teardown)

/* The number of requests since the last call. */
static unsigned asked(fixture *f) {
  unsigned n = 0;
  for (size_t i = 0; i + 11 <= f->s.sent_size; i++)
    n += memcmp(f->s.sent + i, "grant_type=", 11) == 0;
  f->s.sent_size = 0;
  return n;
}

static void assert_body(const fixture *f, const char *body) {
  char text[sizeof f->s.sent + 1];
  memcpy(text, f->s.sent, f->s.sent_size);
  text[f->s.sent_size] = 0;
  const char *start = strstr(text, "\r\n\r\n");
  assert_non_null(start);
  assert_string_equal(start + 4, body);
}

static void refuse(fixture *f, const char *status, const char *error) {
  char body[64];
  snprintf(body, sizeof body, "{\"error\":\"%s\"}", error);
  answer(f, status, "", body);
}

/* ---- Tokens ---- */

static void test_token(void **state) {
  fixture *f = *state;
  f->config.prepare = prepare;
  f->config.ctx = f;
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.2");
  assert_body(f, "client_id=client&client_secret=canary.secret&" CREDENTIALS);
  assert_int_equal(f->how, MOAT_HOW_UNATTENDED);
  assert_int_equal(asked(f), 1);
  assert_int_equal(run(f), 0);
  assert_int_equal(asked(f), 0);
  begin_anew(f, &credentials); /* the slot serves after a restart */
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.2");
  assert_int_equal(asked(f), 0);
  pass(f, 3300);
  answer(f, "200 OK", "", "{" BEARER ",\"access_token\":\"AT.3\"}");
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.3");
  assert_int_equal(asked(f), 1);
}

/* RFC 6749 4.4.3: the server should not send one. */
static void test_no_refresh_token_is_kept(void **state) {
  fixture *f = *state;
  assert_int_equal(run(f), 0);
  assert_int_equal(load(f), 0);
  assert_int_equal(f->store.record.how, MOAT_HOW_UNATTENDED);
  assert_int_equal(f->store.record.refresh_token.n, 0);
  assert_false(f->store.note.marked);
  pass(f, 3300);
  assert_int_equal(run(f), 0);
  assert_body(f, "client_id=client&client_secret=canary.secret&" CREDENTIALS);
}

static void test_life_is_not_known(void **state) {
  fixture *f = *state;
  answer(f, "200 OK", "", "{\"access_token\":\"AT.1\"}");
  assert_int_equal(run(f), 0);
  pass(f, 3299);
  assert_int_equal(run(f), 0);
  assert_int_equal(asked(f), 0);
  pass(f, 1);
  assert_int_equal(run(f), 0);
  assert_int_equal(asked(f), 1);
}

static void test_refused_by_the_api(void **state) {
  fixture *f = *state;
  assert_int_equal(run(f), 0);
  pass(f, 30);
  answer(f, "200 OK", "", "{" BEARER ",\"access_token\":\"AT.3\"}");
  assert_int_equal(moat_account_refused(&f->a, moat_account_access(&f->a)), 0);
  assert_int_equal(moat_account_run(&f->a), 0);
  assert_token(f, "AT.3");
  f->refresh = true;
  answer_tokens(f);
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.2");
}

static void test_extra_parameters(void **state) {
  fixture *f = *state;
  f->config.token_extra = moat_str("audience=a&resource=b&resource=c");
  f->config.refresh_extra = moat_str("not=this");
  assert_int_equal(run(f), 0);
  assert_body(f, "client_id=client&client_secret=canary.secret&" CREDENTIALS
                 "&audience=a&resource=b&resource=c");
  restart(f); /* and those of a refresh */
  sign_in(f, MOAT_HOW_CODE, "RT.1", 3600);
  pass(f, 3600);
  f->config.token_extra = moat_str("not=this");
  f->config.refresh_extra = moat_str("resource=b");
  answer_tokens(f);
  assert_int_equal(run(f), 0);
  assert_body(f, "client_id=client&client_secret=canary.secret&grant_type=refresh_token&"
                 "refresh_token=RT.1&resource=b");
}

/* ---- Other kinds ---- */

static void test_assertion(void **state) {
  fixture *f = *state;
  moat_unattended_assertion how = {{&moat_unattended_jwt_bearer}, moat_str("a.b.c")};
  f->auth = (moat_auth){&moat_auth_omitted, moat_str("client"), {NULL, 0}};
  begin_anew(f, &how.unattended);
  assert_int_equal(run(f), 0);
  assert_body(f, "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&"
                 "assertion=a.b.c&scope=scope");
  pass(f, 3600); /* a refused assertion is the profile's fault, and no grant has died */
  refuse(f, "400 Bad Request", "invalid_grant");
  assert_int_equal(run(f), MOAT_E_OAUTH);
  moat_verdict v = moat_judge(moat_account_error(&f->a));
  assert_int_equal(v.need, MOAT_NEED_PROFILE);
  assert_int_equal(v.cause, MOAT_CAUSE_GRANT);
  assert_false(v.dead);
  assert_int_equal(moat_account_note(&f->a)->dead_code, 0);
  how.assertion.n = 0;
  f->config.revision++;
  assert_int_equal(run(f), MOAT_E_MISUSE);
}

static int fill(void *ctx, void *p, size_t n) {
  static uint8_t last;
  (void)ctx;
  memset(p, ++last, n);
  return 0;
}

static void assert_claims(const jwt_parts *parts, const char *rest) {
  static char pattern[512];
  const char *claims = strstr(parts->claims, "\",\"iss\"");
  assert_non_null(claims);
  snprintf(pattern, sizeof pattern, "\",\"iss\":\"client@example\",%s,\"iat\":%d,\"exp\":%d}", rest,
           NOW, NOW + 3600);
  assert_string_equal(claims, pattern);
}

/* The client signs the assertion itself, and it proves who asks. */
static void test_signed_assertion(void **state) {
  fixture *f = *state;
  fake key = {.waits = 2};
  moat_signer signer = signer_of(&key, MOAT_RS256, 256);
  moat_unattended_signed how = {.unattended = {&moat_unattended_signed_jwt},
                                .signer = &signer,
                                .issuer = moat_str("client@example"),
                                .subject = moat_str("person@example"),
                                .audience = moat_str(URL),
                                .key_id = moat_str("k1"),
                                .lifetime = 3600};
  f->auth = (moat_auth){&moat_auth_omitted, moat_str("client@example"), {NULL, 0}};
  begin_anew(f, &how.unattended);
  assert_int_equal(run(f), MOAT_E_MISUSE); /* there is no randomness */
  f->platform.random = fill;
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.2");
  assert_int_equal(key.calls, 3);
  jwt_parts parts = take_apart(field(f->s.sent, f->s.sent_size, "assertion"));
  assert_string_equal(parts.header, "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"k1\"}");
  assert_claims(&parts, "\"sub\":\"person@example\",\"aud\":\"" URL "\",\"scope\":\"scope\"");
  assert_int_equal(parts.size, 256);
  how.subject.n = 0;
  f->config.scope.n = 0;
  f->config.revision++;
  answer_tokens(f);
  assert_int_equal(run(f), 0);
  parts = take_apart(field(f->s.sent, f->s.sent_size, "assertion"));
  assert_claims(&parts, "\"aud\":\"" URL "\"");
}

static void test_signature_fails(void **state) {
  fixture *f = *state;
  fake key = {.result = MOAT_E_MEMORY};
  moat_signer signer = signer_of(&key, MOAT_ES256, 64);
  moat_unattended_signed how = {.unattended = {&moat_unattended_signed_jwt},
                                .issuer = moat_str("client"),
                                .audience = moat_str(URL)};
  f->auth = (moat_auth){&moat_auth_omitted, moat_str("client"), {NULL, 0}};
  begin_anew(f, &how.unattended);
  f->platform.random = fill;
  assert_int_equal(run(f), MOAT_E_MISUSE); /* there is no key */
  how.signer = &signer;
  assert_int_equal(run(f), MOAT_E_MEMORY);
  assert_int_equal(f->s.sent_size, 0);
  f->m.unix_time = 0;
  assert_int_equal(run(f), MOAT_E_CLOCK);
  assert_int_equal(f->s.sent_size, 0);
  signer = signer_of(&key, MOAT_HS256, 32);
  assert_int_equal(run(f), MOAT_E_MISUSE);
}

static void test_exchange(void **state) {
  fixture *f = *state;
  moat_unattended_exchange how = {.unattended = {&moat_unattended_token_exchange},
                                  .subject_token = moat_str("a.b.c"),
                                  .subject_token_type = moat_str("urn:jwt"),
                                  .requested_token_type = moat_str("urn:access")};
  begin_anew(f, &how.unattended);
  answer(f, "200 OK", "",
         "{\"access_token\":\"AT.1\",\"issued_token_type\":\"urn:access\",\"token_type\":\"N_A\"}");
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.1");
  assert_body(f, "client_id=client&client_secret=canary.secret&"
                 "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&"
                 "subject_token=a.b.c&subject_token_type=urn%3Ajwt&"
                 "requested_token_type=urn%3Aaccess&scope=scope");
  how.actor_token = moat_str("actor"); /* its type is missing */
  f->refresh = true;
  assert_int_equal(run(f), MOAT_E_MISUSE);
  how.actor_token_type = moat_str("urn:actor");
  answer(f, "200 OK", "", "{\"access_token\":\"AT.1\",\"token_type\":\"mac\"}");
  assert_int_equal(run(f), MOAT_E_TYPE);
}

/* A token of another type (RFC 8693 2.2.1) is of use only to a caller that asked for just that. */
static void test_issued_type(void **state) {
  fixture *f = *state;
  const struct {
    const char *requested, *issued, *type;
    int result;
  } cases[] = {
      {NULL, "urn:ietf:params:oauth:token-type:access_token", "Bearer", 0},
      {NULL, "urn:ietf:params:oauth:token-type:jwt", "bearer", 0},
      {NULL, "urn:ietf:params:oauth:token-type:jwt", "N_A", MOAT_E_TYPE},
      {NULL, "", "N_A", MOAT_E_TYPE},
      {"urn:a", "", "N_A", MOAT_E_TYPE},
      {"urn:a", "urn:b", "N_A", MOAT_E_TYPE},
      {"urn:a", "urn:A", "N_A", MOAT_E_TYPE},
      {"urn:a", "urn:a", "n_a", 0},
      {"urn:a", "urn:a", "mac", MOAT_E_TYPE},
      {"urn:a", "urn:b", "Bearer", 0},
  };
  static moat_unattended_exchange how; /* the fixture keeps its address */
  how = (moat_unattended_exchange){.unattended = {&moat_unattended_token_exchange},
                                   .subject_token = moat_str("a.b.c"),
                                   .subject_token_type = moat_str("urn:jwt")};
  begin_anew(f, &how.unattended);
  for (size_t i = 0; i < COUNT(cases); i++) {
    char body[200];
    how.requested_token_type = moat_str(cases[i].requested);
    f->refresh = true;
    (void)snprintf(
        body, sizeof body,
        "{\"access_token\":\"AT.%zu\",\"issued_token_type\":\"%s\",\"token_type\":\"%s\"}", i,
        cases[i].issued, cases[i].type);
    answer(f, "200 OK", "", body);
    int r = run(f);
    if (r != cases[i].result) fail_msg("%s as %s: %d", cases[i].issued, cases[i].type, r);
  }
}

static void test_other_type(void **state) {
  fixture *f = *state;
  answer(f, "200 OK", "", "{\"access_token\":\"AT.1\",\"token_type\":\"N_A\"}");
  assert_int_equal(run(f), MOAT_E_TYPE);
}

/* ---- Whose token it is ---- */

static void test_configuration_changes(void **state) {
  fixture *f = *state;
  assert_int_equal(run(f), 0);
  assert_int_equal(asked(f), 1);
  for (int i = 0; i < 3; i++) {
    if (i == 0) f->config.revision = 7; /* another scope, perhaps */
    if (i == 1) f->auth.client_id = moat_str("other");
    if (i == 2) f->config.provider = moat_str("https://elsewhere.example/");
    answer_tokens(f);
    assert_int_equal(run(f), 0);
    assert_int_equal(asked(f), 1);
    assert_int_equal(run(f), 0);
    assert_int_equal(asked(f), 0);
  }
  f->m.slots[MOAT_SLOT_A][20] ^= 1;
  f->m.slots[MOAT_SLOT_B][20] ^= 1; /* damaged records are replaced */
  answer_tokens(f);
  assert_int_equal(run(f), 0);
  assert_int_equal(asked(f), 1);
}

/* Somebody has signed in for that grant, so it is kept. */
static void test_grant_of_a_person(void **state) {
  fixture *f = *state;
  sign_in(f, MOAT_HOW_CODE, "RT.1", 3600);
  assert_int_equal(run(f), MOAT_E_FOREIGN);
  assert_int_equal(asked(f), 0);
  assert_int_equal(load(f), 0);
  assert_memory_equal(f->store.record.refresh_token.p, "RT.1", 4);
  f->m = (memory){.stream = &f->s, .unix_time = NOW};
  assert_int_equal(run(f), 0);
  restart(f); /* and now the other way round */
  assert_int_equal(run(f), MOAT_E_FOREIGN);
}

static void test_nobody_signs_in(void **state) {
  fixture *f = *state;
  char url[256];
  f->config.device_endpoint = &endpoint;
  f->config.show = (int (*)(void *, const moat_device_prompt *))(void (*)(void))prepare;
  assert_int_equal(moat_account_sign_in(&f->a), MOAT_E_MISUSE);
  assert_int_equal(moat_account_authorize(&f->a, url, sizeof url), MOAT_E_MISUSE);
  assert_int_equal(moat_account_adopt(&f->a, moat_str("RT"), MOAT_HOW_CODE, true), MOAT_E_MISUSE);
  assert_int_equal(moat_account_load(&f->a), 0);
  assert_int_equal(moat_account_need(&f->a).need, MOAT_NEED_NOTHING);
  assert_int_equal(moat_account_record(&f->a)->sequence, 0);
}

/* ---- Refusals ---- */

/* Although there is no record yet, the pause holds, also after a restart. */
static void test_pause_before_the_first_token(void **state) {
  fixture *f = *state;
  uint32_t seconds;
  for (uint32_t pause = 60; pause < 1000; pause *= 2) {
    refuse(f, "401 Unauthorized", "invalid_client");
    assert_int_equal(run(f), MOAT_E_OAUTH);
    assert_int_equal(asked(f), 1);
    assert_int_equal(need(f, &seconds), MOAT_NEED_PROFILE);
    begin_anew(f, &credentials);
    assert_int_equal(moat_account_load(&f->a), 0);
    assert_int_equal(moat_account_need(&f->a).need, MOAT_NEED_PROFILE);
    assert_int_equal(run(f), MOAT_E_LATER);
    assert_int_equal(need(f, &seconds), MOAT_NEED_PROFILE);
    assert_int_equal(moat_account_pause(&f->a), pause);
    pass(f, pause - 1);
    assert_int_equal(run(f), MOAT_E_LATER);
    assert_int_equal(asked(f), 0);
    pass(f, 1);
  }
  refuse(f, "401 Unauthorized", "invalid_client");
  assert_int_equal(run(f), MOAT_E_OAUTH);
  f->config.revision++; /* the secret was corrected */
  answer_tokens(f);
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.2");
}

/* What means a sign-in elsewhere is the registration's affair here. */
static void test_refusals(void **state) {
  fixture *f = *state;
  static const struct {
    const char *status, *error;
    int need;
  } cases[] = {{"400 Bad Request", "invalid_grant", MOAT_NEED_PROFILE},
               {"400 Bad Request", "interaction_required", MOAT_NEED_PROFILE},
               {"403 Forbidden", "access_denied", MOAT_NEED_PROFILE},
               {"400 Bad Request", "unheard_of", MOAT_NEED_PROFILE},
               {"400 Bad Request", "invalid_scope", MOAT_NEED_PROFILE},
               {"400 Bad Request", "temporarily_unavailable", MOAT_NEED_WAIT},
               {"503 Service Unavailable", "x", MOAT_NEED_WAIT},
               {"302 Found", "", MOAT_NEED_WAIT}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    f->config.revision++;
    uint32_t seconds;
    refuse(f, cases[i].status, cases[i].error);
    assert_true(run(f) < 0);
    assert_int_equal(need(f, &seconds), cases[i].need);
    assert_int_equal(moat_account_note(&f->a)->dead_code, 0);
    assert_int_equal(moat_account_note(&f->a)->marked, 0);
    pass(f, 3600);
  }
}

/* The token serves to its end while the server is in trouble. */
static void test_trouble_that_passes(void **state) {
  fixture *f = *state;
  assert_int_equal(run(f), 0);
  pass(f, 3400);
  answer(f, "503 Service Unavailable", "", "");
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.2");
  assert_int_equal(moat_account_early(&f->a), MOAT_E_STATUS);
  pass(f, 200);
  answer(f, "503 Service Unavailable", "", "");
  assert_int_equal(run(f), MOAT_E_STATUS);
  assert_int_equal(asked(f), 1);
}

/* A connection that breaks after the request costs nothing, so the next call asks again. */
static void test_answer_is_lost(void **state) {
  fixture *f = *state;
  f->s.answer_size = 20;
  f->s.end = MOAT_E_NETWORK;
  assert_int_equal(run(f), MOAT_E_NETWORK);
  assert_int_equal(asked(f), 1);
  assert_int_equal(f->m.sizes[MOAT_SLOT_MARK], 0);
  f->s.end = MOAT_WANT_READ;
  answer_tokens(f);
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.2");
}

/* A token of another provider is not shown as one of this account, even before it is replaced. */
static void test_token_of_another(void **state) {
  fixture *f = *state;
  assert_int_equal(run(f), 0);
  f->config.provider = moat_str("https://elsewhere.example/");
  assert_int_equal(moat_account_load(&f->a), 0);
  assert_int_equal(moat_account_record(&f->a)->access_token.n, 0);
  assert_int_equal(moat_account_access(&f->a).n, 0);
}

/* Torn records do not end the pause. */
static void test_pause_over_damaged_slots(void **state) {
  fixture *f = *state;
  assert_int_equal(run(f), 0);
  f->m.slots[MOAT_SLOT_A][20] ^= 1;
  f->m.slots[MOAT_SLOT_B][20] ^= 1;
  refuse(f, "401 Unauthorized", "invalid_client");
  assert_int_equal(run(f), MOAT_E_OAUTH);
  begin_anew(f, &credentials);
  assert_int_equal(run(f), MOAT_E_LATER);
  assert_int_equal(asked(f), 0);
}

/* A refresh token without a usable access token replaces nothing. */
static void test_useless_answer(void **state) {
  fixture *f = *state;
  assert_int_equal(run(f), 0);
  f->refresh = true;
  answer(f, "200 OK", "",
         "{\"access_token\":\"x\",\"token_type\":\"DPoP\",\"refresh_token\":\"r\"}");
  assert_int_equal(run(f), MOAT_E_TYPE);
  begin_anew(f, &credentials);
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.2");
  assert_int_equal(asked(f), 0);
}

/* Another scope may bring a smaller answer. */
static void test_answer_did_not_fit(void **state) {
  fixture *f = *state;
  static char body[4000];
  snprintf(body, sizeof body, "{\"access_token\":\"%0*d\"}", 3800, 1);
  f->s.answer = body;
  static char whole[4200];
  f->s.answer_size = (size_t)snprintf(
      whole, sizeof whole, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
  f->s.answer = whole;
  f->s.given = 0;
  assert_int_equal(run(f), MOAT_E_SPACE);
  assert_int_equal(run(f), MOAT_E_SPACE);
  assert_int_equal(asked(f), 0);
  f->config.revision++;
  answer_tokens(f);
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.2");
}

/* The mark of a client without a record may be unreadable. */
static void test_unreadable_mark(void **state) {
  fixture *f = *state;
  f->failing_slot = MOAT_SLOT_MARK;
  f->writes_left = -1;
  f->failure = MOAT_E_PORT;
  assert_int_equal(run(f), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {CASE(test_token),
                                     CASE(test_no_refresh_token_is_kept),
                                     CASE(test_life_is_not_known),
                                     CASE(test_refused_by_the_api),
                                     CASE(test_extra_parameters),
                                     CASE(test_assertion),
                                     CASE(test_signed_assertion),
                                     CASE(test_signature_fails),
                                     CASE(test_exchange),
                                     CASE(test_issued_type),
                                     CASE(test_other_type),
                                     CASE(test_configuration_changes),
                                     CASE(test_grant_of_a_person),
                                     CASE(test_nobody_signs_in),
                                     CASE(test_pause_before_the_first_token),
                                     CASE(test_refusals),
                                     CASE(test_trouble_that_passes),
                                     CASE(test_answer_is_lost),
                                     CASE(test_token_of_another),
                                     CASE(test_pause_over_damaged_slots),
                                     CASE(test_useless_answer),
                                     CASE(test_answer_did_not_fit),
                                     CASE(test_unreadable_mark)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
