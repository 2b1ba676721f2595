/* Signing in through the account, by device code and by authorization code, across restarts, with
 * every end. */
#include "account_fixture.h"

#define CODE                                                                                       \
  "{\"device_code\":\"canary.device\",\"user_code\":\"ABCD-EFGH\",\"verification_uri\":"           \
  "\"https://x.example/device\",\"expires_in\":900,\"interval\":5}"
#define REFUSED(name) "{\"error\":\"" name "\"}"

static const moat_endpoint device_endpoint = {"login.example", 443, "/device"};
static fixture *shown_to;
static char shown[64];
static unsigned shows;
static int show_result;

static int show(void *ctx, const moat_device_prompt *p) {
  (void)ctx;
  assert_false(shown_to->held); /* the person takes a while */
  if (show_result) return show_result;
  shows++;
  snprintf(shown, sizeof shown, "%.*s", (int)p->user_code.n, p->user_code.p);
  return 0;
}

static int fill(void *ctx, void *p, size_t n) {
  fixture *f = fixture_of(ctx);
  for (size_t i = 0; i < n; i++)
    ((uint8_t *)p)[i] = (uint8_t)(++f->how);
  return 0;
}

static int hash(void *ctx, const void *p, size_t n, uint8_t out[32]) {
  (void)ctx;
  memset(out, 0, 32);
  memcpy(out, p, n < 32 ? n : 32);
  return 0;
}

static const moat_crypto crypto = {.sha256 = hash};

/* A restart with a configuration for sign-ins. If `empty`, nothing is stored. */
static void start(fixture *f, bool empty) {
  restart(f);
  if (empty) memset(f->m.sizes, 0, sizeof f->m.sizes);
  shown_to = f;
  shows = 0;
  show_result = 0;
  f->platform.random = fill;
  f->config.device_endpoint = &device_endpoint;
  f->config.show = show;
  f->config.crypto = &crypto;
  f->config.authorize_url = moat_str("https://login.example/authorize");
  f->config.redirect_uri = moat_str("http://localhost:8400/");
}

static int sign_in_by_code(fixture *f) {
  f->s.sent_size = 0;
  int r = moat_account_sign_in(&f->a);
  return r ? r : moat_account_run(&f->a);
}

/* Steps until the current answer was read and a pause has begun. */
static void step_to_pause(fixture *f) {
  int r;
  do {
    r = moat_account_step(&f->a);
    assert_true(moat_is_want(r));
  } while (moat_account_wait_ms(&f->a) < 1000);
}

/* ---- By device code ---- */

static void test_device(void **state) {
  fixture *f = *state;
  start(f, true);
  f->m.busy = 2;
  answer(f, "200 OK", "", CODE);
  assert_int_equal(moat_account_sign_in(&f->a), 0);
  step_to_pause(f);
  assert_string_equal(shown, "ABCD-EFGH");
  assert_int_equal(shows, 1);
  assert_false(f->held);
  assert_int_not_equal(f->m.sizes[MOAT_SLOT_PENDING], 0);
  f->s.clock += 60000; /* longer than any exchange may take */
  answer(f, "400 No", "", REFUSED("authorization_pending"));
  step_to_pause(f);
  answer_tokens(f);
  assert_int_equal(moat_account_run(&f->a), 0);
  assert_true(moat_account_error(&f->a)->sent);
  assert_token(f, "AT.2");
  assert_int_equal(f->m.sizes[MOAT_SLOT_PENDING], 0);
  f->m.busy = 0;
  const moat_record *record = moat_account_record(&f->a);
  assert_int_equal(record->refresh_token.n, 4); /* the views are valid until the next verb */
  assert_memory_equal(record->refresh_token.p, "RT.2", 4);
  assert_int_equal(moat_account_load(&f->a), 0);
  assert_int_equal(record->how, MOAT_HOW_DEVICE);
  f->s.sent[f->s.sent_size] = 0;
  assert_null(strstr(f->s.sent, "canary.secret")); /* device_auth sends no secret */
  restart(f);
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.2");
}

