/* The account's verbs over ports that answer odd numbers, take their time, or are cancelled at any
 * step: what is asserted is that nothing is said to be done that is not, that the lock is free, and
 * that no secret stays behind. */
#include "store/store.h" /* first: it has a parameter called platform */
#include "account_fixture.h"

#include <limits.h>

#define CODE                                                                                       \
  "{\"device_code\":\"canary.device\",\"user_code\":\"ABCD\",\"verification_uri\":"                \
  "\"https://x.example/device\",\"expires_in\":900,\"interval\":1}"
#define TOKENS                                                                                     \
  "{\"expires_in\":3600,\"access_token\":\"canary.access\",\"refresh_token\":\"canary.refresh\"}"
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- Calls of the port, counted: the one of a number answers something else ---- */

static struct {
  fixture *f;
  unsigned calls;  /* of slots, lock, random, hash, prepare, show and session */
  unsigned odd_at; /* the call of this number … */
  int answer;      /* … answers this; or, as WANT_TIME, so does every call that may, once */
  bool waits;      /* the answer is MOAT_WANT_TIME, to a call that may */
  bool slow;       /* every call that may answers MOAT_WANT_TIME first */
  bool asked;      /* so it did */
  bool met;        /* it came to that call */
  bool unlockable; /* the lock has failed */
} port;

/* True where the call is not to be made: `*r` is its answer. */
static bool is_odd(bool may_wait, int *r) {
  if (port.slow && may_wait) {
    port.asked = !port.asked;
    *r = MOAT_WANT_TIME;
    return port.asked;
  }
  if (++port.calls != port.odd_at) return false;
  if (port.waits && !may_wait) return false;
  port.met = true;
  *r = port.answer;
  return true;
}

static int edge_lock(void *ctx) {
  int r;
  if (!is_odd(true, &r)) return fixture_lock(ctx);
  port.unlockable = r != MOAT_WANT_TIME;
  return r;
}

/* The tokens of a sign-in are stored even where the lock fails. */
static bool may_write(void) {
  return port.f->held || port.unlockable;
}

static int edge_read(void *ctx, int slot, void *p, size_t cap, size_t *n) {
  int r;
  return is_odd(false, &r) ? r : fixture_read(ctx, slot, p, cap, n);
}

static int edge_write(void *ctx, int slot, const void *p, size_t n) {
  int r;
  assert_true(may_write());
  return is_odd(true, &r) ? r : memory_write(ctx, slot, p, n);
}

static int edge_erase(void *ctx, int slot) {
  int r;
  assert_true(may_write());
  return is_odd(true, &r) ? r : memory_erase(ctx, slot);
}

static int edge_random(void *ctx, void *p, size_t n) {
  int r;
  (void)ctx;
  memset(p, 'r', n);
  return is_odd(false, &r) ? r : 0;
}

static int edge_mac(void *ctx, const void *p, size_t n, uint8_t out[32]) {
  int r;
  uint8_t sum = 0;
  (void)ctx;
  for (size_t i = 0; i < n; i++)
    sum = (uint8_t)(31 * sum + ((const uint8_t *)p)[i]);
  memset(out, sum, 32);
  return is_odd(false, &r) ? r : 0;
}

static int edge_hash(void *ctx, const void *p, size_t n, uint8_t out[32]) {
  int r;
  (void)ctx, (void)p, (void)n;
  memset(out, 7, 32);
  return is_odd(false, &r) ? r : 0;
}

static const moat_crypto crypto = {.sha256 = edge_hash};

static int edge_prepare(void *ctx, uint8_t how) {
  int r;
  (void)ctx, (void)how;
  return is_odd(false, &r) ? r : 0;
}

static int edge_show(void *ctx, const moat_device_prompt *p) {
  int r;
  (void)ctx;
  assert_int_equal(p->user_code.n, 4);
  assert_false(port.f->held);
  return is_odd(true, &r) ? r : 0;
}

/* What it answers does not matter, but that it may take its time. */
static unsigned session_loads, session_saves;

static int edge_session_load(void *io, void *buffer, size_t size) {
  int r;
  (void)io;
  session_loads++;
  assert_true(size > 1000);
  memset(buffer, 0, 1000);
  return is_odd(false, &r) ? r : 0;
}

