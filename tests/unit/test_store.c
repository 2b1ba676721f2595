/* The stored grant on a platform whose power fails at every write and within it. */
#include "cmocka_all.h"

#include <limits.h>
#include <stdio.h>

#include "text/text.h"
#include "store/store.h"
#include "records.h"
#include "scripted.h"

/* Offsets in a record */
enum { AT_VERSION = 4, AT_HOW = 8, AT_SEQUENCE = 12, AT_LENGTHS = 32, AT_TEXTS = 52, TEXTS = 5 };
enum { MARK = 40 /* bytes before its end */ };

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

static bool is_wiped(const char *p, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (p[i]) return false;
  return true;
}

static void assert_span(moat_span s, const char *text) {
  assert_int_equal(s.n, strlen(text));
  assert_memory_equal(s.p, text, s.n);
}

static moat_token token(const char *refresh, const char *scope) {
  return (moat_token){.access_token = moat_str("AT"),
                      .refresh_token = moat_str(refresh),
                      .scope = moat_str(scope),
                      .expires_in = 3600};
}

static int save(moat_store *s, moat_token t) {
  return moat_store_keeper.save(s, &t);
}

/* What an answer without a token leaves. */
static int settle(moat_store *s, bool definite, uint32_t pause) {
  uint32_t now = moat__store_now(s);
  moat_note note = {.marked = definite ? 0 : 1, .until = now && pause ? now + pause : 0};
  return moat_store_settle(s, &note);
}

/* A device with a key. */
static const moat_platform keyed_platform = {.ticks_ms = memory_ticks,
                                             .unix_time = memory_time,
                                             .slot_read = memory_read,
                                             .slot_write = memory_write,
                                             .slot_erase = memory_erase,
                                             .mac = test_mac};

static void sign_in_on(const moat_platform *platform, memory *m, moat_store *s, char *buffer,
                       size_t size) {
  moat_store_init(s, platform, m, buffer, size);
  int r = moat_store_load(s);
  assert_true(r == 0 || r == MOAT_E_EMPTY);
  moat_store_renew(s, MOAT_HOW_CODE, moat_str("https://h/t"), moat_str("client"),
                   moat_str("asked"));
  assert_int_equal(moat_store_keeper.mark(s), 0);
  assert_int_equal(save(s, token("RT.1", NULL)), 0);
}

static void sign_in(memory *m, moat_store *s, char *buffer, size_t size) {
  sign_in_on(&memory_platform, m, s, buffer, size);
}

static void test_round_trip(void **state) {
  (void)state;
  static memory m;
  moat_store s;
  char buffer[300];
  m = (memory){.unix_time = 1700000000};
  sign_in(&m, &s, buffer, sizeof buffer);
  for (int access = 0; access < 2; access++) {
    s.keep_access = access;
    assert_int_equal(save(&s, token("RT.2", "a longer scope than the one that was asked for")), 0);
    memset(buffer, 0x55, sizeof buffer);
    assert_int_equal(moat_store_load(&s), 0);
    assert_span(s.record.provider, "https://h/t");
    assert_span(s.record.client_id, "client");
    assert_span(s.record.scope, "a longer scope than the one that was asked for");
    assert_span(s.record.refresh_token, "RT.2");
    assert_span(s.record.access_token, access ? "AT" : "");
    assert_int_equal(s.record.how, MOAT_HOW_CODE);
    assert_int_equal(s.record.signed_in, 1700000000);
    assert_int_equal(s.record.expires, 1700003600);
    assert_int_equal(s.record.sequence, 1700000002 + access);
  }
}

/* What an answer leaves out is kept, wherever the rest moves it. */
static void test_partial_answers(void **state) {
  (void)state;
  static memory m;
  moat_store s;
  char buffer[300];
  static const char *const scopes[] = {NULL, "x", "a much longer scope", NULL, "y", "asked"};
  m = (memory){.unix_time = 0};
  sign_in(&m, &s, buffer, sizeof buffer);
  const char *scope = "asked";
  for (size_t i = 0; i < sizeof scopes / sizeof *scopes; i++) {
    if (scopes[i]) scope = scopes[i];
    assert_int_equal(save(&s, token(NULL, scopes[i])), 0);
    assert_int_equal(moat_store_load(&s), 0);
    assert_span(s.record.refresh_token, "RT.1");
    assert_span(s.record.scope, scope);
    assert_int_equal(s.record.expires, 0); /* the clock is unknown */
  }
}