/* After a restart the same code is shown and polled with. */
static void test_taken_up(void **state) {
  fixture *f = *state;
  start(f, true);
  answer(f, "200 OK", "", CODE);
  assert_int_equal(moat_account_sign_in(&f->a), 0);
  step_to_pause(f);
  start(f, false);
  assert_int_equal(moat_account_load(&f->a), MOAT_E_EMPTY);
  assert_int_equal(moat_account_pending(&f->a), MOAT_PENDING_DEVICE);
  pass(f, 100);
  answer_tokens(f);
  assert_int_equal(sign_in_by_code(f), 0);
  assert_int_equal(shows, 1);
  assert_string_equal(shown, "ABCD-EFGH");
  f->s.sent[f->s.sent_size] = 0;
  assert_non_null(strstr(f->s.sent, "device_code=canary.device"));
  assert_null(strstr(f->s.sent, "/device HTTP"));
  assert_token(f, "AT.2");
}

/* A code with another scope, or one that has expired, is not taken up. */
static void test_not_taken_up(void **state) {
  fixture *f = *state;
  for (int i = 0; i < 2; i++) {
    start(f, true);
    answer(f, "200 OK", "", CODE);
    assert_int_equal(moat_account_sign_in(&f->a), 0);
    step_to_pause(f);
    start(f, false);
    if (i == 0) f->config.scope = moat_str("other");
    if (i == 1) pass(f, 901);
    assert_int_equal(moat_account_load(&f->a), MOAT_E_EMPTY);
    assert_int_equal(moat_account_pending(&f->a), MOAT_PENDING_NONE);
    answer(f, "200 OK", "", CODE);
    assert_int_equal(moat_account_sign_in(&f->a), 0);
    step_to_pause(f);
    f->s.sent[f->s.sent_size] = 0;
    assert_non_null(strstr(f->s.sent, "/device HTTP"));
    moat_account_cancel(&f->a);
    f->s.sent_size = 0;
  }
}

/* However it ends, the next start does not take the code up, and nothing is left in its slot. */
static void test_ends(void **state) {
  fixture *f = *state;
  /* It fills the work buffer, so there is no room for anything else. */
#define LONG "{\"error\":\"access_denied\",\"error_description\":\""
  static char long_refusal[950];
  static const struct {
    const char *error;
    int result;
  } cases[] = {{REFUSED("access_denied"), MOAT_E_DENIED},
               {REFUSED("expired_token"), MOAT_E_EXPIRED},
               {REFUSED("invalid_client"), MOAT_E_OAUTH},
               {long_refusal, MOAT_E_DENIED}};
  memset(long_refusal + sizeof LONG - 1, 'x', sizeof long_refusal - sizeof LONG - 2);
  memcpy(long_refusal, LONG, sizeof LONG - 1);
  memcpy(long_refusal + sizeof long_refusal - 3, "\"}", 3);
  start(f, true);
  assert_int_equal(moat_account_open(&f->a, &f->config, f->memory, 1), MOAT_E_SPACE);
  size_t least = moat_account_error(&f->a)->needed;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    start(f, true);
    assert_int_equal(moat_account_open(&f->a, &f->config, f->memory, least), 0);
    answer(f, "200 OK", "", CODE);
    assert_int_equal(moat_account_sign_in(&f->a), 0);
    step_to_pause(f);
    f->s.clock += 6000;
    answer(f, "400 No", "", cases[i].error);
    assert_int_equal(moat_account_run(&f->a), cases[i].result);
    assert_int_equal(f->m.sizes[MOAT_SLOT_PENDING], 0);
    assert_int_equal(f->locks, f->unlocks);
  }
}

/* Nobody has seen the code, so nobody can enter it. A cancel leaves it for the next start; giving
 * up erases it. */
static void test_give_up(void **state) {
  fixture *f = *state;
  start(f, true);
  show_result = MOAT_E_PORT;
  answer(f, "200 OK", "", CODE);
  assert_int_equal(sign_in_by_code(f), MOAT_E_PORT);
  assert_int_equal(f->m.sizes[MOAT_SLOT_PENDING], 0);
  start(f, true);
  answer(f, "200 OK", "", CODE);
  assert_int_equal(moat_account_sign_in(&f->a), 0);
  step_to_pause(f);
  moat_account_cancel(&f->a);
  assert_int_equal(moat_account_step(&f->a), MOAT_E_CANCEL);
  assert_int_not_equal(f->m.sizes[MOAT_SLOT_PENDING], 0);
  assert_int_equal(moat_account_give_up(&f->a), 0);
  assert_int_equal(moat_account_run(&f->a), 0);
  assert_int_equal(f->m.sizes[MOAT_SLOT_PENDING], 0);
}

