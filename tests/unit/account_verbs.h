/* Every verb of an account, over a port whose calls are counted. */
#ifndef ACCOUNT_VERBS_H
#define ACCOUNT_VERBS_H

#include "cmocka_all.h"

#include "store/store.h" /* first: it has a parameter called platform */
#include "account_fixture.h"

#define CODE                                                                                       \
  "{\"device_code\":\"canary.device\",\"user_code\":\"ABCD\",\"verification_uri\":"                \
  "\"https://x.example/device\",\"expires_in\":900,\"interval\":1}"
#define TOKENS                                                                                     \
  "{\"expires_in\":3600,\"access_token\":\"canary.access\",\"refresh_token\":\"canary.refresh\"}"

/* ---- The port: its calls are counted, and one of them answers something else ---- */

static struct {
  fixture *f;
  unsigned calls;  /* to slots, lock, random, hash, prepare, show and session */
  unsigned odd_at; /* the call of this number … */
  int answer;      /* … gives this answer */
  bool waits;      /* the answer is MOAT_WANT_TIME, if the call may give it */
  bool slow;       /* every call that may give it answers MOAT_WANT_TIME first */
  bool asked;      /* it has done so */
  bool met;        /* that call was made */
  bool unlockable; /* the lock has failed */
} port;

/* True if the call must give the answer `*r` and do nothing else. */
static inline bool is_odd(bool may_wait, int *r) {
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

static inline int edge_lock(void *ctx) {
  int r;
  if (!is_odd(true, &r)) return fixture_lock(ctx);
  port.unlockable = r != MOAT_WANT_TIME;
  return r;
}

/* The tokens of a sign-in are stored even if the lock fails. */
static inline bool may_write(void) {
  return port.f->held || port.unlockable;
}

static inline int edge_read(void *ctx, int slot, void *p, size_t cap, size_t *n) {
  int r;
  return is_odd(false, &r) ? r : fixture_read(ctx, slot, p, cap, n);
}

static inline int edge_write(void *ctx, int slot, const void *p, size_t n) {
  int r;
  assert_true(may_write());
  return is_odd(true, &r) ? r : memory_write(ctx, slot, p, n);
}

static inline int edge_erase(void *ctx, int slot) {
  int r;
  assert_true(may_write());
  return is_odd(true, &r) ? r : memory_erase(ctx, slot);
}

static inline int edge_random(void *ctx, void *p, size_t n) {
  int r;
  (void)ctx;
  memset(p, 'r', n);
  return is_odd(false, &r) ? r : 0;
}

static inline int edge_mac(void *ctx, const void *p, size_t n, uint8_t out[32]) {
  int r;
  uint8_t sum = 0;
  (void)ctx;
  for (size_t i = 0; i < n; i++)
    sum = (uint8_t)(31 * sum + ((const uint8_t *)p)[i]);
  memset(out, sum, 32);
  return is_odd(false, &r) ? r : 0;
}

static inline int edge_hash(void *ctx, const void *p, size_t n, uint8_t out[32]) {
  int r;
  (void)ctx, (void)p, (void)n;
  memset(out, 7, 32);
  return is_odd(false, &r) ? r : 0;
}

static const moat_crypto crypto = {.sha256 = edge_hash};

static inline int edge_prepare(void *ctx, uint8_t how) {
  int r;
  (void)ctx, (void)how;
  return is_odd(false, &r) ? r : 0;
}

static inline int edge_show(void *ctx, const moat_device_prompt *p) {
  int r;
  (void)ctx;
  assert_int_equal(p->user_code.n, 4);
  assert_false(port.f->held);
  return is_odd(true, &r) ? r : 0;
}

/* Its result does not matter. Only MOAT_WANT_TIME does. */
static unsigned session_loads, session_saves;

static inline int edge_session_load(void *io, void *buffer, size_t size) {
  int r;
  (void)io;
  session_loads++;
  assert_true(size > 1000);
  memset(buffer, 0, 1000);
  return is_odd(false, &r) ? r : 0;
}

static inline int edge_session_save(void *io, void *buffer, size_t size) {
  int r;
  (void)io;
  session_saves++;
  assert_true(may_write());
  memset(buffer, 0, size);
  return is_odd(true, &r) ? r : 0;
}

/* ---- The server: its answer depends on the request ---- */

static inline int edge_recv(void *io, void *p, size_t cap) {
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

static inline int begin(fixture *f, int verb) {
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

static inline void start_again(fixture *f, bool with_mac) {
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

static inline void run_verb(fixture *f, int verb, int expected) {
  int r = begin(f, verb);
  if (r == 0) r = moat_account_run(&f->a);
  if (r != expected) fail_msg("verb %d: %d", verb, r);
}

#endif
