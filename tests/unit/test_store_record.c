/* The record of a grant, byte by byte: versions, lengths, dates and sequence. */
#include <stdio.h>

#include "store_fixture.h"
#include "records.h"

/* Offsets in a record */
enum { AT_VERSION = 4, AT_HOW = 8, AT_SEQUENCE = 12, AT_LENGTHS = 36, AT_TEXTS = 56, TEXTS = 5 };

static void put32(char *p, uint32_t v) {
  for (int i = 0; i < 4; i++)
    p[i] = (char)(v >> (8 * i) & 0xff);
}

static uint32_t get32(const char *p) {
  uint32_t v = 0;
  for (int i = 3; i >= 0; i--)
    v = v << 8 | (uint8_t)p[i];
  return v;
}

static void reseal(memory *m, int slot) {
  seal_crc(m->slots[slot], m->sizes[slot] - 4);
}

static void test_versions(void **state) {
  fixture *f = *state;
  f->m.slots[MOAT_SLOT_A][AT_VERSION] = 4;
  assert_int_equal(moat_store_load(&f->s), MOAT_E_STORE);
  reseal(&f->m, MOAT_SLOT_A); /* a newer one is left alone */
  assert_int_equal(moat_store_load(&f->s), MOAT_E_NEWER);
  assert_zeros(f->buffer, sizeof f->buffer);
  f->m.slots[MOAT_SLOT_A][AT_VERSION] = 0;
  reseal(&f->m, MOAT_SLOT_A);
  assert_int_equal(moat_store_load(&f->s), MOAT_E_STORE);
  f->m.slots[MOAT_SLOT_A][AT_VERSION] = 1; /* its texts lay elsewhere */
  reseal(&f->m, MOAT_SLOT_A);
  assert_int_equal(moat_store_load(&f->s), MOAT_E_STORE);
  f->m.slots[MOAT_SLOT_A][AT_VERSION] = 3;
  f->m.slots[MOAT_SLOT_A][0] = 'm';
  reseal(&f->m, MOAT_SLOT_A);
  assert_int_equal(moat_store_load(&f->s), MOAT_E_STORE);
}

/* A record of version 1, byte for byte. */
static void test_record_of_old(void **state) {
  fixture *f = *state;
  static const char old[] =
      "MOAT\1\0\0\0\1\0\0\0\7\0\0\0\0\xf1\x53\x65\0\xf1\x53\x65\x10\xff\x53\x65"
      "\x0b\0\0\0\6\0\0\0\4\0\0\0\2\0\0\0\5\0\0\0"
      "https://h/tclientRT.1ATscope";
  f->m = (memory){.unix_time = 1700000000, .sizes = {[MOAT_SLOT_A] = sizeof old - 1 + 4}};
  memcpy(f->m.slots[MOAT_SLOT_A], old, sizeof old - 1);
  reseal(&f->m, MOAT_SLOT_A);
  moat_store_init(&f->s, &memory_platform, &f->m, f->buffer, sizeof f->buffer);
  assert_int_equal(moat_store_load(&f->s), 0);
  assert_int_equal(f->s.record.sequence, 7);
  assert_int_equal(f->s.record.signed_in, 1700000000);
  assert_int_equal(f->s.record.expires, 1700003600);
  assert_int_equal(f->s.record.life, 3600);
  assert_span(f->s.record.provider, "https://h/t");
  assert_span(f->s.record.client_id, "client");
  assert_span(f->s.record.refresh_token, "RT.1");
  assert_span(f->s.record.access_token, "AT");
  assert_span(f->s.record.scope, "scope");
  memset(f->m.slots[MOAT_SLOT_A] + 24, 0, 4); /* the server did not say how long it lives */
  reseal(&f->m, MOAT_SLOT_A);
  assert_int_equal(moat_store_load(&f->s), 0);
  assert_int_equal(f->s.record.life, 0);
  memset(f->m.slots[MOAT_SLOT_A] + 20, 0, 4); /* or the clock was unknown, so it has expired */
  reseal(&f->m, MOAT_SLOT_A);
  assert_int_equal(moat_store_load(&f->s), 0);
  assert_int_equal(f->s.record.life, 1);
  assert_int_equal(save(&f->s, token("RT.2", NULL)), 0); /* and the texts are in place */
  assert_int_equal(moat_store_load(&f->s), 0);
  assert_int_equal(f->s.record.sequence, 8);
  assert_span(f->s.record.provider, "https://h/t");
  assert_span(f->s.record.client_id, "client");
  assert_span(f->s.record.refresh_token, "RT.2");
  assert_span(f->s.record.scope, "scope");
}

/* A record of version 2, byte for byte. */
static void test_record_without_revision(void **state) {
  fixture *f = *state;
  static const char old[] =
      "MOAT\2\0\0\0\2\0\0\0\7\0\0\0\0\xf1\x53\x65\0\xf1\x53\x65\x10\xff\x53\x65\x10\x0e\0\0"
      "\x0b\0\0\0\6\0\0\0\4\0\0\0\2\0\0\0\5\0\0\0"
      "https://h/tclientRT.1ATscope";
  f->m = (memory){.unix_time = 1700000000, .sizes = {[MOAT_SLOT_A] = sizeof old - 1 + 4}};
  memcpy(f->m.slots[MOAT_SLOT_A], old, sizeof old - 1);
  reseal(&f->m, MOAT_SLOT_A);
  f->s.record.revision = 9;
  assert_int_equal(moat_store_load(&f->s), 0);
  assert_int_equal(f->s.record.how, MOAT_HOW_DEVICE);
  assert_int_equal(f->s.record.life, 3600);
  assert_int_equal(f->s.record.revision, 0);
  assert_span(f->s.record.provider, "https://h/t");
  assert_span(f->s.record.scope, "scope");
}

