/* The TLS stream over a stream or a platform that answers what it may not. */
#include <limits.h>

#include "tls_scripted.h"

/* ---- The stream below ---- */

static int lower_answer;
static bool lower_too_much;

static int odd_connect(void *io, const char *host, uint16_t port) {
  (void)io;
  (void)host;
  (void)port;
  return lower_answer;
}

static int odd_send(void *io, const void *p, size_t n) {
  (void)io;
  (void)p;
  return lower_too_much ? (int)n + 1 : lower_answer;
}

static int odd_recv(void *io, void *p, size_t cap) {
  (void)io;
  (void)p;
  return lower_too_much ? (int)cap + 1 : lower_answer;
}

/* Neither success nor one of the errors that port.h lists. */
static const int numbers[] = {1,   2,    INT_MAX, -4,   -5,      -15,     -47,
                              -69, -100, -101,    -104, -0x2700, -0x7200, INT_MIN};
enum { POSITIVE = 3 };

static void expect_port_error(fixture *f, const char *what) {
  int r = greet(f, "h");
  if (r != MOAT_E_PORT) fail_msg("%s answers %d: %d", what, lower_answer, r);
  assert_false(f->s.open);
}

static void test_lower_connect(void **state) {
  fixture *f = *state;
  f->lower.connect = odd_connect;
  for (size_t i = 0; i < COUNT(numbers); i++) {
    lower_answer = numbers[i];
    expect_port_error(f, "connect");
  }
}

static void test_lower_send(void **state) {
  fixture *f = *state;
  f->lower.send = odd_send;
  for (size_t i = POSITIVE; i < COUNT(numbers); i++) {
    lower_answer = numbers[i];
    expect_port_error(f, "send");
  }
}

static void test_lower_recv(void **state) {
  fixture *f = *state;
  f->lower.recv = odd_recv;
  for (size_t i = POSITIVE; i < COUNT(numbers); i++) {
    lower_answer = numbers[i];
    expect_port_error(f, "recv");
  }
}

/* 0 is no count, and nobody asked for that much. */
static void test_lower_counts(void **state) {
  fixture *f = *state;
  for (int sending = 0; sending < 2; sending++) {
    f->lower.send = sending ? odd_send : scripted_send;
    f->lower.recv = odd_recv;
    lower_answer = 0;
    expect_port_error(f, sending ? "send" : "recv");
    lower_too_much = true;
    expect_port_error(f, sending ? "send" : "recv");
    lower_too_much = false;
  }
}

/* Errors that port.h lists are returned as they are. */
static void test_lower_errors(void **state) {
  fixture *f = *state;
  static const int errors[] = {MOAT_E_DNS,  MOAT_E_CONNECT, MOAT_E_NETWORK,
                               MOAT_E_PORT, MOAT_E_CANCEL,  MOAT_E_MEMORY};
  f->lower.connect = odd_connect;
  f->lower.detail = NULL; /* and the stream has no number of its own */
  for (size_t i = 0; i < COUNT(errors); i++) {
    lower_answer = errors[i];
    assert_int_equal(greet(f, "h"), errors[i]);
    assert_int_equal(TLS.detail(&f->tls), 0);
  }
}

static void test_wait(void **state) {
  fixture *f = *state;
  moat_tls none;
  memset(&none, 0, sizeof none);
  assert_int_equal(TLS.wait(&none, MOAT_WANT_READ, 5), MOAT_E_PORT); /* before the setup */
  assert_int_equal(TLS.connect(&none, "h", 443), MOAT_E_MISUSE);
  assert_int_equal(greet(f, "h"), MOAT_WANT_READ);
  assert_int_equal(TLS.wait(&f->tls, MOAT_WANT_READ, 5), 0);
  assert_int_equal(f->s.waits, 1);
  assert_int_equal(f->s.clock, 5);
  f->lower.wait = NULL;
  assert_int_equal(TLS.wait(&f->tls, MOAT_WANT_READ, 5), MOAT_E_PORT);
}

/* ---- The platform ---- */

static int odd_time(void *ctx, int64_t *seconds) {
  (void)ctx;
  *seconds = NOW;
  return lower_answer;
}

