/* What the account remembers of refusals, across restarts and for other tasks, and what ends that.
 * */
#include "account_fixture.h"

#define REFUSED(name) "{\"error\":\"" name "\"}"

static int act(fixture *f, int begun) {
  f->s.sent_size = 0;
  return begun ? begun : moat_account_run(&f->a);
}

/* ---- A dead grant ---- */

/* The server is not asked again in fifty calls, with a restart after each. */
static void test_dead(void **state) {
  fixture *f = *state;
  uint32_t seconds;
  pass(f, 3600);
  answer(f, "400 No", "",
         "{\"error\":\"invalid_grant\",\"error_description\":\"AADSTS700082: over\"}");
  assert_int_equal(run(f), MOAT_E_OAUTH);
  assert_int_equal(requests(f), 1);
  uint32_t found = (uint32_t)f->m.unix_time;
  answer_tokens(f);
  for (int i = 0; i < 50; i++) {
    if (i % 3 == 1) restart(f);
    pass(f, 86400);
    assert_int_equal(run(f), MOAT_E_OAUTH);
    assert_int_equal(requests(f), 0);
    assert_int_equal(need(f, &seconds), MOAT_NEED_SIGN_IN);
    assert_true(moat_judge(moat_account_error(&f->a)).dead);
    assert_int_equal(moat_account_error(&f->a)->provider_code, 700082);
    assert_int_equal(act(f, moat_account_refused(&f->a, moat_str("AT.1"))), MOAT_E_OAUTH);
    assert_int_equal(requests(f), 0);
  }
  assert_int_equal(moat_account_load(&f->a), 0);
  assert_int_equal(moat_account_note(&f->a)->dead_code, MOAT_E_OAUTH);
  assert_int_equal(moat_account_note(&f->a)->since, found);
  assert_int_equal(moat_account_note(&f->a)->cause, MOAT_CAUSE_GRANT);
  /* An explicit refresh does ask the server, and its result counts. */
  f->refresh = true;
  assert_int_equal(run(f), 0);
  assert_int_equal(requests(f), 1);
  f->refresh = false;
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.2");
}

static void test_new_sign_in_ends_it(void **state) {
  fixture *f = *state;
  pass(f, 3600);
  answer(f, "400 No", "", REFUSED("invalid_grant"));
  assert_int_equal(run(f), MOAT_E_OAUTH);
  sign_in(f, MOAT_HOW_CODE, "RT.7", 3600);
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.1");
  assert_int_equal(moat_account_load(&f->a), 0);
  assert_int_equal(moat_account_note(&f->a)->dead_code, 0);
}

/* If the slot with the refusal is lost, the server is asked once more. */
static void test_dead_slot_lost(void **state) {
  fixture *f = *state;
  pass(f, 3600);
  answer(f, "400 No", "", REFUSED("invalid_grant"));
  assert_int_equal(run(f), MOAT_E_OAUTH);
  f->m.sizes[MOAT_SLOT_MARK] = 0;
  restart(f);
  answer(f, "400 No", "", REFUSED("invalid_grant"));
  assert_int_equal(run(f), MOAT_E_OAUTH);
  assert_int_equal(requests(f), 1);
  assert_int_equal(run(f), MOAT_E_OAUTH);
  assert_int_equal(requests(f), 0);
}

/* The power fails while the refusal is written. Afterwards the grant is dead, or the refresh is
 * tried once more and was lost. */
static void test_cut_at_refusal(void **state) {
  fixture *f = *state;
  memory before = f->m;
  for (size_t torn = 0; torn < 60; torn++) {
    f->m = before;
    restart(f);
    pass(f, 3600);
    answer(f, "400 No", "", REFUSED("invalid_grant"));
    f->m.writes = 0;
    f->m.fail_at = 2; /* the first write is the mark of the request */
    f->m.torn_at = torn;
    (void)run(f);
    f->m.power_failed = false;
    f->m.fail_at = 0;
    restart(f);
    answer(f, "400 No", "", REFUSED("invalid_grant"));
    int r = run(f);
    assert_true(r == MOAT_E_OAUTH || r == MOAT_E_LOST);
    assert_int_equal(run(f), r);
    assert_int_equal(requests(f), 0);
  }
}

/* ---- Pauses ---- */

