/* The verdict on results other than answers, and what holds for every answer. The answers
 * themselves are in tests/field/README.md. It also shows the rows below; a test there compares
 * them. */
#include "cmocka_all.h"

#include "moat/moat.h"
#include "checks.h"

/* ---- Results other than answers ---- */

typedef struct {
  const char *what;
  moat_error_info e;
  const char *need;
  bool definite;
  unsigned seconds;
} row;

static const row rows[] = {
    {"All is well", {.code = MOAT_OK}, "nothing", false, 0},
    {"It was cancelled", {.code = MOAT_E_CANCEL}, "nothing", false, 0},
    {"The name does not resolve", {.code = MOAT_E_DNS}, "wait", false, 30},
    {"No address takes the connection", {.code = MOAT_E_CONNECT}, "wait", false, 30},
    {"The connection broke", {.code = MOAT_E_NETWORK}, "wait", false, 30},
    {"The connection broke, errno 116",
     {.code = MOAT_E_NETWORK, .port_code = 116},
     "wait",
     false,
     30},
    {"The connection ended early",
     {.code = MOAT_E_EOF, .asked = MOAT_ASKED_REFRESH},
     "wait",
     false,
     30},
    {"The connection ended in a body", {.code = MOAT_E_EOF, .status = 400}, "wait", false, 30},
    {"The time was over", {.code = MOAT_E_TIMEOUT}, "wait", false, 30},
    {"Another process held the lock", {.code = MOAT_E_BUSY}, "wait", false, 30},
    {"The pause of an earlier answer", {.code = MOAT_E_LATER, .retry_after = 7}, "wait", false, 7},
    {"The same, after a refusal of the grant",
     {.code = MOAT_E_LATER, .retry_after = 60, .remembered = MOAT_CAUSE_UNKNOWN},
     "sign-in",
     false,
     0},
    {"The same, after something that only a newer Moat knows",
     {.code = MOAT_E_LATER, .retry_after = 60, .remembered = 255},
     "wait",
     false,
     60},
    {"The proxy wants credentials",
     {.code = MOAT_E_PROXY, .asked = MOAT_ASKED_REFRESH, .port_code = 407},
     "profile",
     false,
     0},
    {"The proxy refuses the credentials, 401",
     {.code = MOAT_E_PROXY, .asked = MOAT_ASKED_REFRESH, .port_code = 401},
     "profile",
     false,
     0},
    {"The proxy refuses this connection, 403",
     {.code = MOAT_E_PROXY, .asked = MOAT_ASKED_REFRESH, .port_code = 403},
     "profile",
     false,
     0},
    {"The proxy does not connect to this port, 405",
     {.code = MOAT_E_PROXY, .asked = MOAT_ASKED_REFRESH, .port_code = 405},
     "profile",
     false,
     0},
    {"The proxy cannot reach the server, 500",
     {.code = MOAT_E_PROXY, .asked = MOAT_ASKED_REFRESH, .port_code = 500},
     "wait",
     false,
     30},
    {"The proxy cannot resolve the name, 503",
     {.code = MOAT_E_PROXY, .asked = MOAT_ASKED_CODE, .port_code = 503},
     "wait",
     false,
     30},
    {"The proxy asks for a pause, 429",
     {.code = MOAT_E_PROXY, .asked = MOAT_ASKED_CODE, .port_code = 429},
     "wait",
     false,
     30},
    {"A portal answers the proxy's part with 302, a refresh",
     {.code = MOAT_E_PROXY, .asked = MOAT_ASKED_REFRESH, .port_code = 302},
     "wait",
     false,
     30},
    {"A portal answers the proxy's part with 302, a code",
     {.code = MOAT_E_PROXY, .asked = MOAT_ASKED_CODE, .port_code = 302},
     "profile",
     false,
     0},
    {"A portal answers it with 511, a refresh",
     {.code = MOAT_E_PROXY, .asked = MOAT_ASKED_REFRESH, .port_code = 511},
     "wait",
     false,
     30},
    {"A portal answers it with 511, a code",
     {.code = MOAT_E_PROXY, .asked = MOAT_ASKED_CODE, .port_code = 511},
     "profile",
     false,
     0},
    {"A page comes out of the tunnel, a refresh",
     {.code = MOAT_E_PROXY, .asked = MOAT_ASKED_REFRESH, .port_code = 200},
     "wait",
     false,
     30},
    {"A page comes out of the tunnel, a code",
     {.code = MOAT_E_PROXY, .asked = MOAT_ASKED_CODE, .port_code = 200},
     "profile",
     false,
     0},
    {"The proxy does not speak HTTP, a refresh",
     {.code = MOAT_E_PROXY, .asked = MOAT_ASKED_REFRESH, .port_code = 0},
     "wait",
     false,
     30},
    {"The proxy does not speak HTTP, a code",
     {.code = MOAT_E_PROXY, .asked = MOAT_ASKED_CODE, .port_code = 0},
     "profile",
     false,
     0},
    {"TLS failed, Mbed TLS -0x7100", {.code = MOAT_E_TLS, .port_code = -0x7100}, "wait", false, 30},
    {"Alert 10, unexpected_message", {.code = MOAT_E_TLS, .port_code = 10}, "wait", false, 30},
    {"Alert 20, bad_record_mac", {.code = MOAT_E_TLS, .port_code = 20}, "wait", false, 30},
    {"Alert 40, handshake_failure", {.code = MOAT_E_TLS, .port_code = 40}, "profile", true, 0},
    {"Alert 42, bad_certificate", {.code = MOAT_E_TLS, .port_code = 42}, "profile", true, 0},
    {"Alert 45, certificate_expired", {.code = MOAT_E_TLS, .port_code = 45}, "profile", true, 0},
    {"Alert 48, unknown_ca", {.code = MOAT_E_TLS, .port_code = 48}, "profile", true, 0},
    {"Alert 49, access_denied", {.code = MOAT_E_TLS, .port_code = 49}, "profile", true, 0},
    {"Alert 50, decode_error", {.code = MOAT_E_TLS, .port_code = 50}, "wait", false, 30},
    {"Alert 51, decrypt_error", {.code = MOAT_E_TLS, .port_code = 51}, "wait", false, 30},
    {"Alert 70, protocol_version", {.code = MOAT_E_TLS, .port_code = 70}, "profile", true, 0},
    {"Alert 71, insufficient_security", {.code = MOAT_E_TLS, .port_code = 71}, "profile", true, 0},
    {"Alert 80, internal_error", {.code = MOAT_E_TLS, .port_code = 80}, "wait", false, 30},
    {"Alert 86, inappropriate_fallback", {.code = MOAT_E_TLS, .port_code = 86}, "profile", true, 0},
    {"Alert 90, user_canceled", {.code = MOAT_E_TLS, .port_code = 90}, "wait", false, 30},
    {"Alert 109, missing_extension", {.code = MOAT_E_TLS, .port_code = 109}, "profile", true, 0},
    {"Alert 112, unrecognized_name", {.code = MOAT_E_TLS, .port_code = 112}, "profile", true, 0},
    {"Alert 116, certificate_required", {.code = MOAT_E_TLS, .port_code = 116}, "profile", true, 0},
    {"Alert 120, no_application_protocol",
     {.code = MOAT_E_TLS, .port_code = 120},
     "profile",
     true,
     0},
    {"The certificate is not trusted", {.code = MOAT_E_CERT, .port_code = 8}, "profile", false, 0},
    {"The certificate is over, or not valid yet", {.code = MOAT_E_CERT_DATE}, "wait", false, 30},
    {"The date is not known", {.code = MOAT_E_CLOCK}, "clock", false, 0},
    {"Not HTTP, a refresh", {.code = MOAT_E_HTTP, .asked = MOAT_ASKED_REFRESH}, "wait", false, 30},
    {"Not HTTP, a poll", {.code = MOAT_E_HTTP, .asked = MOAT_ASKED_POLL}, "wait", false, 30},
    {"Not HTTP, a code", {.code = MOAT_E_HTTP, .asked = MOAT_ASKED_CODE}, "profile", false, 0},
    {"Not HTTP, a device code",
     {.code = MOAT_E_HTTP, .asked = MOAT_ASKED_DEVICE},
     "profile",
     false,
     0},
    {"Headers without an end, a refresh",
     {.code = MOAT_E_SPACE, .asked = MOAT_ASKED_REFRESH, .body = MOAT_BODY_DROPPED, .sent = true},
     "wait",
     false,
     30},
    {"Headers without an end, a code",
     {.code = MOAT_E_SPACE, .asked = MOAT_ASKED_CODE, .body = MOAT_BODY_DROPPED, .sent = true},
     "profile",
     false,
     0},
    {"Tokens that do not fit",
     {.code = MOAT_E_SPACE, .asked = MOAT_ASKED_REFRESH, .status = 200, .needed = 9000},
     "device",
     false,
     0},
    {"Tokens that do not fit the buffer of the store",
     {.code = MOAT_E_SPACE, .asked = MOAT_ASKED_REFRESH, .status = 200, .sent = true},
     "device",
     false,
     0},
    {"A mark that does not fit it",
     {.code = MOAT_E_SPACE, .asked = MOAT_ASKED_REFRESH},
     "device",
     false,
     0},
    {"A mark that does not fit it, on a second connection",
     {.code = MOAT_E_SPACE, .asked = MOAT_ASKED_REFRESH, .sent = true},
     "device",
     false,
     0},
    {"A refusal that does not fit",
     {.code = MOAT_E_SPACE, .asked = MOAT_ASKED_REFRESH, .status = 400, .needed = 9000},
     "device",
     true,
     0},
    {"A request that does not fit", {.code = MOAT_E_SPACE, .needed = 2000}, "device", false, 0},
    {"Nothing is stored", {.code = MOAT_E_EMPTY}, "sign-in", false, 0},
    {"What is stored is damaged", {.code = MOAT_E_STORE}, "sign-in", false, 0},
    {"Tokens could not be stored",
     {.code = MOAT_E_STORE, .asked = MOAT_ASKED_REFRESH, .status = 200},
     "device",
     false,
     0},
    {"A newer Moat stored it", {.code = MOAT_E_NEWER}, "device", false, 0},
    {"Another client's grant is stored", {.code = MOAT_E_FOREIGN}, "profile", false, 0},
    {"The answer of an earlier refresh was lost", {.code = MOAT_E_LOST}, "sign-in", false, 0},
    {"The person said no", {.code = MOAT_E_DENIED, .asked = MOAT_ASKED_POLL}, "sign-in", true, 0},
    {"The device code is over",
     {.code = MOAT_E_EXPIRED, .asked = MOAT_ASKED_POLL},
     "sign-in",
     true,
     0},
    {"Nothing but a number of trouble that passes",
     {.code = MOAT_E_REPLY, .asked = MOAT_ASKED_REFRESH, .status = 200, .provider_code = 50196},
     "wait",
     false,
     30},
    {"The address to show is not https",
     {.code = MOAT_E_URL, .asked = MOAT_ASKED_DEVICE, .status = 200},
     "profile",
     false,
     0},
    {"Mbed TLS has no memory left", {.code = MOAT_E_MEMORY}, "device", false, 0},
    {"There is no randomness", {.code = MOAT_E_RANDOM}, "device", false, 0},
    {"The port failed", {.code = MOAT_E_PORT, .port_code = -100}, "device", false, 0},
    {"The library was misused", {.code = MOAT_E_MISUSE}, "device", false, 0},
};

