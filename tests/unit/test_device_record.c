/* The record of a pending device code: saved, loaded, damaged, authenticated. */
#include <limits.h>

#include "device_fixture.h"
#include "text/text.h"
#include "records.h"

static void test_save_and_load(void **state) {
  fixture *f = *state;
  char buffer[300], read[300];
  moat_span owner = moat_str("client|https://login.example/token");
  moat_device_prompt p = {.device_code = moat_str(CODE),
                          .user_code = moat_str("ABCD"),
                          .verification_uri = moat_str("https://a/"),
                          .message = moat_str("hello"),
                          .expires_in = 600,
                          .interval = 7},
                     q;
  assert_int_equal(moat_device_load(&q, owner, &memory_platform, &f->m, read, sizeof read),
                   MOAT_E_EMPTY);
  f->m.busy = 3; /* and the clock moves between the calls */
  int r;
  while ((r = moat_device_save(&p, owner, &memory_platform, &f->m, buffer, sizeof buffer)) ==
         MOAT_WANT_TIME)
    f->m.unix_time++;
  assert_int_equal(r, 0);
  assert_false(holds(buffer, sizeof buffer, "canary"));
  f->m.unix_time = 1700000100;
  assert_int_equal(moat_device_load(&q, owner, &memory_platform, &f->m, read, sizeof read), 0);
  assert_span(q.device_code, CODE);
  assert_span(q.user_code, "ABCD");
  assert_span(q.verification_uri, "https://a/");
  assert_int_equal(q.verification_uri_complete.n, 0);
  assert_span(q.message, "hello");
  assert_int_equal(q.expires_in, 500);
  assert_int_equal(q.interval, 7);
  f->m.unix_time = 1700000600;
  assert_int_equal(moat_device_load(&q, owner, &memory_platform, &f->m, read, sizeof read),
                   MOAT_E_EXPIRED);
  f->m.unix_time = 0; /* without a clock the server decides */
  assert_int_equal(moat_device_load(&q, owner, &memory_platform, &f->m, read, sizeof read), 0);
  assert_int_equal(q.expires_in, 600);
  f->m.unix_time = 1600000000; /* a clock that was set back */
  assert_int_equal(moat_device_load(&q, owner, &memory_platform, &f->m, read, sizeof read), 0);
  assert_int_equal(q.expires_in, 600);
  assert_int_equal(
      moat_device_load(&q, moat_str("other"), &memory_platform, &f->m, read, sizeof read),
      MOAT_E_STORE);
}

/* The platform with a mac. */
static moat_platform keyed_platform;
static const moat_platform *port = &memory_platform;

/* A prompt as a new answer could have it. */
static moat_device_prompt some_prompt(void) {
  return (moat_device_prompt){.device_code = moat_str(CODE),
                              .user_code = moat_str("ABCD"),
                              .verification_uri = moat_str("https://a/"),
                              .expires_in = 600,
                              .interval = 7};
}

static void save_prompt(fixture *f, moat_device_prompt p) {
  char buffer[400];
  p.deadline = 0;
  assert_int_equal(moat_device_save(&p, moat_str("me"), port, &f->m, buffer, sizeof buffer), 0);
}

/* A load that fails leaves nothing to poll with and nothing to read. */
static int load_prompt(fixture *f, moat_device_prompt *p, const char *owner) {
  static const moat_device_prompt none;
  char buffer[400];
  memset(p, 0x55, sizeof *p);
  int r = moat_device_load(p, moat_str(owner), port, &f->m, buffer, sizeof buffer);
  if (!r) return 0;
  assert_memory_equal(&p->device_code, &none.device_code, sizeof none.device_code);
  assert_int_equal(p->user_code.n + p->verification_uri.n + p->message.n, 0);
  assert_int_equal(p->verification_uri_complete.n, 0);
  assert_true(!p->expires_in && !p->interval && !p->deadline && !p->other_host);
  for (size_t i = 0; i < sizeof buffer; i++)
    assert_int_equal(buffer[i], 0);
  return r;
}

