/* Ports that answer what port.h does not allow: 0 where bytes are counted, more than was asked for,
 * a positive number for a success, a negative one of the platform's own. None of it is a success,
 * and no number that port.h does not list gets out: it is MOAT_E_PORT. */
#include "cmocka_all.h"

#include <limits.h>

#include "exact.h"
#include "moat/account.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* All numbers near 0 that port.h does not list, as errno and private numbers are, and some that are
 * far away. The positive ones come first. */
static int numbers[300];
static size_t number_count, positive_count;

static bool is_listed(int r) {
  return strcmp(moat_error_name(r), "unknown") != 0;
}

static void make_numbers(void) {
  static const int far[] = {404, INT_MAX, -0x2700, -0x7200, INT_MIN};
  for (int r = 1; r <= 20; r++)
    numbers[number_count++] = r;
  for (size_t i = 0; i < COUNT(far); i++) {
    numbers[number_count++] = far[i];
    if (far[i] > 0) positive_count = number_count;
  }
  for (int r = -1; r >= -135; r--)
    if (!is_listed(r)) numbers[number_count++] = r;
}

/* ---- One function of the port that answers so ---- */

enum { NONE, CONNECT, SEND, RECV, WAIT, READ, WRITE, ERASE, LOCK, TIME };

static struct {
  int function, answer;
  int slot;      /* of READ, WRITE and ERASE */
  size_t bytes;  /* of READ: what *n is */
  bool too_much; /* SEND and RECV answer one byte more than they were asked for */
  unsigned calls;
  bool held;
} odd;

static bool is_odd(int function) {
  bool is = odd.function == function;
  odd.calls += is;
  return is;
}

static bool is_odd_slot(int function, int slot) {
  return slot == odd.slot && is_odd(function);
}

static int odd_connect(void *io, const char *host, uint16_t port) {
  return is_odd(CONNECT) ? odd.answer : scripted_connect(io, host, port);
}

static int odd_send(void *io, const void *p, size_t n) {
  if (!is_odd(SEND)) return scripted_send(io, p, n);
  return odd.too_much ? (int)n + 1 : odd.answer;
}

static int odd_recv(void *io, void *p, size_t cap) {
  if (!is_odd(RECV)) return scripted_recv(io, p, cap);
  return odd.too_much ? (int)cap + 1 : odd.answer;
}

/* So often that nothing else would end it. */
static int odd_wait(void *io, int want, uint32_t ms) {
  if (!is_odd(WAIT)) return scripted_wait(io, want, ms);
  return odd.calls > 100 ? MOAT_E_CANCEL : odd.answer;
}

static int odd_read(void *ctx, int slot, void *p, size_t cap, size_t *n) {
  if (!is_odd_slot(READ, slot)) return memory_read(ctx, slot, p, cap, n);
  memset(p, 0, cap);
  (void)memory_read(ctx, slot, p, cap, n);
  if (!odd.answer) *n = odd.bytes;
  return odd.answer;
}

/* It writes, so that what was answered is all that is wrong. */
static int odd_write(void *ctx, int slot, const void *p, size_t n) {
  int r = memory_write(ctx, slot, p, n);
  return is_odd_slot(WRITE, slot) ? odd.answer : r;
}

static int odd_erase(void *ctx, int slot) {
  int r = memory_erase(ctx, slot);
  return is_odd_slot(ERASE, slot) ? odd.answer : r;
}

static int odd_lock(void *ctx) {
  (void)ctx;
  if (is_odd(LOCK)) return odd.answer;
  odd.held = true;
  return 0;
}

static void odd_unlock(void *ctx) {
  (void)ctx;
  assert_true(odd.held);
  odd.held = false;
}

static int odd_time(void *ctx, int64_t *seconds) {
  int r = memory_time(ctx, seconds);
  return is_odd(TIME) ? odd.answer : r;
}

/* ---- An account whose access token is over ---- */

enum { SIZE = MOAT_ACCOUNT_MEMORY(MOAT_WORK_MIN, 2 * MOAT_ACCESS_MIN, 64, 64) };

typedef struct {
  exact *f;
  moat_store store; /* a look into the slots from outside */
  moat_account_config config;
  moat_account a;
  char buffer[300], *memory;
} account;