static int edge_session_save(void *io, void *buffer, size_t size) {
  int r;
  (void)io;
  session_saves++;
  assert_true(may_write());
  memset(buffer, 0, size);
  return is_odd(true, &r) ? r : 0;
}

/* ---- A server that knows what it is asked ---- */

static int edge_recv(void *io, void *p, size_t cap) {
  fixture *f = port.f;
  if (f->s.sent_size && f->s.given == f->s.answer_size) {
    f->s.sent[f->s.sent_size] = 0;
    bool device = strstr(f->s.sent, "POST /device") != NULL;
    answer(f, "200 OK", "", device ? CODE : TOKENS);
    f->s.sent_size = 0;
  }
  return scripted_recv(io, p, cap);
}

static const moat_stream_ops edge_stream = {.connect = scripted_connect,
                                            .send = scripted_send,
                                            .recv = edge_recv,
                                            .close = scripted_close,
                                            .wait = scripted_wait,
                                            .session_load = edge_session_load,
                                            .session_save = edge_session_save};

/* ---- Verbs ---- */

static const moat_endpoint device_endpoint = {"login.example", 443, "/device"};
static char url[600];

enum {
  TOKEN,
  REFRESH,
  REFUSED,
  SIGN_IN,
  AUTHORIZE,
  REDEEM,
  ADOPT,
  FORGET,
  GIVE_UP,
  GIVE_UP_DEVICE,
  VERBS
};

static int begin(fixture *f, int verb) {
  moat_account *a = &f->a;
  switch (verb) {
  case TOKEN: return moat_account_token(a);
  case REFRESH: return moat_account_refresh(a);
  case REFUSED: return moat_account_refused(a, moat_str("AT.1"));
  case SIGN_IN: return moat_account_sign_in(a);
  case AUTHORIZE: return moat_account_authorize(a, url, sizeof url);
  case REDEEM: return moat_account_redeem(a, moat_str("canary.code"));
  case ADOPT: return moat_account_adopt(a, moat_str("canary.adopted"), MOAT_HOW_CODE, true);
  case FORGET: return moat_account_forget(a);
  default: return moat_account_give_up(a);
  }
}

static void start_again(fixture *f, bool with_mac) {
  memset(&port, 0, sizeof port);
  port.f = f;
  restart(f);
  f->m.unix_time = NOW;
  memset(f->m.sizes, 0, sizeof f->m.sizes);
  f->platform.lock = edge_lock;
  f->platform.slot_read = edge_read;
  f->platform.slot_write = edge_write;
  f->platform.slot_erase = edge_erase;
  f->platform.random = edge_random;
  f->platform.mac = with_mac ? edge_mac : NULL;
  f->config.stream = &edge_stream;
  f->config.crypto = &crypto;
  f->config.prepare = edge_prepare;
  f->config.show = edge_show;
  f->config.device_endpoint = &device_endpoint;
  f->config.authorize_url = moat_str("https://login.example/authorize");
  f->config.redirect_uri = moat_str("http://localhost:8400/");
  assert_int_equal(moat_account_open(&f->a, &f->config, f->memory, sizeof f->memory), 0);
  f->s.answer_size = f->s.given = f->s.sent_size = 0;
}

static void run_verb(fixture *f, int verb, int expected) {
  int r = begin(f, verb);
  if (r == 0) r = moat_account_run(&f->a);
  if (r != expected) fail_msg("verb %d: %d", verb, r);
}

/* What the verb needs: a grant whose token is over, a pending authorization or device code. */
static void make_ready(fixture *f, int verb, bool with_mac) {
  start_again(f, with_mac);
  if (verb != SIGN_IN && verb != FORGET) run_verb(f, ADOPT, 0);
  if (verb == REDEEM || verb == GIVE_UP) run_verb(f, AUTHORIZE, 0);
  if (verb == SIGN_IN || verb == GIVE_UP_DEVICE) {
    assert_int_equal(begin(f, SIGN_IN), 0);
    while (!f->m.sizes[MOAT_SLOT_PENDING])
      assert_true(moat_is_want(moat_account_step(&f->a)));
    moat_account_cancel(&f->a);
    if (verb == SIGN_IN) f->m.sizes[MOAT_SLOT_PENDING] = 0;
  }
  f->s.given = f->s.answer_size = f->s.sent_size = 0;
  port.calls = 0;
}

