/* How often the stored grant reads its slots, and what a wipe takes of a buffer. */
#include "cmocka_all.h"

#include <stdio.h>

#include "records.h"
#include "scripted.h"
#include "store/store.h"

enum { ROOM = 1000 };

static memory m;
static unsigned reads[MOAT_SLOTS];

static int counted_read(void *ctx, int slot, void *p, size_t cap, size_t *n) {
  reads[slot]++;
  return memory_read(ctx, slot, p, cap, n);
}

static moat_platform platform = {.ticks_ms = memory_ticks,
                                 .unix_time = memory_time,
                                 .slot_read = counted_read,
                                 .slot_write = memory_write,
                                 .slot_erase = memory_erase};

static int use_mac(void **state) {
  (void)state;
  platform.mac = test_mac;
  return 0;
}

/* A sign-in and `more` refreshes. The record of each is one byte longer than the one before. */
static void rotate(moat_store *s, char *buffer, unsigned more) {
  char refresh[20] = "RT.";
  m = (memory){.unix_time = 1700000000};
  moat_store_init(s, &platform, &m, buffer, ROOM);
  assert_int_equal(moat_store_load(s), MOAT_E_EMPTY);
  moat_store_renew(s, MOAT_HOW_CODE, moat_str("https://h/t"), moat_str("client"), moat_str("x"));
  for (unsigned i = 0; i <= more; i++) {
    memset(refresh + 3, (int)('a' + i), i + 1);
    moat_token t = {
        .access_token = moat_str("AT"), .refresh_token = {refresh, 4 + i}, .expires_in = 3600};
    if (i) assert_int_equal(moat_store_keeper.mark(s), 0);
    assert_int_equal(moat_store_keeper.save(s, &t), 0);
  }
}

/* Loads with a buffer of this size, which ends where the heap's memory does. */
static void load(moat_store *s, size_t size, unsigned newest) {
  char *buffer = malloc(size);
  memset(reads, 0, sizeof reads);
  moat_store_init(s, &platform, &m, buffer, size);
  assert_int_equal(moat_store_load(s), 0);
  assert_int_equal(s->record.refresh_token.n, 4 + newest);
  assert_int_equal(s->record.refresh_token.p[3], 'a' + newest);
  assert_memory_equal(s->record.scope.p, "x", 1);
  assert_true(s->record.provider.p >= buffer && s->record.scope.p < buffer + size);
  free(buffer);
}

static void test_each_slot_once(void **state) {
  (void)state;
  moat_store s;
  char buffer[ROOM];
  for (unsigned more = 0; more < 5; more++) {
    rotate(&s, buffer, more);
    load(&s, ROOM, more);
    assert_int_equal(reads[MOAT_SLOT_A], 1);
    assert_int_equal(reads[MOAT_SLOT_B], 1);
    assert_int_equal(reads[MOAT_SLOT_MARK], 1);
  }
}

/* With less room B takes the place of A, which is read again if it is the newer one. */
static void test_room_for_one(void **state) {
  (void)state;
  moat_store s;
  char buffer[ROOM];
  for (unsigned more = 1; more < 5; more++) {
    rotate(&s, buffer, more);
    size_t a = m.sizes[MOAT_SLOT_A], b = m.sizes[MOAT_SLOT_B], largest = a > b ? a : b;
    for (size_t size = largest; size < a + b; size++) {
      load(&s, size, more);
      assert_in_range(reads[MOAT_SLOT_A], 1, 2);
      assert_in_range(reads[MOAT_SLOT_B], 1, 2);
    }
    moat_store_init(&s, &platform, &m, buffer, largest - 1);
    assert_int_equal(moat_store_load(&s), MOAT_E_SPACE);
    assert_true(s.needed >= largest);
  }
}

/* The next save finds the record where it belongs, whichever slot it came from. */
static void test_a_save_follows(void **state) {
  (void)state;
  moat_store s;
  char buffer[ROOM];
  moat_token t = {.access_token = moat_str("AT.2"), .refresh_token = moat_str("RT.next")};
  for (unsigned more = 0; more < 5; more++) {
    rotate(&s, buffer, more);
    assert_int_equal(moat_store_load(&s), 0);
    assert_int_equal(moat_store_keeper.save(&s, &t), 0);
    assert_int_equal(moat_store_load(&s), 0);
    assert_int_equal(s.record.refresh_token.n, 7);
    assert_memory_equal(s.record.refresh_token.p, "RT.next", 7);
    assert_memory_equal(s.record.provider.p, "https://h/t", 11);
    assert_memory_equal(s.record.client_id.p, "client", 6);
    assert_memory_equal(s.record.scope.p, "x", 1);
  }
}