static void test_failed_load_leaves_nothing(void **state) {
  fixture *f = *state;
  moat_device_prompt q;
  assert_int_equal(load_prompt(f, &q, "me"), MOAT_E_EMPTY);
  save_prompt(f, some_prompt());
  assert_int_equal(load_prompt(f, &q, "me"), 0);
  assert_int_equal(load_prompt(f, &q, "m"), MOAT_E_STORE);
  assert_int_equal(load_prompt(f, &q, "you"), MOAT_E_STORE);
  f->m.unix_time += 600;
  assert_int_equal(load_prompt(f, &q, "me"), MOAT_E_EXPIRED);
  f->m.slots[MOAT_SLOT_PENDING][30]++;
  assert_int_equal(load_prompt(f, &q, "me"), MOAT_E_STORE);
}

/* Somebody else may have made the record. */
static void test_loaded_prompts_are_checked(void **state) {
  fixture *f = *state;
  moat_device_prompt p, q;
  const struct {
    size_t member;
    const char *text;
    int result;
  } cases[] = {
      {offsetof(moat_device_prompt, device_code), "", MOAT_E_REPLY},
      {offsetof(moat_device_prompt, user_code), "", MOAT_E_REPLY},
      {offsetof(moat_device_prompt, user_code), "\xe2\x80\x8b", MOAT_E_REPLY},
      {offsetof(moat_device_prompt, user_code), "A\x1b[2J", MOAT_E_REPLY},
      {offsetof(moat_device_prompt, verification_uri), "", MOAT_E_REPLY},
      {offsetof(moat_device_prompt, verification_uri), "http://a/", MOAT_E_URL},
      {offsetof(moat_device_prompt, verification_uri), "https://a/\x1b[2J", MOAT_E_URL},
      {offsetof(moat_device_prompt, verification_uri), "https://a@evil.test/", MOAT_E_URL},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    p = some_prompt();
    *(moat_span *)(void *)((char *)&p + cases[i].member) = moat_str(cases[i].text);
    save_prompt(f, p);
    assert_int_equal(load_prompt(f, &q, "me"), cases[i].result);
  }
  p = some_prompt();
  p.verification_uri_complete = moat_str("http://a/");
  save_prompt(f, p);
  assert_int_equal(load_prompt(f, &q, "me"), 0);
  assert_int_equal(q.verification_uri_complete.n, 0);
  p.verification_uri_complete = moat_str("https://b/");
  save_prompt(f, p);
  assert_int_equal(load_prompt(f, &q, "me"), 0);
  assert_true(q.other_host);
}

static void test_loaded_times_are_checked(void **state) {
  fixture *f = *state;
  static const struct {
    int32_t given;
    int result;
    int32_t loaded;
  } intervals[] = {{INT32_MIN, MOAT_E_REPLY, 0},
                   {-1, MOAT_E_REPLY, 0},
                   {0, MOAT_E_REPLY, 0},
                   {1, 0, 1},
                   {300, 0, 300},
                   {301, 0, 300},
                   {INT32_MAX, 0, 300}},
    lives[] = {{INT32_MIN, MOAT_E_REPLY, 0}, {0, MOAT_E_REPLY, 0},  {1, 0, 1},
               {2592000, 0, 2592000},        {2592001, 0, 2592000}, {INT32_MAX, 0, 2592000}};
  moat_device_prompt p = some_prompt(), q;
  for (size_t i = 0; i < sizeof intervals / sizeof *intervals; i++) {
    p.interval = intervals[i].given;
    save_prompt(f, p);
    assert_int_equal(load_prompt(f, &q, "me"), intervals[i].result);
    assert_int_equal(q.interval, intervals[i].loaded);
  }
  p = some_prompt();
  for (size_t i = 0; i < sizeof lives / sizeof *lives; i++) {
    p.expires_in = lives[i].given;
    save_prompt(f, p);
    assert_int_equal(load_prompt(f, &q, "me"), lives[i].result);
    assert_int_equal(q.expires_in, lives[i].loaded);
  }
}

/* A nonsensical clock counts as unknown. The server knows how much time is left. */
static void test_clocks_out_of_range(void **state) {
  fixture *f = *state;
  static const int64_t clocks[] = {-1, INT64_MIN, (int64_t)UINT32_MAX + 1, INT64_MAX};
  moat_device_prompt q;
  for (size_t i = 0; i < sizeof clocks / sizeof *clocks; i++) {
    f->m.unix_time = clocks[i];
    save_prompt(f, some_prompt());
    f->m.unix_time = 1700000000;
    assert_int_equal(load_prompt(f, &q, "me"), 0);
    assert_int_equal(q.expires_in, 600);
    save_prompt(f, some_prompt());
    f->m.unix_time = clocks[i];
    assert_int_equal(load_prompt(f, &q, "me"), 0);
    assert_int_equal(q.expires_in, 600);
  }
  f->m.unix_time = UINT32_MAX - 1; /* the end would be too late for a record */
  save_prompt(f, some_prompt());
  assert_int_equal(load_prompt(f, &q, "me"), 0);
  assert_int_equal(q.expires_in, 600);
}

