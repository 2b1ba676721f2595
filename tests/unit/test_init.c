/* The limits of moat_init() and of the begins: refused, and just enough. */
#include "cmocka_all.h"

#include "engine/engine.h"
#include "exact.h"
#include "moat/account.h"
#include "checks.h"

/* A required member of a struct, which the test sets to zero. */
typedef struct {
  const char *what;
  size_t at, size;
} need;

#define NEED(type, member)                                                                         \
  { #member, offsetof(type, member), sizeof((type *)0)->member }

static void take_away(void *from, const need *n) {
  memset((char *)from + n->at, 0, n->size);
}

/* ---- The client ---- */

static void test_init_needs(void **state) {
  exact *f = *state;
  static const need needs[] = {NEED(moat_config, platform), NEED(moat_config, stream),
                               NEED(moat_config, work)};
  moat_client c = {.result = 0};
  assert_int_equal(moat_init(NULL, &f->config), MOAT_E_MISUSE);
  assert_int_equal(moat_init(&c, NULL), MOAT_E_MISUSE);
  for (size_t i = 0; i < COUNT(needs); i++) {
    moat_config config = f->config;
    take_away(&config, &needs[i]);
    if (moat_init(&c, &config) != MOAT_E_MISUSE) fail_msg("without %s", needs[i].what);
  }
  f->platform.ticks_ms = NULL;
  assert_int_equal(moat_init(&c, &f->config), MOAT_E_MISUSE);
  moat_cancel(&c); /* of a client that was refused */
}

static void test_smallest_work(void **state) {
  exact *f = *state;
  moat_client c;
  moat_config config = f->config;
  config.work_size = MOAT_WORK_MIN - 1;
  assert_int_equal(moat_init(&c, &config), MOAT_E_SPACE);
  config.work_size = 0;
  assert_int_equal(moat_init(&c, &config), MOAT_E_SPACE);
  config.work_size = MOAT_WORK_MIN;
  assert_int_equal(moat_init(&c, &config), 0);
  assert_int_equal(moat_step(&c), MOAT_E_MISUSE); /* nothing has begun */
}

/* The timeout that is set holds to the millisecond, or else the default. */
static void test_timeout(void **state) {
  exact *f = *state;
  static const struct { uint32_t given, expected; } cases[] = {{0, MOAT_TIMEOUT_MS}, {700, 700}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    f->config.timeout_ms = cases[i].given;
    f->s.answer_size = 0;
    moat_cancel(&f->c);
    assert_int_equal(moat_init(&f->c, &f->config), 0);
    assert_int_equal(moat_refresh_begin(&f->c, &f->g), 0);
    assert_int_equal(moat_step(&f->c), MOAT_WANT_READ);
    assert_int_equal(moat_wait_ms(&f->c), cases[i].expected);
    f->s.clock += cases[i].expected - 1;
    assert_int_equal(moat_step(&f->c), MOAT_WANT_READ);
    f->s.clock++;
    assert_int_equal(moat_step(&f->c), MOAT_E_TIMEOUT);
  }
}

/* Events are all that a log or a watchdog gets from the engine. */
static struct { int event, value; } events[16];
static unsigned event_count;

static void note_event(void *ctx, int event, int32_t value) {
  (void)ctx;
  assert_in_range(event_count, 0, COUNT(events) - 1);
  events[event_count].event = event;
  events[event_count++].value = value;
}

static void expect_event(unsigned i, int event, int value) {
  assert_int_equal(events[i].event, event);
  assert_int_equal(events[i].value, value);
}

static void test_events(void **state) {
  exact *f = *state;
  const char *body = strstr(f->answer, "\r\n\r\n") + 4;
  f->platform.event = note_event;
  event_count = 0;
  assert_int_equal(exact_refresh(f), 0);
  expect_event(0, MOAT_EVENT_CONNECT, 443);
  expect_event(1, MOAT_EVENT_SEND, (int)f->s.sent_size);
  expect_event(2, MOAT_EVENT_STATUS, 200);
  expect_event(3, MOAT_EVENT_REPLY, (int)strlen(body));
  expect_event(4, MOAT_EVENT_CLOSE, 0);
  assert_int_equal(event_count, 5);
  event_count = 0;
  f->s.end = MOAT_E_EOF; /* the idle connection was closed */
  assert_int_equal(exact_refresh(f), 0);
  expect_event(0, MOAT_EVENT_RECONNECT, MOAT_E_EOF);
  expect_event(1, MOAT_EVENT_CONNECT, 443);
}

/* ---- The begins ---- */

/* Nothing was sent, and the next begin succeeds. */
static void refused(exact *f, int result, int expected, const char *what) {
  if (result != expected) fail_msg("%s: %d in place of %d", what, result, expected);
  assert_int_equal(moat_step(&f->c), MOAT_E_MISUSE); /* nothing has begun */
  assert_int_equal(f->s.connects, 0);
}

static void test_refresh_needs(void **state) {
  exact *f = *state;
  static const need needs[] = {NEED(exact, g.grant.endpoint), NEED(exact, g.grant.auth),
                               NEED(exact, g.grant.access),   NEED(exact, g.refresh_token),
                               NEED(exact, auth.client_id),   NEED(exact, auth.client_secret)};
  moat_refresh_grant good = f->g;
  moat_auth auth = f->auth;
  for (size_t i = 0; i < COUNT(needs); i++) {
    take_away(f, &needs[i]);
    refused(f, moat_refresh_begin(&f->c, &f->g), MOAT_E_MISUSE, needs[i].what);
    f->g = good;
    f->auth = auth;
  }
  f->auth.ops = &moat_auth_none; /* a public client has no secret to send */
  refused(f, moat_refresh_begin(&f->c, &f->g), MOAT_E_MISUSE, "a secret too many");
  f->auth = auth;
  f->g.grant.access_size = MOAT_ACCESS_MIN - 1;
  refused(f, moat_refresh_begin(&f->c, &f->g), MOAT_E_SPACE, "access_size");
  f->g = good;
  assert_int_equal(exact_refresh(f), 0);
}

static void test_code_needs(void **state) {
  exact *f = *state;
  static const need needs[] = {NEED(moat_code_grant, grant.endpoint), NEED(moat_code_grant, code),
                               NEED(moat_code_grant, code_verifier),
                               NEED(moat_code_grant, redirect_uri)};
  const moat_code_grant good = {.grant = f->g.grant,
                                .code = moat_str("code"),
                                .code_verifier = moat_str("verifier"),
                                .redirect_uri = moat_str("http://localhost")};
  moat_code_grant g;
  for (size_t i = 0; i < COUNT(needs); i++) {
    g = good;
    take_away(&g, &needs[i]);
    refused(f, moat_code_begin(&f->c, &g), MOAT_E_MISUSE, needs[i].what);
  }
  g = good;
  assert_int_equal(moat_code_begin(&f->c, &g), 0);
  moat_cancel(&f->c); /* before `g` goes */
}

static void test_device_needs(void **state) {
  exact *f = *state;
  static const need needs[] = {
      NEED(moat_device_grant, grant.endpoint), NEED(moat_device_grant, grant.auth),
      NEED(moat_device_grant, device_endpoint), NEED(moat_device_grant, memory)};
  char texts[16];
  const moat_device_grant good = {.grant = f->g.grant,
                                  .device_endpoint = &exact_endpoint,
                                  .memory = texts,
                                  .memory_size = sizeof texts};
  moat_device_grant g;
  for (size_t i = 0; i < COUNT(needs); i++) {
    g = good;
    take_away(&g, &needs[i]);
    refused(f, moat_device_begin(&f->c, &g), MOAT_E_MISUSE, needs[i].what);
  }
  g = good;
  g.memory = f->work + MOAT_WORK_MIN - 1;
  refused(f, moat_device_begin(&f->c, &g), MOAT_E_MISUSE, "memory in the work buffer");
  g = good;
  assert_int_equal(moat_device_begin(&f->c, &g), 0);
  moat_cancel(&f->c); /* before `g` goes */
}

static void test_account_needs(void **state) {
  exact *f = *state;
  static const need needs[] = {NEED(exact, platform.ticks_ms), NEED(exact, platform.slot_read),
                               NEED(exact, platform.slot_write), NEED(exact, platform.slot_erase)};
  static const need members[] = {
      NEED(moat_account_config, platform), NEED(moat_account_config, stream),
      NEED(moat_account_config, token_endpoint), NEED(moat_account_config, auth)};
  enum { SIZE = MOAT_ACCOUNT_MEMORY(MOAT_WORK_MIN, MOAT_ACCESS_MIN, 64, 64) };
  static char block[SIZE];
  moat_account a = {.result = 0};
  const moat_account_config good = {.platform = &f->platform,
                                    .platform_ctx = &f->m,
                                    .stream = &f->stream,
                                    .io = &f->s,
                                    .token_endpoint = &exact_endpoint,
                                    .provider = moat_str("p"),
                                    .auth = &f->auth,
                                    .access_size = MOAT_ACCESS_MIN,
                                    .refresh_size = 64,
                                    .text_size = 64};
  moat_account_config config = good;
  moat_account_cancel(&a); /* of an account that was never opened */
  assert_int_equal(moat_account_token(&a), MOAT_E_MISUSE);
  assert_int_equal(moat_account_load(&a), MOAT_E_MISUSE);
  assert_int_equal(moat_account_open(NULL, &config, block, SIZE), MOAT_E_MISUSE);
  assert_int_equal(moat_account_open(&a, NULL, block, SIZE), MOAT_E_MISUSE);
  assert_int_equal(moat_account_open(&a, &config, NULL, SIZE), MOAT_E_MISUSE);
  for (size_t i = 0; i < COUNT(members); i++) {
    config = good;
    take_away(&config, &members[i]);
    if (moat_account_open(&a, &config, block, SIZE) != MOAT_E_MISUSE)
      fail_msg("without %s", members[i].what);
  }
  config = good;
  const moat_platform platform = f->platform;
  for (size_t i = 0; i < COUNT(needs); i++) {
    take_away(f, &needs[i]);
    if (moat_account_open(&a, &config, block, SIZE) != MOAT_E_MISUSE)
      fail_msg("without %s", needs[i].what);
    f->platform = platform;
  }
  assert_int_equal(moat_account_open(&a, &config, block, SIZE - 1), MOAT_E_SPACE);
  assert_int_equal(moat_account_error(&a)->needed, SIZE);
  moat_account_cancel(&a); /* of a client that was refused */
  assert_int_equal(moat_account_token(&a), MOAT_E_MISUSE);
  assert_int_equal(moat_account_sign_in(&a), MOAT_E_MISUSE);
  assert_int_equal(moat_account_authorize(&a, block, SIZE), MOAT_E_MISUSE);
  const moat_authorization *none;
  assert_int_equal(moat_account_authorization(&a, &none), MOAT_E_MISUSE);
  config.access_size = MOAT_ACCESS_MIN - 2; /* one too few, as there is a NUL */
  assert_int_equal(moat_account_open(&a, &config, block, SIZE), MOAT_E_SPACE);
  config = good;
  assert_int_equal(moat_account_open(&a, &config, block, SIZE), 0);
  assert_int_equal(moat_account_step(&a), MOAT_E_MISUSE); /* nothing has begun */
  assert_int_equal(moat_account_token(&a), 0);
  assert_int_equal(moat_account_token(&a), MOAT_E_MISUSE); /* one at a time */
  assert_int_equal(moat_account_run(&a), MOAT_E_EMPTY);
  assert_int_equal(f->s.connects, 0);
}

/* ---- What may lie where ---- */

/* One byte of an input inside the work buffer is too many. Just beside it is fine. */
static void test_inputs_beside_the_work_buffer(void **state) {
  exact *f = *state;
  enum { N = 8 };
  static char area[N + MOAT_WORK_MIN + N];
  static const struct {
    size_t at, n;
    bool good;
  } cases[] = {
      {0, N, true},      {1, N, false},
      {N, 1, false},     {N + MOAT_WORK_MIN - 1, 2, false},
      {0, 1, true},      {N + MOAT_WORK_MIN, N, true},
      {0, N + 1, false}, {0, N + MOAT_WORK_MIN + N, false},
  };
  f->config.work = area + N;
  for (size_t i = 0; i < COUNT(cases); i++) {
    moat_span input = {area + cases[i].at, cases[i].n};
    for (int which = 0; which < 3; which++) {
      exact g = *f;
      memset(area, 'x', sizeof area);
      assert_int_equal(moat_init(&g.c, &g.config), 0);
      g.g.grant.auth = &g.auth;
      *(which == 0   ? &g.auth.client_id
        : which == 1 ? &g.auth.client_secret
                     : &g.g.refresh_token) = input;
      if (moat_refresh_begin(&g.c, &g.g) != (cases[i].good ? 0 : MOAT_E_MISUSE))
        fail_msg("%zu bytes at %zu as input %d", cases[i].n, cases[i].at, which);
    }
  }
}

static void test_access_beside_the_work_buffer(void **state) {
  exact *f = *state;
  enum { N = MOAT_ACCESS_MIN };
  static char area[N + MOAT_WORK_MIN + N];
  static const struct {
    size_t at;
    int result;
  } cases[] = {
      {0, 0}, {1, MOAT_E_MISUSE}, {N + MOAT_WORK_MIN - 1, MOAT_E_MISUSE}, {N + MOAT_WORK_MIN, 0}};
  f->config.work = area + N;
  for (size_t i = 0; i < COUNT(cases); i++) {
    assert_int_equal(moat_init(&f->c, &f->config), 0);
    f->g.grant.access = area + cases[i].at;
    assert_int_equal(moat_refresh_begin(&f->c, &f->g), cases[i].result);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      EXACT(test_init_needs),
      EXACT(test_smallest_work),
      EXACT(test_timeout),
      EXACT(test_events),
      EXACT(test_refresh_needs),
      EXACT(test_code_needs),
      EXACT(test_device_needs),
      EXACT(test_account_needs),
      EXACT(test_inputs_beside_the_work_buffer),
      EXACT(test_access_beside_the_work_buffer),
  };
  return cmocka_run_group_tests_name("init", tests, NULL, NULL);
}
