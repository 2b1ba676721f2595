/* The account: every way to a token, and every reason why there is none. */
#include "account_fixture.h"

/* ---- A token there is ---- */

static void test_stored(void **state) {
  fixture *f = *state;
  uint32_t seconds;
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.1");
  assert_int_equal(moat_account_record(&f->a)->life, 3600);
  assert_int_equal(need(f, &seconds), MOAT_NEED_NOTHING);
  assert_int_equal(f->s.connects + f->s.closes, 0); /* the connection is another's */
  assert_int_equal(f->locks, 1);
  assert_int_equal(moat_account_step(&f->a), 0); /* sticky */
  f->m.unix_time += 1000;
  f->s.clock += 1000000;
  restart(f);
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.1");
}

static void test_refresh(void **state) {
  fixture *f = *state;
  pass(f, 3300);
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.2");
  assert_int_equal(moat_account_record(&f->a)->life, 3600);
  assert_int_equal(requests(f), 1);
  assert_int_equal(moat_account_early(&f->a), 0);
  assert_int_equal(load(f), 0);
  assert_memory_equal(f->store.record.refresh_token.p, "RT.2", 4);
  assert_false(f->store.note.marked);
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
               {0, 3300}, /* tells nothing, as a refresh token is there */
               {-1, 3300},
               {86400, 86100},
               {2592000, 2592000 - 300},
               {4000000, 2592000 - 300} /* or the grant would die unused */};
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

/* Two clocks tell the age, and the older age counts: a date that went back tells nothing, one that
 * went on may be right. */
static void test_clock_goes_astray(void **state) {
  fixture *f = *state;
  pass(f, 3600);
  assert_int_equal(run(f), 0);
  assert_int_equal(requests(f), 1);
  static const int64_t back[] = {0, 1, NOW - 86400, INT64_MIN};
  for (size_t i = 0; i < sizeof back / sizeof *back; i++) {
    f->m.unix_time = back[i];
    assert_int_equal(run(f), 0);
    assert_token(f, "AT.2");
    assert_int_equal(requests(f), 0);
  }
  f->s.clock += 3300 * 1000;
  f->m.unix_time = NOW;
  answer_tokens(f);
  assert_int_equal(run(f), 0);
  assert_int_equal(requests(f), 1);
  static const int64_t on[] = {NOW + 86400, 4000000000};
  for (size_t i = 0; i < sizeof on / sizeof *on; i++) {
    f->m.unix_time = on[i];
    answer_tokens(f);
    assert_int_equal(run(f), 0);
    assert_int_equal(requests(f), 1);
  }
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
  f->config.keep_access = false;
  assert_int_equal(moat_account_open(&f->a, &f->config, f->memory, sizeof f->memory), 0);
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
  f->refresh = true;
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
  f->refresh = true;
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.2");
  assert_int_equal(requests(f), 1);
  f->refresh = true;
  answer(f, "503 Busy", "", "");
  assert_int_equal(run(f), MOAT_E_STATUS); /* the token that was refused is not handed out */
  answer_tokens(f);
  assert_int_equal(run(f), 0); /* nor is the pause kept */
  assert_int_equal(requests(f), 1);
}

/* ---- Before the request ---- */

static void test_prepare(void **state) {
  fixture *f = *state;
  f->config.prepare = prepare;
  f->config.ctx = f;
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
  f->config.provider = moat_str("https://evil.example/token");
  assert_int_equal(run(f), MOAT_E_FOREIGN);
  assert_int_equal(need(f, &seconds), MOAT_NEED_PROFILE);
  f->config.provider = moat_str(URL);
  f->auth.client_id = moat_str("another");
  assert_int_equal(run(f), MOAT_E_FOREIGN);
  f->auth.client_id = moat_str("client");
  f->m.slots[MOAT_SLOT_A][20] ^= 1;
  assert_int_equal(run(f), MOAT_E_STORE);
  assert_int_equal(need(f, &seconds), MOAT_NEED_SIGN_IN);
  f->m.sizes[MOAT_SLOT_A] = 0;
  assert_int_equal(run(f), MOAT_E_EMPTY);
  assert_int_equal(need(f, &seconds), MOAT_NEED_SIGN_IN);
  assert_int_equal(f->s.connects, 0);
}