/* A proxy's 400, a rotated secret or a wrong scope locks nobody out. They only cause a pause. */
static void test_never_dead(void **state) {
  fixture *f = *state;
  static const struct {
    const char *status, *body;
    int need;
  } cases[] = {{"400 No", "<html>", MOAT_NEED_PROFILE},
               {"400 No", "", MOAT_NEED_SIGN_IN},
               {"400 No", "{\"message\":\"no\"}", MOAT_NEED_SIGN_IN},
               {"400 No", REFUSED("never_heard_of"), MOAT_NEED_SIGN_IN},
               {"401 No", REFUSED("invalid_client"), MOAT_NEED_PROFILE},
               {"400 No", REFUSED("unauthorized_client"), MOAT_NEED_PROFILE},
               {"400 No", REFUSED("invalid_scope"), MOAT_NEED_PROFILE},
               {"400 No", REFUSED("interaction_required"), MOAT_NEED_SIGN_IN}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    uint32_t seconds, expected = 60;
    restart(f);
    f->m.unix_time = NOW;
    sign_in(f, MOAT_HOW_CODE, "RT.1", 1);
    pass(f, 1);
    for (int round = 0; round < 9; round++) {
      answer(f, cases[i].status, "", cases[i].body);
      assert_true(run(f) < 0);
      if (requests(f) != 1) fail_msg("case %zu, round %d", i, round);
      assert_int_equal(need(f, &seconds), cases[i].need);
      assert_false(moat_judge(moat_account_error(&f->a)).dead);
      answer_tokens(f);
      restart(f);
      pass(f, expected - 1);
      assert_int_equal(run(f), MOAT_E_LATER);
      assert_int_equal(requests(f), 0);
      assert_int_equal(need(f, &seconds), cases[i].need); /* the same as at the refusal */
      assert_int_equal(moat_account_error(&f->a)->retry_after, 1);
      pass(f, 1);
      expected = expected * 2 > 3600 ? 3600 : expected * 2;
    }
    answer_tokens(f);
    assert_int_equal(run(f), 0);
    assert_token(f, "AT.2");
  }
}

/* A changed configuration ends the pause and resets its length. It does not end a pause that the
 * server asked for. */
static void test_revision(void **state) {
  fixture *f = *state;
  pass(f, 3600);
  answer(f, "401 No", "", REFUSED("invalid_client"));
  assert_int_equal(run(f), MOAT_E_OAUTH);
  assert_int_equal(run(f), MOAT_E_LATER);
  f->config.revision++;
  answer(f, "401 No", "", REFUSED("invalid_client"));
  assert_int_equal(run(f), MOAT_E_OAUTH);
  assert_int_equal(run(f), MOAT_E_LATER);
  assert_int_equal(moat_account_error(&f->a)->retry_after, 60);
  f->config.revision++;
  answer_tokens(f);
  assert_int_equal(run(f), 0);
  pass(f, 3600);
  answer(f, "429 No", "Retry-After: 50\r\n", "");
  assert_int_equal(run(f), MOAT_E_STATUS);
  f->config.revision++;
  assert_int_equal(run(f), MOAT_E_LATER);
}

/* Without a date the pause lasts as long as the object does. */
static void test_pause_without_date(void **state) {
  fixture *f = *state;
  f->m.unix_time = 0;
  restart(f);
  answer(f, "429 No", "Retry-After: 50\r\n", "");
  assert_int_equal(run(f), MOAT_E_STATUS);
  f->s.clock += 49 * 1000;
  assert_int_equal(run(f), MOAT_E_LATER);
  f->s.clock += 1000;
  answer_tokens(f);
  assert_int_equal(run(f), 0);
}

/* Where refresh tokens are replaced, each answer that does not fit costs one. The server is not
 * asked again until the buffer has grown. */