static void test_mark(void **state) {
  (void)state;
  static memory m;
  moat_store s;
  char buffer[300];
  m = (memory){.unix_time = 1700000000};
  m.sizes[MOAT_SLOT_PENDING] = 5;
  sign_in(&m, &s, buffer, sizeof buffer);
  assert_int_equal(m.sizes[MOAT_SLOT_PENDING], 0); /* a code is used once */
  assert_int_equal(moat_store_load(&s), 0);
  assert_false(s.note.marked);
  assert_int_equal(moat_store_keeper.mark(&s), 0);
  assert_int_equal(moat_store_load(&s), 0);
  assert_true(s.note.marked);
  assert_int_equal(settle(&s, true, 0), 0);
  assert_int_equal(moat_store_load(&s), 0);
  assert_false(s.note.marked);
  assert_int_equal(moat_store_keeper.mark(&s), 0);
  assert_int_equal(save(&s, token("RT.2", NULL)), 0); /* makes the mark void */
  assert_int_equal(moat_store_load(&s), 0);
  assert_false(s.note.marked);
}

/* All of a note comes back, and an empty one takes the slot's bytes away. */
static void test_note(void **state) {
  (void)state;
  static memory m;
  moat_store s;
  char buffer[300];
  static const moat_note note = {1, 1700000060, 3, 4, 5, 6, MOAT_E_LOST, 8, -9}, nothing;
  m = (memory){.unix_time = 1700000000};
  sign_in(&m, &s, buffer, sizeof buffer);
  assert_int_equal(moat_store_settle(&s, &note), 0);
  assert_int_equal(m.sizes[MOAT_SLOT_MARK], MARK + 4);
  assert_int_equal(moat_store_load(&s), 0);
  assert_memory_equal(&s.note, &note, sizeof note);
  unsigned writes = m.writes;
  assert_int_equal(moat_store_keeper.mark(&s), 0); /* it is there */
  assert_int_equal(m.writes, writes);
  assert_int_equal(save(&s, token("RT.2", NULL)), 0); /* ends all of it */
  assert_memory_equal(&s.note, &nothing, sizeof nothing);
  assert_int_equal(moat_store_load(&s), 0);
  assert_memory_equal(&s.note, &nothing, sizeof nothing);
  assert_int_equal(moat_store_settle(&s, &nothing), 0);
  assert_int_equal(m.sizes[MOAT_SLOT_MARK], 0);
}

/* A mark that was not written is none: the next request needs it as well. */
static void test_mark_not_written(void **state) {
  (void)state;
  static memory m;
  moat_store s;
  char buffer[300];
  m = (memory){.unix_time = 1700000000};
  sign_in(&m, &s, buffer, sizeof buffer);
  for (unsigned busy = 0; busy < 2; busy++) {
    m.busy = busy;
    if (busy) assert_int_equal(moat_store_keeper.mark(&s), MOAT_WANT_TIME);
    m.power_failed = true;
    assert_int_equal(moat_store_keeper.mark(&s), MOAT_E_STORE);
    assert_false(s.note.marked);
    m.power_failed = false;
  }
  m.busy = m.waited = 0;
  assert_int_equal(moat_store_keeper.mark(&s), 0);
  assert_int_equal(moat_store_load(&s), 0);
  assert_true(s.note.marked);
  /* One that cannot be taken away stands. */
  m.power_failed = true;
  assert_int_equal(settle(&s, true, 0), MOAT_E_STORE);
  assert_true(s.note.marked);
}

/* A pause is kept with the mark or without it, and a clock that went back ends it. */
static void test_pause(void **state) {
  (void)state;
  static memory m;
  moat_store s;
  char buffer[300];
  m = (memory){.unix_time = 1700000000};
  sign_in(&m, &s, buffer, sizeof buffer);
  for (int definite = 0; definite < 2; definite++) {
    m.unix_time = 1700000000;
    assert_int_equal(moat_store_keeper.mark(&s), 0);
    moat_note note = {.marked = definite ? 0 : 1, .until = 1700000060};
    m.busy = 1;
    assert_int_equal(moat_store_settle(&s, &note), MOAT_WANT_TIME);
    m.unix_time += 5;
    assert_int_equal(moat_store_settle(&s, &note), 0);
    m.busy = 0;
    assert_int_equal(moat_store_load(&s), 0);
    assert_int_equal(s.note.marked, !definite);
    assert_int_equal(moat_store_pause(&s), 55);
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
      m.unix_time = clocks[i].time;
      assert_int_equal(moat_store_load(&s), 0);
      assert_int_equal(moat_store_pause(&s), clocks[i].pause);
      assert_int_equal(s.note.marked, !definite);
    }
  }
  m.unix_time = 0; /* then there is nothing to count from */
  assert_int_equal(settle(&s, true, 60), 0);
  assert_int_equal(m.sizes[MOAT_SLOT_MARK], 0);
  assert_int_equal(moat_store_keeper.mark(&s), 0);
  unsigned writes = m.writes;
  assert_int_equal(moat_store_keeper.mark(&s), 0); /* it is there: flash is spared */
  assert_int_equal(m.writes, writes);
}