/* What is missing is told before anything begins. */
static void test_misuse(void **state) {
  fixture *f = *state;
  moat_account a;
  moat_account_config c = f->config;
  char block[4096];
  c.token_endpoint = NULL;
  assert_int_equal(moat_account_open(&a, &c, block, sizeof block), MOAT_E_MISUSE);
  c = f->config;
  c.auth = NULL;
  assert_int_equal(moat_account_open(&a, &c, block, sizeof block), MOAT_E_MISUSE);
  c = f->config;
  c.access_size = MOAT_ACCESS_MIN - 2;
  assert_int_equal(moat_account_open(&a, &c, block, sizeof block), MOAT_E_SPACE);
  c = f->config;
  size_t least = MOAT_ACCOUNT_MEMORY(MOAT_WORK_MIN, 127, 128, 256) + 127;
  assert_int_equal(moat_account_open(&a, &c, block, least - 1), MOAT_E_SPACE);
  assert_int_equal(moat_account_error(&a)->needed, least);
  assert_int_equal(moat_account_open(&a, &c, block, least), 0);
  assert_int_equal(moat_account_step(&a), MOAT_E_MISUSE);
  assert_int_equal(moat_account_sign_in(&a), MOAT_E_MISUSE);
  assert_int_equal(moat_account_redeem(&a, moat_str("code")), MOAT_E_MISUSE);
  pass(f, 3600);
  f->auth.client_secret.n = 0;
  assert_int_equal(run(f), MOAT_E_MISUSE);
  f->auth.client_secret = moat_str("canary.secret");
  assert_int_equal(moat_account_token(&f->a), 0);
  assert_int_equal(moat_account_token(&f->a), MOAT_E_MISUSE);
  assert_int_equal(moat_account_run(&f->a), 0);
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
  assert_int_equal(moat_account_token(&f->a), 0);
  for (int i = 0; i < 5; i++) {
    assert_int_equal(moat_account_step(&f->a), MOAT_WANT_TIME);
    f->s.clock += moat_account_wait_ms(&f->a);
  }
  f->m.sizes[MOAT_SLOT_A]++;
  f->lock_result = 0;
  assert_int_equal(moat_account_run(&f->a), 0);
  assert_token(f, "AT.1");
}