/* The code and the calls of one verb without trouble. */
static unsigned calls_of(fixture *f, int verb, bool with_mac) {
  make_ready(f, verb, with_mac);
  run_verb(f, verb, 0);
  return port.calls;
}

static bool holds(const fixture *f, const char *text) {
  size_t n = strlen(text);
  for (size_t i = 0; i + n <= sizeof f->memory; i++)
    if (memcmp(f->memory + i, text, n) == 0) return true;
  return false;
}

/* ---- Odd numbers ---- */

static const int odd[] = {1,       404,     INT_MAX,     -1,           -100,
                          -0x7200, INT_MIN, MOAT_E_PORT, MOAT_E_STORE, MOAT_E_EMPTY};

static bool is_listed(int r) {
  return strcmp(moat_error_name(r), "unknown") != 0;
}

/* The functions for a device code's record, for a state and for a URL have no place for it. */
static bool tells_number(int verb) {
  return verb != SIGN_IN && verb != AUTHORIZE && verb != GIVE_UP_DEVICE;
}

/* Whatever call it is: the result is one that moat.h lists, the lock is free, and once the port is
 * sound again the same verb comes to its end, unless what it needs is used up. */
static void test_odd_numbers(void **state) {
  fixture *f = *state;
  for (int verb = 0; verb < VERBS; verb++) {
    for (int with_mac = 0; with_mac < 2; with_mac++) {
      unsigned calls = calls_of(f, verb, with_mac);
      for (unsigned at = 1; at <= calls; at++) {
        for (size_t i = 0; i < COUNT(odd); i++) {
          make_ready(f, verb, with_mac);
          port.odd_at = at;
          port.answer = odd[i];
          int r = begin(f, verb);
          assert_int_equal(r, 0);
          r = moat_account_run(&f->a);
          assert_true(port.met);
          if (r > 0 || !is_listed(r) || moat_is_want(r))
            fail_msg("verb %d, call %u answers %d: %d", verb, at, odd[i], r);
          assert_int_equal(moat_account_step(&f->a), r);
          assert_int_equal(moat_account_error(&f->a)->code, r);
          if (r == MOAT_E_PORT && !is_listed(odd[i]) && tells_number(verb))
            assert_int_equal(moat_account_error(&f->a)->port_code, odd[i]);
          assert_false(f->held);
          if (verb == REDEEM || verb == GIVE_UP || verb == GIVE_UP_DEVICE) continue;
          f->s.given = f->s.answer_size = f->s.sent_size = 0;
          if (f->a.store.note.needed == 0) run_verb(f, verb, 0);
        }
      }
    }
  }
}

/* ---- A port that takes its time ---- */

/* At one call, and then at every call that may. */
static void test_slow(void **state) {
  fixture *f = *state;
  for (int verb = 0; verb < VERBS; verb++) {
    unsigned calls = calls_of(f, verb, false);
    for (unsigned at = 1; at <= calls; at++) {
      make_ready(f, verb, false);
      port.odd_at = at;
      port.answer = MOAT_WANT_TIME;
      port.waits = true;
      run_verb(f, verb, 0);
      assert_false(f->held);
    }
    make_ready(f, verb, false);
    port.slow = true;
    run_verb(f, verb, 0);
    if (verb <= SIGN_IN || verb == REDEEM)
      assert_string_equal(moat_account_access(&f->a).p, "canary.access");
    if (verb == SIGN_IN) assert_false(holds(f, "canary.device"));
    assert_int_equal(f->m.sizes[MOAT_SLOT_A] + f->m.sizes[MOAT_SLOT_B] == 0, verb == FORGET);
    if (verb >= REDEEM) assert_int_equal(f->m.sizes[MOAT_SLOT_PENDING], 0);
    assert_false(f->held);
  }
}

