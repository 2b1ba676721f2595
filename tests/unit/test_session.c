/* The session over a scripted stream and a platform in memory: every way to a token, and every
 * reason why there is none. */
#include "cmocka_all.h"

#include <stdio.h>

#include "moat/session.h"
#include "scripted.h"

#define NOW 1700000000
#define URL "https://login.example/token"

typedef struct {
  scripted s;
  memory m; /* the platform's context, with what follows */
  int lock_result;
  bool held, signing_in;
  unsigned locks, unlocks;
  int failing_slot, failure,
      writes_left; /* a slot whose calls fail, once so many writes are done */
  bool prepared;
  uint8_t how;
  int prepare_result;
  moat_client c;
  char work[2048], access[128], buffer[512], answer[2048];
  moat_auth auth, other_auth;
  moat_store store;
  moat_session g;
} fixture;

static const moat_endpoint endpoint = {"login.example", 443, "/token"};

static fixture *fixture_of(void *ctx) {
  return (fixture *)(void *)((char *)ctx - offsetof(fixture, m));
}

/* ---- The platform ---- */

static int test_lock(void *ctx) {
  fixture *f = fixture_of(ctx);
  if (f->lock_result == 0) {
    f->locks += !f->held;
    f->held = true;
  }
  return f->lock_result;
}

static void test_unlock(void *ctx) {
  fixture *f = fixture_of(ctx);
  assert_true(f->held);
  f->unlocks++;
  f->held = false;
}

static int test_read(void *ctx, int slot, void *p, size_t cap, size_t *n) {
  fixture *f = fixture_of(ctx);
  return slot == f->failing_slot && f->writes_left < 0 ? f->failure
                                                       : memory_read(ctx, slot, p, cap, n);
}

static int test_write(void *ctx, int slot, const void *p, size_t n) {
  fixture *f = fixture_of(ctx);
  assert_true(f->held || f->signing_in);
  if (slot == f->failing_slot && f->writes_left-- <= 0) return f->failure;
  return memory_write(ctx, slot, p, n);
}

static int test_erase(void *ctx, int slot) {
  fixture *f = fixture_of(ctx);
  return slot == f->failing_slot ? f->failure : memory_erase(ctx, slot);
}

static const moat_platform platform = {.ticks_ms = memory_ticks,
                                       .unix_time = memory_time,
                                       .slot_read = test_read,
                                       .slot_write = test_write,
                                       .slot_erase = test_erase,
                                       .lock = test_lock,
                                       .unlock = test_unlock};

static int prepare(void *ctx, uint8_t how) {
  fixture *f = ctx;
  f->prepared = true;
  f->how = how;
  f->g.grant.auth = how == MOAT_HOW_DEVICE ? &f->other_auth : &f->auth;
  return f->prepare_result;
}

/* ---- Fixture ---- */

static void answer(fixture *f, const char *status, const char *headers, const char *body) {
  int n = snprintf(f->answer, sizeof f->answer, "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\n\r\n%s",
                   status, headers, strlen(body), body);
  f->s.answer = f->answer;
  f->s.answer_size = (size_t)n;
  f->s.given = 0;
}

static void answer_tokens(fixture *f) {
  answer(f, "200 OK", "",
         "{\"token_type\":\"Bearer\",\"expires_in\":3600,\"access_token\":\"AT.2\","
         "\"refresh_token\":\"RT.2\"}");
}

/* As a start of the firmware finds it: what is in the slots, and nothing else. */
static void restart(fixture *f) {
  moat_cancel(&f->c);
  moat_config config = {.platform = &platform,
                        .platform_ctx = &f->m,
                        .stream = &scripted_stream,
                        .io = &f->s,
                        .work = f->work,
                        .work_size = sizeof f->work};
  assert_int_equal(moat_init(&f->c, &config), 0);
  memset(f->access, 'x', sizeof f->access);
  moat_store_init(&f->store, &platform, &f->m, f->buffer, sizeof f->buffer);
  f->store.keep_access = true;
  f->g = (moat_session){.grant = {.endpoint = &endpoint,
                                  .auth = &f->auth,
                                  .access = f->access,
                                  .access_size = sizeof f->access},
                        .store = &f->store,
                        .provider = moat_str(URL)};
}

/* A grant as a sign-in leaves it, with the access token AT.1 and, unless NULL, a refresh token. */
static void sign_in(fixture *f, uint8_t how, const char *refresh_token, int32_t expires_in) {
  moat_store s;
  char buffer[512];
  moat_token t = {.access_token = moat_str("AT.1"),
                  .refresh_token = moat_str(refresh_token),
                  .expires_in = expires_in};
  moat_store_init(&s, &platform, &f->m, buffer, sizeof buffer);
  s.keep_access = true;
  f->signing_in = true;
  int r = moat_store_load(&s);
  assert_true(r == 0 || r == MOAT_E_EMPTY);
  moat_store_renew(&s, how, moat_str(URL), moat_str("client"), moat_str("scope"));
  assert_int_equal(moat_store_keeper.save(&s, &t), 0);
  f->signing_in = false;
}