static int setup(void **state) {
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

static int teardown(void **state) {
  account *a = *state;
  void *f = a->f;
  moat_account_cancel(&a->a);
  exact_teardown(&f);
  free(a->memory);
  free(a);
  return 0;
}

/* Signed in an hour ago, in slot A; and the port is sound again. */
static void sign_in(account *a) {
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

static int run_account(account *a) {
  int r = moat_account_token(&a->a);
  return r ? r : moat_account_run(&a->a);
}

static void assert_token(const account *a) {
  moat_span t = moat_account_access(&a->a);
  assert_int_equal(t.n, 4);
  assert_string_equal(t.p, "AT.2");
}

/* An account meets what `odd` was set to: it fails with MOAT_E_PORT, hands out no token, holds no
 * lock, and asks for work on the device. */
static void expect_port_error(account *a, const char *what) {
  int r = run_account(a);
  if (r != MOAT_E_PORT) fail_msg("%s answers %d: %d", what, odd.answer, r);
  assert_int_not_equal(odd.calls, 0);
  assert_int_equal(moat_account_error(&a->a)->code, MOAT_E_PORT);
  assert_int_equal(moat_account_step(&a->a), MOAT_E_PORT);
  assert_int_equal(moat_judge(moat_account_error(&a->a)).need, MOAT_NEED_DEVICE);
  assert_false(odd.held);
}

/* Every number in turn, from a function that a refresh comes to. */
static void every_number(account *a, const char *what, int function, int slot, const int *answers,
                         size_t count) {
  for (size_t i = 0; i < count; i++) {
    sign_in(a);
    odd.function = function;
    odd.slot = slot;
    odd.answer = answers[i];
    expect_port_error(a, what);
    odd.function = NONE;
    a->f->s.given = 0;
    assert_int_equal(run_account(a), 0); /* nothing of it lasts */
    assert_token(a);
  }
}

/* ---- The stream ---- */

static void test_connect(void **state) {
  every_number(*state, "connect", CONNECT, 0, numbers, number_count);
}

static void test_recv(void **state) {
  every_number(*state, "recv", RECV, 0, numbers + positive_count, number_count - positive_count);
}

/* 0 is no count, and nobody asked for that much. */
static void test_recv_counts(void **state) {
  account *a = *state;
  static const int counts[] = {0, INT_MAX};
  every_number(a, "recv", RECV, 0, counts, COUNT(counts));
  sign_in(a);
  odd.function = RECV;
  odd.too_much = true;
  expect_port_error(a, "recv");
}

/* After a failed send an answer would count all the same; there is none. */
static void fail_to_send(account *a, int answer, bool too_much) {
  a->f->s.answer_size = 0;
  a->f->s.end = MOAT_E_EOF;
  sign_in(a);
  odd.function = SEND;
  odd.answer = answer;
  odd.too_much = too_much;
  expect_port_error(a, "send");
  assert_true(moat_account_error(&a->a)->sent);
}

static void test_send(void **state) {
  for (size_t i = positive_count; i < number_count; i++)
    fail_to_send(*state, numbers[i], false);
}

static void test_send_counts(void **state) {
  fail_to_send(*state, 0, false);
  fail_to_send(*state, INT_MAX, false);
  fail_to_send(*state, 0, true);
}

/* The server that refused before it read everything. */
static void test_send_fails_after_the_answer(void **state) {
  account *a = *state;
  sign_in(a);
  odd.function = SEND;
  odd.answer = -100;
  assert_int_equal(run_account(a), 0);
  assert_token(a);
}

static void test_wait(void **state) {
  account *a = *state;
  a->f->s.stutter = true;
  every_number(a, "wait", WAIT, 0, numbers, number_count);
}

/* What it was to wait for is an error, or means that it is there; and nothing goes round for ever.
 */
static void test_wait_gives_its_want_back(void **state) {
  account *a = *state;
  static const int wants[] = {MOAT_WANT_READ, MOAT_WANT_WRITE};
  a->f->s.stutter = true;
  for (size_t i = 0; i < COUNT(wants); i++) {
    sign_in(a);
    odd.function = WAIT;
    odd.answer = wants[i];
    int r = run_account(a);
    if (r != 0 && r != MOAT_E_PORT) fail_msg("%d: %d", wants[i], r);
  }
}

static void test_wait_elapses(void **state) {
  account *a = *state;
  sign_in(a);
  a->f->s.stutter = true;
  a->f->s.wait_result = MOAT_WANT_TIME;
  assert_int_equal(run_account(a), 0);
}

static void test_no_wait(void **state) {
  account *a = *state;
  sign_in(a);
  a->f->s.stutter = true;
  a->f->stream.wait = NULL;
  assert_int_equal(run_account(a), MOAT_E_PORT);
}

/* Some work was done and there is more: nobody waits. */
static unsigned turns;

static int connect_in_turns(void *io, const char *host, uint16_t port) {
  return turns++ < 5 ? MOAT_WANT_TIME : scripted_connect(io, host, port);
}

/* The client's own run, without an account. */
static void test_wait_of_a_client(void **state) {
  account *a = *state;
  for (size_t i = 0; i < number_count; i++) {
    sign_in(a);
    a->f->s.stutter = true;
    odd.function = WAIT;
    odd.answer = numbers[i];
    assert_int_equal(exact_refresh(a->f), MOAT_E_PORT);
    assert_int_equal(moat_error(&a->f->c)->port_code, numbers[i]);
  }
  odd.answer = MOAT_E_CANCEL;
  assert_int_equal(exact_refresh(a->f), MOAT_E_CANCEL);
  odd.answer = MOAT_E_NETWORK;
  assert_int_equal(exact_refresh(a->f), MOAT_E_NETWORK);
  odd.function = NONE;
  a->f->s.wait_result = MOAT_WANT_TIME;
  a->f->s.given = 0;
  assert_int_equal(exact_refresh(a->f), 0);
  a->f->stream.wait = NULL;
  a->f->s.given = 0;
  assert_int_equal(exact_refresh(a->f), MOAT_E_PORT);
  moat_cancel(&a->f->c);
  turns = 0;
  a->f->stream.connect = connect_in_turns;
  a->f->s.stutter = false;
  a->f->s.given = 0;
  assert_int_equal(exact_refresh(a->f), 0);
  assert_int_equal(turns, 6);
}

static void test_connect_in_turns(void **state) {
  account *a = *state;
  sign_in(a);
  turns = 0;
  a->f->stream.connect = connect_in_turns;
  a->f->stream.wait = NULL;
  assert_int_equal(run_account(a), 0);
  assert_int_equal(turns, 6);
}

/* Errors that port.h lists for ports get through as they are; those of what a server said are no
 * port's. */
static void test_listed_errors(void **state) {
  account *a = *state;
  for (int r = -1; r >= -135; r--) {
    if (!is_listed(r) || r >= MOAT_WANT_TIME) continue;
    sign_in(a);
    odd.function = CONNECT;
    odd.answer = r;
    int got = exact_refresh(a->f), expected = r < MOAT_E_CERT_DATE ? MOAT_E_PORT : r;
    if (got != expected) fail_msg("%d: %d", r, got);
  }
}

/* ---- The slots ---- */

static void test_read(void **state) {
  static const struct {
    const char *what;
    int slot;
  } slots[] = {{"read A", MOAT_SLOT_A}, {"read B", MOAT_SLOT_B}, {"read MARK", MOAT_SLOT_MARK}};
  for (size_t i = 0; i < COUNT(slots); i++)
    every_number(*state, slots[i].what, READ, slots[i].slot, numbers, number_count);
}

/* A slot has no time to take: what port.h lists, but not for this, is no success either. */
static void test_read_wants(void **state) {
  account *a = *state;
  static const int wants[] = {MOAT_WANT_READ, MOAT_WANT_WRITE, MOAT_WANT_TIME};
  for (size_t i = 0; i < COUNT(wants); i++) {
    sign_in(a);
    odd.function = READ;
    odd.slot = MOAT_SLOT_A;
    odd.answer = wants[i];
    int r = run_account(a);
    if (r >= MOAT_WANT_TIME) fail_msg("%d: %d", wants[i], r);
  }
}

static const size_t sizes[] = {0, 1, 3, 4, 301, 4096, INT_MAX, SIZE_MAX};

/* A success with more bytes than there is room for, or none. */
static void test_read_sizes(void **state) {
  account *a = *state;
  for (size_t i = 0; i < COUNT(sizes); i++) {
    for (int slot = MOAT_SLOT_A; slot <= MOAT_SLOT_MARK; slot++) {
      sign_in(a);
      odd.function = READ;
      odd.slot = slot;
      odd.bytes = sizes[i];
      int r = run_account(a);
      /* The other slots say whether there is a grant all the same. */
      bool good =
          slot == MOAT_SLOT_A ? r == MOAT_E_STORE || r == MOAT_E_PORT : r == 0 || r == MOAT_E_PORT;
      if (!good) fail_msg("%zu bytes of slot %d: %d", sizes[i], slot, r);
    }
  }
}

/* Nothing goes out without the mark. */
static void test_write_mark(void **state) {
  account *a = *state;
  every_number(a, "write MARK", WRITE, MOAT_SLOT_MARK, numbers, number_count);
  sign_in(a);
  odd.function = WRITE;
  odd.slot = MOAT_SLOT_MARK;
  odd.answer = 1;
  expect_port_error(a, "write MARK");
  assert_int_equal(a->f->s.sent_size, 0);
}

/* An access token whose refresh token is not known to be durable is not handed out. */
static void test_write_record(void **state) {
  account *a = *state;
  for (size_t i = 0; i < number_count; i++) {
    sign_in(a);
    odd.function = WRITE;
    odd.slot = MOAT_SLOT_B;
    odd.answer = numbers[i];
    expect_port_error(a, "write B");
    assert_memory_not_equal(moat_account_access(&a->a).p, "AT.2", 4);
  }
}

static void test_write_pending(void **state) {
  account *a = *state;
  char buffer[100];
  for (size_t i = 0; i < number_count; i++) {
    moat_device_prompt prompt = {.device_code = moat_str("DC"), .expires_in = 900};
    sign_in(a);
    odd.function = WRITE;
    odd.slot = MOAT_SLOT_PENDING;
    odd.answer = numbers[i];
    int r =
        moat_device_save(&prompt, moat_str("me"), &a->f->platform, &a->f->m, buffer, sizeof buffer);
    if (r != MOAT_E_PORT) fail_msg("%d: %d", numbers[i], r);
  }
}

static int load_pending(account *a, size_t size) {
  moat_device_prompt prompt;
  char *buffer = malloc(size);
  int r = moat_device_load(&prompt, moat_str("me"), &a->f->platform, &a->f->m, buffer, size);
  free(buffer);
  return r;
}

static void test_read_pending(void **state) {
  account *a = *state;
  for (size_t i = 0; i < number_count; i++) {
    sign_in(a);
    odd.function = READ;
    odd.slot = MOAT_SLOT_PENDING;
    odd.answer = numbers[i];
    int r = load_pending(a, 64);
    if (r != MOAT_E_PORT) fail_msg("%d: %d", numbers[i], r);
  }
}

static void test_read_pending_sizes(void **state) {
  account *a = *state;
  char buffer[64];
  for (size_t i = 0; i < COUNT(sizes); i++) {
    moat_device_prompt prompt = {.device_code = moat_str("DC"), .expires_in = 900};
    sign_in(a);
    assert_int_equal(
        moat_device_save(&prompt, moat_str("me"), &a->f->platform, &a->f->m, buffer, sizeof buffer),
        0);
    odd.function = READ;
    odd.slot = MOAT_SLOT_PENDING;
    odd.bytes = sizes[i];
    int r = load_pending(a, 64);
    if (r != MOAT_E_STORE && r != MOAT_E_PORT) fail_msg("%zu bytes: %d", sizes[i], r);
  }
}

static void test_erase(void **state) {
  account *a = *state;
  for (size_t i = 0; i < number_count; i++) {
    for (int slot = 0; slot < MOAT_SLOTS; slot++) {
      sign_in(a);
      odd.function = ERASE;
      odd.slot = slot;
      odd.answer = numbers[i];
      int r = moat_store_erase(&a->store);
      if (r != MOAT_E_PORT) fail_msg("%d of slot %d: %d", numbers[i], slot, r);
      odd.function = NONE;
      assert_int_equal(moat_store_erase(&a->store), 0);
    }
  }
}

/* Before a code is redeemed, what the sign-in kept for it has to be gone. */
static void test_erase_pending(void **state) {
  account *a = *state;
  for (size_t i = 0; i < number_count; i++) {
    sign_in(a);
    odd.function = ERASE;
    odd.slot = MOAT_SLOT_PENDING;
    odd.answer = numbers[i];
    moat_store_renew(&a->store, MOAT_HOW_CODE, moat_str("p"), moat_str("c"), moat_str("s"));
    a->f->g.grant.keeper = &moat_store_keeper;
    a->f->g.grant.keeper_ctx = &a->store;
    int r = exact_refresh(a->f);
    if (r != MOAT_E_PORT) fail_msg("%d: %d", numbers[i], r);
    assert_int_equal(a->f->s.sent_size, 0);
  }
}

static void test_settle(void **state) {
  account *a = *state;
  for (size_t i = 0; i < number_count; i++) {
    for (int definite = 0; definite < 2; definite++) {
      sign_in(a);
      odd.function = definite ? ERASE : WRITE;
      odd.slot = MOAT_SLOT_MARK;
      odd.answer = numbers[i];
      moat_note note = {.marked = definite ? 0 : 1};
      int r = moat_store_settle(&a->store, &note);
      if (r != MOAT_E_PORT) fail_msg("%d, %d: %d", numbers[i], definite, r);
    }
  }
}

/* A slot that takes its time holds up the result, not more. */
static void test_settle_later(void **state) {
  account *a = *state;
  sign_in(a);
  exact_answer(a->f, "500 No", "{}");
  a->f->m.busy = 3;
  assert_int_equal(run_account(a), MOAT_E_STATUS);
  assert_int_equal(moat_store_load(&a->store), 0);
  assert_true(a->store.note.marked);
}

/* ---- Lock, clock, randomness, hash ---- */

static void test_lock(void **state) {
  every_number(*state, "lock", LOCK, 0, numbers, number_count);
}

static int prepare(void *ctx, uint8_t how) {
  (void)ctx;
  (void)how;
  odd.calls++;
  return odd.answer;
}

/* The caller's function, but what it gives back goes the same way. */
static void test_prepare(void **state) {
  account *a = *state;
  for (size_t i = 0; i < number_count; i++) {
    sign_in(a);
    a->config.prepare = prepare;
    odd.answer = numbers[i];
    expect_port_error(a, "prepare");
    assert_int_equal(a->f->s.connects, 0);
  }
}

/* A clock whose answer is no success tells no time, whatever it wrote. */
static void test_time(void **state) {
  account *a = *state;
  for (size_t i = 0; i < number_count; i++) {
    sign_in(a);
    odd.function = TIME;
    odd.answer = numbers[i];
    assert_int_equal(run_account(a), 0);
    assert_token(a);
    assert_int_equal(moat_account_record(&a->a)->refreshed, 0);
    assert_int_equal(moat_account_record(&a->a)->expires, 0);
  }
}

static int random_answer, random_calls, random_fails_at;

static int odd_random(void *ctx, void *p, size_t n) {
  (void)ctx;
  memset(p, 'r', n);
  return ++random_calls == random_fails_at ? random_answer : 0;
}

static void test_random(void **state) {
  (void)state;
  static const moat_platform platform = {.random = odd_random};
  static const moat_authorization_keys wiped;
  for (size_t i = 0; i < number_count; i++) {
    for (random_fails_at = 1; random_fails_at <= 2; random_fails_at++) {
      moat_authorization_keys p;
      random_calls = 0;
      random_answer = numbers[i];
      int r = moat_authorization_keys_make(&p, &platform, NULL);
      if (r != MOAT_E_PORT && (r != MOAT_E_RANDOM || random_answer < 0))
        fail_msg("%d: %d", numbers[i], r);
      assert_memory_equal(&p, &wiped, sizeof p);
    }
  }
}

static int odd_sha256(void *ctx, const void *p, size_t n, uint8_t out[32]) {
  (void)p;
  (void)n;
  memset(out, 0, 32);
  return *(const int *)ctx;
}

/* What it answers is not the length of the URL. */
static void test_sha256(void **state) {
  (void)state;
  static const moat_crypto crypto = {odd_sha256};
  static const moat_authorization_keys pending = {"state", "verifier"};
  const moat_authorize a = {.url = moat_str("https://h/a"), .client_id = moat_str("c")};
  char out[300];
  for (size_t i = 0; i < number_count; i++) {
    int answer = numbers[i];
    int r = moat_authorize_url(&a, &pending, &crypto, &answer, out, sizeof out);
    if (r != MOAT_E_PORT) fail_msg("%d: %d", answer, r);
  }
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_connect),
      TEST(test_recv),
      TEST(test_recv_counts),
      TEST(test_send),
      TEST(test_send_counts),
      TEST(test_send_fails_after_the_answer),
      TEST(test_wait),
      TEST(test_wait_gives_its_want_back),
      TEST(test_wait_elapses),
      TEST(test_no_wait),
      TEST(test_wait_of_a_client),
      TEST(test_connect_in_turns),
      TEST(test_listed_errors),
      TEST(test_read),
      TEST(test_read_wants),
      TEST(test_read_sizes),
      TEST(test_write_mark),
      TEST(test_write_record),
      TEST(test_write_pending),
      TEST(test_read_pending),
      TEST(test_read_pending_sizes),
      TEST(test_erase),
      TEST(test_erase_pending),
      TEST(test_settle),
      TEST(test_settle_later),
      TEST(test_lock),
      TEST(test_prepare),
      TEST(test_time),
      cmocka_unit_test(test_random),
      cmocka_unit_test(test_sha256),
  };
  make_numbers();
  return cmocka_run_group_tests_name("ports", tests, NULL, NULL);
}