static void test_space(void **state) {
  (void)state;
  static memory m;
  moat_store s;
  char buffer[300];
  m = (memory){.unix_time = 1700000000};
  sign_in(&m, &s, buffer, sizeof buffer);
  size_t size = MOAT_RECORD_OVERHEAD - 28 +
                strlen("https://h/t"
                       "client"
                       "asked"
                       "RT.1");
  assert_int_equal(m.sizes[MOAT_SLOT_A], size);
  moat_store_init(&s, &memory_platform, &m, buffer, size - 1);
  assert_int_equal(moat_store_load(&s), MOAT_E_SPACE);
  assert_int_equal(s.needed, size);
  moat_store_init(&s, &memory_platform, &m, buffer, size);
  assert_int_equal(moat_store_load(&s), 0);
  assert_int_equal(save(&s, token("RT.10", NULL)), MOAT_E_SPACE);
  assert_int_equal(s.needed, size + 1);
}

static void test_damage(void **state) {
  (void)state;
  static memory m, copy;
  moat_store s;
  char buffer[300];
  m = (memory){.unix_time = 1700000000};
  sign_in(&m, &s, buffer, sizeof buffer);
  assert_int_equal(save(&s, token("RT.2", NULL)), 0);
  copy = m;
  for (size_t i = 0; i < copy.sizes[MOAT_SLOT_B]; i++) {
    m = copy;
    m.slots[MOAT_SLOT_B][i] ^= 0x20;
    int r = moat_store_load(&s);
    assert_int_equal(r, 0); /* the record before it is there still */
    assert_span(s.record.refresh_token, "RT.1");
    m.slots[MOAT_SLOT_A][i] ^= 0x20;
    assert_int_equal(moat_store_load(&s), MOAT_E_STORE);
  }
  m = copy;
  assert_int_equal(moat_store_load(&s), 0);
  assert_int_equal(moat_store_keeper.mark(&s), 0);
  assert_int_equal(moat_store_erase(&s), 0);
  assert_int_equal(s.record.refresh_token.n, 0);
  assert_false(s.note.marked);
  assert_int_equal(moat_store_load(&s), MOAT_E_EMPTY);
}

static int busy_slot = -1;
static unsigned erases;

/* Each erase takes two calls, and both with the same slot. */
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
  (void)state;
  static memory m;
  moat_platform slow = memory_platform;
  moat_store s;
  char buffer[300];
  slow.slot_erase = slow_erase;
  m = (memory){.unix_time = 1700000000};
  for (unsigned i = 0; i < 2; i++) {
    erases = 0;
    sign_in(&m, &s, buffer, sizeof buffer);
    s.platform = &slow;
    int r = MOAT_WANT_TIME;
    for (unsigned calls = 0; calls < 20 && r == MOAT_WANT_TIME; calls++)
      r = moat_store_erase(&s);
    assert_int_equal(r, 0);
    assert_int_equal(erases, MOAT_SLOTS);
    assert_int_equal(moat_store_load(&s), MOAT_E_EMPTY);
  }
  /* One that was given up is not gone on with. */
  sign_in(&m, &s, buffer, sizeof buffer);
  s.platform = &slow;
  for (int i = 0; i < 4; i++)
    assert_int_equal(moat_store_erase(&s), MOAT_WANT_TIME);
  busy_slot = -1;
  assert_int_equal(moat_store_load(&s), MOAT_E_EMPTY);
  s.platform = &memory_platform;
  sign_in(&m, &s, buffer, sizeof buffer);
  assert_int_equal(moat_store_erase(&s), 0);
  assert_int_equal(moat_store_load(&s), MOAT_E_EMPTY);
}

static int read_but_the_mark(void *ctx, int slot, void *p, size_t cap, size_t *n) {
  return slot == MOAT_SLOT_MARK ? MOAT_E_STORE : memory_read(ctx, slot, p, cap, n);
}

/* A port with checksums of its own may say so of a mark that the power failed in: no request went
 * out for it, and the grant is as good as before. */
static void test_damaged_mark(void **state) {
  (void)state;
  static memory m;
  moat_platform checking = memory_platform;
  moat_store s;
  char buffer[300];
  checking.slot_read = read_but_the_mark;
  m = (memory){.unix_time = 1700000000};
  sign_in(&m, &s, buffer, sizeof buffer);
  assert_int_equal(moat_store_keeper.mark(&s), 0);
  s.platform = &checking;
  assert_int_equal(moat_store_load(&s), 0);
  assert_false(s.note.marked);
}

/* A mark that an erase did not come to is not one of the next grant. */
static void test_mark_of_an_erased_grant(void **state) {
  (void)state;
  static memory m;
  moat_store s;
  char buffer[300];
  m = (memory){.unix_time = 1700000000};
  sign_in(&m, &s, buffer, sizeof buffer);
  assert_int_equal(moat_store_keeper.mark(&s), 0);
  m.sizes[MOAT_SLOT_A] = m.sizes[MOAT_SLOT_B] = 0;
  m.unix_time++;
  sign_in(&m, &s, buffer, sizeof buffer);
  assert_int_equal(moat_store_load(&s), 0);
  assert_false(s.note.marked);
}