static int setup(void **state) {
  fixture *f = calloc(1, sizeof *f);
  *state = f;
  f->m.stream = &f->s;
  f->m.unix_time = NOW;
  f->failing_slot = -1;
  f->s.end = MOAT_WANT_READ;
  f->s.clock = UINT32_MAX - 100000; /* ticks wrap in the middle of most tests */
  f->auth = (moat_auth){&moat_auth_post, moat_str("client"), moat_str("canary.secret")};
  f->other_auth = (moat_auth){&moat_auth_none, moat_str("client"), {NULL, 0}};
  restart(f);
  sign_in(f, MOAT_HOW_CODE, "RT.1", 3600);
  answer_tokens(f);
  return 0;
}

static int teardown(void **state) {
  fixture *f = *state;
  moat_cancel(&f->c);
  assert_false(f->held);
  assert_int_equal(f->locks, f->unlocks);
  free(f);
  return 0;
}

static int run(fixture *f) {
  f->s.sent_size = 0;
  int r = moat_session_begin(&f->c, &f->g);
  if (r == 0) r = moat_run(&f->c);
  assert_false(f->held);
  assert_int_equal(f->c.state, 0);
  return r;
}

/* Both clocks go on. */
static void pass(fixture *f, uint32_t seconds) {
  f->s.clock += seconds * 1000;
  if (f->m.unix_time) f->m.unix_time += seconds;
}

static void assert_token(const fixture *f, const char *token) {
  moat_span t = f->g.grant.token.access_token;
  assert_int_equal(t.n, strlen(token));
  assert_memory_equal(t.p, token, t.n);
  assert_ptr_equal(t.p, f->access);
  assert_string_equal(f->access, token);
}

/* How many requests there were since it was asked last. */
static unsigned requests(fixture *f) {
  static const char end[] = "refresh_token=RT.";
  unsigned n = 0;
  for (size_t i = 0; i + sizeof end - 1 <= f->s.sent_size; i++)
    n += memcmp(f->s.sent + i, end, sizeof end - 1) == 0;
  f->s.sent_size = 0;
  return n;
}

static int need(const fixture *f, uint32_t *seconds) {
  moat_verdict v = moat_judge(moat_error(&f->c));
  *seconds = v.seconds;
  return v.need;
}

static int load(fixture *f) {
  return moat_store_load(&f->store);
}

/* ---- A token there is ---- */

static void test_stored(void **state) {
  fixture *f = *state;
  uint32_t seconds;
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.1");
  assert_int_equal(f->g.grant.token.expires_in, 3600);
  assert_int_equal(f->g.grant.token.received_ms, f->s.clock);
  assert_int_equal(need(f, &seconds), MOAT_NEED_NOTHING);
  assert_int_equal(f->s.connects + f->s.closes, 0); /* the connection is another's */
  assert_int_equal(f->locks, 1);
  assert_int_equal(moat_step(&f->c), 0); /* sticky */
  f->m.unix_time += 1000;
  f->s.clock += 1000000;
  restart(f);
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.1");
  assert_int_equal(f->s.clock - f->g.grant.token.received_ms, 1000000);
}

static void test_refresh(void **state) {
  fixture *f = *state;
  pass(f, 3300);
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.2");
  assert_int_equal(f->g.grant.token.expires_in, 3600);
  assert_int_equal(requests(f), 1);
  assert_int_equal(f->g.early, 0);
  assert_int_equal(load(f), 0);
  assert_memory_equal(f->store.record.refresh_token.p, "RT.2", 4);
  assert_false(f->store.marked);
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.2");
  assert_int_equal(requests(f), 0);
}

/* min(300 s, life / 5), by the date after a restart and by the ticks without one. */
static void test_margin(void **state) {
  fixture *f = *state;
  static const struct {
    int32_t life;
    uint32_t good; /* seconds it is handed out for */
  } cases[] = {{3600, 3300},
               {1500, 1200},
               {300, 240},
               {5, 4},
               {1, 1},
               {0, 0},
               {-1, 3300},
               {86400, 86100},
               {0x1e0000, 0x1e0000 - 300},
               {4000000, 0x1e0000 - 300} /* not beyond what ticks can tell */};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    for (int restarts = 0; restarts < 2; restarts++) {
      for (uint32_t late = 0; late < 2; late++) {
        if (cases[i].good + late == 0) continue;
        uint32_t age = cases[i].good + late - 1;
        restart(f);
        f->m.unix_time = NOW;
        sign_in(f, MOAT_HOW_CODE, "RT.1", cases[i].life);
        if (!restarts && cases[i].life) assert_int_equal(run(f), 0);
        answer_tokens(f);
        pass(f, age);
        assert_int_equal(run(f), 0);
        if (requests(f) != late)
          fail_msg("life %d, age %u, restarts %d", (int)cases[i].life, (unsigned)age, restarts);
      }
    }
  }
}

/* What was seen to arrive is as old as the ticks say, whatever becomes of the date. */
static void test_clock_goes_astray(void **state) {
  fixture *f = *state;
  pass(f, 3600);
  assert_int_equal(run(f), 0);
  assert_int_equal(requests(f), 1);
  static const int64_t dates[] = {0, 1, NOW - 86400, NOW + 86400, 4000000000};
  for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) {
    f->m.unix_time = dates[i];
    assert_int_equal(run(f), 0);
    assert_token(f, "AT.2");
    assert_int_equal(requests(f), 0);
  }
  f->s.clock += 3300 * 1000;
  assert_int_equal(run(f), 0);
  assert_int_equal(requests(f), 1);
}

