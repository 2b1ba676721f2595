/* Records with a good checksum and bad contents, and records of another build. */
#include "exact_account.h"
#include "records.h"

/* ---- A good checksum and bad contents ---- */

static void seal(char *p, size_t n) {
  seal_crc(p, n - 4);
}

/* Offsets of store.h */
enum { AT_VERSION = 4, AT_LIFE = 28, AT_LENGTHS = 28, AT_TEXTS = 48, AT_DEVICE_LENGTHS = 24 };

/* Version 1, as store.h describes it. */
static size_t put_record(exact *f) {
  static const char *const texts[] = {"https://p/t", "client", "RT.1", "AT.1", "scope"};
  char *p = f->m.slots[MOAT_SLOT_A];
  size_t n = AT_TEXTS;
  memcpy(p, "MOAT", 4);
  moat__put32(p + AT_VERSION, 1);
  for (uint32_t i = 0; i < 5; i++) {
    moat__put32(p + AT_VERSION + 4 + 4 * i, i + 1);
    moat__put32(p + AT_LENGTHS + 4 * i, (uint32_t)strlen(texts[i]));
    memcpy(p + n, texts[i], strlen(texts[i]));
    n += strlen(texts[i]);
  }
  n += 4;
  seal(p, n);
  return f->m.sizes[MOAT_SLOT_A] = n;
}

static int load_exactly(exact *f, size_t size) {
  char *buffer = malloc(size);
  moat_store s;
  moat_store_init(&s, &f->platform, &f->m, buffer, size);
  int r = moat_store_load(&s);
  free(buffer);
  return r;
}

static void test_record_lengths(void **state) {
  exact *f = *state;
  char *slot = f->m.slots[MOAT_SLOT_A];
  size_t n = put_record(f);
  assert_int_equal(load_exactly(f, n), 0);
  assert_int_equal(load_exactly(f, n - 1), MOAT_E_SPACE);
  for (size_t i = 0; i < 5; i++) {
    char *length = slot + AT_LENGTHS + 4 * i;
    uint32_t good = moat__get32(length);
    const uint32_t bad[] = {good + 1, good - 1, good + 1000, UINT32_MAX, INT32_MAX, 0};
    for (size_t k = 0; k < COUNT(bad); k++) {
      moat__put32(length, bad[k]);
      seal(slot, n);
      if (load_exactly(f, n) != MOAT_E_STORE) fail_msg("text %zu of %u bytes", i, bad[k]);
    }
    moat__put32(length, good);
  }
  seal(slot, n);
  assert_int_equal(load_exactly(f, n), 0);
  /* The sum is right again if a size has 32 bits. */
  moat__put32(slot + AT_LENGTHS, moat__get32(slot + AT_LENGTHS) + 1000);
  moat__put32(slot + AT_LENGTHS + 4, moat__get32(slot + AT_LENGTHS + 4) - 1000);
  seal(slot, n);
  assert_int_equal(load_exactly(f, n), MOAT_E_STORE);
}

/* Whoever wrote the record, an access token must be fit for a header, and a life has a limit if
 * there is a refresh token. */
static void test_record_contents(void **state) {
  exact *f = *state;
  account *a = account_of(f, "AT.1");
  char *slot = f->m.slots[MOAT_SLOT_A];
  size_t n = f->m.sizes[MOAT_SLOT_A], at = 0;
  while (memcmp(slot + at, "AT.1", 4) != 0)
    at++;
  slot[at + 1] = '\n';
  moat__put32(slot + AT_LIFE, UINT32_MAX);
  seal(slot, n);
  assert_int_equal(moat_store_load(&a->store), 0);
  assert_int_equal(a->store.record.access_token.n, 0);
  assert_int_equal(a->store.record.life, 30 * 86400);
  close_account(a);
}

/* What is remembered of a refusal comes from a slot as well. */
static void test_mark_contents(void **state) {
  exact *f = *state;
  account *a = account_of(f, "AT.1");
  static const int32_t codes[] = {1, -1, MOAT_WANT_TIME, MOAT_E_DNS, MOAT_E_STATUS, INT32_MIN};
  for (size_t i = 0; i < COUNT(codes); i++) {
    moat_note note = {.marked = 2, .cause = MOAT_CAUSES + (uint32_t)i, .dead_code = codes[i]};
    assert_int_equal(moat_store_settle(&a->store, &note), 0);
    assert_int_equal(moat_store_load(&a->store), 0);
    assert_int_equal(a->store.note.cause, 0);
    assert_int_equal(a->store.note.dead_code, 0);
    assert_int_equal(a->store.note.marked, 0);
  }
  close_account(a);
}