/* A busy account does not cost a pending code. A grant that cannot be read is not replaced. */
static void test_in_the_way(void **state) {
  fixture *f = *state;
  start(f, true);
  answer(f, "200 OK", "", CODE);
  assert_int_equal(moat_account_sign_in(&f->a), 0);
  step_to_pause(f);
  start(f, false);
  f->lock_result = MOAT_WANT_TIME;
  assert_int_equal(sign_in_by_code(f), MOAT_E_BUSY);
  f->lock_result = 0;
  assert_int_not_equal(f->m.sizes[MOAT_SLOT_PENDING], 0);
  f->failing_slot = MOAT_SLOT_A;
  f->failure = MOAT_E_PORT;
  f->writes_left = -1;
  answer_tokens(f);
  assert_int_equal(sign_in_by_code(f), MOAT_E_PORT);
  f->failing_slot = -1;
}

/* Trouble on the device itself ends the sign-in, but the code is still valid at the next start. */
static void test_code_outlives_trouble(void **state) {
  fixture *f = *state;
  start(f, true);
  answer(f, "200 OK", "", CODE);
  assert_int_equal(moat_account_sign_in(&f->a), 0);
  step_to_pause(f);
  f->s.clock += 6000;
  f->s.answer_size = 0;
  f->s.end = MOAT_E_MEMORY;
  assert_int_equal(moat_account_run(&f->a), MOAT_E_MEMORY);
  assert_int_not_equal(f->m.sizes[MOAT_SLOT_PENDING], 0);
  f->s.end = MOAT_WANT_READ;
}

/* ---- By authorization code ---- */

static char url[1024];

static int authorize(fixture *f) {
  int r = moat_account_authorize(&f->a, url, sizeof url);
  return r ? r : moat_account_run(&f->a);
}

static int redeem(fixture *f, const char *code) {
  f->s.sent_size = 0;
  int r = moat_account_redeem(&f->a, moat_str(code));
  if (r == 0) r = moat_account_run(&f->a);
  f->s.sent[f->s.sent_size] = 0;
  return r;
}

static void test_code(void **state) {
  fixture *f = *state;
  const moat_authorization *pending;
  for (int restarts = 0; restarts < 2; restarts++) {
    start(f, true);
    f->m.busy = 2;
    assert_int_equal(authorize(f), 0);
    f->m.busy = 0;
    assert_non_null(strstr(url, "response_type=code&client_id=client"));
    if (restarts) start(f, false);
    assert_int_equal(moat_account_authorization(&f->a, &pending), 0);
    assert_non_null(strstr(url, pending->state));
    assert_string_equal(pending->redirect_uri, "http://localhost:8400/");
    assert_string_equal(pending->scope, "scope");
    answer_tokens(f);
    assert_int_equal(redeem(f, "the.code"), 0);
    assert_token(f, "AT.2");
    assert_non_null(
        strstr(f->s.sent, "code=the.code&redirect_uri=http%3A%2F%2Flocalhost%3A8400%2F"));
    assert_non_null(strstr(f->s.sent, "code_verifier="));
    assert_int_equal(f->m.sizes[MOAT_SLOT_PENDING], 0);
    assert_int_equal(redeem(f, "the.code"), MOAT_E_MISUSE); /* only once */
    assert_int_equal(moat_account_authorization(&f->a, &pending), MOAT_E_EMPTY);
    assert_int_equal(f->s.sent_size, 0);
    start(f, false);
    assert_int_equal(run(f), 0);
    assert_token(f, "AT.2");
  }
}

/* The ID token is there after the exchange that brought it, but not after a token from memory. */
static void test_id_token(void **state) {
  fixture *f = *state;
  start(f, true);
  assert_int_equal(authorize(f), 0);
  answer(f, "200 OK", "",
         "{\"access_token\":\"AT.2\",\"expires_in\":3600,\"id_token\":\"h.p.s\",\"refresh_token\":"
         "\"RT."
         "2\"}");
  assert_int_equal(redeem(f, "c"), 0);
  moat_span id = moat_account_id_token(&f->a);
  assert_int_equal(id.n, 5);
  assert_memory_equal(id.p, "h.p.s", 5);
  assert_int_equal(run(f), 0);
  assert_int_equal(moat_account_id_token(&f->a).n, 0);
}