static void test_clock_tells_nothing(void **state) {
  fixture *f = *state;
  static const int64_t dates[] = {
      0,
      1,
      NOW - 1,
      NOW + 3300,
      NOW + 3600,
      NOW + 400000000, /* in milliseconds these are a second beside a turn of the ticks */
      NOW + 4294968,
      NOW - 4294967};
  for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) {
    restart(f);
    f->m.unix_time = NOW;
    sign_in(f, MOAT_HOW_CODE, "RT.1", 3600);
    answer_tokens(f);
    f->m.unix_time = dates[i];
    assert_int_equal(run(f), 0);
    assert_int_equal(requests(f), 1);
  }
  /* It was unknown when the token was stored. */
  restart(f);
  f->m.unix_time = 0;
  sign_in(f, MOAT_HOW_CODE, "RT.1", 3600);
  f->m.unix_time = NOW;
  answer_tokens(f);
  assert_int_equal(run(f), 0);
  assert_int_equal(requests(f), 1);
}

/* Where the port keeps no access token, this start's own is known all the same. */
static void test_kept_in_memory_alone(void **state) {
  fixture *f = *state;
  f->store.keep_access = false;
  pass(f, 3600);
  assert_int_equal(run(f), 0);
  assert_int_equal(requests(f), 1);
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.2");
  assert_int_equal(requests(f), 0);
  restart(f);
  answer_tokens(f);
  assert_int_equal(run(f), 0);
  assert_int_equal(requests(f), 1);
}

/* What another process stored replaces what this one knows. */
static void test_other_process(void **state) {
  fixture *f = *state;
  pass(f, 3600);
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.2");
  sign_in(f, MOAT_HOW_DEVICE, "RT.9", 3600);
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.1");
  pass(f, 3600);
  answer_tokens(f);
  assert_int_equal(run(f), 0);
  assert_non_null(strstr(f->s.sent, "RT.9"));
}

/* Somebody signed out, and in again as somebody else: the token at hand is not theirs. */
static void test_other_account(void **state) {
  fixture *f = *state;
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.1");
  f->m.sizes[MOAT_SLOT_A] = f->m.sizes[MOAT_SLOT_B] = 0;
  pass(f, 10);
  moat_token t = {.access_token = moat_str("AT.9"), .expires_in = 3600};
  f->signing_in = true;
  assert_int_equal(load(f), MOAT_E_EMPTY);
  moat_store_renew(&f->store, MOAT_HOW_CODE, moat_str(URL), moat_str("client"), moat_str("scope"));
  assert_int_equal(moat_store_keeper.save(&f->store, &t), 0);
  f->signing_in = false;
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.9");
}

/* Some tokens never end, and there is nothing to refresh them with. */
static void test_for_ever(void **state) {
  fixture *f = *state;
  uint32_t seconds;
  sign_in(f, MOAT_HOW_CODE, NULL, -1);
  pass(f, 40000000);
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.1");
  f->m.unix_time = 0;
  restart(f);
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.1");
  f->g.refresh_now = true;
  assert_int_equal(run(f), MOAT_E_EMPTY);
  f->m.unix_time = NOW;
  restart(f);
  sign_in(f, MOAT_HOW_CODE, NULL, 3600);
  assert_int_equal(run(f), 0);
  pass(f, 3600);
  assert_int_equal(run(f), MOAT_E_EMPTY);
  assert_int_equal(need(f, &seconds), MOAT_NEED_SIGN_IN);
  assert_int_equal(f->s.connects, 0);
}

static void test_refresh_now(void **state) {
  fixture *f = *state;
  f->g.refresh_now = true;
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.2");
  assert_int_equal(requests(f), 1);
  assert_false(f->g.refresh_now);
  f->g.refresh_now = true;
  answer(f, "503 Busy", "", "");
  assert_int_equal(run(f), MOAT_E_STATUS); /* the token that was refused is not handed out */
  assert_true(f->g.refresh_now);
  answer_tokens(f);
  assert_int_equal(run(f), 0); /* nor is the pause kept */
  assert_int_equal(requests(f), 1);
}

/* ---- Before the request ---- */

static void test_prepare(void **state) {
  fixture *f = *state;
  f->g.prepare = prepare;
  f->g.prepare_ctx = f;
  assert_int_equal(run(f), 0);
  assert_false(f->prepared); /* nothing is needed for a token that is good */
  pass(f, 3600);
  assert_int_equal(run(f), 0);
  assert_int_equal(f->how, MOAT_HOW_CODE);
  f->s.sent[f->s.sent_size] = 0;
  assert_non_null(strstr(f->s.sent, "canary.secret"));
  sign_in(f, MOAT_HOW_DEVICE, "RT.3", 1);
  pass(f, 1);
  answer_tokens(f);
  assert_int_equal(run(f), 0);
  assert_int_equal(f->how, MOAT_HOW_DEVICE);
  f->s.sent[f->s.sent_size] = 0;
  assert_null(strstr(f->s.sent, "canary.secret"));
  pass(f, 3600);
  f->prepare_result = MOAT_E_PORT;
  assert_int_equal(run(f), MOAT_E_PORT);
  assert_int_equal(f->s.sent_size, 0);
}

