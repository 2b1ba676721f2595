/* Records that are authenticated with a key of the device. */
#include "store_fixture.h"
#include "records.h"

/* A device with a key. */
static const moat_platform keyed_platform = {.ticks_ms = memory_ticks,
                                             .unix_time = memory_time,
                                             .slot_read = memory_read,
                                             .slot_write = memory_write,
                                             .slot_erase = memory_erase,
                                             .mac = test_mac};

static void new_key(void) {
  memset(&mac, 0, sizeof mac);
  for (size_t i = 0; i < sizeof mac.key; i++)
    mac.key[i] = (uint8_t)(7 * i + 1);
}

static int keyed_setup(void **state) {
  fixture *f = *state = calloc(1, sizeof *f);
  new_key();
  f->m.unix_time = 1700000000;
  sign_in(f, &keyed_platform);
  return 0;
}

#define KEYED(test) cmocka_unit_test_setup_teardown(test, keyed_setup, teardown)

/* RFC 4231 4.2, with its key of 20 bytes: the tests' own HMAC is right. */
static void test_hmac(void **state) {
  (void)state;
  uint8_t key[32] = {0}, out[32];
  memset(key, 0x0b, 20);
  hmac(key, "Hi There", 8, out);
  assert_memory_equal(out,
                      "\xb0\x34\x4c\x61\xd8\xdb\x38\x53\x5c\xa8\xaf\xce\xaf\x0b\xf1\x2b\x88\x1d"
                      "\xc2\x00\xc9\x83\x3d\xa7\x26\xe9\x37\x6c\x2e\x32\xcf\xf7",
                      32);
}

/* What is in the slots, byte for byte: the record, and the MAC of the record followed by the slot's
 * number. */
static void test_mac_layout(void **state) {
  fixture *f = *state;
  uint8_t out[32];
  assert_int_equal(f->m.sizes[MOAT_SLOT_A],
                   MOAT_RECORD_OVERHEAD + strlen("https://h/tclientaskedRT.1"));
  assert_int_equal(save(&f->s, token("RT.2", NULL)), 0);
  assert_int_equal(moat_store_keeper.mark(&f->s), 0);
  assert_int_equal(f->m.sizes[MOAT_SLOT_MARK], MARK + 32);
  for (int slot = MOAT_SLOT_A; slot <= MOAT_SLOT_MARK; slot++) {
    char text[300];
    size_t n = f->m.sizes[slot] - 32;
    memcpy(text, f->m.slots[slot], n);
    text[n] = slot == MOAT_SLOT_MARK ? MOAT_SLOT_MARK : MOAT_SLOT_A;
    hmac(mac.key, text, n + 1, out);
    assert_memory_equal(out, f->m.slots[slot] + n, 32);
  }
  assert_int_equal(moat_store_load(&f->s), 0);
  assert_span(f->s.record.refresh_token, "RT.2");
  assert_true(f->s.note.marked);
  assert_int_equal(settle(&f->s, true, 60), 0);
  assert_int_equal(moat_store_load(&f->s), 0);
  assert_false(f->s.note.marked);
  assert_int_equal(moat_store_pause(&f->s), 60);
}

/* A slow write is called several times with the same bytes. */
static void test_mac_on_a_slow_flash(void **state) {
  fixture *f = *state;
  f->m.busy = 2;
  for (int i = 0; i < 2; i++)
    assert_int_equal(moat_store_keeper.mark(&f->s), MOAT_WANT_TIME);
  assert_int_equal(moat_store_keeper.mark(&f->s), 0);
  assert_int_equal(moat_store_load(&f->s), 0);
  assert_true(f->s.note.marked);
  for (int i = 0; i < 2; i++)
    assert_int_equal(save(&f->s, token("RT.2", NULL)), MOAT_WANT_TIME);
  assert_int_equal(save(&f->s, token("RT.2", NULL)), 0);
  assert_int_equal(moat_store_load(&f->s), 0);
  assert_span(f->s.record.refresh_token, "RT.2");
}

static void test_every_bit_counts(void **state) {
  fixture *f = *state;
  static memory good;
  assert_int_equal(moat_store_keeper.mark(&f->s), 0);
  good = f->m;
  for (size_t bit = 0; bit < 8 * good.sizes[MOAT_SLOT_A]; bit++) {
    f->m = good;
    f->m.slots[MOAT_SLOT_A][bit / 8] = (char)(f->m.slots[MOAT_SLOT_A][bit / 8] ^ 1 << bit % 8);
    assert_int_equal(moat_store_load(&f->s), MOAT_E_STORE);
  }
  for (size_t n = 1; n < good.sizes[MOAT_SLOT_A]; n++) {
    f->m = good;
    f->m.sizes[MOAT_SLOT_A] = n;
    assert_int_equal(moat_store_load(&f->s), MOAT_E_STORE);
  }
  for (size_t bit = 0; bit < 8 * good.sizes[MOAT_SLOT_MARK]; bit++) {
    f->m = good;
    f->m.slots[MOAT_SLOT_MARK][bit / 8] =
        (char)(f->m.slots[MOAT_SLOT_MARK][bit / 8] ^ 1 << bit % 8);
    assert_int_equal(moat_store_load(&f->s), 0);
    assert_false(f->s.note.marked);
  }
  f->m = good;
  assert_int_equal(moat_store_load(&f->s), 0);
  assert_true(f->s.note.marked);
}