static void test_bad_lengths_under_a_good_checksum(void **state) {
  fixture *f = *state;
  moat_device_prompt q;
  save_prompt(f, some_prompt());
  enum { AT_LENGTHS = 24, TEXTS = 6 };
  char good[400], *slot = f->m.slots[MOAT_SLOT_PENDING];
  size_t size = f->m.sizes[MOAT_SLOT_PENDING];
  memcpy(good, slot, size);
  for (size_t i = 0; i < TEXTS; i++) {
    for (int by = -1; by <= 1; by += 2) { /* one byte too many after the texts, or one too few */
      memcpy(slot, good, size);
      slot[AT_LENGTHS + 2 * i] = (char)(slot[AT_LENGTHS + 2 * i] + by);
      slot[AT_LENGTHS + 2 * i + 1] = (char)(slot[AT_LENGTHS + 2 * i] == (char)-1 ? -1 : 0);
      seal_crc(slot, size - 4);
      assert_int_equal(load_prompt(f, &q, "me"), MOAT_E_STORE);
    }
    memcpy(slot, good, size);
    memset(slot + AT_LENGTHS + 2 * i, 0xff, 2);
    seal_crc(slot, size - 4);
    assert_int_equal(load_prompt(f, &q, "me"), MOAT_E_STORE);
  }
  memcpy(slot, good, size);
  slot[6] = 1; /* a much later version */
  seal_crc(slot, size - 4);
  assert_int_equal(load_prompt(f, &q, "me"), MOAT_E_STORE);
  memcpy(slot, good, size); /* a byte more than the lengths say */
  seal_crc(slot, size - 3);
  f->m.sizes[MOAT_SLOT_PENDING] = size + 1;
  assert_int_equal(load_prompt(f, &q, "me"), MOAT_E_STORE);
  for (size_t n = 0; n < AT_LENGTHS + 2 * TEXTS; n++) {
    memcpy(slot, good, size);
    seal_crc(slot, n);
    f->m.sizes[MOAT_SLOT_PENDING] = n + 4;
    assert_int_equal(load_prompt(f, &q, "me"), MOAT_E_STORE);
  }
}

static void test_save_without_room(void **state) {
  fixture *f = *state;
  char buffer[300];
  moat_span owner = moat_str("me");
  moat_device_prompt p = some_prompt();
  size_t needed = MOAT_DEVICE_OVERHEAD - 28 +
                  strlen(CODE "ABCD"
                              "https://a/"
                              "me");
  for (size_t size = 0; size <= needed; size++)
    assert_int_equal(moat_device_save(&p, owner, &memory_platform, &f->m, buffer, size),
                     size < needed ? MOAT_E_SPACE : 0);
  assert_int_equal(f->m.sizes[MOAT_SLOT_PENDING], needed);
  for (size_t size = 0; size <= needed; size++)
    assert_int_equal(moat_device_load(&p, owner, &memory_platform, &f->m, buffer, size),
                     size < needed ? MOAT_E_SPACE : 0);
}

/* A length has two bytes. */
static void test_save_of_a_long_text(void **state) {
  fixture *f = *state;
  static char text[0x10000], buffer[0x10000 + 400];
  moat_device_prompt p = some_prompt();
  memset(text, 'x', sizeof text);
  p.message = (moat_span){text, sizeof text};
  assert_int_equal(moat_device_save(&p, moat_str("me"), port, &f->m, buffer, sizeof buffer),
                   MOAT_E_SPACE);
}