static void test_nothing_to_use(void **state) {
  fixture *f = *state;
  uint32_t seconds;
  f->g.provider = moat_str("https://evil.example/token");
  assert_int_equal(run(f), MOAT_E_FOREIGN);
  assert_int_equal(need(f, &seconds), MOAT_NEED_PROFILE);
  f->g.provider = moat_str(URL);
  f->auth.client_id = moat_str("another");
  assert_int_equal(run(f), MOAT_E_FOREIGN);
  f->auth.client_id = moat_str("client");
  f->store.size = 20;
  assert_int_equal(run(f), MOAT_E_SPACE);
  assert_int_equal(need(f, &seconds), MOAT_NEED_DEVICE);
  f->store.size = sizeof f->buffer;
  f->m.slots[MOAT_SLOT_A][20] ^= 1;
  assert_int_equal(run(f), MOAT_E_STORE);
  assert_int_equal(need(f, &seconds), MOAT_NEED_SIGN_IN);
  f->m.sizes[MOAT_SLOT_A] = 0;
  assert_int_equal(run(f), MOAT_E_EMPTY);
  assert_int_equal(need(f, &seconds), MOAT_NEED_SIGN_IN);
  assert_int_equal(f->s.connects, 0);
  f->g.store = NULL;
  assert_int_equal(run(f), MOAT_E_MISUSE);
  f->g.store = &f->store;
  f->g.grant.auth = NULL;
  assert_int_equal(run(f), MOAT_E_MISUSE);
}

/* What any grant checks, it checks before a refresh. */
static void test_misuse(void **state) {
  fixture *f = *state;
  f->g.grant.access = NULL;
  f->g.grant.access_size = 0;
  assert_int_equal(run(f), MOAT_E_SPACE); /* though there is a token */
  f->g.grant.access = f->access;
  f->g.grant.access_size = sizeof f->access;
  pass(f, 3600);
  f->g.grant.endpoint = NULL;
  assert_int_equal(run(f), MOAT_E_MISUSE);
  f->g.grant.endpoint = &endpoint;
  f->auth.client_secret.n = 0;
  assert_int_equal(run(f), MOAT_E_MISUSE);
  f->auth.client_secret = moat_str("canary.secret");
  f->g.grant.access_size = MOAT_ACCESS_MIN - 1;
  assert_int_equal(run(f), MOAT_E_SPACE);
  f->g.grant.access_size = sizeof f->access;
  f->store.buffer = f->work + 1000;
  assert_int_equal(run(f), MOAT_E_MISUSE);
  f->store.buffer = f->buffer;
  assert_int_equal(moat_session_begin(&f->c, &f->g), 0);
  assert_int_equal(moat_session_begin(&f->c, &f->g), MOAT_E_MISUSE);
  assert_int_equal(moat_run(&f->c), 0);
}

/* ---- The lock ---- */

static void test_busy(void **state) {
  fixture *f = *state;
  uint32_t seconds, began = f->s.clock;
  f->lock_result = MOAT_WANT_TIME;
  assert_int_equal(run(f), 0); /* there is no need to wait */
  assert_token(f, "AT.1");
  assert_int_equal(f->s.waits, 0);
  pass(f, 3600);
  began = f->s.clock;
  assert_int_equal(run(f), MOAT_E_BUSY);
  assert_true(f->s.clock - began >= 30000 && f->s.clock - began < 30100);
  assert_int_equal(need(f, &seconds), MOAT_NEED_WAIT);
  assert_int_equal(f->s.connects, 0);
  f->lock_result = MOAT_E_STORE;
  assert_int_equal(run(f), MOAT_E_STORE);
  f->m.unix_time = NOW;
  restart(f);
  assert_int_equal(run(f), 0); /* a folder that cannot be written to, say */
  /* A record in the middle of a write is no reason to give up. */
  f->lock_result = MOAT_WANT_TIME;
  f->m.sizes[MOAT_SLOT_A]--;
  assert_int_equal(moat_session_begin(&f->c, &f->g), 0);
  for (int i = 0; i < 5; i++) {
    assert_int_equal(moat_step(&f->c), MOAT_WANT_TIME);
    f->s.clock += moat_wait_ms(&f->c);
  }
  f->m.sizes[MOAT_SLOT_A]++;
  f->lock_result = 0;
  assert_int_equal(moat_run(&f->c), 0);
  assert_token(f, "AT.1");
}

/* Whoever waited reads again, and the wait counts. */
static void test_waiter(void **state) {
  fixture *f = *state;
  pass(f, 3600);
  f->lock_result = MOAT_WANT_TIME;
  assert_int_equal(moat_session_begin(&f->c, &f->g), 0);
  for (int i = 0; i < 10; i++) {
    assert_int_equal(moat_step(&f->c), MOAT_WANT_TIME);
    assert_in_range(moat_wait_ms(&f->c), i ? 1 : 0, 20);
    f->s.clock += moat_wait_ms(&f->c);
  }
  sign_in(f, MOAT_HOW_CODE, "RT.5", 3600);
  f->lock_result = 0;
  assert_int_equal(moat_run(&f->c), 0);
  assert_token(f, "AT.1");
  assert_int_equal(f->s.connects, 0);
  pass(f, 3600);
  f->lock_result = MOAT_WANT_TIME;
  uint32_t began = f->s.clock;
  assert_int_equal(moat_session_begin(&f->c, &f->g), 0);
  assert_int_equal(moat_step(&f->c), MOAT_WANT_TIME);
  f->s.clock += 29000;
  f->lock_result = 0;
  f->s.answer_size = 0;
  assert_int_equal(moat_run(&f->c), MOAT_E_TIMEOUT);
  assert_in_range(f->s.clock - began, 30000, 30100);
}

