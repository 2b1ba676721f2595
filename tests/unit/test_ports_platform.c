/* An account over slots, a lock, a clock and other functions that answer what they may not. */
#include "ports_fixture.h"

/* ---- The slots ---- */

static void test_read(void **state) {
  static const struct {
    const char *what;
    int slot;
  } slots[] = {{"read A", MOAT_SLOT_A}, {"read B", MOAT_SLOT_B}, {"read MARK", MOAT_SLOT_MARK}};
  for (size_t i = 0; i < COUNT(slots); i++)
    every_number(*state, slots[i].what, READ, slots[i].slot, numbers, number_count);
}

/* Reading cannot wait. A result that port.h lists for other functions is not a success either. */
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

/* A success with more bytes than there is room for, or with none. */
static void test_read_sizes(void **state) {
  account *a = *state;
  for (size_t i = 0; i < COUNT(sizes); i++) {
    for (int slot = MOAT_SLOT_A; slot <= MOAT_SLOT_MARK; slot++) {
      sign_in(a);
      odd.function = READ;
      odd.slot = slot;
      odd.bytes = sizes[i];
      int r = run_account(a);
      /* The other slot still says whether there is a grant. */
      bool good =
          slot == MOAT_SLOT_A ? r == MOAT_E_STORE || r == MOAT_E_PORT : r == 0 || r == MOAT_E_PORT;
      if (!good) fail_msg("%zu bytes of slot %d: %d", sizes[i], slot, r);
    }
  }
}

/* Nothing is sent without the mark. */
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

/* Before a code is redeemed, what the sign-in stored for it has to be erased. */
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

/* A slow slot delays the result and does nothing else. */
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

/* This function is the caller's, but its results are handled the same way. */
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

/* If a clock does not answer 0, the time is unknown, whatever it wrote. */
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

/* Its result is not taken for the length of the URL. */
static void test_sha256(void **state) {
  (void)state;
  static const moat_crypto crypto = {.sha256 = odd_sha256};
  static const moat_authorization_keys pending = {"state", "verifier"};
  const moat_authorize a = {.url = moat_str("https://h/a"), .client_id = moat_str("c")};
  char out[300];
  for (size_t i = 0; i < number_count; i++) {
    int answer = numbers[i];
    int r = moat_authorize_url(&a, &pending, &crypto, &answer, out, sizeof out);
    if (r != MOAT_E_PORT) fail_msg("%d: %d", answer, r);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
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
  return cmocka_run_group_tests_name("ports: platform", tests, make_numbers, NULL);
}
