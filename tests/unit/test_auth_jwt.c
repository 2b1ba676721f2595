/* Clients that prove who they are by a signed assertion, over a scripted stream. */
#include "engine_fixture.h"
#include "jose_fixture.h"
#include "moat/account.h"

typedef struct {
  fixture *f;
  fake key;
  moat_signer signer;
  moat_jwt_auth jwt;
} client;

static client it;
static unsigned drawn; /* how often randomness was asked for */
static int random_result;

static int counted_random(void *ctx, void *p, size_t n) {
  (void)ctx;
  memset(p, (int)++drawn, n);
  return random_result;
}

static moat_platform platform;

static int jwt_setup(void **state) {
  if (setup(state)) return -1;
  fixture *f = *state;
  memset(&it, 0, sizeof it);
  drawn = 0;
  random_result = 0;
  platform = memory_platform;
  platform.random = counted_random;
  f->c.config.platform = &platform;
  it.f = f;
  it.signer = signer_of(&it.key, MOAT_ES256, 64);
  it.jwt =
      (moat_jwt_auth){.auth = {.ops = &moat_auth_private_key_jwt, .client_id = moat_str("my/id")},
                      .signer = &it.signer,
                      .audience = moat_str("https://issuer.example"),
                      .key_id = moat_str("k1")};
  f->refresh.grant.auth = &it.jwt.auth;
  return 0;
}

static moat_span sent_field(const char *name) {
  return field(it.f->s.sent, it.f->s.sent_size, name);
}

static jwt_parts sent_jwt(void) {
  return take_apart(sent_field("client_assertion"));
}

/* ---- What is sent ---- */

#define HEADER "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"k1\"}"
#define TYPE "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"

static void test_private_key(void **state) {
  fixture *f = *state;
  uint8_t hash[32];
  assert_int_equal(run_refresh(f), 0);
  assert_string_equal(f->access, "AT.1");
  assert_true(holds(f->s.sent, f->s.sent_size,
                    "\r\n\r\nclient_id=my%2Fid&client_assertion_type=" TYPE "&client_assertion="));
  assert_false(holds(f->s.sent, f->s.sent_size, "secret"));
  assert_span(sent_field("grant_type"), "refresh_token");
  assert_span(sent_field("refresh_token"), "RT.1");
  jwt_parts jwt = sent_jwt();
  assert_string_equal(jwt.header, HEADER);
  assert_string_equal(jwt.claims, "{\"jti\":\"AQEBAQEBAQEBAQEBAQEBAQ\",\"iss\":\"my/id\",\"sub\":"
                                  "\"my/id\",\"aud\":\"https://issuer.example\",\"iat\":1700000000,"
                                  "\"exp\":1700000300}");
  assert_int_equal(jwt.size, 64);
  assert_int_equal(jwt.signature[63], (uint8_t)263);
  assert_int_equal(moat_crypto_mbedtls.sha256(NULL, jwt.input.p, jwt.input.n, hash), 0);
  assert_memory_equal(it.key.hash, hash, 32);
  assert_int_equal(it.key.calls, 1);
}

/* Entra's certificate credential: PS256, and the certificate's thumbprint instead of `kid`. */
static void test_certificate(void **state) {
  fixture *f = *state;
  char thumbprint[44];
  it.signer = signer_of(&it.key, MOAT_PS256, 256);
  assert_int_equal(moat_thumbprint(&moat_crypto_mbedtls, NULL, "abc", 3, thumbprint), 0);
  it.jwt.key_id.n = 0;
  it.jwt.thumbprint = moat_str(thumbprint);
  it.jwt.audience = moat_str("https://login.example/t/oauth2/v2.0/token");
  it.jwt.lifetime = 600;
  assert_int_equal(run_refresh(f), 0);
  jwt_parts jwt = sent_jwt();
  assert_string_equal(jwt.header, "{\"alg\":\"PS256\",\"typ\":\"JWT\",\"x5t#S256\":"
                                  "\"ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0\"}");
  assert_true(strstr(jwt.claims, "\"aud\":\"https://login.example/t/oauth2/v2.0/token\",\"iat\":"
                                 "1700000000,\"exp\":1700000600}") != NULL);
  assert_int_equal(jwt.size, 256);
}

