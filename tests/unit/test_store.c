/* The stored grant: what is saved and loaded again, its mark, its pause, and how it is erased. */
#include <stdio.h>

#include "store_fixture.h"

static void test_round_trip(void **state) {
  fixture *f = *state;
  for (int access = 0; access < 2; access++) {
    f->s.keep_access = access;
    assert_int_equal(save(&f->s, token("RT.2", "a longer scope than the one that was asked for")),
                     0);
    memset(f->buffer, 0x55, sizeof f->buffer);
    assert_int_equal(moat_store_load(&f->s), 0);
    assert_span(f->s.record.provider, "https://h/t");
    assert_span(f->s.record.client_id, "client");
    assert_span(f->s.record.scope, "a longer scope than the one that was asked for");
    assert_span(f->s.record.refresh_token, "RT.2");
    assert_span(f->s.record.access_token, access ? "AT" : "");
    assert_int_equal(f->s.record.how, MOAT_HOW_CODE);
    assert_int_equal(f->s.record.signed_in, 1700000000);
    assert_int_equal(f->s.record.expires, 1700003600);
    assert_int_equal(f->s.record.sequence, 1700000002 + access);
  }
}

/* A value that an answer leaves out is kept, even when the rest of the record moves it. */
static void test_partial_answers(void **state) {
  fixture *f = *state;
  static const char *const scopes[] = {NULL, "x", "a much longer scope", NULL, "y", "asked"};
  f->m = (memory){.unix_time = 0};
  sign_in(f, &memory_platform);
  const char *scope = "asked";
  for (size_t i = 0; i < sizeof scopes / sizeof *scopes; i++) {
    if (scopes[i]) scope = scopes[i];
    assert_int_equal(save(&f->s, token(NULL, scopes[i])), 0);
    assert_int_equal(moat_store_load(&f->s), 0);
    assert_span(f->s.record.refresh_token, "RT.1");
    assert_span(f->s.record.scope, scope);
    assert_int_equal(f->s.record.expires, 0); /* the clock is unknown */
  }
}

static void test_mark(void **state) {
  fixture *f = *state;
  f->m = (memory){.unix_time = 1700000000};
  f->m.sizes[MOAT_SLOT_PENDING] = 5;
  sign_in(f, &memory_platform);
  assert_int_equal(f->m.sizes[MOAT_SLOT_PENDING], 0); /* a code is used once */
  assert_int_equal(moat_store_load(&f->s), 0);
  assert_false(f->s.note.marked);
  assert_int_equal(moat_store_keeper.mark(&f->s), 0);
  assert_int_equal(moat_store_load(&f->s), 0);
  assert_true(f->s.note.marked);
  assert_int_equal(settle(&f->s, true, 0), 0);
  assert_int_equal(moat_store_load(&f->s), 0);
  assert_false(f->s.note.marked);
  assert_int_equal(moat_store_keeper.mark(&f->s), 0);
  assert_int_equal(save(&f->s, token("RT.2", NULL)), 0); /* this voids the mark */
  assert_int_equal(moat_store_load(&f->s), 0);
  assert_false(f->s.note.marked);
}

/* A note is loaded as it was stored. An empty one erases the slot. */
static void test_note(void **state) {
  fixture *f = *state;
  static const moat_note note = {1, 1700000060, 3, 4, 5, 6, MOAT_E_LOST, 8, -9}, nothing;
  assert_int_equal(moat_store_settle(&f->s, &note), 0);
  assert_int_equal(f->m.sizes[MOAT_SLOT_MARK], MARK + 4);
  assert_int_equal(moat_store_load(&f->s), 0);
  assert_memory_equal(&f->s.note, &note, sizeof note);
  unsigned writes = f->m.writes;
  assert_int_equal(moat_store_keeper.mark(&f->s), 0); /* it is there already */
  assert_int_equal(f->m.writes, writes);
  assert_int_equal(save(&f->s, token("RT.2", NULL)), 0); /* ends all of it */
  assert_memory_equal(&f->s.note, &nothing, sizeof nothing);
  assert_int_equal(moat_store_load(&f->s), 0);
  assert_memory_equal(&f->s.note, &nothing, sizeof nothing);
  assert_int_equal(moat_store_settle(&f->s, &nothing), 0);
  assert_int_equal(f->m.sizes[MOAT_SLOT_MARK], 0);
}