/* A slot that never ends its write: the verb does, and the lock is free. */
static void test_stuck(void **state) {
  fixture *f = *state;
  start_again(f, false);
  run_verb(f, ADOPT, 0);
  f->platform.slot_write = fixture_write;
  f->config.stream = &scripted_stream;
  f->failing_slot = MOAT_SLOT_MARK;
  f->failure = MOAT_WANT_TIME;
  f->writes_left = 1; /* the mark of the request */
  answer(f, "400 No", "", "{\"error\":\"invalid_grant\"}");
  assert_int_equal(moat_account_open(&f->a, &f->config, f->memory, sizeof f->memory), 0);
  run_verb(f, TOKEN, MOAT_E_OAUTH);
  assert_false(f->held);
  f->failing_slot = -1;
}

/* The TLS session is loaded once, and saved after each use of the connection. */
static void test_session(void **state) {
  fixture *f = *state;
  start_again(f, false);
  run_verb(f, ADOPT, 0);
  session_loads = session_saves = 0;
  run_verb(f, TOKEN, 0);
  run_verb(f, REFRESH, 0);
  assert_int_equal(session_loads, 1);
  assert_int_equal(session_saves, 2);
  run_verb(f, TOKEN, 0); /* from memory */
  assert_int_equal(session_saves, 2);
}

/* ---- Cancelled at every step ---- */

static void test_cancel(void **state) {
  fixture *f = *state;
  for (int verb = 0; verb < VERBS; verb++) {
    bool done = false;
    for (unsigned steps = 0; !done; steps++) {
      make_ready(f, verb, false);
      f->s.stutter = true;
      port.slow = true;
      assert_int_equal(begin(f, verb), 0);
      int r = MOAT_WANT_TIME;
      for (unsigned i = 0; i < steps && moat_is_want(r); i++) {
        r = moat_account_step(&f->a);
        if (moat_is_want(r)) f->s.clock += moat_account_wait_ms(&f->a) > 100 ? 1200 : 1;
      }
      if (!moat_is_want(r) && r) fail_msg("verb %d: %d", verb, r);
      done = r == 0;
      moat_account_cancel(&f->a);
      moat_account_cancel(&f->a);
      assert_int_equal(moat_account_step(&f->a), MOAT_E_CANCEL);
      assert_int_equal(moat_account_error(&f->a)->code, MOAT_E_CANCEL);
      assert_false(f->held);
      static const char *const secrets[] = {"canary.refresh", "canary.secret", "canary.code",
                                            "canary.adopted"};
      for (size_t i = 0; i < COUNT(secrets); i++)
        if (holds(f, secrets[i])) fail_msg("verb %d, step %u: %s is left", verb, steps, secrets[i]);
      /* An authorization waits in memory for its redirect, and no device code does. */
      if (holds(f, "canary.device"))
        fail_msg("verb %d, step %u: the device code is left", verb, steps);
      f->s.stutter = false;
      port.slow = port.asked = false;
      assert_true(steps < 1000);
    }
  }
}

/* The device code takes the place of an authorization, in memory as in the slot. */
static void test_sign_in_after_authorize(void **state) {
  fixture *f = *state;
  const moat_authorization *pending;
  start_again(f, false);
  run_verb(f, AUTHORIZE, 0);
  assert_int_equal(moat_account_authorization(&f->a, &pending), 0);
  assert_int_equal(begin(f, SIGN_IN), 0);
  assert_int_equal(moat_account_authorization(&f->a, &pending), MOAT_E_MISUSE);
  while (!moat_account_wait_ms(&f->a) || moat_account_wait_ms(&f->a) < 1000)
    assert_true(moat_is_want(moat_account_step(&f->a)));
  moat_account_cancel(&f->a);
  assert_int_equal(moat_account_redeem(&f->a, moat_str("code")), MOAT_E_MISUSE);
  assert_false(holds(f, "canary.device"));
  assert_int_equal(moat_account_authorization(&f->a, &pending), MOAT_E_EMPTY);
  run_verb(f, GIVE_UP, 0);
  assert_int_equal(f->m.sizes[MOAT_SLOT_PENDING], 0);
}

/* ---- Stored authorizations that nobody wrote, under a good checksum ---- */