#define LONG_SECRET SECRET "~32.bytes"

static void test_secret(void **state) {
  fixture *f = *state;
  uint8_t mac[32];
  assert_int_equal(strlen(LONG_SECRET), 32); /* the shortest (RFC 7518 3.2) */
  it.signer = (moat_signer){.crypto = &moat_hmac_crypto_mbedtls, .alg = MOAT_HS256, .size = 32};
  it.jwt.auth.ops = &moat_auth_client_secret_jwt;
  it.jwt.auth.client_secret = moat_str(LONG_SECRET);
  assert_int_equal(run_refresh(f), 0);
  jwt_parts jwt = sent_jwt();
  assert_int_equal(jwt.size, 32);
  assert_int_equal(
      moat_hmac_crypto_mbedtls.hmac_sha256(NULL, LONG_SECRET, 32, jwt.input.p, jwt.input.n, mac),
      0);
  assert_memory_equal(jwt.signature, mac, 32);
  assert_false(holds(f->s.sent, f->s.sent_size, "canary"));
  assert_no_canary(f);
}

static void test_federated(void **state) {
  fixture *f = *state;
  f->auth = (moat_auth){&moat_auth_assertion, moat_str("id"), moat_str("e30.e30.canary_-")};
  f->refresh.grant.auth = &f->auth;
  assert_int_equal(run_refresh(f), 0);
  assert_true(holds(f->s.sent, f->s.sent_size,
                    "\r\n\r\nclient_id=id&client_assertion_type=" TYPE
                    "&client_assertion=e30.e30.canary_-&grant_type=refresh_token"));
  assert_no_canary(f);
}

/* A 401 without a name is about the client, however it proved who it is. */
static void test_401(void **state) {
  fixture *f = *state;
  answer(f, "401 No", "", "{}");
  assert_int_equal(run_refresh(f), MOAT_E_STATUS);
  assert_int_equal(moat_judge(moat_error(&f->c)).cause, MOAT_CAUSE_CLIENT);
  moat_cancel(&f->c);
  f->auth = (moat_auth){&moat_auth_none, moat_str("id"), {NULL, 0}};
  f->refresh.grant.auth = &f->auth;
  assert_int_equal(run_refresh(f), MOAT_E_STATUS);
  assert_int_equal(moat_judge(moat_error(&f->c)).cause, MOAT_CAUSE_UNKNOWN);
}

/* ---- A key that takes its time, and a keeper that does ---- */

static int mark_waits, marks;

static int slow_mark(void *ctx) {
  (void)ctx;
  marks++;
  return mark_waits-- > 0 ? MOAT_WANT_TIME : 0;
}

static const moat_keeper_ops slow_keeper = {.mark = slow_mark};

/* The mark comes after the signature, which is made once. */
static void test_slow_key(void **state) {
  fixture *f = *state;
  marks = 0;
  mark_waits = 3;
  it.key.waits = 5;
  f->refresh.grant.keeper = &slow_keeper;
  assert_int_equal(moat_refresh_begin(&f->c, &f->refresh), 0);
  for (unsigned calls = 1; calls <= 5; calls++) {
    assert_int_equal(moat_step(&f->c), MOAT_WANT_TIME);
    assert_int_equal(it.key.calls, calls);
    assert_int_equal(marks, 0);
    assert_int_equal(moat_wait_ms(&f->c), 5);
  }
  assert_int_equal(moat_run(&f->c), 0);
  assert_int_equal(it.key.calls, 6);
  assert_int_equal(marks, 4);
  assert_int_equal(sent_jwt().size, 64);
}

static void test_key_too_slow(void **state) {
  fixture *f = *state;
  it.key.waits = 1000000;
  assert_int_equal(run_refresh(f), MOAT_E_TIMEOUT);
  assert_int_equal(f->s.sent_size, 0);
  assert_false(moat_error(&f->c)->sent);
}