/* A mark that could not be written does not count. The next request needs one too. */
static void test_mark_not_written(void **state) {
  fixture *f = *state;
  for (unsigned busy = 0; busy < 2; busy++) {
    f->m.busy = busy;
    if (busy) assert_int_equal(moat_store_keeper.mark(&f->s), MOAT_WANT_TIME);
    f->m.power_failed = true;
    assert_int_equal(moat_store_keeper.mark(&f->s), MOAT_E_STORE);
    assert_false(f->s.note.marked);
    f->m.power_failed = false;
  }
  f->m.busy = f->m.waited = 0;
  assert_int_equal(moat_store_keeper.mark(&f->s), 0);
  assert_int_equal(moat_store_load(&f->s), 0);
  assert_true(f->s.note.marked);
  /* A mark that cannot be erased stays. */
  f->m.power_failed = true;
  assert_int_equal(settle(&f->s, true, 0), MOAT_E_STORE);
  assert_true(f->s.note.marked);
}

/* A pause is kept with or without the mark. A clock that went back ends it. */
static void test_pause(void **state) {
  fixture *f = *state;
  for (int definite = 0; definite < 2; definite++) {
    f->m.unix_time = 1700000000;
    assert_int_equal(moat_store_keeper.mark(&f->s), 0);
    moat_note note = {.marked = definite ? 0 : 1, .until = 1700000060};
    f->m.busy = 1;
    assert_int_equal(moat_store_settle(&f->s, &note), MOAT_WANT_TIME);
    f->m.unix_time += 5;
    assert_int_equal(moat_store_settle(&f->s, &note), 0);
    f->m.busy = 0;
    assert_int_equal(moat_store_load(&f->s), 0);
    assert_int_equal(f->s.note.marked, !definite);
    assert_int_equal(moat_store_pause(&f->s), 55);
    const struct {
      int64_t time;
      uint32_t pause;
    } clocks[] = {{1700000059, 1},
                  {1700000060, 0},
                  {1700000061, 0},
                  {0, 0},
                  {1600000000, 0},
                  {1700000000 + 60 - 3630, 3630},
                  {1700000000 + 60 - 3631, 0}};
    for (size_t i = 0; i < sizeof clocks / sizeof *clocks; i++) {
      f->m.unix_time = clocks[i].time;
      assert_int_equal(moat_store_load(&f->s), 0);
      assert_int_equal(moat_store_pause(&f->s), clocks[i].pause);
      assert_int_equal(f->s.note.marked, !definite);
    }
  }
  f->m.unix_time = 0; /* then there is nothing to count from */
  assert_int_equal(settle(&f->s, true, 60), 0);
  assert_int_equal(f->m.sizes[MOAT_SLOT_MARK], 0);
  assert_int_equal(moat_store_keeper.mark(&f->s), 0);
  unsigned writes = f->m.writes;
  assert_int_equal(moat_store_keeper.mark(&f->s),
                   0); /* it is there already, so the flash is spared */
  assert_int_equal(f->m.writes, writes);
}

static void test_space(void **state) {
  fixture *f = *state;
  size_t size = MOAT_RECORD_OVERHEAD - 28 +
                strlen("https://h/t"
                       "client"
                       "asked"
                       "RT.1");
  assert_int_equal(f->m.sizes[MOAT_SLOT_A], size);
  moat_store_init(&f->s, &memory_platform, &f->m, f->buffer, size - 1);
  assert_int_equal(moat_store_load(&f->s), MOAT_E_SPACE);
  assert_int_equal(f->s.needed, size);
  moat_store_init(&f->s, &memory_platform, &f->m, f->buffer, size);
  assert_int_equal(moat_store_load(&f->s), 0);
  assert_int_equal(save(&f->s, token("RT.10", NULL)), MOAT_E_SPACE);
  assert_int_equal(f->s.needed, size + 1);
}