/* No byte after a text is read, and a NUL in it is an ordinary byte. */
static void test_texts_end_where_they_end(void **state) {
  (void)state;
  static const struct {
    moat_span uri;
    int result;
  } cases[] = {{{"https://", 8}, MOAT_E_URL},     {{"https://a", 9}, 0},
               {{"https://a:443", 13}, 0},        {{"https://a\0b/", 12}, MOAT_E_URL},
               {{"https://a\0", 10}, MOAT_E_URL}, {{"https://a/\0", 11}, MOAT_E_URL},
               {{"https:", 6}, MOAT_E_URL}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char *uri = malloc(cases[i].uri.n), *code = malloc(2);
    moat_device_prompt p = some_prompt();
    memcpy(uri, cases[i].uri.p, cases[i].uri.n);
    p.verification_uri = (moat_span){uri, cases[i].uri.n};
    memcpy(code, "A\xc2", 2); /* with half a character */
    p.user_code = (moat_span){code, 2};
    assert_int_equal(moat__device_prompt_check(&p), cases[i].result);
    free(uri);
    free(code);
  }
}

/* Cut at every byte, and with every bit flipped. */
static void test_damaged_record(void **state) {
  fixture *f = *state;
  moat_device_prompt q;
  char good[300];
  save_prompt(f, some_prompt());
  char *slot = f->m.slots[MOAT_SLOT_PENDING];
  size_t size = f->m.sizes[MOAT_SLOT_PENDING];
  memcpy(good, slot, size);
  for (size_t n = 1; n < size; n++) {
    f->m.sizes[MOAT_SLOT_PENDING] = n;
    assert_int_equal(load_prompt(f, &q, "me"), MOAT_E_STORE);
  }
  f->m.sizes[MOAT_SLOT_PENDING] = size;
  for (size_t bit = 0; bit < 8 * size; bit++) {
    memcpy(slot, good, size);
    slot[bit / 8] = (char)(slot[bit / 8] ^ 1 << bit % 8);
    assert_int_equal(load_prompt(f, &q, "me"), MOAT_E_STORE);
  }
}

static int use_mac(void **state) {
  memset(&mac, 0, sizeof mac);
  keyed_platform = memory_platform;
  keyed_platform.mac = test_mac;
  port = &keyed_platform;
  return setup(state);
}

static int use_no_mac(void **state) {
  port = &memory_platform;
  return teardown(state);
}

static void test_authenticated(void **state) {
  fixture *f = *state;
  moat_device_prompt q;
  uint8_t out[32];
  char text[400];
  save_prompt(f, some_prompt());
  size_t n = f->m.sizes[MOAT_SLOT_PENDING] - 32;
  assert_int_equal(n + 32, MOAT_DEVICE_OVERHEAD + strlen(CODE "ABCD"
                                                              "https://a/"
                                                              "me"));
  memcpy(text, f->m.slots[MOAT_SLOT_PENDING], n);
  text[n] = MOAT_SLOT_PENDING;
  hmac(mac.key, text, n + 1, out);
  assert_memory_equal(out, f->m.slots[MOAT_SLOT_PENDING] + n, 32);
  assert_int_equal(load_prompt(f, &q, "me"), 0);
  assert_int_equal(q.interval, 7);
  mac.key[0] = 1;
  assert_int_equal(load_prompt(f, &q, "me"), MOAT_E_STORE);
  mac.key[0] = 0;
  port = &memory_platform; /* the key is gone … */
  assert_int_equal(load_prompt(f, &q, "me"), MOAT_E_STORE);
  save_prompt(f, some_prompt());
  port = &keyed_platform; /* … or there is one for the first time */
  assert_int_equal(load_prompt(f, &q, "me"), MOAT_E_STORE);
}

static void test_mac_fails(void **state) {
  fixture *f = *state;
  moat_device_prompt p = some_prompt(), q;
  char buffer[400];
  save_prompt(f, p);
  memory before = f->m;
  static const int results[][2] = {{MOAT_E_MEMORY, MOAT_E_MEMORY},
                                   {-100, MOAT_E_PORT},
                                   {1, MOAT_E_PORT},
                                   {MOAT_WANT_TIME, MOAT_E_PORT}};
  for (size_t i = 0; i < sizeof results / sizeof *results; i++) {
    mac.result = results[i][0];
    assert_int_equal(moat_device_save(&p, moat_str("me"), port, &f->m, buffer, sizeof buffer),
                     results[i][1]);
    assert_false(holds(buffer, sizeof buffer, "canary"));
    assert_memory_equal(&f->m, &before, sizeof before);
    assert_int_equal(load_prompt(f, &q, "me"), results[i][1]);
  }
  mac.result = MOAT_E_STORE; /* the record itself is not damaged */
  assert_int_equal(load_prompt(f, &q, "me"), MOAT_E_PORT);
}