/* Nothing is sent, nothing is marked, and the request is wiped. */
static void test_key_fails(void **state) {
  fixture *f = *state;
  static const struct {
    int result, error, port_code;
  } ends[] = {{MOAT_E_RANDOM, MOAT_E_RANDOM, 0},
              {MOAT_E_MEMORY, MOAT_E_MEMORY, 0},
              {-77, MOAT_E_PORT, -77},
              {63, MOAT_E_PORT, 63},
              {-1, MOAT_E_PORT, 0},
              {MOAT_WANT_READ - 1, MOAT_E_PORT, MOAT_WANT_WRITE}};
  f->refresh.grant.keeper = &slow_keeper;
  for (unsigned i = 0; i < COUNT(ends); i++) {
    marks = mark_waits = 0;
    it.key.result = ends[i].result;
    it.key.waits = 2;
    it.key.calls = 0;
    assert_int_equal(run_refresh(f), ends[i].error);
    assert_int_equal(moat_error(&f->c)->port_code, ends[i].port_code);
    assert_int_equal(f->s.sent_size, 0);
    assert_int_equal(marks, 0);
    assert_false(moat_error(&f->c)->sent);
    assert_zeros(f->work, sizeof f->work);
  }
}

/* ---- Nothing can be written ---- */

static void assert_refused(fixture *f, int error) {
  assert_int_equal(moat_refresh_begin(&f->c, &f->refresh), error);
  assert_int_equal(moat_step(&f->c), error);
  assert_int_equal(f->s.connects, 0);
  assert_zeros(f->work, sizeof f->work);
}

static void test_no_clock(void **state) {
  fixture *f = *state;
  f->m.unix_time = 0;
  assert_refused(f, MOAT_E_CLOCK);
  assert_int_equal(moat_judge(moat_error(&f->c)).need, MOAT_NEED_CLOCK);
  f->m.unix_time = 1700000000;
  assert_int_equal(run_refresh(f), 0);
}

static void test_no_random(void **state) {
  fixture *f = *state;
  random_result = 9;
  assert_refused(f, MOAT_E_RANDOM);
  platform.random = NULL;
  assert_refused(f, MOAT_E_MISUSE);
}

static void test_misuse(void **state) {
  fixture *f = *state;
  const moat_jwt_auth good = it.jwt;
  it.jwt.signer = NULL;
  assert_refused(f, MOAT_E_MISUSE);
  it.jwt = good;
  it.jwt.audience.n = 0;
  assert_refused(f, MOAT_E_MISUSE);
  it.jwt = good;
  it.jwt.auth.client_secret = moat_str("s");
  assert_refused(f, MOAT_E_MISUSE);
  it.jwt.auth.ops = &moat_auth_client_secret_jwt; /* with a key that is not for it */
  assert_refused(f, MOAT_E_MISUSE);
  it.jwt.auth.client_secret.n = 0;
  it.signer = (moat_signer){.crypto = &moat_hmac_crypto_mbedtls, .alg = MOAT_HS256, .size = 32};
  assert_refused(f, MOAT_E_MISUSE);
  it.jwt.auth.client_secret = (moat_span){LONG_SECRET, 31};
  assert_refused(f, MOAT_E_KEY);
  it.jwt = good; /* HS256 without a secret would be signed with an empty key */
  assert_refused(f, MOAT_E_MISUSE);
  f->auth = (moat_auth){&moat_auth_assertion, moat_str("id"), {NULL, 0}};
  f->refresh.grant.auth = &f->auth;
  assert_refused(f, MOAT_E_MISUSE);
}

/* One byte less than the request has, and the exchange ends with the size needed. */
static void test_work_size(void **state) {
  fixture *f = *state;
  static char id[700];
  memset(id, 'i', sizeof id);
  it.jwt.auth.client_id = (moat_span){id, sizeof id};
  assert_int_equal(run_refresh(f), 0);
  size_t n = f->s.sent_size;
  assert_true(n > MOAT_WORK_MIN + 200);
  for (size_t size = n - 200; size < n; size++) {
    f->c.config.work_size = size;
    assert_int_equal(moat_refresh_begin(&f->c, &f->refresh), MOAT_E_SPACE);
    assert_int_equal(moat_error(&f->c)->needed, n);
  }
  f->c.config.work_size = n;
  f->s.sent_size = 0;
  assert_int_equal(run_refresh(f), 0);
  assert_int_equal(f->s.sent_size, n);
}

/* ---- Another request, another assertion ---- */