/* Whoever waited reads again, and the wait counts. */
static void test_waiter(void **state) {
  fixture *f = *state;
  pass(f, 3600);
  f->lock_result = MOAT_WANT_TIME;
  assert_int_equal(moat_account_token(&f->a), 0);
  for (int i = 0; i < 10; i++) {
    assert_int_equal(moat_account_step(&f->a), MOAT_WANT_TIME);
    assert_in_range(moat_account_wait_ms(&f->a), i ? 1 : 0, 20);
    f->s.clock += moat_account_wait_ms(&f->a);
  }
  sign_in(f, MOAT_HOW_CODE, "RT.5", 3600);
  f->lock_result = 0;
  assert_int_equal(moat_account_run(&f->a), 0);
  assert_token(f, "AT.1");
  assert_int_equal(f->s.connects, 0);
  pass(f, 3600);
  f->lock_result = MOAT_WANT_TIME;
  uint32_t began = f->s.clock;
  assert_int_equal(moat_account_token(&f->a), 0);
  assert_int_equal(moat_account_step(&f->a), MOAT_WANT_TIME);
  f->s.clock += 29000;
  f->lock_result = 0;
  f->s.answer_size = 0;
  assert_int_equal(moat_account_run(&f->a), MOAT_E_TIMEOUT);
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
    assert_int_equal(moat_account_token(&f->a), 0);
    int r = MOAT_WANT_TIME;
    for (unsigned i = 0; i < steps && r != 0; i++) {
      r = moat_account_step(&f->a);
      assert_true(r == 0 || r >= MOAT_WANT_TIME);
    }
    done = r == 0;
    moat_account_cancel(&f->a);
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
       60},
      {"403 No", "", REFUSED("access_denied"), 0, MOAT_E_OAUTH, MOAT_NEED_SIGN_IN, 0, false, 60},
      {"401 No", "", REFUSED("invalid_client"), 0, MOAT_E_OAUTH, MOAT_NEED_PROFILE, 0, false, 60},
      {"400 No", "", REFUSED("new"), 0, MOAT_E_OAUTH, MOAT_NEED_SIGN_IN, 0, false, 60},
      {"400 No", "", REFUSED("temporarily_unavailable"), 0, MOAT_E_OAUTH, MOAT_NEED_WAIT, 30, false,
       30},
      {"500 No", "", REFUSED("server_error"), 0, MOAT_E_OAUTH, MOAT_NEED_WAIT, 30, true, 30},
      {"429 No", "Retry-After: 77\r\n", "", 0, MOAT_E_STATUS, MOAT_NEED_WAIT, 77, false, 77},
      {"429 No", "Retry-After: 5\r\n", "", 0, MOAT_E_STATUS, MOAT_NEED_WAIT, 30, false, 30},
      {"429 No", "Retry-After: 99999\r\n", "", 0, MOAT_E_STATUS, MOAT_NEED_WAIT, 3600, false, 3600},
      {"408 No", "", "", 0, MOAT_E_STATUS, MOAT_NEED_WAIT, 30, false, 30},
      {"503 No", "Retry-After: 60\r\n", "<html>", 0, MOAT_E_STATUS, MOAT_NEED_WAIT, 60, true, 60},
      {"404 No", "", "", 0, MOAT_E_STATUS, MOAT_NEED_PROFILE, 0, false, 60},
      {"302 No", "", "", 0, MOAT_E_STATUS, MOAT_NEED_WAIT, 30, false, 30},
      {"200 OK", "", "<html>", 0, MOAT_E_JSON, MOAT_NEED_WAIT, 30, true, 30},
      {"200 OK", "", "{\"access_token\":7}", 0, MOAT_E_REPLY, MOAT_NEED_PROFILE, 0, true, 60},
      {"200 OK", "", "{}", 0, MOAT_E_REPLY, MOAT_NEED_PROFILE, 0, true, 60},
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
      f->refresh = stored; /* a token that is valid is of no use then */
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
      if (f->store.note.marked != cases[i].marked)
        fail_msg("%zu: marked %d", i, f->store.note.marked);
      if (moat_store_pause(&f->store) != cases[i].pause)
        fail_msg("%zu: pause %u", i, (unsigned)moat_store_pause(&f->store));
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
    assert_false(moat_account_error(&f->a)->sent);
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
  assert_int_equal(moat_account_early(&f->a), MOAT_E_CONNECT);
  assert_int_equal(need(f, &seconds), MOAT_NEED_NOTHING);
  f->s.connect_result = 0;
  answer(f, "503 Busy", "Retry-After: 40\r\n", "{\"error\":\"server_error\"}");
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.1");
  assert_int_equal(moat_account_early(&f->a), MOAT_E_OAUTH);
  assert_int_equal(requests(f), 1);
  assert_int_equal(run(f), 0); /* and the server is left alone */
  assert_int_equal(moat_account_early(&f->a), MOAT_E_LATER);
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
  assert_int_equal(run(f), MOAT_E_LOST); /* that is remembered */
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
    assert_int_equal(moat_account_error(&f->a)->retry_after, 100 - i);
    assert_false(moat_account_error(&f->a)->sent);
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
  assert_true(moat_account_error(&f->a)->sent);
  assert_memory_equal(moat_account_error(&f->a)->error.p, "invalid_grant", 13);
  answer(f, "400 No", "", REFUSED("invalid_grant"));
  assert_int_equal(run(f), MOAT_E_LOST); /* from memory */
  assert_false(moat_account_error(&f->a)->sent);

  /* A server that is busy or refuses the client has not looked at the refresh token. */
  f->m = marked;
  static const char *const aside[][2] = {{"429 Busy", ""},
                                         {"404 No", ""},
                                         {"401 No", REFUSED("invalid_client")},
                                         {"503 No", REFUSED("temporarily_unavailable")}};
  for (size_t i = 0; i < sizeof aside / sizeof *aside; i++) {
    restart(f);
    f->refresh = true; /* there are pauses */
    answer(f, aside[i][0], "", aside[i][1]);
    assert_true(run(f) < MOAT_E_LATER);
    assert_int_equal(load(f), 0);
    assert_true(f->store.note.marked);
    f->m.unix_time += 31;
  }
  restart(f);
  answer(f, "400 No", "", REFUSED("invalid_grant"));
  assert_int_equal(run(f), MOAT_E_LOST);

  f->m = marked;
  restart(f);
  f->config.shared = true;
  f->s.sent_size = 0;
  assert_int_equal(run(f), MOAT_E_LOST); /* told instead of tried */
  assert_int_equal(need(f, &seconds), MOAT_NEED_SIGN_IN);
  assert_false(moat_account_error(&f->a)->sent);
  assert_int_equal(f->s.sent_size, 0);
  assert_int_equal(load(f), 0);
  assert_true(f->store.note.marked);

  restart(f);
  answer_tokens(f);
  assert_int_equal(run(f), 0); /* most often nothing was lost */
  assert_token(f, "AT.2");
}