/* Wherever it is cancelled, the lock is given back and the grant is good. */
static void test_cancel_anywhere(void **state) {
  fixture *f = *state;
  uint32_t seconds;
  unsigned steps = 0;
  for (bool done = false; !done; steps++) {
    restart(f);
    f->m.unix_time = NOW;
    sign_in(f, MOAT_HOW_CODE, "RT.1", 1);
    answer_tokens(f);
    pass(f, 1);
    f->s.chunk = 10;
    f->s.stutter = true;
    f->m.busy = 2;
    assert_int_equal(moat_session_begin(&f->c, &f->g), 0);
    int r = MOAT_WANT_TIME;
    for (unsigned i = 0; i < steps && r != 0; i++) {
      r = moat_step(&f->c);
      assert_true(r == 0 || r >= MOAT_WANT_TIME);
    }
    done = r == 0;
    moat_cancel(&f->c);
    f->m.busy = 0;
    assert_false(f->held);
    assert_int_equal(need(f, &seconds), MOAT_NEED_NOTHING);
    assert_int_equal(load(f), 0);
    assert_true(f->store.record.refresh_token.n == 4);
  }
  assert_true(steps > 20);
}

/* The wait of the stream fails while somebody else has the lock, and while it is ours. */
static void test_wait_fails(void **state) {
  fixture *f = *state;
  pass(f, 3600);
  f->s.wait_result = MOAT_E_CANCEL;
  f->lock_result = MOAT_WANT_TIME;
  assert_int_equal(run(f), MOAT_E_CANCEL);
  f->lock_result = 0;
  f->s.answer_size = 0;
  assert_int_equal(run(f), MOAT_E_CANCEL);
  f->s.wait_result = MOAT_E_PORT;
  assert_int_equal(run(f), MOAT_E_PORT);
}

/* ---- Answers ---- */

static void test_every_split(void **state) {
  fixture *f = *state;
  for (unsigned busy = 0; busy < 3; busy++) {
    restart(f);
    f->m.unix_time = NOW;
    sign_in(f, MOAT_HOW_CODE, "RT.1", 1);
    answer_tokens(f);
    pass(f, 1);
    f->s.chunk = 1;
    f->s.stutter = true;
    f->m.busy = busy;
    assert_int_equal(run(f), 0);
    assert_token(f, "AT.2");
    assert_int_equal(requests(f), 1);
    f->m.busy = 0;
  }
}

#define REFUSED(name) "{\"error\":\"" name "\"}"

/* What each failure needs, and what it leaves: the mark of a request that may have been acted on,
 * and a pause. */