static void test_reconnect(void **state) {
  fixture *f = *state;
  char before[1024];
  assert_int_equal(run_refresh(f), 0); /* leaves the connection open */
  strcpy(before, sent_jwt().claims);
  f->s.sent_size = 0;
  f->s.given = f->s.answer_size;
  f->s.send_error = MOAT_E_NETWORK;
  f->s.stutter = true; /* a step for each call */
  f->m.unix_time++;
  int r = moat_refresh_begin(&f->c, &f->refresh);
  assert_int_equal(r, 0);
  unsigned connects = f->s.connects;
  do { /* the connection is dead; the next one is good */
    r = moat_step(&f->c);
    if (f->s.connects > connects) f->s.send_error = 0;
  } while (moat_is_want(r));
  assert_int_equal(r, 0);
  assert_int_equal(f->s.connects, connects + 1);
  assert_int_equal(it.key.calls, 3); /* the second was never sent */
  jwt_parts jwt = sent_jwt();
  assert_true(strstr(before, "\"jti\":\"AQEB") && strstr(before, "\"iat\":1700000000"));
  assert_true(strstr(jwt.claims, "\"jti\":\"AwMD") && strstr(jwt.claims, "\"iat\":1700000001"));
}

/* Each poll for a device code has an assertion of its own. */
static int show(void *ctx, moat_device_prompt *prompt) {
  (void)ctx;
  (void)prompt;
  it.f->s.sent_size = 0;
  answer(it.f, "200 OK", "", BODY);
  it.f->s.given = 0;
  return 0;
}

static void test_device(void **state) {
  fixture *f = *state;
  static char room[1024];
  static const moat_endpoint device = {"login.example", 443, "/device"};
  moat_device_grant g = {.grant = f->refresh.grant,
                         .device_endpoint = &device,
                         .scope = moat_str("a"),
                         .memory = room,
                         .memory_size = sizeof room,
                         .show = show};
  answer(f, "200 OK", "",
         "{\"device_code\":\"D\",\"user_code\":\"U\",\"verification_uri\":\"https://h/\"}");
  assert_int_equal(moat_device_begin(&f->c, &g), 0);
  assert_int_equal(moat_run(&f->c), 0);
  assert_int_equal(it.key.calls, 2);
  assert_span(sent_field("device_code"), "D");
  assert_true(strstr(sent_jwt().claims, "\"jti\":\"AgIC") != NULL);
}

/* ---- An account ---- */

static void test_account(void **state) {
  fixture *f = *state;
  static char room[8192];
  moat_account a;
  moat_account_config config = {.token_endpoint = &endpoint,
                                .provider = moat_str("https://login.example/t"),
                                .auth = &it.jwt.auth,
                                .platform = &platform,
                                .platform_ctx = &f->m,
                                .stream = &scripted_stream,
                                .io = &f->s,
                                .access_size = 256,
                                .refresh_size = 256,
                                .text_size = 256};
  assert_int_equal(moat_account_open(&a, &config, room, sizeof room), 0);
  assert_int_equal(moat_account_adopt(&a, moat_str("RT.0"), MOAT_HOW_CODE, false), 0);
  assert_int_equal(moat_account_run(&a), 0);
  it.key.waits = 2;
  f->m.busy = 2;
  assert_int_equal(moat_account_token(&a), 0);
  assert_int_equal(moat_account_run(&a), 0);
  assert_span(moat_account_access(&a), "AT.1");
  assert_int_equal(it.key.calls, 3);
  assert_span(sent_field("refresh_token"), "RT.0");
  f->m.unix_time = 0; /* the token in memory may still be good; a refresh needs the date */
  assert_int_equal(moat_account_refresh(&a), 0);
  assert_int_equal(moat_account_run(&a), MOAT_E_CLOCK);
  moat_account_wipe(&a);
}

#define JWT(test) cmocka_unit_test_setup_teardown(test, jwt_setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      JWT(test_private_key), JWT(test_certificate), JWT(test_secret),    JWT(test_federated),
      JWT(test_401),         JWT(test_slow_key),    JWT(test_key_fails), JWT(test_key_too_slow),
      JWT(test_no_clock),    JWT(test_no_random),   JWT(test_misuse),    JWT(test_work_size),
      JWT(test_reconnect),   JWT(test_device),      JWT(test_account),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