/* An access token that does not fit must not cost the refresh token. */
static void test_space_for_the_access_token(void **state) {
  (void)state;
  static memory m;
  moat_store s;
  char buffer[300];
  m = (memory){.unix_time = 1700000000};
  sign_in(&m, &s, buffer, sizeof buffer);
  size_t size = m.sizes[MOAT_SLOT_A] + 1; /* AT is two */
  for (unsigned fits = 0; fits < 2; fits++) {
    moat_store_init(&s, &memory_platform, &m, buffer, size + fits);
    s.keep_access = true;
    assert_int_equal(moat_store_load(&s), 0);
    assert_int_equal(save(&s, token("RT.2", NULL)), 0);
    assert_int_equal(moat_store_load(&s), 0);
    assert_span(s.record.refresh_token, "RT.2");
    assert_span(s.record.access_token, fits ? "AT" : "");
  }
}

static void reseal(memory *m, int slot) {
  seal_crc(m->slots[slot], m->sizes[slot] - 4);
}

static void test_versions(void **state) {
  (void)state;
  static memory m;
  moat_store s;
  char buffer[300];
  m = (memory){.unix_time = 1700000000};
  sign_in(&m, &s, buffer, sizeof buffer);
  m.slots[MOAT_SLOT_A][AT_VERSION] = 3;
  assert_int_equal(moat_store_load(&s), MOAT_E_STORE);
  reseal(&m, MOAT_SLOT_A); /* one that is newer is left alone */
  assert_int_equal(moat_store_load(&s), MOAT_E_NEWER);
  assert_true(is_wiped(buffer, sizeof buffer));
  m.slots[MOAT_SLOT_A][AT_VERSION] = 0;
  reseal(&m, MOAT_SLOT_A);
  assert_int_equal(moat_store_load(&s), MOAT_E_STORE);
  m.slots[MOAT_SLOT_A][AT_VERSION] = 1; /* whose texts lay elsewhere */
  reseal(&m, MOAT_SLOT_A);
  assert_int_equal(moat_store_load(&s), MOAT_E_STORE);
  m.slots[MOAT_SLOT_A][AT_VERSION] = 2;
  m.slots[MOAT_SLOT_A][0] = 'm';
  reseal(&m, MOAT_SLOT_A);
  assert_int_equal(moat_store_load(&s), MOAT_E_STORE);
}

/* As releases before this one wrote it, byte for byte. */
static void test_record_of_old(void **state) {
  (void)state;
  static memory m;
  moat_store s;
  char buffer[300];
  static const char old[] =
      "MOAT\1\0\0\0\1\0\0\0\7\0\0\0\0\xf1\x53\x65\0\xf1\x53\x65\x10\xff\x53\x65"
      "\x0b\0\0\0\6\0\0\0\4\0\0\0\2\0\0\0\5\0\0\0"
      "https://h/tclientRT.1ATscope";
  m = (memory){.unix_time = 1700000000, .sizes = {[MOAT_SLOT_A] = sizeof old - 1 + 4}};
  memcpy(m.slots[MOAT_SLOT_A], old, sizeof old - 1);
  reseal(&m, MOAT_SLOT_A);
  moat_store_init(&s, &memory_platform, &m, buffer, sizeof buffer);
  assert_int_equal(moat_store_load(&s), 0);
  assert_int_equal(s.record.sequence, 7);
  assert_int_equal(s.record.signed_in, 1700000000);
  assert_int_equal(s.record.expires, 1700003600);
  assert_int_equal(s.record.life, 3600);
  assert_span(s.record.provider, "https://h/t");
  assert_span(s.record.client_id, "client");
  assert_span(s.record.refresh_token, "RT.1");
  assert_span(s.record.access_token, "AT");
  assert_span(s.record.scope, "scope");
  memset(m.slots[MOAT_SLOT_A] + 24, 0, 4); /* the server did not say how long it lives */
  reseal(&m, MOAT_SLOT_A);
  assert_int_equal(moat_store_load(&s), 0);
  assert_int_equal(s.record.life, 0);
  memset(m.slots[MOAT_SLOT_A] + 20, 0, 4); /* or the clock was unknown: then it is over */
  reseal(&m, MOAT_SLOT_A);
  assert_int_equal(moat_store_load(&s), 0);
  assert_int_equal(s.record.life, 1);
  assert_int_equal(save(&s, token("RT.2", NULL)), 0); /* with the texts in place */
  assert_int_equal(moat_store_load(&s), 0);
  assert_int_equal(s.record.sequence, 8);
  assert_span(s.record.provider, "https://h/t");
  assert_span(s.record.client_id, "client");
  assert_span(s.record.refresh_token, "RT.2");
  assert_span(s.record.scope, "scope");
}

/* It costs a request at most; to refuse it would cost the grant. */
static void test_unknown_how(void **state) {
  (void)state;
  static memory m;
  moat_store s;
  char buffer[300];
  m = (memory){.unix_time = 1700000000};
  sign_in(&m, &s, buffer, sizeof buffer);
  m.slots[MOAT_SLOT_A][AT_HOW] = 77;
  reseal(&m, MOAT_SLOT_A);
  assert_int_equal(moat_store_load(&s), 0);
  assert_int_equal(s.record.how, 77);
}

