/* A token from an account: the stored one while it is valid, otherwise a new one. */
#include "cmocka_all.h"

#include "account_fixture.h"

/* ---- A stored token ---- */

static void test_stored(void **state) {
  fixture *f = *state;
  uint32_t seconds;
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.1");
  assert_int_equal(moat_account_record(&f->a)->life, 3600);
  assert_int_equal(need(f, &seconds), MOAT_NEED_NOTHING);
  assert_int_equal(f->s.connects + f->s.closes, 0); /* the connection is not touched */
  assert_int_equal(f->locks, 1);
  assert_int_equal(moat_account_step(&f->a), 0); /* the result stays the same */
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

/* A token is refreshed min(300 s, life / 5) early. After a restart the date decides, otherwise the
 * ticks. */
static void test_margin(void **state) {
  fixture *f = *state;
  static const struct {
    int32_t life;
    uint32_t good; /* for how many seconds it is handed out */
  } cases[] = {{3600, 3300},
               {1500, 1200},
               {300, 240},
               {5, 4},
               {1, 1},
               {0, 3300}, /* means nothing, since there is a refresh token */
               {-1, 3300},
               {86400, 86100},
               {2592000, 2592000 - 300},
               {4000000, 2592000 - 300} /* clamped, or the grant would die unused */};
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

/* Date and ticks both tell the age, and the greater age counts. A date that went back is ignored.
 * One that jumped ahead may be right. */
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
      NOW + 400000000, /* in milliseconds, one second off a wrap of the ticks */
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
  /* The date was unknown when the token was stored. */
  restart(f);
  f->m.unix_time = 0;
  sign_in(f, MOAT_HOW_CODE, "RT.1", 3600);
  f->m.unix_time = NOW;
  answer_tokens(f);
  assert_int_equal(run(f), 0);
  assert_int_equal(requests(f), 1);
}

/* If access tokens are not stored, the account still knows the one it fetched since the start. */
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

/* A token stored by another process replaces the one in memory. */
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

/* Somebody signed out and signed in as another user. The token in memory is not that user's. */
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

/* Some tokens never expire and have no refresh token. */
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
  assert_int_equal(run(f), MOAT_E_STATUS); /* a refused token is not handed out */
  answer_tokens(f);
  assert_int_equal(run(f), 0); /* and the pause is ignored */
  assert_int_equal(requests(f), 1);
}

/* ---- Before the request ---- */

static void test_prepare(void **state) {
  fixture *f = *state;
  f->config.prepare = prepare;
  f->config.ctx = f;
  assert_int_equal(run(f), 0);
  assert_false(f->prepared); /* nothing is needed for a valid token */
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

/* A missing setting is reported before anything begins. */
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
  };
  return cmocka_run_group_tests_name("account", tests, NULL, NULL);
}