/* A record that was cut anywhere and sealed again is refused. */
static void test_record_cut(void **state) {
  exact *f = *state;
  size_t n = put_record(f);
  for (size_t cut = n - 1; cut > 0; cut--) {
    put_record(f);
    if (cut >= 4) seal(f->m.slots[MOAT_SLOT_A], cut);
    f->m.sizes[MOAT_SLOT_A] = cut;
    if (load_exactly(f, cut) != MOAT_E_STORE) fail_msg("%zu of %zu", cut, n);
  }
}

/* Marks have grown over time. What a shorter one lacks is zero, and what a longer one adds is
 * ignored. One shorter than the first build's, or longer than any, is not a mark. */
static void test_mark_lengths(void **state) {
  exact *f = *state;
  account *a = account_of(f, "AT.1");
  char *slot = f->m.slots[MOAT_SLOT_MARK];
  enum { LEAST = 12, ALL = 40, MAC = 32 };
  const moat_note note = {1, 2, 3, 4, 5, 6, MOAT_E_LOST, 8, -9};
  const uint32_t numbers[] = {1, 2, 3, 4, 5, 6, (uint32_t)MOAT_E_LOST, 8, (uint32_t)-9};
  assert_int_equal(moat_store_settle(&a->store, &note), 0);
  assert_int_equal(f->m.sizes[MOAT_SLOT_MARK], ALL + 4);
  for (size_t n = 0; n < ALL + MAC + 8; n++) {
    moat_note expected = {.marked = 0};
    assert_int_equal(moat_store_settle(&a->store, &note), 0);
    seal(slot, n + 4);
    f->m.sizes[MOAT_SLOT_MARK] = n + 4;
    assert_int_equal(moat_store_load(&a->store), 0);
    if (n >= LEAST && n + 4 <= ALL + MAC)
      memcpy(&expected, numbers, (n < ALL ? n - 4 : ALL - 4) / 4 * 4);
    if (memcmp(&a->store.note, &expected, sizeof expected) != 0) fail_msg("%zu bytes", n);
  }
  close_account(a);
}

static const moat_device_prompt prompt = {.device_code = {"DC", 2},
                                          .user_code = {"UC", 2},
                                          .verification_uri = {"https://h/d", 11},
                                          .expires_in = 900,
                                          .interval = 5};

static int load_device(exact *f, moat_device_prompt *p, moat_span owner) {
  size_t n = f->m.sizes[MOAT_SLOT_PENDING];
  char *buffer = malloc(n);
  int r = moat_device_load(p, owner, &f->platform, &f->m, buffer, n);
  free(buffer);
  return r;
}

static int save_device(exact *f, moat_device_prompt p, moat_span owner) {
  char buffer[200];
  return moat_device_save(&p, owner, &f->platform, &f->m, buffer, sizeof buffer);
}

/* Without an owner no comparison after the lengths could catch a wrong one. */
static void test_device_record_lengths(void **state) {
  exact *f = *state;
  static const moat_span nobody = {NULL, 0};
  moat_device_prompt p = prompt;
  p.message = moat_str("message");
  assert_int_equal(save_device(f, p, nobody), 0);
  char *slot = f->m.slots[MOAT_SLOT_PENDING];
  size_t n = f->m.sizes[MOAT_SLOT_PENDING];
  assert_int_equal(load_device(f, &p, nobody), 0);
  for (size_t i = 0; i < 5; i++) { /* the sixth is the owner's */
    char *length = slot + AT_DEVICE_LENGTHS + 2 * i;
    size_t good = moat__get16(length);
    const size_t bad[] = {good + 1, good + 4, 0x7fff, 0xffff};
    for (size_t k = 0; k < COUNT(bad); k++) {
      moat__put16(length, bad[k]);
      seal(slot, n);
      if (load_device(f, &p, nobody) != MOAT_E_STORE) fail_msg("text %zu of %zu bytes", i, bad[k]);
    }
    moat__put16(length, good);
  }
  seal(slot, n);
  assert_int_equal(load_device(f, &p, nobody), 0);
}

