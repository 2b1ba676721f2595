/* An account whose port answers any number at all, one function of it at a time. */
#ifndef PORTS_FIXTURE_H
#define PORTS_FIXTURE_H

#include "cmocka_all.h"

#include <limits.h>

#include "exact.h"
#include "moat/account.h"
#include "checks.h"

/* All numbers near 0 that port.h does not list, such as errno and private numbers, and some far
 * from 0. The positive ones come first. */
static int numbers[300];
static size_t number_count, positive_count;

static inline bool is_listed(int r) {
  return strcmp(moat_error_name(r), "unknown") != 0;
}

static inline int make_numbers(void **state) {
  (void)state;
  static const int far[] = {404, INT_MAX, -0x2700, -0x7200, INT_MIN};
  for (int r = 1; r <= 20; r++)
    numbers[number_count++] = r;
  for (size_t i = 0; i < COUNT(far); i++) {
    numbers[number_count++] = far[i];
    if (far[i] > 0) positive_count = number_count;
  }
  for (int r = -1; r >= -135; r--)
    if (!is_listed(r)) numbers[number_count++] = r;
  return 0;
}

/* ---- A port with one function that gives such answers ---- */

enum { NONE, CONNECT, SEND, RECV, WAIT, READ, WRITE, ERASE, LOCK, TIME };

static struct {
  int function, answer;
  int slot;      /* for READ, WRITE and ERASE */
  size_t bytes;  /* for READ: the value of *n */
  bool too_much; /* SEND and RECV report one byte more than they were asked for */
  unsigned calls;
  bool held;
} odd;

static inline bool is_odd(int function) {
  bool is = odd.function == function;
  odd.calls += is;
  return is;
}

static inline bool is_odd_slot(int function, int slot) {
  return slot == odd.slot && is_odd(function);
}

static inline int odd_connect(void *io, const char *host, uint16_t port) {
  return is_odd(CONNECT) ? odd.answer : scripted_connect(io, host, port);
}

static inline int odd_send(void *io, const void *p, size_t n) {
  if (!is_odd(SEND)) return scripted_send(io, p, n);
  return odd.too_much ? (int)n + 1 : odd.answer;
}

static inline int odd_recv(void *io, void *p, size_t cap) {
  if (!is_odd(RECV)) return scripted_recv(io, p, cap);
  return odd.too_much ? (int)cap + 1 : odd.answer;
}

/* After so many calls only this ends the test. */
static inline int odd_wait(void *io, int want, uint32_t ms) {
  if (!is_odd(WAIT)) return scripted_wait(io, want, ms);
  return odd.calls > 100 ? MOAT_E_CANCEL : odd.answer;
}

static inline int odd_read(void *ctx, int slot, void *p, size_t cap, size_t *n) {
  if (!is_odd_slot(READ, slot)) return memory_read(ctx, slot, p, cap, n);
  memset(p, 0, cap);
  (void)memory_read(ctx, slot, p, cap, n);
  if (!odd.answer) *n = odd.bytes;
  return odd.answer;
}

/* It does write, so that only its answer is wrong. */
static inline int odd_write(void *ctx, int slot, const void *p, size_t n) {
  int r = memory_write(ctx, slot, p, n);
  return is_odd_slot(WRITE, slot) ? odd.answer : r;
}

static inline int odd_erase(void *ctx, int slot) {
  int r = memory_erase(ctx, slot);
  return is_odd_slot(ERASE, slot) ? odd.answer : r;
}

static inline int odd_lock(void *ctx) {
  (void)ctx;
  if (is_odd(LOCK)) return odd.answer;
  odd.held = true;
  return 0;
}

static inline void odd_unlock(void *ctx) {
  (void)ctx;
  assert_true(odd.held);
  odd.held = false;
}

static inline int odd_time(void *ctx, int64_t *seconds) {
  int r = memory_time(ctx, seconds);
  return is_odd(TIME) ? odd.answer : r;
}

/* ---- An account whose access token has expired ---- */

enum { SIZE = MOAT_ACCOUNT_MEMORY(MOAT_WORK_MIN, 2 * MOAT_ACCESS_MIN, 64, 64) };

typedef struct {
  exact *f;
  moat_store store; /* a look into the slots from outside */
  moat_account_config config;
  moat_account a;
  char buffer[300], *memory;
} account;

