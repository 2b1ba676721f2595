/* Answers that a port may not give to the store. */
#include <limits.h>

#include "store_fixture.h"
#include "text/text.h"

typedef struct {
  memory m;
  int slot;               /* calls for this slot … */
  int read, write, erase; /* … give this answer, if it is not 0 */
  size_t size;            /* the size of what is read, if it is not 0 */
} odd_port;

static int odd_read(void *ctx, int slot, void *p, size_t cap, size_t *n) {
  odd_port *o = ctx;
  int r = memory_read(ctx, slot, p, cap, n);
  if (slot != o->slot) return r;
  if (o->size) *n = o->size;
  return o->read ? o->read : r;
}

static int odd_write(void *ctx, int slot, const void *p, size_t n) {
  odd_port *o = ctx;
  return slot == o->slot && o->write ? o->write : memory_write(ctx, slot, p, n);
}

static int odd_erase(void *ctx, int slot) {
  odd_port *o = ctx;
  return slot == o->slot && o->erase ? o->erase : memory_erase(ctx, slot);
}

static const moat_platform odd_platform = {.unix_time = memory_time,
                                           .slot_read = odd_read,
                                           .slot_write = odd_write,
                                           .slot_erase = odd_erase};

/* Errnos, lwIP's numbers, and numbers of Moat that a port may not return. */
static const int odd[] = {1,
                          16,
                          INT_MAX,
                          -1,
                          -2,
                          -4,
                          -5,
                          -15,
                          -16,
                          -22,
                          -28,
                          -30,
                          -54,
                          -100,
                          -198,
                          MOAT_E_FOREIGN,
                          MOAT_E_EXISTS,
                          MOAT_E_LOST,
                          MOAT_E_LATER,
                          MOAT_E_OAUTH,
                          MOAT_E_CODE,
                          -236,
                          INT_MIN};
static const int known[] = {MOAT_E_MISUSE, MOAT_E_PORT, MOAT_E_CANCEL,
                            MOAT_E_NEWER,  MOAT_E_CERT, MOAT_E_CERT_DATE};

static void test_port_result(void **state) {
  (void)state;
  for (int wait = 0; wait < 2; wait++) {
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
      assert_int_equal(moat__port_result(odd[i], wait), MOAT_E_PORT);
    for (int r = MOAT_E_PROXY; r >= MOAT_E_CERT_DATE; r--)
      assert_int_equal(moat__port_result(r, wait), r);
    assert_int_equal(moat__port_result(0, wait), 0);
    assert_int_equal(moat__port_result(MOAT_WANT_TIME, wait), wait ? MOAT_WANT_TIME : MOAT_E_PORT);
  }
}

static odd_port o;

/* Every call of the store that reaches a slot, from 0 to 5. */
static int call(moat_store *s, unsigned i) {
  switch (i) {
  case 0: o.slot = MOAT_SLOT_A; return moat_store_load(s);
  case 1: o.slot = MOAT_SLOT_MARK; return moat_store_load(s);
  case 2: o.slot = MOAT_SLOT_MARK; return moat_store_keeper.mark(s);
  case 3: o.slot = MOAT_SLOT_MARK; return settle(s, true, 0);
  case 4: o.slot = MOAT_SLOT_B; return save(s, token("RT.2", NULL));
  case 5: o.slot = MOAT_SLOT_TLS; return moat_store_erase(s);
  default:
    o.slot = MOAT_SLOT_PENDING;
    moat_store_renew(s, MOAT_HOW_CODE, moat_str("p"), moat_str("c"), moat_str("s"));
    return moat_store_keeper.mark(s);
  }
}

static int outcome(int result, unsigned i, moat_store *s, char *buffer, size_t size) {
  o = (odd_port){.m = {.unix_time = 1700000000}};
  sign_in_on(&memory_platform, &o.m, s, buffer, size);
  s->platform = &odd_platform;
  o.read = o.write = o.erase = result;
  return call(s, i);
}

static void test_odd_results_of_a_port(void **state) {
  (void)state;
  moat_store s;
  char buffer[300];
  for (unsigned i = 0; i < 7; i++) {
    for (size_t j = 0; j < sizeof odd / sizeof *odd; j++) {
      assert_int_equal(outcome(odd[j], i, &s, buffer, sizeof buffer), MOAT_E_PORT);
      assert_int_equal(s.port_code, odd[j]);
      if (i == 4) { /* a token that was not stored does not take the place of the next */
        o.write = 0;
        assert_int_equal(save(&s, token("RT.3", NULL)), 0);
        assert_int_equal(s.port_code, 0);
        assert_span(s.record.refresh_token, "RT.3");
        o.read = 0;
        assert_int_equal(moat_store_load(&s), 0);
        assert_span(s.record.refresh_token, "RT.3");
      }
    }
    for (size_t j = 0; j < sizeof known / sizeof *known; j++) {
      assert_int_equal(outcome(known[j], i, &s, buffer, sizeof buffer), known[j]);
      assert_int_equal(s.port_code, 0);
    }
    int waits = outcome(MOAT_WANT_TIME, i, &s, buffer, sizeof buffer);
    assert_int_equal(waits, i < 2 ? MOAT_E_PORT : MOAT_WANT_TIME);
    assert_int_equal(s.port_code, i < 2 ? MOAT_WANT_TIME : 0);
  }
}

/* An impossible count is an error. A possible one gives a record or none. */
static void test_odd_sizes(void **state) {
  (void)state;
  moat_store s;
  char buffer[300];
  static const size_t too_much[] = {sizeof buffer + 1, SIZE_MAX, SIZE_MAX - 3};
  for (unsigned slot = MOAT_SLOT_A; slot <= MOAT_SLOT_MARK; slot++) {
    for (size_t i = 0; i < sizeof too_much / sizeof *too_much; i++) {
      (void)outcome(0, 2, &s, buffer, sizeof buffer);
      assert_int_equal(save(&s, token("RT.2", NULL)), 0);
      assert_int_equal(moat_store_keeper.mark(&s), 0);
      o.slot = (int)slot;
      o.size = too_much[i];
      assert_int_equal(moat_store_load(&s), MOAT_E_PORT);
      o.size = 1;
      assert_int_equal(moat_store_load(&s), 0);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_port_result),
      cmocka_unit_test(test_odd_results_of_a_port),
      cmocka_unit_test(test_odd_sizes),
  };
  return cmocka_run_group_tests_name("store: port", tests, NULL, NULL);
}