static void test_failures(void **state) {
  fixture *f = *state;
  static const struct {
    const char *status, *headers, *body;
    int error; /* of recv, where there is no answer */
    int result, need;
    uint32_t seconds; /* to wait */
    bool marked;
    uint32_t pause;
  } cases[] = {
      {"400 No", "", REFUSED("invalid_grant"), 0, MOAT_E_OAUTH, MOAT_NEED_SIGN_IN, 0, false, 0},
      {"200 OK", "", REFUSED("bad_refresh_token"), 0, MOAT_E_OAUTH, MOAT_NEED_SIGN_IN, 0, false, 0},
      {"400 No", "", REFUSED("interaction_required"), 0, MOAT_E_OAUTH, MOAT_NEED_SIGN_IN, 0, false,
       0},
      {"403 No", "", REFUSED("access_denied"), 0, MOAT_E_OAUTH, MOAT_NEED_SIGN_IN, 0, false, 0},
      {"401 No", "", REFUSED("invalid_client"), 0, MOAT_E_OAUTH, MOAT_NEED_PROFILE, 0, false, 0},
      {"400 No", "", REFUSED("new"), 0, MOAT_E_OAUTH, MOAT_NEED_SIGN_IN, 0, false, 0},
      {"400 No", "", REFUSED("temporarily_unavailable"), 0, MOAT_E_OAUTH, MOAT_NEED_WAIT, 30, false,
       30},
      {"500 No", "", REFUSED("server_error"), 0, MOAT_E_OAUTH, MOAT_NEED_WAIT, 30, true, 30},
      {"429 No", "Retry-After: 77\r\n", "", 0, MOAT_E_STATUS, MOAT_NEED_WAIT, 77, false, 77},
      {"429 No", "Retry-After: 5\r\n", "", 0, MOAT_E_STATUS, MOAT_NEED_WAIT, 30, false, 30},
      {"429 No", "Retry-After: 99999\r\n", "", 0, MOAT_E_STATUS, MOAT_NEED_WAIT, 3600, false, 3600},
      {"408 No", "", "", 0, MOAT_E_STATUS, MOAT_NEED_WAIT, 30, false, 30},
      {"503 No", "Retry-After: 60\r\n", "<html>", 0, MOAT_E_STATUS, MOAT_NEED_WAIT, 60, true, 60},
      {"404 No", "", "", 0, MOAT_E_STATUS, MOAT_NEED_PROFILE, 0, false, 0},
      {"302 No", "", "", 0, MOAT_E_STATUS, MOAT_NEED_WAIT, 30, false, 30},
      {"200 OK", "", "<html>", 0, MOAT_E_JSON, MOAT_NEED_WAIT, 30, true, 30},
      {"200 OK", "", "{\"access_token\":7}", 0, MOAT_E_REPLY, MOAT_NEED_PROFILE, 0, true, 0},
      {"200 OK", "", "{}", 0, MOAT_E_REPLY, MOAT_NEED_PROFILE, 0, true, 0},
      {NULL, "", "", MOAT_E_EOF, MOAT_E_EOF, MOAT_NEED_WAIT, 30, true, 0},
      {NULL, "", "", MOAT_E_NETWORK, MOAT_E_NETWORK, MOAT_NEED_WAIT, 30, true, 0},
      {NULL, "", "", MOAT_E_TLS, MOAT_E_TLS, MOAT_NEED_WAIT, 30, true, 0},
      {NULL, "", "", MOAT_WANT_READ, MOAT_E_TIMEOUT, MOAT_NEED_WAIT, 30, true, 0},
      {NULL, "", "", MOAT_E_MEMORY, MOAT_E_MEMORY, MOAT_NEED_DEVICE, 0, true, 0},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    for (int stored = 0; stored < 2; stored++) {
      uint32_t seconds;
      restart(f);
      f->m.unix_time = NOW;
      sign_in(f, MOAT_HOW_CODE, "RT.1", stored ? 4000 : 1);
      f->g.refresh_now = stored; /* a token that is valid is of no use then */
      pass(f, stored ? 0 : 1);
      f->s.end = MOAT_WANT_READ;
      f->s.answer_size = 0;
      if (cases[i].status)
        answer(f, cases[i].status, cases[i].headers, cases[i].body);
      else
        f->s.end = cases[i].error;
      int r = run(f);
      if (r != cases[i].result) fail_msg("%zu: %d, not %d", i, r, cases[i].result);
      int n = need(f, &seconds);
      if (n != cases[i].need) fail_msg("%zu: need %d, not %d", i, n, cases[i].need);
      if (n == MOAT_NEED_WAIT && seconds != cases[i].seconds)
        fail_msg("%zu: %u s, not %u", i, (unsigned)seconds, (unsigned)cases[i].seconds);
      assert_int_equal(load(f), 0);
      if (f->store.marked != cases[i].marked) fail_msg("%zu: marked %d", i, f->store.marked);
      if (f->store.pause != cases[i].pause) fail_msg("%zu: pause %u", i, (unsigned)f->store.pause);
    }
  }
}

/* Before the first byte: there is no mark, and nothing but the way is to blame. */
static void test_no_connection(void **state) {
  fixture *f = *state;
  static const struct {
    int error, need;
  } cases[] = {{MOAT_E_DNS, MOAT_NEED_WAIT},      {MOAT_E_CONNECT, MOAT_NEED_WAIT},
               {MOAT_E_TLS, MOAT_NEED_WAIT},      {MOAT_E_CERT, MOAT_NEED_PROFILE},
               {MOAT_E_CLOCK, MOAT_NEED_CLOCK},   {MOAT_E_RANDOM, MOAT_NEED_DEVICE},
               {MOAT_E_MEMORY, MOAT_NEED_DEVICE}, {MOAT_E_PORT, MOAT_NEED_DEVICE},
               {MOAT_E_CERT_DATE, MOAT_NEED_WAIT}};
  pass(f, 3600);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    uint32_t seconds;
    f->s.connect_result = cases[i].error;
    assert_int_equal(run(f), cases[i].error);
    assert_int_equal(need(f, &seconds), cases[i].need);
    assert_false(moat_error(&f->c)->sent);
    assert_int_equal(f->m.sizes[MOAT_SLOT_MARK], 0);
  }
}

/* Five minutes early, a network that is down does not matter yet; a refusal does. */
static void test_early(void **state) {
  fixture *f = *state;
  uint32_t seconds;
  pass(f, 3400);
  f->s.connect_result = MOAT_E_CONNECT;
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.1");
  assert_int_equal(f->g.early, MOAT_E_CONNECT);
  assert_int_equal(need(f, &seconds), MOAT_NEED_NOTHING);
  f->s.connect_result = 0;
  answer(f, "503 Busy", "Retry-After: 40\r\n", "{\"error\":\"server_error\"}");
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.1");
  assert_int_equal(f->g.early, MOAT_E_OAUTH);
  assert_int_equal(requests(f), 1);
  assert_int_equal(run(f), 0); /* and the server is left alone */
  assert_int_equal(f->g.early, MOAT_E_LATER);
  assert_int_equal(requests(f), 0);
  f->lock_result = MOAT_WANT_TIME;
  assert_int_equal(run(f), 0);
  f->lock_result = 0;
  pass(f, 41);
  answer(f, "400 No", "", REFUSED("invalid_grant"));
  assert_int_equal(run(f), MOAT_E_LOST); /* the 503 may have hidden an answer */
  pass(f, 200);
  f->s.end = MOAT_E_EOF; /* the connection was kept until now */
  f->s.connect_result = MOAT_E_CONNECT;
  assert_int_equal(run(f), MOAT_E_CONNECT); /* by now it is over */
}