/* If there is a key for the first time, no longer, or another one, what is stored is not a record.
 * A new sign-in makes one, and an old mark does not count for it. */
static void test_key_comes_and_goes(void **state) {
  fixture *f = *state;
  const moat_platform *const before[] = {&memory_platform, &keyed_platform, &keyed_platform};
  const moat_platform *const after[] = {&keyed_platform, &memory_platform, &keyed_platform};
  for (size_t i = 0; i < 3; i++) {
    f->m = (memory){.unix_time = 1700000000};
    sign_in_on(before[i], &f->m, &f->s, f->buffer, sizeof f->buffer);
    assert_int_equal(save(&f->s, token("RT.2", NULL)), 0);
    assert_int_equal(moat_store_keeper.mark(&f->s), 0);
    f->s.platform = after[i];
    mac.key[31]++;
    assert_int_equal(moat_store_load(&f->s), MOAT_E_STORE);
    assert_zeros(f->buffer, sizeof f->buffer);
    moat_store_renew(&f->s, MOAT_HOW_CODE, moat_str("p"), moat_str("c"), moat_str("s"));
    assert_int_equal(save(&f->s, token("RT.3", NULL)), 0);
    assert_int_equal(moat_store_load(&f->s), 0);
    assert_span(f->s.record.refresh_token, "RT.3");
    assert_false(f->s.note.marked);
  }
}

/* A mark that is not authenticated does not count, even if the grant is authentic. */
static void test_mark_without_a_mac(void **state) {
  fixture *f = *state;
  f->s.platform = &memory_platform;
  assert_int_equal(moat_store_keeper.mark(&f->s), 0);
  f->s.platform = &keyed_platform;
  assert_int_equal(moat_store_load(&f->s), 0);
  assert_false(f->s.note.marked);
}

/* The same bytes in another kind of slot are not a record. */
static void test_kinds(void **state) {
  fixture *f = *state;
  char sealed[60], out[60];
  for (int from = 0; from < MOAT_SLOTS; from++) {
    memset(sealed, 'x', 20);
    assert_int_equal(moat__record_seal(&keyed_platform, &f->m, from, sealed, 20), 0);
    for (int to = 0; to < MOAT_SLOTS; to++) {
      bool same = from == to || (from <= MOAT_SLOT_B && to <= MOAT_SLOT_B);
      size_t n;
      f->m.sizes[to] = 52;
      memcpy(f->m.slots[to], sealed, 52);
      assert_int_equal(moat__record_open(&keyed_platform, &f->m, to, out, sizeof out, &n),
                       same ? 0 : MOAT_E_STORE);
      assert_int_equal(n, 20);
    }
  }
}

/* When the mac fails, nothing is written, and a good record is not called damaged. */
static void test_mac_fails(void **state) {
  fixture *f = *state;
  static memory before;
  static const struct {
    int result, write, read, code;
  } cases[] = {{MOAT_E_PORT, MOAT_E_PORT, MOAT_E_PORT, 0},
               {MOAT_E_MEMORY, MOAT_E_MEMORY, MOAT_E_MEMORY, 0},
               {MOAT_E_STORE, MOAT_E_STORE, MOAT_E_PORT, 0},
               {MOAT_E_EMPTY, MOAT_E_EMPTY, MOAT_E_PORT, 0},
               {MOAT_E_NEWER, MOAT_E_NEWER, MOAT_E_PORT, 0},
               {MOAT_WANT_TIME, MOAT_E_PORT, MOAT_E_PORT, MOAT_WANT_TIME},
               {-100, MOAT_E_PORT, MOAT_E_PORT, -100},
               {32, MOAT_E_PORT, MOAT_E_PORT, 32}};
  before = f->m;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    mac.result = 0;
    assert_int_equal(moat_store_load(&f->s), 0);
    mac.result = cases[i].result;
    assert_int_equal(moat_store_keeper.mark(&f->s), cases[i].write);
    assert_int_equal(f->s.port_code, cases[i].code);
    assert_false(f->s.note.marked);
    assert_int_equal(settle(&f->s, false, 60), cases[i].write);
    assert_int_equal(save(&f->s, token("RT.2", NULL)), cases[i].write);
    assert_int_equal(f->s.port_code, cases[i].code);
    assert_memory_equal(&f->m, &before, sizeof f->m);
    assert_int_equal(moat_store_load(&f->s), cases[i].read);
    assert_int_equal(f->s.port_code, cases[i].code);
  }
  mac.result = 0;
  assert_int_equal(moat_store_load(&f->s), 0);
  mac.result = MOAT_E_MEMORY;
  assert_int_equal(save(&f->s, token("RT.2", NULL)), MOAT_E_MEMORY);
  mac.result = 0;
  assert_int_equal(save(&f->s, token("RT.3", NULL)), 0); /* the next record is stored */
  assert_int_equal(moat_store_load(&f->s), 0);
  assert_span(f->s.record.refresh_token, "RT.3");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_hmac),
      KEYED(test_mac_layout),
      KEYED(test_mac_on_a_slow_flash),
      KEYED(test_every_bit_counts),
      KEYED(test_key_comes_and_goes),
      KEYED(test_mark_without_a_mac),
      KEYED(test_kinds),
      KEYED(test_mac_fails),
  };
  return cmocka_run_group_tests_name("store: mac", tests, NULL, NULL);
}
