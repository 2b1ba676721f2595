/* The ends of a pause, of a dead grant and of a grant that lives. */
#include "account_fixture.h"

#define REFUSED(name) "{\"error\":\"" name "\"}"

static int act(fixture *f, int begun) {
  f->s.sent_size = 0;
  return begun ? begun : moat_account_run(&f->a);
}

static int refresh(fixture *f, const char *status, const char *headers, const char *body) {
  answer(f, status, headers, body);
  f->refresh = true;
  int r = run(f);
  f->refresh = false;
  return r;
}

static int adopt(fixture *f, const char *token, bool replace) {
  return act(f, moat_account_adopt(&f->a, moat_str(token), MOAT_HOW_CODE, replace));
}

static void assert_healthy(fixture *f) {
  assert_int_equal(moat_account_pause(&f->a), 0);
  pass(f, 3600);
  answer_tokens(f);
  assert_int_equal(run(f), 0);
  assert_int_equal(requests(f), 1);
  assert_token(f, "AT.2");
}

/* ---- Pauses ---- */

static void test_tokens_end_a_pause(void **state) {
  fixture *f = *state;
  for (int date = 0; date < 2; date++) {
    f->m.unix_time = date ? NOW : 0;
    assert_int_equal(refresh(f, "429 Busy", "Retry-After: 3600\r\n", "{}"), MOAT_E_STATUS);
    assert_int_equal(moat_account_pause(&f->a), 3600);
    answer_tokens(f);
    f->refresh = true;
    assert_int_equal(run(f), 0);
    f->refresh = false;
    assert_healthy(f);
  }
}

static void test_another_grant_ends_a_pause(void **state) {
  fixture *f = *state;
  for (int i = 0; i < 7; i++)
    assert_int_equal(refresh(f, "401 No", "", REFUSED("invalid_client")), MOAT_E_OAUTH);
  assert_true(moat_account_pause(&f->a) > 3000);
  assert_int_equal(adopt(f, "RT.9", true), 0);
  assert_int_equal(moat_account_access(&f->a).n, 0); /* the previous grant's pause */
  assert_healthy(f);
}

/* Ticks wrap after 49 days. An old pause must not come back then. */
static void test_pause_stays_over(void **state) {
  fixture *f = *state;
  pass(f, 3600);
  f->m.unix_time = 0;
  answer(f, "429 Busy", "Retry-After: 3600\r\n", "{}");
  assert_int_equal(run(f), MOAT_E_STATUS);
  for (int hour = 0; hour < 51 * 24; hour++) {
    pass(f, 3601);
    answer_tokens(f);
    assert_int_equal(run(f), 0);
  }
}

/* The date counts if it is known, otherwise the ticks. */
static void test_pause_with_a_clock_astray(void **state) {
  fixture *f = *state;
  pass(f, 3600);
  answer(f, "429 Busy", "Retry-After: 3600\r\n", "{}");
  assert_int_equal(run(f), MOAT_E_STATUS);
  static const int64_t dates[] = {NOW - 86400, 0, NOW + 3700};
  for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) {
    f->m.unix_time = dates[i];
    assert_in_range(moat_account_pause(&f->a), 3400, 3600);
  }
  f->m.unix_time = NOW + 7200;
  assert_int_equal(moat_account_pause(&f->a), 0);
  /* Another object knows no ticks of the pause. */
  f->m.unix_time = NOW - 86400;
  restart(f);
  assert_int_equal(moat_account_load(&f->a), 0);
  assert_int_equal(moat_account_pause(&f->a), 0);
}

/* An answer that was cut off may have held tokens, so the next call is sent at once. */
static void test_cut_answer(void **state) {
  fixture *f = *state;
  static const char cut[] = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"access";
  static const int ends[] = {MOAT_E_NETWORK, MOAT_E_EOF, MOAT_E_TLS};
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
    pass(f, 3600);
    f->s.answer = cut;
    f->s.answer_size = sizeof cut - 1;
    f->s.given = 0;
    f->s.end = ends[i];
    assert_true(run(f) < 0);
    assert_int_equal(moat_account_note(&f->a)->marked, 1);
    assert_int_equal(moat_account_pause(&f->a), 0);
    f->s.end = MOAT_WANT_READ;
    answer_tokens(f);
    assert_int_equal(run(f), 0);
    assert_int_equal(requests(f), 1);
  }
}