static void test_bad_lengths_under_a_good_checksum(void **state) {
  (void)state;
  static memory m, good;
  moat_store s;
  char buffer[300];
  m = (memory){.unix_time = 1700000000};
  sign_in(&m, &s, buffer, sizeof buffer);
  good = m;
  char *slot = m.slots[MOAT_SLOT_A];
  for (size_t i = 0; i < TEXTS; i++) {
    char *at = slot + AT_LENGTHS + 4 * i;
    uint32_t length = get32(at);
    uint32_t bad[] = {length + 1, length - 1, length + 4, (uint32_t)good.sizes[MOAT_SLOT_A],
                      INT32_MAX,  UINT32_MAX, 0x80000000u};
    for (size_t j = 0; j < sizeof bad / sizeof *bad; j++) {
      m = good;
      put32(at, bad[j]);
      reseal(&m, MOAT_SLOT_A);
      assert_int_equal(moat_store_load(&s), MOAT_E_STORE);
      assert_true(is_wiped(buffer, sizeof buffer));
      assert_int_equal(s.record.sequence, 0);
    }
  }
  m = good; /* a sum that wraps to what is there */
  put32(slot + AT_LENGTHS, get32(slot + AT_LENGTHS) + 0x80000000u);
  put32(slot + AT_LENGTHS + 4, get32(slot + AT_LENGTHS + 4) + 0x80000000u);
  reseal(&m, MOAT_SLOT_A);
  assert_int_equal(moat_store_load(&s), MOAT_E_STORE);
  for (size_t n = 0; n < AT_TEXTS; n++) {
    m = good;
    m.sizes[MOAT_SLOT_A] = n + 4;
    reseal(&m, MOAT_SLOT_A);
    assert_int_equal(moat_store_load(&s), MOAT_E_STORE);
  }
  for (size_t n = 1; n < 4; n++) {
    m = good;
    m.sizes[MOAT_SLOT_A] = n;
    assert_int_equal(moat_store_load(&s), MOAT_E_STORE);
  }
}

/* Whatever the clock said at first, a record that was saved is found again. */
static void test_clocks_out_of_range(void **state) {
  (void)state;
  static memory m;
  moat_store s;
  char buffer[300];
  static const int64_t clocks[] = {-1, INT64_MIN, (int64_t)UINT32_MAX + 1, INT64_MAX,
                                   INT64_MAX - 1};
  for (size_t i = 0; i < sizeof clocks / sizeof *clocks; i++) {
    m = (memory){.unix_time = clocks[i]};
    sign_in(&m, &s, buffer, sizeof buffer);
    assert_int_equal(moat_store_load(&s), 0);
    assert_int_equal(s.record.sequence, 1);
    assert_int_equal(s.record.signed_in, 0);
    assert_int_equal(s.record.expires, 0);
    assert_int_equal(save(&s, token("RT.2", NULL)), 0);
    assert_int_equal(moat_store_load(&s), 0);
    assert_span(s.record.refresh_token, "RT.2");
    assert_int_equal(settle(&s, false, 60), 0);
    assert_int_equal(moat_store_load(&s), 0);
    assert_int_equal(moat_store_pause(&s), 0);
  }
  m = (memory){.unix_time = UINT32_MAX}; /* the last one that a record can say */
  sign_in(&m, &s, buffer, sizeof buffer);
  assert_int_equal(moat_store_load(&s), 0);
  assert_int_equal(s.record.sequence, 1);
  assert_int_equal(s.record.expires, UINT32_MAX);
  m = (memory){.unix_time = 2200000000}; /* 2039 */
  sign_in(&m, &s, buffer, sizeof buffer);
  moat_token t = token("RT.2", NULL);
  t.expires_in = INT32_MAX; /* longer than a month the refresh token would lie unused */
  assert_int_equal(save(&s, t), 0);
  assert_int_equal(s.record.life, 30 * 86400);
  assert_int_equal(s.record.expires, 2200000000 + 30 * 86400);
  moat_store_renew(&s, MOAT_HOW_CODE, moat_str("p"), moat_str("c"), moat_str("s"));
  t.refresh_token.n = 0;
  assert_int_equal(save(&s, t), 0);
  assert_int_equal(s.record.life, INT32_MAX);
  assert_int_equal(s.record.expires, UINT32_MAX);
}

static void test_sequence_wraps(void **state) {
  (void)state;
  static memory m;
  moat_store s;
  char buffer[300], name[20];
  m = (memory){.unix_time = UINT32_MAX - 4};
  sign_in(&m, &s, buffer, sizeof buffer);
  m.unix_time = 1700000000;
  for (unsigned i = 2; i < 10; i++) {
    snprintf(name, sizeof name, "RT.%u", i);
    assert_int_equal(save(&s, token(name, NULL)), 0);
    assert_int_equal(moat_store_load(&s), 0);
    assert_span(s.record.refresh_token, name);
    assert_int_not_equal(s.record.sequence, 0);
  }
  assert_int_equal(s.record.sequence, 5);
}