static int refuse(void *ctx, int slot, const void *p, size_t n) {
  moat_span id = moat_account_id_token(&fixture_of(ctx)->a);
  if (slot != MOAT_SLOT_A && slot != MOAT_SLOT_B) return fixture_write(ctx, slot, p, n);
  assert_int_equal(id.n, 5);
  assert_memory_equal(id.p, "h.p.s", 5);
  return MOAT_E_CANCEL;
}

/* The port sees whose a new grant is before it writes it, and may leave the old one where it is. */
static void test_id_token_refused(void **state) {
  fixture *f = *state;
  start(f, false);
  assert_int_equal(authorize(f), 0);
  f->platform.slot_write = refuse;
  answer(f, "200 OK", "",
         "{\"access_token\":\"AT.2\",\"expires_in\":3600,\"id_token\":\"h.p.s\",\"refresh_token\":"
         "\"RT.2\"}");
  assert_int_equal(redeem(f, "c"), MOAT_E_CANCEL);
  assert_int_equal(moat_account_id_token(&f->a).n, 0);
  start(f, false);
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.1");
}

/* The verifier is erased before the first byte of the request, so that it cannot be used twice even
 * if the power fails. A refusal leaves the existing grant. */
static void test_code_refused(void **state) {
  fixture *f = *state;
  start(f, false);
  assert_int_equal(authorize(f), 0);
  answer(f, "400 No", "", REFUSED("invalid_grant"));
  assert_int_equal(redeem(f, "wrong"), MOAT_E_OAUTH);
  assert_int_equal(f->m.sizes[MOAT_SLOT_PENDING], 0);
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.1");
  assert_int_equal(authorize(f), 0);
  f->s.connect_result = MOAT_E_CONNECT;
  moat_account_cancel(&f->a);
  assert_int_equal(redeem(f, "unsent"), MOAT_E_CONNECT);
  assert_int_not_equal(f->m.sizes[MOAT_SLOT_PENDING], 0);
  f->s.connect_result = 0;
  answer_tokens(f);
  assert_int_equal(redeem(f, "unsent"), 0);
}

static void test_authorization(void **state) {
  fixture *f = *state;
  const moat_authorization *pending;
  start(f, true);
  assert_int_equal(moat_account_authorization(&f->a, &pending), MOAT_E_EMPTY);
  assert_int_equal(redeem(f, "x"), MOAT_E_MISUSE);
  assert_int_equal(authorize(f), 0);
  /* Another process begins an authorization meanwhile. */
  memory mine = f->m;
  static moat_account other;
  static char block[4096];
  memset(&other, 0, sizeof other);
  assert_int_equal(moat_account_open(&other, &f->config, block, sizeof block), 0);
  assert_int_equal(moat_account_authorize(&other, url, sizeof url), 0);
  assert_int_equal(moat_account_run(&other), 0);
  assert_int_equal(redeem(f, "x"), MOAT_E_STATE);
  assert_int_equal(moat_account_give_up(&f->a), 0);
  assert_int_equal(moat_account_run(&f->a), 0);
  assert_int_not_equal(f->m.sizes[MOAT_SLOT_PENDING], 0); /* it belongs to the other process */
  f->m = mine;
  start(f, false);
  pass(f, 601);
  assert_int_equal(moat_account_authorization(&f->a, &pending), MOAT_E_EXPIRED);
  f->m.unix_time = NOW - 601;
  assert_int_equal(moat_account_authorization(&f->a, &pending), MOAT_E_EXPIRED);
  f->m.unix_time = 0;
  assert_int_equal(moat_account_authorization(&f->a, &pending), 0);
  start(f, false);
  f->auth.client_id = moat_str("another");
  assert_int_equal(moat_account_authorization(&f->a, &pending), MOAT_E_FOREIGN);
  f->auth.client_id = moat_str("client");
  for (size_t n = 1; n < mine.sizes[MOAT_SLOT_PENDING]; n++) {
    f->m = mine;
    f->m.slots[MOAT_SLOT_PENDING][n] ^= 1;
    start(f, false);
    assert_int_equal(moat_account_authorization(&f->a, &pending), MOAT_E_STORE);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_device),
      TEST(test_taken_up),
      TEST(test_not_taken_up),
      TEST(test_ends),
      TEST(test_give_up),
      TEST(test_in_the_way),
      TEST(test_code_outlives_trouble),
      TEST(test_code),
      TEST(test_code_refused),
      TEST(test_id_token),
      TEST(test_id_token_refused),
      TEST(test_authorization),
  };
  return cmocka_run_group_tests_name("sign-ins of the account", tests, NULL, NULL);
}