static inline int setup(void **state) {
  account *a = calloc(1, sizeof *a);
  void *f;
  assert_int_equal(exact_setup(&f), 0);
  a->memory = malloc(SIZE);
  a->f = f;
  a->f->stream.connect = odd_connect;
  a->f->stream.send = odd_send;
  a->f->stream.recv = odd_recv;
  a->f->stream.wait = odd_wait;
  a->f->platform.slot_read = odd_read;
  a->f->platform.slot_write = odd_write;
  a->f->platform.slot_erase = odd_erase;
  a->f->platform.lock = odd_lock;
  a->f->platform.unlock = odd_unlock;
  a->f->platform.unix_time = odd_time;
  *state = a;
  return 0;
}

static inline int teardown(void **state) {
  account *a = *state;
  void *f = a->f;
  moat_account_cancel(&a->a);
  exact_teardown(&f);
  free(a->memory);
  free(a);
  return 0;
}

/* Signs in as of an hour ago, into slot A, with a port that works. */
static inline void sign_in(account *a) {
  exact *f = a->f;
  moat_token t = {
      .access_token = moat_str("AT.1"), .refresh_token = moat_str("RT.1"), .expires_in = 3600};
  memset(&odd, 0, sizeof odd);
  memset(f->m.sizes, 0, sizeof f->m.sizes);
  moat_cancel(&f->c);
  moat_account_cancel(&a->a);
  f->s.given = 0;
  f->m.unix_time = 1700000000;
  moat_store_init(&a->store, &f->platform, &f->m, a->buffer, sizeof a->buffer);
  a->store.keep_access = true;
  assert_int_equal(moat_store_load(&a->store), MOAT_E_EMPTY);
  moat_store_renew(&a->store, MOAT_HOW_CODE, moat_str("p"), moat_str("client"), moat_str("s"));
  assert_int_equal(moat_store_keeper.save(&a->store, &t), 0);
  a->config = (moat_account_config){.platform = &f->platform,
                                    .platform_ctx = &f->m,
                                    .stream = &f->stream,
                                    .io = &f->s,
                                    .token_endpoint = &exact_endpoint,
                                    .provider = moat_str("p"),
                                    .auth = &f->auth,
                                    .access_size = MOAT_ACCESS_MIN,
                                    .refresh_size = 64,
                                    .text_size = 64,
                                    .keep_access = true};
  assert_int_equal(moat_account_open(&a->a, &a->config, a->memory, SIZE), 0);
  f->m.unix_time += 3600;
  f->s.connects = 0;
  f->s.sent_size = 0;
  odd.calls = 0;
}

static inline int run_account(account *a) {
  int r = moat_account_token(&a->a);
  return r ? r : moat_account_run(&a->a);
}

static inline void assert_token(const account *a) {
  moat_span t = moat_account_access(&a->a);
  assert_int_equal(t.n, 4);
  assert_string_equal(t.p, "AT.2");
}

/* Runs an account over a port that answers what `odd` says. It must fail with MOAT_E_PORT, hand out
 * no token, hold no lock, and say that the device is to blame. */
static inline void expect_port_error(account *a, const char *what) {
  int r = run_account(a);
  if (r != MOAT_E_PORT) fail_msg("%s answers %d: %d", what, odd.answer, r);
  assert_int_not_equal(odd.calls, 0);
  assert_int_equal(moat_account_error(&a->a)->code, MOAT_E_PORT);
  assert_int_equal(moat_account_step(&a->a), MOAT_E_PORT);
  assert_int_equal(moat_judge(moat_account_error(&a->a)).need, MOAT_NEED_DEVICE);
  assert_false(odd.held);
}

/* Every number in turn, from a function that a refresh calls. */
static inline void every_number(account *a, const char *what, int function, int slot,
                                const int *answers, size_t count) {
  for (size_t i = 0; i < count; i++) {
    sign_in(a);
    odd.function = function;
    odd.slot = slot;
    odd.answer = answers[i];
    expect_port_error(a, what);
    odd.function = NONE;
    a->f->s.given = 0;
    assert_int_equal(run_account(a), 0); /* no effect of it lasts */
    assert_token(a);
  }
}

/* ---- The slots ---- */

static const size_t sizes[] = {0, 1, 3, 4, 301, 4096, INT_MAX, SIZE_MAX};

/* ---- Lock, clock, randomness, hash ---- */

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

#endif