static void test_wipe(void **state) {
  (void)state;
  static memory m, before;
  moat_store s;
  char buffer[300];
  m = (memory){.unix_time = 1700000000};
  sign_in(&m, &s, buffer, sizeof buffer);
  assert_int_equal(moat_store_keeper.mark(&s), 0);
  before = m;
  m.busy = 1;
  assert_int_equal(save(&s, token("RT.2", NULL)), MOAT_WANT_TIME); /* and then a cancel */
  moat_store_wipe(&s);
  assert_true(is_wiped(buffer, sizeof buffer));
  assert_int_equal(s.record.refresh_token.n + s.record.access_token.n, 0);
  m.busy = 0;
  assert_memory_equal(m.slots, before.slots, sizeof m.slots);
  assert_int_equal(moat_store_load(&s), 0);
  assert_true(s.note.marked);
  assert_int_equal(save(&s, token("RT.3", NULL)), 0);
  assert_int_equal(moat_store_load(&s), 0);
  assert_span(s.record.refresh_token, "RT.3");
}

/* ---- Records that are authenticated ---- */

static int fresh_key(void **state) {
  (void)state;
  memset(&mac, 0, sizeof mac);
  for (size_t i = 0; i < sizeof mac.key; i++)
    mac.key[i] = (uint8_t)(7 * i + 1);
  return 0;
}

/* RFC 4231 4.2, with its 20 bytes of key: the tests' own mac is what it says it is. */
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

/* What is in the slots, byte for byte: the record, and its MAC with the slot's number behind it. */
static void test_mac_layout(void **state) {
  (void)state;
  static memory m;
  moat_store s;
  char buffer[300];
  uint8_t out[32];
  m = (memory){.unix_time = 1700000000};
  sign_in_on(&keyed_platform, &m, &s, buffer, sizeof buffer);
  assert_int_equal(m.sizes[MOAT_SLOT_A],
                   MOAT_RECORD_OVERHEAD + strlen("https://h/tclientaskedRT.1"));
  assert_int_equal(save(&s, token("RT.2", NULL)), 0);
  assert_int_equal(moat_store_keeper.mark(&s), 0);
  assert_int_equal(m.sizes[MOAT_SLOT_MARK], MARK + 32);
  for (int slot = MOAT_SLOT_A; slot <= MOAT_SLOT_MARK; slot++) {
    char text[300];
    size_t n = m.sizes[slot] - 32;
    memcpy(text, m.slots[slot], n);
    text[n] = slot == MOAT_SLOT_MARK ? MOAT_SLOT_MARK : MOAT_SLOT_A;
    hmac(mac.key, text, n + 1, out);
    assert_memory_equal(out, m.slots[slot] + n, 32);
  }
  assert_int_equal(moat_store_load(&s), 0);
  assert_span(s.record.refresh_token, "RT.2");
  assert_true(s.note.marked);
  assert_int_equal(settle(&s, true, 60), 0);
  assert_int_equal(moat_store_load(&s), 0);
  assert_false(s.note.marked);
  assert_int_equal(moat_store_pause(&s), 60);
}

/* Called again and again, with the same bytes. */
static void test_mac_on_a_slow_flash(void **state) {
  (void)state;
  static memory m;
  moat_store s;
  char buffer[300];
  m = (memory){.unix_time = 1700000000};
  sign_in_on(&keyed_platform, &m, &s, buffer, sizeof buffer);
  m.busy = 2;
  for (int i = 0; i < 2; i++)
    assert_int_equal(moat_store_keeper.mark(&s), MOAT_WANT_TIME);
  assert_int_equal(moat_store_keeper.mark(&s), 0);
  assert_int_equal(moat_store_load(&s), 0);
  assert_true(s.note.marked);
  for (int i = 0; i < 2; i++)
    assert_int_equal(save(&s, token("RT.2", NULL)), MOAT_WANT_TIME);
  assert_int_equal(save(&s, token("RT.2", NULL)), 0);
  assert_int_equal(moat_store_load(&s), 0);
  assert_span(s.record.refresh_token, "RT.2");
}