static void test_pause(void **state) {
  fixture *f = *state;
  uint32_t seconds;
  pass(f, 3600);
  answer(f, "429 Busy", "Retry-After: 100\r\n", "");
  assert_int_equal(run(f), MOAT_E_STATUS);
  assert_int_equal(requests(f), 1);
  answer_tokens(f);
  for (int i = 0; i < 100; i++) {
    if (i % 7 == 0) restart(f);
    assert_int_equal(run(f), MOAT_E_LATER);
    assert_int_equal(need(f, &seconds), MOAT_NEED_WAIT);
    assert_int_equal(seconds, 100 - i);
    assert_int_equal(moat_error(&f->c)->retry_after, 100 - i);
    assert_false(moat_error(&f->c)->sent);
    pass(f, 1);
  }
  assert_int_equal(requests(f), 0);
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.2");
}

/* ---- Lost answers ---- */

static void test_lost(void **state) {
  fixture *f = *state;
  uint32_t seconds;
  pass(f, 3600);
  f->s.answer_size = 0;
  f->s.end = MOAT_E_NETWORK;
  assert_int_equal(run(f), MOAT_E_NETWORK);
  memory marked = f->m;
  f->s.end = MOAT_WANT_READ;
  restart(f);
  answer(f, "400 No", "", REFUSED("invalid_grant"));
  assert_int_equal(run(f), MOAT_E_LOST); /* tried once, at once */
  f->m = marked;
  restart(f);
  answer(f, "200 OK", "", REFUSED("bad_refresh_token"));
  assert_int_equal(run(f), MOAT_E_LOST);
  f->m = marked;
  restart(f);
  answer(f, "400 No", "", REFUSED("invalid_grant"));
  assert_int_equal(run(f), MOAT_E_LOST);
  assert_int_equal(need(f, &seconds), MOAT_NEED_SIGN_IN);
  assert_true(moat_error(&f->c)->sent);
  assert_memory_equal(moat_error(&f->c)->error.p, "invalid_grant", 13);
  answer(f, "400 No", "", REFUSED("invalid_grant"));
  assert_int_equal(run(f), MOAT_E_OAUTH); /* told once, and definite */

  /* A server that is busy or refuses the client has not looked at the refresh token. */
  f->m = marked;
  static const char *const aside[][2] = {{"429 Busy", ""},
                                         {"404 No", ""},
                                         {"401 No", REFUSED("invalid_client")},
                                         {"503 No", REFUSED("temporarily_unavailable")}};
  for (size_t i = 0; i < sizeof aside / sizeof *aside; i++) {
    restart(f);
    answer(f, aside[i][0], "", aside[i][1]);
    assert_true(run(f) < MOAT_E_LATER);
    assert_int_equal(load(f), 0);
    assert_true(f->store.marked);
    f->m.unix_time += 31;
  }
  restart(f);
  answer(f, "400 No", "", REFUSED("invalid_grant"));
  assert_int_equal(run(f), MOAT_E_LOST);

  f->m = marked;
  restart(f);
  f->g.shared = true;
  f->s.sent_size = 0;
  assert_int_equal(run(f), MOAT_E_LOST); /* told instead of tried */
  assert_int_equal(need(f, &seconds), MOAT_NEED_SIGN_IN);
  assert_false(moat_error(&f->c)->sent);
  assert_int_equal(f->s.sent_size, 0);
  assert_int_equal(load(f), 0);
  assert_true(f->store.marked);

  restart(f);
  answer_tokens(f);
  assert_int_equal(run(f), 0); /* most often nothing was lost */
  assert_token(f, "AT.2");
}

/* An interrupted refresh is tried again at once, though the token is fresh; unless it must not be.
 */
static void test_marked_but_fresh(void **state) {
  fixture *f = *state;
  f->g.refresh_now = true;
  f->s.answer_size = 0;
  f->s.end = MOAT_E_NETWORK;
  assert_int_equal(run(f), MOAT_E_NETWORK);
  restart(f);
  f->g.shared = true;
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.1");
  restart(f);
  f->s.connect_result = MOAT_E_CONNECT;
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.1");
  assert_int_equal(f->g.early, MOAT_E_CONNECT);
  f->s.connect_result = 0;
  f->s.end = MOAT_WANT_READ;
  answer_tokens(f);
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.2");
}

/* ---- A port that fails ---- */