static void test_damage(void **state) {
  fixture *f = *state;
  static memory copy;
  assert_int_equal(save(&f->s, token("RT.2", NULL)), 0);
  copy = f->m;
  for (size_t i = 0; i < copy.sizes[MOAT_SLOT_B]; i++) {
    f->m = copy;
    f->m.slots[MOAT_SLOT_B][i] ^= 0x20;
    int r = moat_store_load(&f->s);
    assert_int_equal(r, 0); /* the previous record is still there */
    assert_span(f->s.record.refresh_token, "RT.1");
    f->m.slots[MOAT_SLOT_A][i] ^= 0x20;
    assert_int_equal(moat_store_load(&f->s), MOAT_E_STORE);
  }
  f->m = copy;
  assert_int_equal(moat_store_load(&f->s), 0);
  assert_int_equal(moat_store_keeper.mark(&f->s), 0);
  assert_int_equal(moat_store_erase(&f->s), 0);
  assert_int_equal(f->s.record.refresh_token.n, 0);
  assert_false(f->s.note.marked);
  assert_int_equal(moat_store_load(&f->s), MOAT_E_EMPTY);
}

static int busy_slot = -1;
static unsigned erases;

/* Each erase takes two calls with the same slot. */
static int slow_erase(void *ctx, int slot) {
  if (busy_slot < 0) {
    busy_slot = slot;
    return MOAT_WANT_TIME;
  }
  assert_int_equal(slot, busy_slot);
  busy_slot = -1;
  erases++;
  return memory_erase(ctx, slot);
}

static void test_slow_erase(void **state) {
  fixture *f = *state;
  moat_platform slow = memory_platform;
  slow.slot_erase = slow_erase;
  f->m = (memory){.unix_time = 1700000000};
  for (unsigned i = 0; i < 2; i++) {
    erases = 0;
    sign_in(f, &memory_platform);
    f->s.platform = &slow;
    int r = MOAT_WANT_TIME;
    for (unsigned calls = 0; calls < 20 && r == MOAT_WANT_TIME; calls++)
      r = moat_store_erase(&f->s);
    assert_int_equal(r, 0);
    assert_int_equal(erases, MOAT_SLOTS);
    assert_int_equal(moat_store_load(&f->s), MOAT_E_EMPTY);
  }
  /* An erase that was given up is not continued. */
  sign_in(f, &memory_platform);
  f->s.platform = &slow;
  for (int i = 0; i < 4; i++)
    assert_int_equal(moat_store_erase(&f->s), MOAT_WANT_TIME);
  busy_slot = -1;
  assert_int_equal(moat_store_load(&f->s), MOAT_E_EMPTY);
  f->s.platform = &memory_platform;
  sign_in(f, &memory_platform);
  assert_int_equal(moat_store_erase(&f->s), 0);
  assert_int_equal(moat_store_load(&f->s), MOAT_E_EMPTY);
}

static int read_but_the_mark(void *ctx, int slot, void *p, size_t cap, size_t *n) {
  return slot == MOAT_SLOT_MARK ? MOAT_E_STORE : memory_read(ctx, slot, p, cap, n);
}

/* A port with checksums of its own may report a mark as damaged after a power failure. No request
 * was sent for it, so the grant is as good as before. */
static void test_damaged_mark(void **state) {
  fixture *f = *state;
  moat_platform checking = memory_platform;
  checking.slot_read = read_but_the_mark;
  assert_int_equal(moat_store_keeper.mark(&f->s), 0);
  f->s.platform = &checking;
  assert_int_equal(moat_store_load(&f->s), 0);
  assert_false(f->s.note.marked);
}

/* A mark that an interrupted erase left does not count for the next grant. */
static void test_mark_of_an_erased_grant(void **state) {
  fixture *f = *state;
  assert_int_equal(moat_store_keeper.mark(&f->s), 0);
  f->m.sizes[MOAT_SLOT_A] = f->m.sizes[MOAT_SLOT_B] = 0;
  f->m.unix_time++;
  sign_in(f, &memory_platform);
  assert_int_equal(moat_store_load(&f->s), 0);
  assert_false(f->s.note.marked);
}