static const char *const needs[] = {
    [MOAT_NEED_NOTHING] = "nothing", [MOAT_NEED_SIGN_IN] = "sign-in",
    [MOAT_NEED_WAIT] = "wait",       [MOAT_NEED_CLOCK] = "clock",
    [MOAT_NEED_PROFILE] = "profile", [MOAT_NEED_DEVICE] = "device",
    [MOAT_NEED_PENDING] = "pending", [MOAT_NEED_SLOW_DOWN] = "slow-down"};

static void test_results(void **state) {
  (void)state;
  for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
    const row *r = &rows[i];
    moat_verdict v = moat_judge(&r->e);
    if (strcmp(needs[v.need], r->need) != 0 || v.definite != r->definite || v.seconds != r->seconds)
      fail_msg("%s: need %s, definite %d, %u s", r->what, needs[v.need], v.definite,
               (unsigned)v.seconds);
  }
}

/* ---- What the probe does not print ---- */

static moat_verdict judge_name(uint8_t asked, const char *name) {
  moat_error_info e = {
      .code = MOAT_E_OAUTH, .status = 400, .asked = asked, .error = moat_str(name)};
  return moat_judge(&e);
}

/* Only a refresh token is remembered as dead, and only if the error's name says so. */
static void test_dead(void **state) {
  static const char *const dead[] = {"invalid_grant",         "invalid_grant: used before",
                                     "Invalid_Grant (over)",  "bad_refresh_token",
                                     "invalid_refresh_token", "expired_token",
                                     "token_revoked",         NULL};
  static const char *const alive[] = {"invalid_client",
                                      "interaction_required",
                                      "access_denied",
                                      "never_heard_of",
                                      "invalid_grants",
                                      "invalid_request",
                                      NULL};
  moat_error_info lost = {.code = MOAT_E_LOST};
  (void)state;
  for (const char *const *name = dead; *name; name++) {
    assert_true(judge_name(MOAT_ASKED_REFRESH, *name).dead);
    assert_false(judge_name(MOAT_ASKED_CODE, *name).dead);
    assert_false(judge_name(MOAT_ASKED_POLL, *name).dead);
  }
  for (const char *const *name = alive; *name; name++)
    assert_false(judge_name(MOAT_ASKED_REFRESH, *name).dead);
  assert_true(moat_judge(&lost).dead);
}