static void test_port_fails(void **state) {
  fixture *f = *state;
  uint32_t seconds;
  static const struct {
    int slot, failure, writes, result;
    bool sent;
  } cases[] = {
      {MOAT_SLOT_A, MOAT_E_PORT, -1, MOAT_E_PORT, false},
      {MOAT_SLOT_B, MOAT_E_PORT, -1, MOAT_E_PORT, false},
      {MOAT_SLOT_MARK, MOAT_E_PORT, -1, MOAT_E_PORT, false},
      {MOAT_SLOT_MARK, MOAT_E_STORE, 0, MOAT_E_STORE, false},
      {MOAT_SLOT_B, MOAT_E_STORE, 0, MOAT_E_STORE, true},
      {MOAT_SLOT_B, MOAT_E_PORT, 0, MOAT_E_PORT, true},
  };
  memory signed_in = f->m;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    f->m = signed_in;
    restart(f);
    f->m.unix_time = NOW + 3400; /* though the token is valid: this does not pass by itself */
    answer_tokens(f);
    f->failing_slot = cases[i].slot;
    f->failure = cases[i].failure;
    f->writes_left = cases[i].writes;
    assert_int_equal(run(f), cases[i].result);
    assert_int_equal(need(f, &seconds), MOAT_NEED_DEVICE);
    assert_int_equal(moat_error(&f->c)->sent, cases[i].sent);
    assert_int_equal(f->g.grant.token.access_token.n ? f->access[3] : '1', '1');
    f->failing_slot = -1;
    assert_int_equal(load(f), 0);
    assert_int_equal(f->store.marked, cases[i].sent);
  }
  /* The mark stays where it cannot be taken away; what the server said is more important. */
  f->m = signed_in;
  restart(f);
  f->m.unix_time = NOW + 3600;
  answer(f, "401 No", "", REFUSED("invalid_client"));
  f->failing_slot = MOAT_SLOT_MARK;
  f->failure = MOAT_E_STORE;
  f->writes_left = 1;
  assert_int_equal(run(f), MOAT_E_OAUTH);
  assert_true(f->store.marked);
}

/* An access token whose refresh token is not durable is forgotten; the one before it is not. */
static void test_not_stored(void **state) {
  fixture *f = *state;
  memory signed_in = f->m;
  for (int shared = 0; shared < 2; shared++) {
    f->m = signed_in;
    restart(f);
    f->g.shared = shared;
    f->g.refresh_now = true;
    answer_tokens(f);
    f->failing_slot = MOAT_SLOT_B;
    f->failure = MOAT_E_STORE;
    f->writes_left = 0;
    assert_int_equal(run(f), MOAT_E_STORE);
    f->failing_slot = -1;
    f->g.refresh_now = false;
    f->s.end = MOAT_E_EOF; /* the connection was kept until now */
    f->s.connect_result = MOAT_E_CONNECT;
    assert_int_equal(run(f), 0);
    assert_token(f, "AT.1");
    assert_int_equal(f->g.early, shared ? 0 : MOAT_E_CONNECT);
    f->s.end = MOAT_WANT_READ;
    f->s.connect_result = 0;
  }
}

/* What is wrong with an answer does not cost the grant. */
static void test_answer_too_large(void **state) {
  fixture *f = *state;
  char body[300], token[150];
  uint32_t seconds;
  memset(token, 'a', sizeof token - 1);
  token[sizeof token - 1] = 0;
  snprintf(body, sizeof body,
           "{\"token_type\":\"Bearer\",\"expires_in\":3600,\"access_token\":\"%s\","
           "\"refresh_token\":\"RT.2\"}",
           token);
  pass(f, 3400);
  answer(f, "200 OK", "", body);
  assert_int_equal(run(f), MOAT_E_SPACE);
  assert_int_equal(need(f, &seconds), MOAT_NEED_DEVICE);
  assert_int_equal(moat_error(&f->c)->needed, sizeof token);
  assert_int_equal(load(f), 0);
  assert_memory_equal(f->store.record.refresh_token.p, "RT.2", 4);
  assert_false(f->store.marked);
  /* One that is stored and does not fit is none. */
  restart(f);
  f->m.unix_time = NOW + 3400;
  answer_tokens(f);
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.2");
}

/* Without a lock and a clock: one process on a device that has just started. */
static void test_bare_platform(void **state) {
  fixture *f = *state;
  moat_platform bare = platform;
  bare.lock = NULL;
  bare.unlock = NULL;
  bare.unix_time = NULL;
  f->store.platform = &bare;
  f->held = true; /* as far as the slots know */
  assert_int_equal(moat_session_begin(&f->c, &f->g), 0);
  assert_int_equal(moat_run(&f->c), 0);
  assert_token(f, "AT.2");
  assert_int_equal(moat_session_begin(&f->c, &f->g), 0);
  assert_int_equal(moat_run(&f->c), 0);
  assert_int_equal(f->s.connects, 1);
  f->held = false;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_stored),
      TEST(test_refresh),
      TEST(test_margin),
      TEST(test_clock_goes_astray),
      TEST(test_clock_tells_nothing),
      TEST(test_kept_in_memory_alone),
      TEST(test_other_process),
      TEST(test_other_account),
      TEST(test_for_ever),
      TEST(test_refresh_now),
      TEST(test_prepare),
      TEST(test_nothing_to_use),
      TEST(test_misuse),
      TEST(test_busy),
      TEST(test_waiter),
      TEST(test_cancel_anywhere),
      TEST(test_wait_fails),
      TEST(test_every_split),
      TEST(test_failures),
      TEST(test_no_connection),
      TEST(test_early),
      TEST(test_pause),
      TEST(test_lost),
      TEST(test_marked_but_fresh),
      TEST(test_port_fails),
      TEST(test_not_stored),
      TEST(test_answer_too_large),
      TEST(test_bare_platform),
  };
  return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