/* An access token that does not fit must not cost the refresh token. */
static void test_space_for_the_access_token(void **state) {
  fixture *f = *state;
  size_t size = f->m.sizes[MOAT_SLOT_A] + 1; /* AT is two */
  for (unsigned fits = 0; fits < 2; fits++) {
    moat_store_init(&f->s, &memory_platform, &f->m, f->buffer, size + fits);
    f->s.keep_access = true;
    assert_int_equal(moat_store_load(&f->s), 0);
    assert_int_equal(save(&f->s, token("RT.2", NULL)), 0);
    assert_int_equal(moat_store_load(&f->s), 0);
    assert_span(f->s.record.refresh_token, "RT.2");
    assert_span(f->s.record.access_token, fits ? "AT" : "");
  }
}

static void test_wipe(void **state) {
  fixture *f = *state;
  static memory before;
  assert_int_equal(moat_store_keeper.mark(&f->s), 0);
  before = f->m;
  f->m.busy = 1;
  assert_int_equal(save(&f->s, token("RT.2", NULL)), MOAT_WANT_TIME); /* and then it is cancelled */
  moat_store_wipe(&f->s);
  assert_zeros(f->buffer, sizeof f->buffer);
  assert_int_equal(f->s.record.refresh_token.n + f->s.record.access_token.n, 0);
  f->m.busy = 0;
  assert_memory_equal(f->m.slots, before.slots, sizeof f->m.slots);
  assert_int_equal(moat_store_load(&f->s), 0);
  assert_true(f->s.note.marked);
  assert_int_equal(save(&f->s, token("RT.3", NULL)), 0);
  assert_int_equal(moat_store_load(&f->s), 0);
  assert_span(f->s.record.refresh_token, "RT.3");
}

/* ---- Power failures ---- */

/* The server rotates, and forgets the token before the last. Whichever write the power fails in,
 * and after however many bytes, the next start finds the newest token that was reported as stored,
 * or the one after it. */
static void test_power_cut(void **state) {
  fixture *f = *state;
  static memory before;
  char name[20];
  unsigned durable = 1, cuts = 0;
  for (unsigned i = 2; i < 60; i++) {
    size_t sizes[2] = {MARK + 4, MOAT_RECORD_OVERHEAD - 28 + 30};
    snprintf(name, sizeof name, "RT.%u", i);
    before = f->m;
    for (unsigned write = 1; write <= 2; write++) {
      for (size_t torn = 0; torn <= sizes[write - 1]; torn++) {
        f->m = before;
        f->m.fail_at = f->m.writes + write;
        f->m.torn_at = torn;
        assert_int_equal(moat_store_load(&f->s), 0);
        int r = moat_store_keeper.mark(&f->s);
        if (r == 0) r = save(&f->s, token(name, NULL));
        assert_int_equal(r, MOAT_E_STORE);
        f->m.power_failed = false;
        f->m.fail_at = 0;
        assert_int_equal(moat_store_load(&f->s), 0);
        unsigned found = (unsigned)strtoul(f->s.record.refresh_token.p + 3, NULL, 10);
        assert_true(found == durable || (write == 2 && found == i));
        assert_true(f->s.note.marked == (found == durable && (write == 2 || torn >= MARK + 4)));
        cuts++;
      }
    }
    f->m = before;
    assert_int_equal(moat_store_load(&f->s), 0);
    assert_int_equal(moat_store_keeper.mark(&f->s), 0);
    assert_int_equal(save(&f->s, token(name, NULL)), 0);
    durable = i;
  }
  assert_true(cuts > 5000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_round_trip),
      TEST(test_partial_answers),
      TEST(test_mark),
      TEST(test_note),
      TEST(test_mark_not_written),
      TEST(test_pause),
      TEST(test_space),
      TEST(test_damage),
      TEST(test_slow_erase),
      TEST(test_damaged_mark),
      TEST(test_mark_of_an_erased_grant),
      TEST(test_space_for_the_access_token),
      TEST(test_wipe),
      TEST(test_power_cut),
  };
  return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
