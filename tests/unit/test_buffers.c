/* Buffers of exact size: what just fits in them, and what must not stay behind. */
#include "exact_account.h"

/* ---- Access tokens as long as their buffer ---- */

static const char *text_of(size_t n) {
  static char text[MOAT_ACCESS_MIN + 1];
  assert_in_range(n, 0, MOAT_ACCESS_MIN);
  memset(text, 'a', sizeof text);
  text[n] = 0;
  return text;
}

static void test_access_token_fills_its_buffer(void **state) {
  exact *f = *state;
  answer_with_token(f, text_of(MOAT_ACCESS_MIN - 1));
  assert_int_equal(exact_refresh(f), 0);
  assert_string_equal(f->access, text_of(MOAT_ACCESS_MIN - 1));
  assert_ptr_equal(f->g.grant.token.access_token.p, f->access);
  answer_with_token(f, text_of(MOAT_ACCESS_MIN));
  assert_int_equal(exact_refresh(f), MOAT_E_SPACE);
  assert_int_equal(moat_error(&f->c)->needed, MOAT_ACCESS_MIN + 1);
  /* The result holds no view of what did not fit. */
  assert_int_equal(f->g.grant.token.access_token.n, 0);
  assert_null(f->g.grant.token.access_token.p);
  assert_memory_equal(f->g.grant.token.refresh_token.p, "RT.2", 4);
}

static void test_stored_token_fills_its_buffer(void **state) {
  exact *f = *state;
  account *a = account_of(f, text_of(MOAT_ACCESS_MIN - 1));
  assert_int_equal(run_account(a, moat_account_token(&a->a)), 0);
  assert_string_equal(moat_account_access(&a->a).p, text_of(MOAT_ACCESS_MIN - 1));
  assert_int_equal(f->s.connects, 0);
  close_account(a);
}

/* A stored token that does not fit is fetched anew. */
static void test_stored_token_too_long(void **state) {
  exact *f = *state;
  account *a = account_of(f, text_of(MOAT_ACCESS_MIN));
  assert_int_equal(run_account(a, moat_account_token(&a->a)), 0);
  assert_string_equal(moat_account_access(&a->a).p, "AT.2");
  assert_int_equal(f->s.connects, 1);
  close_account(a);
}

/* ---- What must not stay behind ---- */

/* Each byte that is looked through afterwards gets a value: Moat leaves what it does not use. */
static void fill_work(exact *f) {
  memset(f->work, '#', MOAT_WORK_MIN);
}

static void test_access_token_leaves_the_work_buffer(void **state) {
  exact *f = *state;
  fill_work(f);
  answer_with_token(f, "canary.access");
  assert_int_equal(exact_refresh(f), 0);
  assert_string_equal(f->access, "canary.access");
  assert_true(holds(f->work, MOAT_WORK_MIN, "RT.2")); /* the view that is handed out */
  assert_false(holds(f->work, MOAT_WORK_MIN, "canary"));
}

/* Decoding its escapes moves it to the front. Its old end still holds a piece of it. */
static void test_escaped_access_token_leaves_the_work_buffer(void **state) {
  exact *f = *state;
  fill_work(f);
  answer_with_token(f, "\\u0061\\u0061bc.canary");
  assert_int_equal(exact_refresh(f), 0);
  assert_string_equal(f->access, "aabc.canary");
  assert_false(holds(f->work, MOAT_WORK_MIN, "canary"));
}

static void test_cancel_wipes(void **state) {
  exact *f = *state;
  assert_int_equal(exact_refresh(f), 0);
  assert_true(holds(f->work, MOAT_WORK_MIN, "RT.2"));
  moat_cancel(&f->c);
  assert_zeros(f->work, MOAT_WORK_MIN);
  assert_int_equal(moat_error(&f->c)->code, MOAT_E_CANCEL);
  assert_false(f->s.open);
}

static int save_later(void *ctx, const moat_token *token) {
  (void)ctx;
  (void)token;
  return MOAT_WANT_TIME;
}

/* The answer is in the work buffer while its refresh token is being stored. */
static void test_cancel_while_storing_wipes(void **state) {
  exact *f = *state;
  static const moat_keeper_ops slow = {.save = save_later};
  f->g.grant.keeper = &slow;
  assert_int_equal(moat_refresh_begin(&f->c, &f->g), 0);
  assert_int_equal(moat_step(&f->c), MOAT_WANT_TIME);
  assert_true(holds(f->work, MOAT_WORK_MIN, "RT.2"));
  moat_cancel(&f->c);
  assert_zeros(f->work, MOAT_WORK_MIN);
}

/* Either function of a keeper may be missing. */
static void test_half_a_keeper(void **state) {
  exact *f = *state;
  static const moat_keeper_ops none = {.mark = NULL};
  f->g.grant.keeper = &none;
  assert_int_equal(exact_refresh(f), 0);
  assert_string_equal(f->access, "AT.2");
}

static void test_erase_wipes(void **state) {
  exact *f = *state;
  account *a = account_of(f, "AT.1");
  assert_true(holds(a->buffer, sizeof a->buffer, "RT.1"));
  assert_int_equal(moat_store_erase(&a->store), 0);
  assert_zeros(a->buffer, sizeof a->buffer);
  close_account(a);
}

/* What a sign-in by code stored is erased before the code is sent, so that neither is used twice. A
 * device code is sent many times, so it stays. */
static void test_pending_before_a_sign_in(void **state) {
  exact *f = *state;
  account *a = account_of(f, "AT.1");
  f->m.sizes[MOAT_SLOT_PENDING] = 9;
  moat_store_renew(&a->store, MOAT_HOW_DEVICE, moat_str("p"), moat_str("c"), moat_str("s"));
  assert_int_equal(moat_store_keeper.mark(&a->store), 0);
  assert_int_equal(f->m.sizes[MOAT_SLOT_PENDING], 9);
  moat_store_renew(&a->store, MOAT_HOW_CODE, moat_str("p"), moat_str("c"), moat_str("s"));
  assert_int_equal(moat_store_keeper.mark(&a->store), 0);
  assert_int_equal(f->m.sizes[MOAT_SLOT_PENDING], 0);
  close_account(a);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      EXACT(test_access_token_fills_its_buffer),
      EXACT(test_stored_token_fills_its_buffer),
      EXACT(test_stored_token_too_long),
      EXACT(test_access_token_leaves_the_work_buffer),
      EXACT(test_escaped_access_token_leaves_the_work_buffer),
      EXACT(test_cancel_wipes),
      EXACT(test_cancel_while_storing_wipes),
      EXACT(test_half_a_keeper),
      EXACT(test_erase_wipes),
      EXACT(test_pending_before_a_sign_in),
  };
  return cmocka_run_group_tests_name("buffers", tests, NULL, NULL);
}