/* A wrong one costs a request at most. Refusing the record would cost the grant. */
static void test_unknown_how(void **state) {
  fixture *f = *state;
  f->m.slots[MOAT_SLOT_A][AT_HOW] = 77;
  reseal(&f->m, MOAT_SLOT_A);
  assert_int_equal(moat_store_load(&f->s), 0);
  assert_int_equal(f->s.record.how, 77);
}

static void test_bad_lengths_under_a_good_checksum(void **state) {
  fixture *f = *state;
  static memory good;
  good = f->m;
  char *slot = f->m.slots[MOAT_SLOT_A];
  for (size_t i = 0; i < TEXTS; i++) {
    char *at = slot + AT_LENGTHS + 4 * i;
    uint32_t length = get32(at);
    uint32_t bad[] = {length + 1, length - 1, length + 4, (uint32_t)good.sizes[MOAT_SLOT_A],
                      INT32_MAX,  UINT32_MAX, 0x80000000u};
    for (size_t j = 0; j < sizeof bad / sizeof *bad; j++) {
      f->m = good;
      put32(at, bad[j]);
      reseal(&f->m, MOAT_SLOT_A);
      assert_int_equal(moat_store_load(&f->s), MOAT_E_STORE);
      assert_zeros(f->buffer, sizeof f->buffer);
      assert_int_equal(f->s.record.sequence, 0);
    }
  }
  f->m = good; /* a sum that wraps to what is there */
  put32(slot + AT_LENGTHS, get32(slot + AT_LENGTHS) + 0x80000000u);
  put32(slot + AT_LENGTHS + 4, get32(slot + AT_LENGTHS + 4) + 0x80000000u);
  reseal(&f->m, MOAT_SLOT_A);
  assert_int_equal(moat_store_load(&f->s), MOAT_E_STORE);
  for (size_t n = 0; n < AT_TEXTS; n++) {
    f->m = good;
    f->m.sizes[MOAT_SLOT_A] = n + 4;
    reseal(&f->m, MOAT_SLOT_A);
    assert_int_equal(moat_store_load(&f->s), MOAT_E_STORE);
  }
  for (size_t n = 1; n < 4; n++) {
    f->m = good;
    f->m.sizes[MOAT_SLOT_A] = n;
    assert_int_equal(moat_store_load(&f->s), MOAT_E_STORE);
  }
}

/* Whatever the clock said at first, a saved record is found again. */
static void test_clocks_out_of_range(void **state) {
  fixture *f = *state;
  static const int64_t clocks[] = {-1, INT64_MIN, (int64_t)UINT32_MAX + 1, INT64_MAX,
                                   INT64_MAX - 1};
  for (size_t i = 0; i < sizeof clocks / sizeof *clocks; i++) {
    f->m = (memory){.unix_time = clocks[i]};
    sign_in(f, &memory_platform);
    assert_int_equal(moat_store_load(&f->s), 0);
    assert_int_equal(f->s.record.sequence, 1);
    assert_int_equal(f->s.record.signed_in, 0);
    assert_int_equal(f->s.record.expires, 0);
    assert_int_equal(save(&f->s, token("RT.2", NULL)), 0);
    assert_int_equal(moat_store_load(&f->s), 0);
    assert_span(f->s.record.refresh_token, "RT.2");
    assert_int_equal(settle(&f->s, false, 60), 0);
    assert_int_equal(moat_store_load(&f->s), 0);
    assert_int_equal(moat_store_pause(&f->s), 0);
  }
  f->m = (memory){.unix_time = UINT32_MAX}; /* the last date that a record can hold */
  sign_in(f, &memory_platform);
  assert_int_equal(moat_store_load(&f->s), 0);
  assert_int_equal(f->s.record.sequence, 1);
  assert_int_equal(f->s.record.expires, UINT32_MAX);
  f->m = (memory){.unix_time = 2200000000}; /* 2039 */
  sign_in(f, &memory_platform);
  moat_token t = token("RT.2", NULL);
  t.expires_in = INT32_MAX; /* the refresh token must not lie unused for longer than a month */
  assert_int_equal(save(&f->s, t), 0);
  assert_int_equal(f->s.record.life, 30 * 86400);
  assert_int_equal(f->s.record.expires, 2200000000 + 30 * 86400);
  moat_store_renew(&f->s, MOAT_HOW_CODE, moat_str("p"), moat_str("c"), moat_str("s"));
  t.refresh_token.n = 0;
  assert_int_equal(save(&f->s, t), 0);
  assert_int_equal(f->s.record.life, INT32_MAX);
  assert_int_equal(f->s.record.expires, UINT32_MAX);
}

static void test_sequence_wraps(void **state) {
  fixture *f = *state;
  char name[20];
  f->m = (memory){.unix_time = UINT32_MAX - 4};
  sign_in(f, &memory_platform);
  f->m.unix_time = 1700000000;
  for (unsigned i = 2; i < 10; i++) {
    snprintf(name, sizeof name, "RT.%u", i);
    assert_int_equal(save(&f->s, token(name, NULL)), 0);
    assert_int_equal(moat_store_load(&f->s), 0);
    assert_span(f->s.record.refresh_token, name);
    assert_int_not_equal(f->s.record.sequence, 0);
  }
  assert_int_equal(f->s.record.sequence, 5);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_versions),
      TEST(test_record_of_old),
      TEST(test_record_without_revision),
      TEST(test_unknown_how),
      TEST(test_bad_lengths_under_a_good_checksum),
      TEST(test_clocks_out_of_range),
      TEST(test_sequence_wraps),
  };
  return cmocka_run_group_tests_name("store: record", tests, NULL, NULL);
}