/* One damaged slot costs no second read of the other. */
static void test_damaged_slots(void **state) {
  (void)state;
  moat_store s;
  char buffer[ROOM];
  for (int slot = MOAT_SLOT_A; slot <= MOAT_SLOT_B; slot++) {
    rotate(&s, buffer, 3); /* A: c, B: d */
    m.slots[slot][20] ^= 1;
    load(&s, ROOM, slot == MOAT_SLOT_A ? 3 : 2);
    assert_int_equal(reads[MOAT_SLOT_A], 1);
    assert_int_equal(reads[MOAT_SLOT_B], 1);
  }
}

static size_t bytes_other_than(const char *p, size_t n, char c) {
  size_t count = 0;
  for (size_t i = 0; i < n; i++)
    count += p[i] != c;
  return count;
}

/* Nothing that was read or written stays, and nothing else is touched. */
static void test_wipe_takes_what_was_used(void **state) {
  (void)state;
  moat_store s;
  char buffer[ROOM], other[ROOM];
  rotate(&s, other, 1);
  size_t both = m.sizes[MOAT_SLOT_A] - moat__record_end(&platform) + m.sizes[MOAT_SLOT_B];
  for (int i = 0; i < 3; i++) {
    moat_store_init(&s, &platform, &m, buffer, sizeof buffer);
    memset(buffer, 0x55, sizeof buffer);
    moat_store_wipe(&s); /* nothing was used yet */
    assert_int_equal(bytes_other_than(buffer, sizeof buffer, 0x55), 0);
    if (i == 2) m.slots[MOAT_SLOT_A][30] ^= 1; /* a damaged slot: how much was read is not known */
    assert_int_equal(moat_store_load(&s), 0);
    moat_token t = {.access_token = moat_str("AT"), .refresh_token = moat_str("RT")};
    if (i == 1) assert_int_equal(moat_store_keeper.save(&s, &t), 0);
    assert_true(bytes_other_than(buffer, both, 0) > both / 2);
    moat_store_wipe(&s);
    assert_int_equal(bytes_other_than(buffer, both, 0), 0);
    size_t rest = i ? sizeof buffer - both : 0; /* a save counts as the whole buffer */
    assert_int_equal(bytes_other_than(buffer + both, sizeof buffer - both, 0x55), rest);
  }
}

/* An earlier load may have left more behind the records of a later one. That goes as well. */
static void test_wipe_after_shorter_records(void **state) {
  (void)state;
  moat_store s;
  char buffer[ROOM], other[ROOM];
  rotate(&s, other, 4);
  memory longer = m;
  rotate(&s, other, 1);
  memory shorter = m;
  memset(buffer, 0x55, sizeof buffer);
  moat_store_init(&s, &platform, &m, buffer, sizeof buffer);
  m = longer;
  assert_int_equal(moat_store_load(&s), 0);
  m = shorter;
  assert_int_equal(moat_store_load(&s), 0);
  moat_store_wipe(&s);
  for (size_t i = 0; i < sizeof buffer; i++)
    assert_true(buffer[i] == 0 || buffer[i] == 0x55);
}

/* The check value of CRC-32, and each byte in each place. */
static void test_crc32(void **state) {
  (void)state;
  char bytes[8 + 4] = "";
  assert_int_equal(moat__crc32("123456789", 9), 0xcbf43926);
  assert_int_equal(moat__crc32("", 0), 0);
  for (size_t at = 0; at < 8; at++)
    for (int c = 0; c < 256; c++) {
      bytes[at] = (char)c;
      seal_crc(bytes, 8);
      assert_int_equal(moat__crc32(bytes, 8), moat__get32(bytes + 8));
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_each_slot_once),
      cmocka_unit_test(test_room_for_one),
      cmocka_unit_test(test_a_save_follows),
      cmocka_unit_test(test_damaged_slots),
      cmocka_unit_test(test_wipe_takes_what_was_used),
      cmocka_unit_test(test_wipe_after_shorter_records),
      cmocka_unit_test(test_crc32),
      cmocka_unit_test_setup(test_each_slot_once, use_mac),
      cmocka_unit_test(test_room_for_one),
      cmocka_unit_test(test_a_save_follows),
      cmocka_unit_test(test_damaged_slots),
      cmocka_unit_test(test_wipe_takes_what_was_used),
      cmocka_unit_test(test_wipe_after_shorter_records),
  };
  return cmocka_run_group_tests_name("store reads", tests, NULL, NULL);
}