static void test_outgrown(void **state) {
  fixture *f = *state;
  uint32_t seconds;
  static char body[4000];
  snprintf(body, sizeof body,
           "{\"access_token\":\"AT.2\",\"refresh_token\":\"RT.2\",\"x\":\"%03500d\"}", 0);
  pass(f, 3600);
  char *large = malloc(5000);
  int n =
      snprintf(large, 5000, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
  f->s.answer = large;
  f->s.answer_size = (size_t)n;
  f->s.given = 0;
  assert_int_equal(run(f), MOAT_E_SPACE);
  assert_int_equal(requests(f), 1);
  assert_int_equal(need(f, &seconds), MOAT_NEED_DEVICE);
  size_t needed = moat_account_error(&f->a)->needed;
  for (int i = 0; i < 3; i++) {
    restart(f);
    f->s.given = 0;
    assert_int_equal(run(f), MOAT_E_SPACE);
    assert_int_equal(moat_account_error(&f->a)->needed, needed);
    assert_int_equal(requests(f), 0);
  }
  restart(f);
  char *memory_of_more = malloc(8192);
  assert_int_equal(moat_account_open(&f->a, &f->config, memory_of_more, 8192), 0);
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.2");
  restart(f);
  free(memory_of_more);
  free(large);
}

/* ---- A token that an API refused ---- */

static void test_refused(void **state) {
  fixture *f = *state;
  assert_int_equal(run(f), 0);
  /* The refusal comes too soon after the token was issued. */
  assert_int_equal(act(f, moat_account_refused(&f->a, moat_str("AT.1"))), MOAT_E_LATER);
  assert_int_equal(moat_account_error(&f->a)->retry_after, 30);
  pass(f, 30);
  assert_int_equal(act(f, moat_account_refused(&f->a, moat_str("AT.1"))), 0);
  assert_token(f, "AT.2");
  assert_int_equal(requests(f), 1);
  /* The caller names an older token. There is a newer one already. */
  assert_int_equal(act(f, moat_account_refused(&f->a, moat_str("AT.1"))), 0);
  assert_token(f, "AT.2");
  assert_int_equal(requests(f), 0);
  /* Another task has replaced it. */
  pass(f, 60);
  sign_in(f, MOAT_HOW_CODE, "RT.8", 3600);
  assert_int_equal(act(f, moat_account_refused(&f->a, moat_str("AT.2"))), 0);
  assert_token(f, "AT.1");
  assert_int_equal(requests(f), 0);
  /* The same, but the caller's token lies in the account's own memory. */
  sign_in(f, MOAT_HOW_CODE, "RT.8", 3600);
  answer_tokens(f);
  f->refresh = true;
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.2");
  sign_in(f, MOAT_HOW_CODE, "RT.8", 3600);
  f->s.sent_size = 0;
  assert_int_equal(act(f, moat_account_refused(&f->a, moat_account_access(&f->a))), 0);
  assert_token(f, "AT.1");
  assert_int_equal(requests(f), 0);
  f->refresh = false;
  /* Without a refresh token somebody has to sign in. */
  sign_in(f, MOAT_HOW_CODE, NULL, -1);
  pass(f, 60);
  assert_int_equal(run(f), 0);
  assert_int_equal(act(f, moat_account_refused(&f->a, moat_str("AT.1"))), MOAT_E_EMPTY);
  /* A refused token that could not be replaced is not handed out again. */
  sign_in(f, MOAT_HOW_CODE, "RT.9", 3600);
  pass(f, 60);
  moat_account_cancel(&f->a);
  f->s.connect_result = MOAT_E_CONNECT;
  assert_int_equal(act(f, moat_account_refused(&f->a, moat_str("AT.1"))), MOAT_E_CONNECT);
}

/* ---- Grants from elsewhere ---- */

static void test_adopt(void **state) {
  fixture *f = *state;
  assert_int_equal(act(f, moat_account_adopt(&f->a, moat_str("RT.f"), MOAT_HOW_CODE, false)),
                   MOAT_E_EXISTS);
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.1");
  assert_int_equal(act(f, moat_account_adopt(&f->a, moat_str("RT.f"), MOAT_HOW_DEVICE, true)), 0);
  assert_int_equal(moat_account_access(&f->a).n ? run(f) : run(f), 0);
  f->s.sent[f->s.sent_size] = 0;
  assert_non_null(strstr(f->s.sent, "refresh_token=RT.f"));
  assert_null(strstr(f->s.sent, "canary.secret")); /* MOAT_HOW_DEVICE sends no secret */
  assert_token(f, "AT.2");
  /* At the next boot the grant is alive and is not replaced. */
  restart(f);
  assert_int_equal(act(f, moat_account_adopt(&f->a, moat_str("RT.f"), MOAT_HOW_DEVICE, false)),
                   MOAT_E_EXISTS);
  /* If the server has ended the grant, the factory's token is worth a try. */
  pass(f, 3600);
  answer(f, "400 No", "", REFUSED("invalid_grant"));
  assert_int_equal(run(f), MOAT_E_OAUTH);
  assert_int_equal(act(f, moat_account_adopt(&f->a, moat_str("RT.f"), MOAT_HOW_CODE, false)), 0);
  answer_tokens(f);
  assert_int_equal(run(f), 0);
  assert_int_equal(act(f, moat_account_adopt(&f->a, moat_str(""), MOAT_HOW_CODE, false)),
                   MOAT_E_MISUSE);
}

static void test_adopt_on_empty(void **state) {
  fixture *f = *state;
  memset(f->m.sizes, 0, sizeof f->m.sizes);
  restart(f);
  f->m.busy = 3;
  assert_int_equal(run(f), MOAT_E_EMPTY);
  assert_int_equal(act(f, moat_account_adopt(&f->a, moat_str("RT.f"), MOAT_HOW_CODE, false)), 0);
  f->m.busy = 0;
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.2");
}

static void test_forget(void **state) {
  fixture *f = *state;
  assert_int_equal(run(f), 0);
  assert_int_equal(act(f, moat_account_forget(&f->a)), 0);
  for (int slot = 0; slot < MOAT_SLOTS; slot++)
    assert_int_equal(f->m.sizes[slot], 0);
  assert_int_equal(moat_account_access(&f->a).n, 0);
  assert_int_equal(run(f), MOAT_E_EMPTY);
  assert_false(holds(f->memory, sizeof f->memory, "AT.1"));
  assert_false(holds(f->memory, sizeof f->memory, "RT.1"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_dead),
      TEST(test_new_sign_in_ends_it),
      TEST(test_dead_slot_lost),
      TEST(test_cut_at_refusal),
      TEST(test_never_dead),
      TEST(test_revision),
      TEST(test_pause_without_date),
      TEST(test_outgrown),
      TEST(test_refused),
      TEST(test_adopt),
      TEST(test_adopt_on_empty),
      TEST(test_forget),
  };
  return cmocka_run_group_tests_name("what the account remembers", tests, NULL, NULL);
}