/* For a client without a secret, a 401 without a name is a refusal like any other. */
static void test_public_client(void **state) {
  moat_error_info e = {
      .code = MOAT_E_STATUS, .status = 401, .asked = MOAT_ASKED_REFRESH, .body = MOAT_BODY_OBJECT};
  (void)state;
  assert_int_equal(moat_judge(&e).need, MOAT_NEED_SIGN_IN);
  e.body = MOAT_BODY_OTHER;
  assert_int_equal(moat_judge(&e).need, MOAT_NEED_PROFILE);
  e.body = MOAT_BODY_OBJECT;
  e.secret = true;
  assert_int_equal(moat_judge(&e).need, MOAT_NEED_PROFILE);
  assert_int_equal(moat_judge(&e).cause, MOAT_CAUSE_CLIENT);
}

/* Somebody who signs in for the first time is not told that the grant has ended. */
static void test_new(void **state) {
  (void)state;
  for (uint8_t asked = MOAT_ASKED_CODE; asked <= MOAT_ASKED_POLL; asked++) {
    assert_int_equal(judge_name(asked, "never_heard_of").cause, MOAT_CAUSE_REQUEST);
    assert_int_equal(judge_name(asked, NULL).cause, MOAT_CAUSE_REQUEST);
  }
  assert_int_equal(judge_name(MOAT_ASKED_REFRESH, "never_heard_of").cause, MOAT_CAUSE_UNKNOWN);
  assert_int_equal(judge_name(MOAT_ASKED_REFRESH, NULL).cause, MOAT_CAUSE_UNKNOWN);
}