/* There is a newer token, so neither the pause nor the server matters. */
static void test_newer_token_in_a_pause(void **state) {
  fixture *f = *state;
  assert_int_equal(refresh(f, "503 Busy", "", "{}"), MOAT_E_STATUS);
  assert_int_equal(act(f, moat_account_refused(&f->a, moat_str("AT.0"))), 0);
  assert_token(f, "AT.1");
  assert_int_equal(act(f, moat_account_refused(&f->a, moat_str("AT.1"))), MOAT_E_LATER);
  assert_int_equal(requests(f), 0);
}

/* ---- A dead grant ---- */

/* Only new tokens, a sign-in or another refresh token revive it. */
static void test_dead_stays_dead(void **state) {
  fixture *f = *state;
  static const char *const others[][2] = {{"503 Busy", "<html>"},
                                          {"429 Busy", "{}"},
                                          {"401 No", REFUSED("invalid_client")},
                                          {"400 No", REFUSED("never_heard_of")},
                                          {"302 Found", ""},
                                          {"200 OK", "<html>"}};
  assert_int_equal(refresh(f, "400 No", "", REFUSED("invalid_grant")), MOAT_E_OAUTH);
  uint32_t since = moat_account_note(&f->a)->since;
  for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
    pass(f, 60);
    assert_true(refresh(f, others[i][0], "", others[i][1]) < 0);
    if (i & 1) restart(f);
    answer_tokens(f);
    assert_int_equal(run(f), MOAT_E_OAUTH);
    assert_int_equal(requests(f), 0);
    assert_int_equal(moat_account_note(&f->a)->dead_code, MOAT_E_OAUTH);
    assert_int_equal(moat_account_note(&f->a)->since, since);
  }
}

/* The refresh was interrupted, but the grant was dead before. */
static void test_dead_is_not_lost(void **state) {
  fixture *f = *state;
  assert_int_equal(refresh(f, "400 No", "", REFUSED("invalid_grant")), MOAT_E_OAUTH);
  f->s.end = MOAT_E_NETWORK;
  f->s.answer_size = 0;
  f->refresh = true;
  assert_int_equal(run(f), MOAT_E_NETWORK);
  f->s.end = MOAT_WANT_READ;
  assert_int_equal(refresh(f, "400 No", "", REFUSED("invalid_grant")), MOAT_E_OAUTH);
  assert_int_equal(moat_judge(moat_account_error(&f->a)).cause, MOAT_CAUSE_GRANT);
}

/* Firmware adopts at every boot. A dead token is sent only once, over all boots. */
static void test_adopt_at_every_boot(void **state) {
  fixture *f = *state;
  unsigned posts = 0;
  memset(f->m.sizes, 0, sizeof f->m.sizes);
  for (int boot = 0; boot < 5; boot++) {
    restart(f);
    int r = adopt(f, "RT.F", false);
    assert_int_equal(r, boot ? MOAT_E_OAUTH : 0);
    if (boot) assert_true(moat_judge(moat_account_error(&f->a)).dead);
    answer(f, "400 No", "", REFUSED("invalid_grant"));
    assert_int_equal(run(f), MOAT_E_OAUTH);
    posts += requests(f);
  }
  assert_int_equal(posts, 1);
  /* Another token is another grant, and the owner may force the same one. */
  assert_int_equal(adopt(f, "RT.G", false), 0);
  assert_int_equal(adopt(f, "RT.F", false), MOAT_E_EXISTS);
  assert_int_equal(adopt(f, "RT.F", true), 0);
  assert_healthy(f);
}

/* ---- A grant that lives ---- */

