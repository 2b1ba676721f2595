/* When the token endpoint is polled, and how trouble on the way changes that. */
#include "device_fixture.h"

#define SLOW REFUSED("400 Bad Request", "slow_down")

/* ---- Polling ---- */

static void test_slow_down_every_poll(void **state) {
  fixture *f = *state;
  static const turn turns[] = {ASKED(PROMPT), SLOW, SLOW, SLOW, PENDING, PENDING, DONE};
  assert_int_equal(sign_in(f, turns), 0);
  /* 5 s more each time, permanently, and a fifth on top */
  ASSERT_TIMES(f, 0, 6000, 18000, 36000, 60000, 84000, 108000);
  assert_int_equal(f->g.prompt.interval, 20);
}

static void test_slow_down_to(void **state) {
  fixture *f = *state;
  static const turn turns[] = {
      ASKED(PROMPT),
      ASKED("{\"error\":\"slow_down\",\"interval\":30,\"error_description\":\"x\"}"),
      ASKED("{\"error\":\"slow_down\",\"interval\":0}"),
      ASKED("{\"error\":\"slow_down\",\"interval\":\"junk\"}"),
      ASKED("{\"error\":\"slow_dow\\u006E\",\"interval\":\"20\"}"),
      DONE};
  assert_int_equal(sign_in(f, turns), 0);
  ASSERT_TIMES(f, 0, 6000, 42000, 84000, 132000, 156000);
}

static void test_pending_spellings(void **state) {
  fixture *f = *state;
  static const turn turns[] = {ASKED(PROMPT),
                               REFUSED("428 Precondition Required", "authorization_pending"),
                               REFUSED("403 Forbidden", "slow_down"),
                               REFUSED("200 OK", "authorization_pending"),
                               REFUSED("400 Bad Request", "Authorization_Pending"),
                               DONE};
  assert_int_equal(sign_in(f, turns), 0);
  ASSERT_TIMES(f, 0, 6000, 12000, 24000, 36000, 48000);
}

static void test_tick_wrap(void **state) {
  fixture *f = *state;
  static const turn turns[] = {ASKED(PROMPT), PENDING, SLOW, PENDING, DONE};
  f->s.clock = 0u - 13000u;
  assert_int_equal(sign_in(f, turns), 0);
  ASSERT_TIMES(f, 0, 6000, 12000, 24000, 36000);
}

/* ---- Trouble on the way ---- */

static void test_trouble_doubles(void **state) {
  fixture *f = *state;
  static const turn turns[] = {{.status = "200 OK", .body = PROMPT, .closed = true},
                               {.error = MOAT_E_NETWORK},
                               {.status = "503 Unavailable", .body = "<html>"},
                               {.status = "200 OK", .body = "<html>a captive portal</html>"},
                               {.status = "302 Found", .headers = "Location: /x\r\n", .body = ""},
                               {.status = "500 Error", .body = "{\"error\":\"server_error\"}"},
                               PENDING,
                               DONE};
  assert_int_equal(sign_in(f, turns), 0);
  /* 6, 12, 24, 48, and 96 s at most; an answer resets it */
  ASSERT_TIMES(f, 0, 6000, 18000, 42000, 90000, 186000, 282000, 288000);
}

/* As on a board whose clock is not set yet. */
static void test_certificate_date(void **state) {
  fixture *f = *state;
  static const turn turns[] = {{.status = "200 OK", .body = PROMPT, .closed = true},
                               {.error = MOAT_E_CERT_DATE},
                               PENDING,
                               DONE};
  assert_int_equal(sign_in(f, turns), 0);
  ASSERT_TIMES(f, 0, 6000, 18000, 24000);
}

static void test_timeout(void **state) {
  fixture *f = *state;
  static const turn turns[] = {
      ASKED(PROMPT), {.error = MOAT_WANT_READ}, {.error = MOAT_WANT_READ}, DONE};
  assert_int_equal(sign_in(f, turns), 0);
  ASSERT_TIMES(f, 0, 6000, 6000 + MOAT_TIMEOUT_MS + 12000,
               6000 + 2 * MOAT_TIMEOUT_MS + 12000 + 24000);
}

static void test_retry_after(void **state) {
  fixture *f = *state;
  static const turn turns[] = {
      ASKED(PROMPT),
      {.status = "429 Too Many", .headers = "Retry-After: 60\r\n", .body = "{}"},
      {.status = "408 Timeout", .headers = "Retry-After: 1\r\n", .body = "{}"},
      {.status = "400 Bad",
       .headers = "Retry-After: 40\r\n",
       .body = "{\"error\":\"authorization_pending\"}"},
      DONE};
  assert_int_equal(sign_in(f, turns), 0);
  ASSERT_TIMES(f, 0, 6000, 66000, 90000, 130000);
}