/* A cause that somebody else writes cannot lead past the table. */
static void test_remembered(void **state) {
  moat_error_info e = {.code = MOAT_E_LATER, .retry_after = 60};
  (void)state;
  for (unsigned cause = 0; cause < 256; cause++) {
    e.remembered = (uint8_t)cause;
    moat_verdict v = moat_judge(&e);
    assert_in_range(v.need, MOAT_NEED_NOTHING, MOAT_NEED_SLOW_DOWN);
    assert_int_equal(v.cause, cause && cause <= MOAT_CAUSE_DEVICE ? cause : MOAT_CAUSE_BUSY);
  }
}

/* ---- What holds for every answer ---- */

static bool is_answer(const moat_error_info *e) {
  return e->code == MOAT_E_OAUTH || e->code == MOAT_E_STATUS;
}

static bool may_be_of_trouble(const moat_error_info *e, const moat_verdict *v) {
  bool goes_on = v->need == MOAT_NEED_PENDING || v->need == MOAT_NEED_SLOW_DOWN;
  return v->need == MOAT_NEED_WAIT || (goes_on && e->error.n);
}

static void check(const moat_error_info *e) {
  moat_verdict v = moat_judge(e);
  bool refresh = e->asked == MOAT_ASKED_REFRESH, poll = e->asked == MOAT_ASKED_POLL;
  assert_in_range(v.need, MOAT_NEED_NOTHING, MOAT_NEED_SLOW_DOWN);
  assert_in_range(v.cause, MOAT_CAUSE_NONE, MOAT_CAUSE_DEVICE);
  assert_int_equal(v.seconds > 0, v.need == MOAT_NEED_WAIT);
  if (v.seconds) assert_true(v.seconds >= 30 && v.seconds >= e->retry_after);
  if (v.dead) assert_true(v.need == MOAT_NEED_SIGN_IN && v.definite && refresh);
  if (v.need >= MOAT_NEED_PENDING) assert_true(poll && is_answer(e));
  if (e->code == MOAT_E_SPACE) assert_int_not_equal(v.need, MOAT_NEED_SIGN_IN);
  if (!is_answer(e)) return;
  assert_int_equal(v.definite, e->status < 500);
  assert_int_not_equal(v.need, MOAT_NEED_NOTHING);
  if ((e->status >= 300 && e->status < 400) || e->status == 511)
    assert_int_equal(v.need, refresh || poll ? MOAT_NEED_WAIT : MOAT_NEED_PROFILE);
  else if (e->status >= 500 || e->status == 429 || e->status == 408)
    assert_true(may_be_of_trouble(e, &v));
}