static void test_token_alone_lives(void **state) {
  fixture *f = *state;
  memset(f->m.sizes, 0, sizeof f->m.sizes);
  sign_in(f, MOAT_HOW_CODE, NULL, 5184000);
  for (int date = 0; date < 2; date++) {
    restart(f);
    f->m.unix_time = date ? NOW : 0; /* without a date nobody knows that it has expired */
    assert_int_equal(adopt(f, "RT.F", false), MOAT_E_EXISTS);
  }
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.1");
  pass(f, 5184000);
  assert_int_equal(adopt(f, "RT.F", false), 0);
}

/* A token that cannot be replaced is used until it expires: there is no refresh token, or other
 * software shares the grant. */
static void test_served_to_its_end(void **state) {
  fixture *f = *state;
  f->config.shared = true;
  pass(f, 3500);
  f->s.answer_size = 0;
  f->s.end = MOAT_E_NETWORK;
  assert_int_equal(run(f), 0);
  assert_int_equal(run(f), 0);
  assert_int_equal(requests(f), 0);
  pass(f, 100);
  assert_int_equal(run(f), MOAT_E_LOST);
  memset(f->m.sizes, 0, sizeof f->m.sizes);
  restart(f);
  sign_in(f, MOAT_HOW_CODE, NULL, 3600);
  pass(f, 3599);
  assert_int_equal(run(f), 0);
  pass(f, 1);
  assert_int_equal(run(f), MOAT_E_EMPTY);
  f->s.end = MOAT_WANT_READ;
}

/* A refresh token that could not be stored is reported, even while the access token is valid. */
static void test_not_saved(void **state) {
  fixture *f = *state;
  pass(f, 3400);
  f->failing_slot = MOAT_SLOT_B;
  f->failure = MOAT_E_BUSY;
  answer_tokens(f);
  assert_int_equal(run(f), MOAT_E_BUSY);
  f->failing_slot = -1;
}

/* If the power fails while a grant is erased, the older record must not come back. */
static void test_forget_in_order(void **state) {
  fixture *f = *state;
  static const char *const tokens[] = {"RT.3", "RT.4"};
  for (size_t i = 0; i < COUNT(tokens); i++) {
    char body[100];
    snprintf(body, sizeof body, "{\"access_token\":\"AT.3\",\"refresh_token\":\"%s\"}", tokens[i]);
    answer(f, "200 OK", "", body);
    f->refresh = true;
    assert_int_equal(run(f), 0);
    bool in_a = holds(f->m.slots[MOAT_SLOT_A], f->m.sizes[MOAT_SLOT_A], tokens[i]);
    f->failing_slot = in_a ? MOAT_SLOT_B : MOAT_SLOT_A; /* the older record's */
    f->failure = MOAT_E_STORE;
    assert_int_equal(act(f, moat_account_forget(&f->a)), MOAT_E_STORE);
    f->failing_slot = -1;
    restart(f);
    assert_int_equal(moat_account_load(&f->a), 0);
    assert_span(moat_account_record(&f->a)->refresh_token, tokens[i]);
  }
}

static int fill(void *ctx, void *p, size_t n) {
  fixture *f = fixture_of(ctx);
  memset(p, ++f->how, n);
  return 0;
}

/* Without a date the sequence of a first record is random, so that no other grant has the same. */
static void test_another_grant_without_a_date(void **state) {
  fixture *f = *state;
  moat_account other;
  static char block[4096];
  memset(f->m.sizes, 0, sizeof f->m.sizes);
  restart(f);
  f->m.unix_time = 0;
  f->platform.random = fill;
  assert_int_equal(adopt(f, "RT.1", false), 0);
  answer_tokens(f);
  assert_int_equal(run(f), 0);
  assert_int_equal(moat_account_open(&other, &f->config, block, sizeof block), 0);
  assert_int_equal(moat_account_forget(&other), 0);
  assert_int_equal(moat_account_run(&other), 0);
  assert_int_equal(moat_account_adopt(&other, moat_str("RT.7"), MOAT_HOW_CODE, false), 0);
  assert_int_equal(moat_account_run(&other), 0);
  answer(f, "200 OK", "", "{\"access_token\":\"AT.7\",\"expires_in\":3600}");
  assert_int_equal(moat_account_token(&other), 0);
  assert_int_equal(moat_account_run(&other), 0);
  answer(f, "200 OK", "", "{\"access_token\":\"AT.8\",\"expires_in\":3600}");
  assert_int_equal(run(f), 0); /* this object cannot know how old AT.7 is */
  assert_token(f, "AT.8");
  moat_account_cancel(&other);
}