/* Offsets in src/account/account_pending.h's record; a key is 43 characters and a NUL. */
enum { AT_VERSION = 4, AT_OWNER = 12, AT_STATE = 20, KEY = 44, AT_VERIFIER = 64, AT_TEXTS = 108 };

static int authorization_of(fixture *f, const char *record, size_t n) {
  const moat_authorization *pending;
  char *slot = f->m.slots[MOAT_SLOT_PENDING];
  memcpy(slot, record, n);
  assert_int_equal(moat__record_seal(&f->platform, &f->m, MOAT_SLOT_PENDING, slot, n), 0);
  f->m.sizes[MOAT_SLOT_PENDING] = n + 4;
  assert_int_equal(moat_account_open(&f->a, &f->config, f->memory, sizeof f->memory), 0);
  return moat_account_authorization(&f->a, &pending);
}

static void test_authorization_records(void **state) {
  fixture *f = *state;
  char good[1000], bad[1000];
  start_again(f, false);
  run_verb(f, AUTHORIZE, 0);
  size_t n = f->m.sizes[MOAT_SLOT_PENDING] - 4;
  memcpy(good, f->m.slots[MOAT_SLOT_PENDING], n);
  assert_int_equal(authorization_of(f, good, n), 0);
  assert_int_equal(moat_account_load(&f->a), MOAT_E_EMPTY);
  assert_int_equal(moat_account_pending(&f->a), MOAT_PENDING_CODE);
  for (size_t cut = 0; cut < n; cut++)
    if (authorization_of(f, good, cut) != MOAT_E_STORE) fail_msg("%zu bytes", cut);
  static const struct {
    size_t at;
    char byte;
  } changes[] = {{0, 'X'},          {AT_VERSION, 9},
                 {AT_STATE + 5, 0}, {AT_STATE + KEY - 1, 'x'},
                 {AT_VERIFIER, 0},  {AT_VERIFIER + KEY - 1, 'x'}};
  for (size_t i = 0; i < COUNT(changes); i++) {
    memcpy(bad, good, n);
    bad[changes[i].at] = changes[i].byte;
    if (authorization_of(f, bad, n) != MOAT_E_STORE) fail_msg("change %zu", i);
  }
  memcpy(bad, good, n); /* one text, or three, in place of two */
  memset(bad + AT_TEXTS, 'x', n - AT_TEXTS);
  assert_int_equal(authorization_of(f, bad, n), MOAT_E_STORE);
  bad[n - 1] = 0;
  assert_int_equal(authorization_of(f, bad, n), MOAT_E_STORE);
  bad[AT_TEXTS + 3] = bad[AT_TEXTS + 6] = 0;
  assert_int_equal(authorization_of(f, bad, n), MOAT_E_STORE);
  memcpy(bad, good, n);
  bad[AT_OWNER] ^= 1;
  assert_int_equal(authorization_of(f, bad, n), MOAT_E_FOREIGN);
  memset(bad, 'x', sizeof bad); /* larger than any that this account writes */
  assert_int_equal(authorization_of(f, bad, sizeof bad), MOAT_E_STORE);
  assert_int_equal(moat_account_load(&f->a), MOAT_E_EMPTY);
  assert_int_equal(moat_account_pending(&f->a), MOAT_PENDING_NONE);
  memcpy(bad, "MDEV", 4); /* a device code waits for no redirect */
  assert_int_equal(authorization_of(f, bad, 40), MOAT_E_EMPTY);
  assert_int_equal(authorization_of(f, bad, 3), MOAT_E_STORE);
}

/* One that began when the clock was unknown, or is judged while it is. */
static void test_authorization_without_date(void **state) {
  fixture *f = *state;
  const moat_authorization *pending;
  start_again(f, false);
  f->m.unix_time = 0;
  run_verb(f, AUTHORIZE, 0);
  f->m.unix_time = NOW;
  assert_int_equal(moat_account_open(&f->a, &f->config, f->memory, sizeof f->memory), 0);
  assert_int_equal(moat_account_authorization(&f->a, &pending), 0);
  run_verb(f, REDEEM, 0);
}