static void check_bodies(moat_error_info e) {
  for (e.asked = 0; e.asked <= MOAT_ASKED_POLL; e.asked++)
    for (e.body = 0; e.body <= MOAT_BODY_DROPPED; e.body++)
      for (unsigned secret = 0; secret < 2; secret++) {
        e.secret = secret;
        e.needed = e.body == MOAT_BODY_DROPPED ? 70000 : 0;
        check(&e);
      }
}

static void test_every_status(void **state) {
  static const char *const names[] = {"invalid_grant",         "invalid_client",
                                      "authorization_pending", "slow_down",
                                      "server_error",          "expired_token",
                                      "access_denied",         "interaction_required",
                                      "invalid_scope",         "x",
                                      "Gateway Timeout",       NULL};
  (void)state;
  for (int status = 200; status < 1000; status++) {
    moat_error_info e = {.code = MOAT_E_STATUS, .status = status, .retry_after = 31};
    check_bodies(e);
    e.code = MOAT_E_SPACE;
    check_bodies(e);
    e.code = MOAT_E_OAUTH;
    for (const char *const *name = names; *name; name++)
      for (int32_t code = 0; code <= 50196; code += 50196) {
        e.error = moat_str(*name);
        e.provider_code = code;
        check_bodies(e);
      }
  }
}

/* Each cause has a sentence, unless the result's own is plain enough. */
static void test_texts(void **state) {
  (void)state;
  for (int cause = MOAT_CAUSE_NONE; cause <= MOAT_CAUSE_DEVICE; cause++) {
    const char *text = moat_cause_text(cause);
    bool plain = cause == MOAT_CAUSE_NONE || cause == MOAT_CAUSE_PENDING ||
                 cause == MOAT_CAUSE_SLOW_DOWN ||
                 (cause >= MOAT_CAUSE_CERTIFICATE && cause != MOAT_CAUSE_LOST);
    assert_int_equal(text == NULL, plain);
    if (text) assert_int_equal(text[strlen(text) - 1], '.');
  }
}

/* The first, the last and one between. */
static void test_advice(void **state) {
  (void)state;
  static const struct {
    int32_t code;
    int asked;
    const char *word;
  } cases[] = {
      {50011, MOAT_ASKED_CODE, "redirect URI"},         {70000, MOAT_ASKED_CODE, "The code"},
      {70000, MOAT_ASKED_REFRESH, "The refresh token"}, {70002, MOAT_ASKED_CODE, "Value"},
      {90023, MOAT_ASKED_REFRESH, "public client"},     {7000222, MOAT_ASKED_REFRESH, "expired"},
      {9002346, MOAT_ASKED_CODE, "consumers"}};
  static const int32_t unknown[] = {0, 1, 50010, -50011, INT32_MAX, INT32_MIN};
  for (size_t i = 0; i < COUNT(cases); i++) {
    const char *text = moat_provider_advice(cases[i].code, cases[i].asked);
    assert_non_null(text);
    assert_non_null(strstr(text, cases[i].word));
  }
  for (size_t i = 0; i < COUNT(unknown); i++)
    assert_null(moat_provider_advice(unknown[i], MOAT_ASKED_REFRESH));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_results),       cmocka_unit_test(test_dead),
      cmocka_unit_test(test_public_client), cmocka_unit_test(test_new),
      cmocka_unit_test(test_remembered),    cmocka_unit_test(test_every_status),
      cmocka_unit_test(test_texts),         cmocka_unit_test(test_advice),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