/* ---- The need, from the slots alone ---- */

static moat_verdict stored_need(fixture *f, bool shared, int loaded) {
  restart(f);
  f->config.shared = shared;
  f->s.sent_size = 0;
  assert_int_equal(moat_account_load(&f->a), loaded);
  moat_verdict v = moat_account_need(&f->a);
  assert_int_equal(f->s.sent_size, 0);
  return v;
}

static void test_need_of_refusals(void **state) {
  fixture *f = *state;
  static const struct {
    const char *status, *body;
    int need, cause;
  } cases[] = {{"400 No", REFUSED("interaction_required"), MOAT_NEED_SIGN_IN, MOAT_CAUSE_PERSON},
               {"401 No", REFUSED("invalid_client"), MOAT_NEED_PROFILE, MOAT_CAUSE_CLIENT},
               {"429 Busy", "{}", MOAT_NEED_WAIT, MOAT_CAUSE_BUSY},
               {"400 No", REFUSED("invalid_grant"), MOAT_NEED_SIGN_IN, MOAT_CAUSE_GRANT}};
  memory signed_in = f->m;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    f->m = signed_in;
    restart(f);
    assert_int_equal(stored_need(f, false, 0).need, MOAT_NEED_NOTHING);
    assert_true(refresh(f, cases[i].status, "", cases[i].body) < 0);
    for (int later = 0; later < 2; later++) {
      moat_verdict v = stored_need(f, false, 0);
      bool over = later && cases[i].need == MOAT_NEED_WAIT; /* a pause ends by itself */
      assert_int_equal(v.need, over ? MOAT_NEED_NOTHING : cases[i].need);
      if (!over) assert_int_equal(v.cause, cases[i].cause);
      assert_int_equal(v.dead, cases[i].cause == MOAT_CAUSE_GRANT);
      pass(f, 3600);
    }
  }
}

static void test_need_of_what_is_stored(void **state) {
  fixture *f = *state;
  f->s.end = MOAT_E_NETWORK;
  f->s.answer_size = 0;
  f->refresh = true;
  assert_int_equal(run(f), MOAT_E_NETWORK);
  assert_int_equal(stored_need(f, false, 0).need,
                   MOAT_NEED_NOTHING); /* the refresh is tried once more */
  assert_int_equal(stored_need(f, true, 0).cause, MOAT_CAUSE_LOST);
  memset(f->m.sizes, 0, sizeof f->m.sizes);
  assert_int_equal(stored_need(f, false, MOAT_E_EMPTY).need, MOAT_NEED_SIGN_IN);
  sign_in(f, MOAT_HOW_CODE, NULL, 3600);
  assert_int_equal(stored_need(f, false, 0).need, MOAT_NEED_NOTHING);
  f->m.unix_time = 0;
  assert_int_equal(stored_need(f, false, 0).need, MOAT_NEED_CLOCK);
  f->m.unix_time = NOW + 3600;
  assert_int_equal(stored_need(f, false, 0).need, MOAT_NEED_SIGN_IN);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_tokens_end_a_pause),  TEST(test_another_grant_ends_a_pause),
      TEST(test_pause_stays_over),    TEST(test_pause_with_a_clock_astray),
      TEST(test_cut_answer),          TEST(test_newer_token_in_a_pause),
      TEST(test_dead_stays_dead),     TEST(test_dead_is_not_lost),
      TEST(test_adopt_at_every_boot), TEST(test_token_alone_lives),
      TEST(test_served_to_its_end),   TEST(test_not_saved),
      TEST(test_forget_in_order),     TEST(test_another_grant_without_a_date),
      TEST(test_need_of_refusals),    TEST(test_need_of_what_is_stored),
  };
  return cmocka_run_group_tests_name("what ends and what stays", tests, NULL, NULL);
}