static void test_every_bit_counts(void **state) {
  (void)state;
  static memory m, good;
  moat_store s;
  char buffer[300];
  m = (memory){.unix_time = 1700000000};
  sign_in_on(&keyed_platform, &m, &s, buffer, sizeof buffer);
  assert_int_equal(moat_store_keeper.mark(&s), 0);
  good = m;
  for (size_t bit = 0; bit < 8 * good.sizes[MOAT_SLOT_A]; bit++) {
    m = good;
    m.slots[MOAT_SLOT_A][bit / 8] = (char)(m.slots[MOAT_SLOT_A][bit / 8] ^ 1 << bit % 8);
    assert_int_equal(moat_store_load(&s), MOAT_E_STORE);
  }
  for (size_t n = 1; n < good.sizes[MOAT_SLOT_A]; n++) {
    m = good;
    m.sizes[MOAT_SLOT_A] = n;
    assert_int_equal(moat_store_load(&s), MOAT_E_STORE);
  }
  for (size_t bit = 0; bit < 8 * good.sizes[MOAT_SLOT_MARK]; bit++) {
    m = good;
    m.slots[MOAT_SLOT_MARK][bit / 8] = (char)(m.slots[MOAT_SLOT_MARK][bit / 8] ^ 1 << bit % 8);
    assert_int_equal(moat_store_load(&s), 0);
    assert_false(s.note.marked);
  }
  m = good;
  assert_int_equal(moat_store_load(&s), 0);
  assert_true(s.note.marked);
}

/* With a first key, without one any more, or with another, what is stored is no record. A new
 * sign-in makes one, and the mark of before is none of it. */
static void test_key_comes_and_goes(void **state) {
  (void)state;
  static memory m;
  moat_store s;
  char buffer[300];
  const moat_platform *const before[] = {&memory_platform, &keyed_platform, &keyed_platform};
  const moat_platform *const after[] = {&keyed_platform, &memory_platform, &keyed_platform};
  for (size_t i = 0; i < 3; i++) {
    m = (memory){.unix_time = 1700000000};
    sign_in_on(before[i], &m, &s, buffer, sizeof buffer);
    assert_int_equal(save(&s, token("RT.2", NULL)), 0);
    assert_int_equal(moat_store_keeper.mark(&s), 0);
    s.platform = after[i];
    mac.key[31]++;
    assert_int_equal(moat_store_load(&s), MOAT_E_STORE);
    assert_true(is_wiped(buffer, sizeof buffer));
    moat_store_renew(&s, MOAT_HOW_CODE, moat_str("p"), moat_str("c"), moat_str("s"));
    assert_int_equal(save(&s, token("RT.3", NULL)), 0);
    assert_int_equal(moat_store_load(&s), 0);
    assert_span(s.record.refresh_token, "RT.3");
    assert_false(s.note.marked);
  }
}

/* A mark that was authenticated by nobody is none, though the grant is. */
static void test_mark_without_a_mac(void **state) {
  (void)state;
  static memory m;
  moat_store s;
  char buffer[300];
  m = (memory){.unix_time = 1700000000};
  sign_in_on(&keyed_platform, &m, &s, buffer, sizeof buffer);
  s.platform = &memory_platform;
  assert_int_equal(moat_store_keeper.mark(&s), 0);
  s.platform = &keyed_platform;
  assert_int_equal(moat_store_load(&s), 0);
  assert_false(s.note.marked);
}

/* The same bytes in another kind of slot are no record there. */
static void test_kinds(void **state) {
  (void)state;
  static memory m;
  char buffer[60], out[60];
  for (int from = 0; from < MOAT_SLOTS; from++) {
    memset(buffer, 'x', 20);
    assert_int_equal(moat__record_seal(&keyed_platform, &m, from, buffer, 20), 0);
    for (int to = 0; to < MOAT_SLOTS; to++) {
      bool same = from == to || (from <= MOAT_SLOT_B && to <= MOAT_SLOT_B);
      size_t n;
      m.sizes[to] = 52;
      memcpy(m.slots[to], buffer, 52);
      assert_int_equal(moat__record_open(&keyed_platform, &m, to, out, sizeof out, &n),
                       same ? 0 : MOAT_E_STORE);
      assert_int_equal(n, 20);
    }
  }
}

/* Nothing is written that would not be good, and nothing that is good is said to be damaged. */
static void test_mac_fails(void **state) {
  (void)state;
  static memory m, before;
  moat_store s;
  char buffer[300];
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
  m = (memory){.unix_time = 1700000000};
  sign_in_on(&keyed_platform, &m, &s, buffer, sizeof buffer);
  before = m;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    mac.result = 0;
    assert_int_equal(moat_store_load(&s), 0);
    mac.result = cases[i].result;
    assert_int_equal(moat_store_keeper.mark(&s), cases[i].write);
    assert_int_equal(s.port_code, cases[i].code);
    assert_false(s.note.marked);
    assert_int_equal(settle(&s, false, 60), cases[i].write);
    assert_int_equal(save(&s, token("RT.2", NULL)), cases[i].write);
    assert_int_equal(s.port_code, cases[i].code);
    assert_memory_equal(&m, &before, sizeof m);
    assert_int_equal(moat_store_load(&s), cases[i].read);
    assert_int_equal(s.port_code, cases[i].code);
  }
  mac.result = 0;
  assert_int_equal(moat_store_load(&s), 0);
  mac.result = MOAT_E_MEMORY;
  assert_int_equal(save(&s, token("RT.2", NULL)), MOAT_E_MEMORY);
  mac.result = 0;
  assert_int_equal(save(&s, token("RT.3", NULL)), 0); /* what comes next is what is stored */
  assert_int_equal(moat_store_load(&s), 0);
  assert_span(s.record.refresh_token, "RT.3");
}