/* There must be no handshake without a date. */
static void test_clock(void **state) {
  fixture *f = *state;
  f->platform.unix_time = odd_time;
  for (size_t i = 0; i < COUNT(numbers); i++) {
    lower_answer = numbers[i];
    int r = greet(f, "h");
    if (r != MOAT_E_PORT && (r != MOAT_E_CLOCK || numbers[i] < 0))
      fail_msg("%d: %d", numbers[i], r);
    assert_int_equal(f->s.sent_size, 0);
  }
}

/* If the answer is not 0, its bytes are not used. Moat asks first, and then Mbed TLS, but for 4.x,
 * which asks PSA. */
static void test_odd_random(void **state) {
  fixture *f = *state;
  const size_t draws = MBEDTLS_VERSION_MAJOR < 4 ? 2 : 1;
  for (size_t i = 0; i < COUNT(numbers) * draws; i++) {
    random_answer = numbers[i / draws];
    random_calls = 0;
    random_fails_at = 1 + (int)(i % draws);
    int r = greet(f, "h");
    if (r != MOAT_E_RANDOM && r != MOAT_E_PORT) fail_msg("%d: %d", random_answer, r);
    assert_int_equal(f->s.sent_size, 0);
  }
}

/* ---- The stored session ---- */

static int slot_answer;
static size_t slot_bytes;

static int odd_read(void *ctx, int slot, void *p, size_t cap, size_t *n) {
  int r = memory_read(ctx, slot, p, cap, n);
  if (r == 0) *n = slot_bytes;
  return slot_answer;
}

static void test_read(void **state) {
  fixture *f = *state;
  f->platform.slot_read = odd_read;
  for (size_t i = 0; i < COUNT(numbers); i++) {
    slot_answer = numbers[i];
    int r = load(f, 64);
    if (r != MOAT_E_PORT) fail_msg("%d: %d", numbers[i], r);
  }
}

/* A success with more bytes than there is room for, or none. */
static void test_read_sizes(void **state) {
  fixture *f = *state;
  static const size_t sizes[] = {0, 1, 4, 51, 65, 1024, INT_MAX, SIZE_MAX};
  f->platform.slot_read = odd_read;
  slot_answer = 0;
  memcpy(f->m.slots[MOAT_SLOT_TLS], "MTLS\1", 5);
  f->m.sizes[MOAT_SLOT_TLS] = 64;
  for (size_t i = 0; i < COUNT(sizes); i++) {
    slot_bytes = sizes[i];
    int r = load(f, 64);
    if (r != MOAT_E_STORE && r != MOAT_E_PORT) fail_msg("%zu: %d", sizes[i], r);
  }
}

static int odd_write(void *ctx, int slot, const void *p, size_t n) {
  (void)memory_write(ctx, slot, p, n);
  return slot_answer;
}

static int odd_erase(void *ctx, int slot) {
  (void)memory_erase(ctx, slot);
  return slot_answer;
}

/* If it is unknown whether a session was stored, it is stored the next time. */
static void test_write(void **state) {
  fixture *f = *state;
  char buffer[MOAT_TLS_RECORD];
  f->platform.slot_write = odd_write;
  f->platform.slot_erase = odd_erase;
  for (size_t i = 0; i < COUNT(numbers); i++) {
    for (int erases = 0; erases < 2; erases++) {
      moat__tls_resume(&f->tls);
#if MBEDTLS_VERSION_MAJOR >= 3
      f->tls.kept.session.MBEDTLS_PRIVATE(tls_version) = MBEDTLS_SSL_VERSION_TLS1_2;
#endif
      f->tls.kept.there = f->tls.kept.changed = !erases;
      f->tls.kept.stored = erases;
      slot_answer = numbers[i];
      int r = moat__tls_session_save(&f->tls, buffer, sizeof buffer);
      if (r != MOAT_E_PORT) fail_msg("%d: %d", numbers[i], r);
      assert_int_equal(f->tls.kept.stored, erases);
      assert_int_equal(f->tls.kept.changed, !erases);
      moat_tls_close(&f->tls);
      f->tls.resumes = NULL;
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_lower_connect), TEST(test_lower_send),   TEST(test_lower_recv),
      TEST(test_lower_counts),  TEST(test_lower_errors), TEST(test_wait),
      TEST(test_clock),         TEST(test_odd_random),   TEST(test_read),
      TEST(test_read_sizes),    TEST(test_write),
  };
  return cmocka_run_group_tests_name("tls: port", tests, NULL, NULL);
}