/* An interrupted refresh is tried again at once, though the token is fresh; unless it must not be.
 */
static void test_marked_but_fresh(void **state) {
  fixture *f = *state;
  f->refresh = true;
  f->s.answer_size = 0;
  f->s.end = MOAT_E_NETWORK;
  assert_int_equal(run(f), MOAT_E_NETWORK);
  restart(f);
  f->config.shared = true;
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.1");
  restart(f);
  f->s.connect_result = MOAT_E_CONNECT;
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.1");
  assert_int_equal(moat_account_early(&f->a), MOAT_E_CONNECT);
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
    assert_int_equal(moat_account_error(&f->a)->sent, cases[i].sent);
    f->failing_slot = -1;
    assert_int_equal(load(f), 0);
    assert_int_equal(f->store.note.marked, cases[i].sent);
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
  f->failing_slot = -1;
  assert_int_equal(load(f), 0);
  assert_true(f->store.note.marked);
}

/* An access token whose refresh token is not durable is forgotten; the one before it is not. */
static void test_not_stored(void **state) {
  fixture *f = *state;
  memory signed_in = f->m;
  for (int shared = 0; shared < 2; shared++) {
    f->m = signed_in;
    restart(f);
    f->config.shared = shared;
    f->refresh = true;
    answer_tokens(f);
    f->failing_slot = MOAT_SLOT_B;
    f->failure = MOAT_E_STORE;
    f->writes_left = 0;
    assert_int_equal(run(f), MOAT_E_STORE);
    f->failing_slot = -1;
    f->refresh = false;
    f->s.end = MOAT_E_EOF; /* the connection was kept until now */
    f->s.connect_result = MOAT_E_CONNECT;
    assert_int_equal(run(f), 0);
    assert_token(f, "AT.1");
    assert_int_equal(moat_account_early(&f->a), shared ? 0 : MOAT_E_CONNECT);
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
  assert_int_equal(moat_account_error(&f->a)->needed, sizeof token);
  assert_int_equal(load(f), 0);
  assert_memory_equal(f->store.record.refresh_token.p, "RT.2", 4);
  assert_false(f->store.note.marked);
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
  f->platform = bare;
  f->held = true; /* as far as the slots know */
  assert_int_equal(moat_account_token(&f->a), 0);
  assert_int_equal(moat_account_run(&f->a), 0);
  assert_token(f, "AT.2");
  assert_int_equal(moat_account_token(&f->a), 0);
  assert_int_equal(moat_account_run(&f->a), 0);
  assert_int_equal(f->s.connects, 1);
  f->held = false;
}

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
  return cmocka_run_group_tests_name("account", tests, NULL, NULL);
}