static void test_reconnects(void **state) {
  fixture *f = *state;
  static const turn turns[] = {
      {.status = "200 OK", .body = PROMPT, .closed = true},
      {.status = "400 Bad", .body = "{\"error\":\"authorization_pending\"}", .closed = true},
      {.status = "400 Bad",
       .headers = "Connection: close\r\n",
       .body = "{\"error\":\"authorization_pending\"}"},
      PENDING,
      {.error = MOAT_E_NETWORK}, /* closed just as the next poll was sent */
      DONE};
  assert_int_equal(sign_in(f, turns), 0);
  /* No pause gets longer because of it. */
  ASSERT_TIMES(f, 0, 6000, 12000, 18000, 24000, 24000);
  assert_int_equal(f->s.connects, 5);
}

/* The device endpoint and the token endpoint may be on different hosts. */
static void test_two_hosts(void **state) {
  fixture *f = *state;
  static const turn turns[] = {ASKED(PROMPT), PENDING, DONE};
  static const moat_endpoint elsewhere[] = {{"code.example", 443, "/"},
                                            {"login.example", 8443, "/"}};
  for (size_t i = 0; i < 2; i++) {
    f->g.device_endpoint = &elsewhere[i];
    assert_int_equal(sign_in(f, turns), 0);
    assert_int_equal(f->s.connects, 2);
    assert_string_equal(f->host, "login.example");
    assert_int_equal(f->port, 443);
    moat_cancel(&f->c);
  }
}

static void test_no_connection(void **state) {
  fixture *f = *state;
  static const turn turns[] = {{.status = "200 OK", .body = PROMPT, .closed = true}, DONE};
  f->turns = turns;
  f->s.connect_result = 0;
  assert_int_equal(moat_device_begin(&f->c, &f->g), 0);
  while (!f->shown)
    assert_true(moat_step(&f->c) < 0);
  f->s.connect_result = MOAT_E_DNS; /* the network is down … */
  uint32_t pauses[] = {6000, 12000, 24000};
  for (size_t i = 0; i < sizeof pauses / sizeof *pauses; i++) {
    assert_int_equal(moat_step(&f->c), MOAT_WANT_TIME);
    assert_int_equal(moat_wait_ms(&f->c), pauses[i]);
    assert_int_equal(moat_error(&f->c)->code, 0);
    f->s.clock += pauses[i];
  }
  f->s.connect_result = 0; /* … and up again */
  while (moat_step(&f->c) < 0)
    f->s.clock += moat_wait_ms(&f->c);
  assert_string_equal(f->access, "AT.1");
}

static void test_no_connection_at_first(void **state) {
  fixture *f = *state;
  static const turn turns[] = {ASKED(PROMPT)};
  f->s.connect_result = MOAT_E_DNS;
  assert_int_equal(sign_in(f, turns), MOAT_E_DNS);
  assert_int_equal(f->turn, 0);
}

/* A log can look at the last answer between two polls. Then it is forgotten.
 */
static struct {
  fixture *f;
  unsigned n;
  int32_t delay[4];
  int status[4], code[4];
} again;

static void note_again(void *ctx, int event, int32_t value) {
  (void)ctx;
  const moat_error_info *e = moat_error(&again.f->c);
  if (event != MOAT_EVENT_AGAIN) return;
  assert_in_range(again.n, 0, 3);
  again.delay[again.n] = value;
  again.status[again.n] = e->status;
  again.code[again.n++] = e->code;
}

/* The first one that breaks is an old connection, and is made anew without a word. */
#define BROKEN                                                                                     \
  { .error = MOAT_E_NETWORK }

static void test_each_answer_is_an_event(void **state) {
  fixture *f = *state;
  static const turn turns[] = {ASKED(PROMPT), PENDING, BROKEN, BROKEN, SLOW, DONE};
  moat_platform noting = memory_platform;
  noting.event = note_again;
  f->c.config.platform = &noting;
  memset(&again, 0, sizeof again);
  again.f = f;
  assert_int_equal(sign_in(f, turns), 0);
  static const int32_t delays[] = {6000, 6000, 12000, 12000};
  static const int statuses[] = {200, 400, 0, 400};
  static const int codes[] = {0, MOAT_E_OAUTH, MOAT_E_NETWORK, MOAT_E_OAUTH};
  assert_int_equal(again.n, 4);
  assert_memory_equal(again.delay, delays, sizeof delays);
  assert_memory_equal(again.status, statuses, sizeof statuses);
  assert_memory_equal(again.code, codes, sizeof codes);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_slow_down_every_poll),
      TEST(test_slow_down_to),
      TEST(test_pending_spellings),
      TEST(test_tick_wrap),
      TEST(test_trouble_doubles),
      TEST(test_certificate_date),
      TEST(test_timeout),
      TEST(test_retry_after),
      TEST(test_reconnects),
      TEST(test_two_hosts),
      TEST(test_no_connection),
      TEST(test_no_connection_at_first),
      TEST(test_each_answer_is_an_event),
  };
  return cmocka_run_group_tests_name("device grant: polls", tests, NULL, NULL);
}