static void test_authenticated_on_a_slow_flash(void **state) {
  fixture *f = *state;
  moat_device_prompt p = some_prompt(), q;
  char buffer[400];
  int r;
  f->m.busy = 3;
  do {
    r = moat_device_save(&p, moat_str("me"), port, &f->m, buffer, sizeof buffer);
    f->m.unix_time++;
  } while (r == MOAT_WANT_TIME);
  assert_int_equal(r, 0);
  assert_int_equal(load_prompt(f, &q, "me"), 0);
}

/* Answers that a port may not give. The store must not take them for success. */
typedef struct {
  memory m; /* first, so that a pointer to it is the platform's context */
  int read_result, write_result;
  size_t read_size;
} odd_port;

static int odd_read(void *ctx, int slot, void *p, size_t cap, size_t *n) {
  odd_port *o = ctx;
  int r = memory_read(ctx, slot, p, cap, n);
  if (o->read_size) *n = o->read_size;
  return o->read_result ? o->read_result : r;
}

static int odd_write(void *ctx, int slot, const void *p, size_t n) {
  odd_port *o = ctx;
  return o->write_result ? o->write_result : memory_write(ctx, slot, p, n);
}

static void test_odd_results_of_a_port(void **state) {
  (void)state;
  static odd_port o;
  static const int odd[] = {1,
                            200,
                            INT_MAX,
                            -1,
                            -2,
                            -4,
                            -16,
                            -28,
                            -30,
                            -54,
                            -100,
                            -198,
                            MOAT_E_FOREIGN,
                            MOAT_E_LOST,
                            MOAT_E_LATER,
                            MOAT_E_OAUTH,
                            MOAT_E_CODE,
                            INT_MIN};
  static const int known[] = {MOAT_E_PORT, MOAT_E_STORE, MOAT_E_CANCEL, MOAT_E_CERT_DATE};
  moat_platform platform = memory_platform;
  moat_device_prompt p = some_prompt(), q;
  char buffer[400];
  platform.slot_read = odd_read;
  platform.slot_write = odd_write;
#define SAVE() moat_device_save(&p, moat_str("me"), &platform, &o, buffer, sizeof buffer)
#define LOAD() moat_device_load(&q, moat_str("me"), &platform, &o, buffer, sizeof buffer)
  o = (odd_port){.m = {.unix_time = 1700000000}};
  assert_int_equal(SAVE(), 0);
  for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
    o.write_result = o.read_result = odd[i];
    assert_int_equal(SAVE(), MOAT_E_PORT);
    assert_int_equal(LOAD(), MOAT_E_PORT);
    assert_int_equal(q.device_code.n, 0);
  }
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    o.write_result = o.read_result = known[i];
    assert_int_equal(SAVE(), known[i]);
    assert_int_equal(LOAD(), known[i]);
  }
  o.write_result = o.read_result = MOAT_WANT_TIME;
  assert_int_equal(SAVE(), MOAT_WANT_TIME);
  assert_int_equal(LOAD(), MOAT_E_PORT);
  o.write_result = o.read_result = 0;
  o.read_size = sizeof buffer + 1;
  assert_int_equal(LOAD(), MOAT_E_PORT);
  o.read_size = 3;
  assert_int_equal(LOAD(), MOAT_E_STORE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_save_and_load),
      TEST(test_save_without_room),
      TEST(test_save_of_a_long_text),
      TEST(test_texts_end_where_they_end),
      TEST(test_damaged_record),
      TEST(test_failed_load_leaves_nothing),
      TEST(test_loaded_prompts_are_checked),
      TEST(test_loaded_times_are_checked),
      TEST(test_clocks_out_of_range),
      TEST(test_bad_lengths_under_a_good_checksum),
      TEST(test_odd_results_of_a_port),
      cmocka_unit_test_setup_teardown(test_damaged_record, use_mac, use_no_mac),
      cmocka_unit_test_setup_teardown(test_failed_load_leaves_nothing, use_mac, use_no_mac),
      cmocka_unit_test_setup_teardown(test_authenticated, use_mac, use_no_mac),
      cmocka_unit_test_setup_teardown(test_authenticated_on_a_slow_flash, use_mac, use_no_mac),
      cmocka_unit_test_setup_teardown(test_mac_fails, use_mac, use_no_mac),
  };
  return cmocka_run_group_tests_name("device grant: record", tests, NULL, NULL);
}