/* Texts that the memory was not made for. */
static void test_space(void **state) {
  fixture *f = *state;
  char uri[600];
  start_again(f, false);
  memset(uri, 'u', sizeof uri);
  memcpy(uri, "http://localhost/", 17);
  size_t room = (size_t)f->config.text_size + MOAT_PENDING_OVERHEAD;
  f->config.redirect_uri = (moat_span){uri, sizeof uri};
  run_verb(f, AUTHORIZE, MOAT_E_SPACE);
  assert_true(moat_account_error(&f->a)->needed > room);
  assert_int_equal(f->m.sizes[MOAT_SLOT_PENDING], 0);
  f->config.redirect_uri = moat_str("http://localhost:8400/");
  assert_int_equal(moat_account_authorize(&f->a, url, 20), 0);
  assert_int_equal(moat_account_run(&f->a), MOAT_E_SPACE);
  assert_int_equal(moat_account_error(&f->a)->needed, 0); /* nobody knows before it is written */
  assert_int_equal(f->m.sizes[MOAT_SLOT_PENDING], 0);
  assert_int_equal(moat_account_redeem(&f->a, moat_str("code")), MOAT_E_MISUSE);
}

/* ---- What the configuration lacks ---- */

static void test_needs(void **state) {
  fixture *f = *state;
  start_again(f, false);
  moat_account_config good = f->config;
  f->config.crypto = NULL;
  assert_int_equal(begin(f, AUTHORIZE), MOAT_E_MISUSE);
  f->config = good;
  f->config.authorize_url.n = 0;
  assert_int_equal(begin(f, AUTHORIZE), MOAT_E_MISUSE);
  f->config = good;
  f->config.redirect_uri.n = 0;
  assert_int_equal(begin(f, AUTHORIZE), MOAT_E_MISUSE);
  f->config = good;
  f->platform.random = NULL;
  assert_int_equal(begin(f, AUTHORIZE), MOAT_E_MISUSE);
  f->config.show = NULL;
  assert_int_equal(begin(f, SIGN_IN), MOAT_E_MISUSE);
  f->config = good;
  f->config.device_endpoint = NULL;
  assert_int_equal(begin(f, SIGN_IN), MOAT_E_MISUSE);
  f->config = good;
  f->platform.random = edge_random;
  run_verb(f, AUTHORIZE, 0);
  assert_int_equal(moat_account_redeem(&f->a, moat_str("")), MOAT_E_MISUSE);
  /* One verb at a time, whichever. */
  for (int verb = 0; verb < VERBS; verb++) {
    assert_int_equal(begin(f, TOKEN), 0);
    assert_int_equal(begin(f, verb), MOAT_E_MISUSE);
    assert_int_equal(moat_account_load(&f->a), MOAT_E_MISUSE);
    moat_account_cancel(&f->a);
  }
  f->config.auth = &f->auth; /* a grant that lacks something ends the verb before it is sent */
  f->auth.client_secret.n = 0;
  run_verb(f, REDEEM, MOAT_E_MISUSE);
  f->config.device_auth = NULL; /* then it is as any other */
  run_verb(f, SIGN_IN, MOAT_E_MISUSE);
  assert_int_equal(f->s.sent_size, 0);
}

/* ---- How it stands ---- */

static void test_is_valid(void **state) {
  fixture *f = *state;
  start_again(f, false);
  assert_int_equal(moat_account_load(&f->a), MOAT_E_EMPTY);
  assert_false(moat_account_is_valid(&f->a));
  sign_in(f, MOAT_HOW_CODE, "RT.1", 3600);
  assert_int_equal(moat_account_load(&f->a), 0);
  assert_true(moat_account_is_valid(&f->a));
  pass(f, 3599); /* to its end, not to its margin */
  assert_true(moat_account_is_valid(&f->a));
  pass(f, 1);
  assert_false(moat_account_is_valid(&f->a));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_odd_numbers),
      TEST(test_slow),
      TEST(test_stuck),
      TEST(test_session),
      TEST(test_cancel),
      TEST(test_sign_in_after_authorize),
      TEST(test_authorization_records),
      TEST(test_authorization_without_date),
      TEST(test_space),
      TEST(test_needs),
      TEST(test_is_valid),
  };
  return cmocka_run_group_tests_name("edges of the account", tests, NULL, NULL);
}