/* ---- What a port may not answer ---- */

typedef struct {
  memory m;
  int slot;               /* whose calls … */
  int read, write, erase; /* … answer this, where it is not 0 */
  size_t size;            /* of what is read, where it is not 0 */
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

/* Errnos, lwIP's numbers, and those of Moat that no port may answer. */
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
                          -199,
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
    for (int r = MOAT_E_MISUSE; r >= -38; r--)
      assert_int_equal(moat__port_result(r, wait), r);
    assert_int_equal(moat__port_result(0, wait), 0);
    assert_int_equal(moat__port_result(MOAT_WANT_TIME, wait), wait ? MOAT_WANT_TIME : MOAT_E_PORT);
  }
}

static odd_port o;

/* Every call of the store that reaches a slot: 0 to 5. */
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
  sign_in(&o.m, s, buffer, size);
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
      if (i == 4) { /* a token that was not stored is not stored in place of the next */
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

/* A count that cannot be is not believed, and one that can is a record or none. */
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

/* The server rotates, and forgets the token before the last. Whatever write the power fails in, and
 * after however many bytes of it, the next start finds the newest token that was said to be
 * durable, or the one after it. */
static void test_power_cut(void **state) {
  (void)state;
  static memory m, before;
  moat_store s;
  char buffer[300], name[20];
  m = (memory){.unix_time = 1700000000};
  sign_in(&m, &s, buffer, sizeof buffer);
  unsigned durable = 1, cuts = 0;
  for (unsigned i = 2; i < 60; i++) {
    size_t sizes[2] = {MARK + 4, MOAT_RECORD_OVERHEAD - 28 + 30};
    snprintf(name, sizeof name, "RT.%u", i);
    before = m;
    for (unsigned write = 1; write <= 2; write++) {
      for (size_t torn = 0; torn <= sizes[write - 1]; torn++) {
        m = before;
        m.fail_at = m.writes + write;
        m.torn_at = torn;
        assert_int_equal(moat_store_load(&s), 0);
        int r = moat_store_keeper.mark(&s);
        if (r == 0) r = save(&s, token(name, NULL));
        assert_int_equal(r, MOAT_E_STORE);
        m.power_failed = false;
        m.fail_at = 0;
        assert_int_equal(moat_store_load(&s), 0);
        unsigned found = (unsigned)strtoul(s.record.refresh_token.p + 3, NULL, 10);
        assert_true(found == durable || (write == 2 && found == i));
        assert_true(s.note.marked == (found == durable && (write == 2 || torn >= MARK + 4)));
        cuts++;
      }
    }
    m = before;
    assert_int_equal(moat_store_load(&s), 0);
    assert_int_equal(moat_store_keeper.mark(&s), 0);
    assert_int_equal(save(&s, token(name, NULL)), 0);
    durable = i;
  }
  assert_true(cuts > 5000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_round_trip),
      cmocka_unit_test(test_partial_answers),
      cmocka_unit_test(test_mark),
      cmocka_unit_test(test_note),
      cmocka_unit_test(test_mark_not_written),
      cmocka_unit_test(test_pause),
      cmocka_unit_test(test_space),
      cmocka_unit_test(test_damage),
      cmocka_unit_test(test_slow_erase),
      cmocka_unit_test(test_damaged_mark),
      cmocka_unit_test(test_mark_of_an_erased_grant),
      cmocka_unit_test(test_space_for_the_access_token),
      cmocka_unit_test(test_versions),
      cmocka_unit_test(test_record_of_old),
      cmocka_unit_test(test_unknown_how),
      cmocka_unit_test(test_bad_lengths_under_a_good_checksum),
      cmocka_unit_test(test_clocks_out_of_range),
      cmocka_unit_test(test_sequence_wraps),
      cmocka_unit_test(test_wipe),
      cmocka_unit_test_setup(test_hmac, fresh_key),
      cmocka_unit_test_setup(test_mac_layout, fresh_key),
      cmocka_unit_test_setup(test_mac_on_a_slow_flash, fresh_key),
      cmocka_unit_test_setup(test_every_bit_counts, fresh_key),
      cmocka_unit_test_setup(test_key_comes_and_goes, fresh_key),
      cmocka_unit_test_setup(test_mark_without_a_mac, fresh_key),
      cmocka_unit_test_setup(test_kinds, fresh_key),
      cmocka_unit_test_setup(test_mac_fails, fresh_key),
      cmocka_unit_test(test_port_result),
      cmocka_unit_test(test_odd_results_of_a_port),
      cmocka_unit_test(test_odd_sizes),
      cmocka_unit_test(test_power_cut),
  };
  return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