/* A text whose length does not fit 16 bits, in a buffer that would hold it. */
static void test_device_text_too_long(void **state) {
  exact *f = *state;
  static char text[0x10000], buffer[0x10000 + 200];
  moat_device_prompt p = prompt;
  memset(text, 'x', sizeof text);
  p.message = (moat_span){text, sizeof text};
  assert_int_equal(moat_device_save(&p, moat_str("me"), &f->platform, &f->m, buffer, sizeof buffer),
                   MOAT_E_SPACE);
  assert_int_equal(f->m.sizes[MOAT_SLOT_PENDING], 0);
}

/* If the clock is unknown when it is stored or loaded, the whole time is left. */
static void test_device_without_a_clock(void **state) {
  exact *f = *state;
  moat_device_prompt p;
  for (int stored = 0; stored < 2; stored++) {
    f->m.unix_time = stored ? 1700000000 : 0;
    assert_int_equal(save_device(f, prompt, moat_str("me")), 0);
    for (int loaded = 0; loaded < 2; loaded++) {
      f->m.unix_time = loaded ? 1700000100 : 0;
      assert_int_equal(load_device(f, &p, moat_str("me")), 0);
      assert_int_equal(p.expires_in, stored && loaded ? 800 : 900);
    }
  }
  f->platform.unix_time = NULL;
  assert_int_equal(load_device(f, &p, moat_str("me")), 0);
  assert_int_equal(p.expires_in, 900);
}

/* ---- Records of another build ---- */

static void set_version(char *slot, size_t n, uint32_t version) {
  moat__put32(slot + AT_VERSION, version);
  seal(slot, n);
}

/* A newer record is refused, even beside a good one of this build. */
static void test_record_of_a_newer_build(void **state) {
  exact *f = *state;
  char *a = f->m.slots[MOAT_SLOT_A], *b = f->m.slots[MOAT_SLOT_B];
  size_t n = put_record(f);
  set_version(a, n, 0x7f);
  assert_int_equal(load_exactly(f, n), MOAT_E_NEWER);
  memcpy(b, a, n);
  f->m.sizes[MOAT_SLOT_B] = n;
  set_version(b, n, 1);
  assert_int_equal(load_exactly(f, n), MOAT_E_NEWER);
  set_version(a, n, 1);
  assert_int_equal(load_exactly(f, n), 0);
  set_version(b, n, UINT32_MAX);
  assert_int_equal(load_exactly(f, n), MOAT_E_NEWER);
}

/* Every version begins with its name and number and ends with the checksum. What is between may be
 * anything, or nothing. */
static void test_short_record_of_a_newer_build(void **state) {
  exact *f = *state;
  enum { SIZE = 12 };
  char *slot = f->m.slots[MOAT_SLOT_A];
  size_t n = put_record(f);
  f->m.sizes[MOAT_SLOT_A] = SIZE;
  set_version(slot, SIZE, 0x7f);
  assert_int_equal(load_exactly(f, n), MOAT_E_NEWER);
}

/* A record with another name is not Moat's. */
static void test_record_of_another_format(void **state) {
  exact *f = *state;
  char *slot = f->m.slots[MOAT_SLOT_A];
  size_t n = put_record(f);
  for (size_t i = 0; i < 4; i++) {
    slot[i] ^= 0x20;
    seal(slot, n);
    assert_int_equal(load_exactly(f, n), MOAT_E_STORE);
    slot[i] ^= 0x20;
  }
}

static void test_device_record_of_another_build(void **state) {
  exact *f = *state;
  moat_device_prompt p;
  char *slot = f->m.slots[MOAT_SLOT_PENDING];
  assert_int_equal(save_device(f, prompt, moat_str("me")), 0);
  size_t n = f->m.sizes[MOAT_SLOT_PENDING];
  for (size_t i = 0; i <= AT_VERSION; i++) {
    slot[i] ^= 0x20;
    seal(slot, n);
    assert_int_equal(load_device(f, &p, moat_str("me")), MOAT_E_STORE);
    slot[i] ^= 0x20;
  }
  seal(slot, n);
  assert_int_equal(load_device(f, &p, moat_str("me")), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      EXACT(test_record_lengths),
      EXACT(test_record_cut),
      EXACT(test_record_contents),
      EXACT(test_mark_contents),
      EXACT(test_mark_lengths),
      EXACT(test_device_record_lengths),
      EXACT(test_device_text_too_long),
      EXACT(test_device_without_a_clock),
      EXACT(test_record_of_a_newer_build),
      EXACT(test_short_record_of_a_newer_build),
      EXACT(test_record_of_another_format),
      EXACT(test_device_record_of_another_build),
  };
  return cmocka_run_group_tests_name("records", tests, NULL, NULL);
}
