/* Ten thousand rotations on a device whose power is cut in the middle of its writes. The
 * authorization server rotates refresh tokens, and ends the grant when it sees a spent one. The
 * account is compiled in here, so that its keeper can be replaced by one with a bug in the order of
 * its writes. Each such bug must be noticed. */
#include "cmocka_all.h"

#include <stdio.h>

#include "moat/account.h"
#include "records.h"
#include "scripted.h"

static const moat_keeper_ops *const real_keeper = &moat_store_keeper;
static moat_keeper_ops keeper;
#define moat_store_keeper keeper
#define memory block /* names that are taken here */
#define ticks account_ticks
#include "../../src/account/account.c"
#undef moat_store_keeper
#undef memory
#undef ticks

#define URL "https://login.example/token"
#define SLOT_SIZE 256
#define TORN_MAX 140 /* enough for a record with a mac and numbers of five digits */

typedef struct {
  char bytes[SLOT_SIZE];
  size_t n;
} slot;

typedef struct {
  /* The device. Only the slots survive when the power is cut. */
  scripted s;
  slot slots[MOAT_SLOTS];
  int64_t time;
  unsigned operation, cut_at; /* the write or erase of this number … */
  size_t torn;                /* … ends after so many bytes, … */
  unsigned leftover;          /* … and the rest of the slot is one of these */
  bool off;
  unsigned delivered; /* the newest access token that was handed out */
  moat_account a;
  moat_account_config config;
  moat_store store; /* reads the slots past the account */
  moat_auth auth;
  char memory[MOAT_ACCOUNT_MEMORY(2048, 2 * 64, 64, 64)], buffer[SLOT_SIZE], answer[512];
  /* The server. It knows the grant's newest refresh token, and the one used last. Unless the server
   * is strict, that one stays valid until the newest was used. */
  unsigned count, newest, shown, posts;
  bool ended, strict, busy;
} rig;

static rig r;
static const moat_endpoint endpoint = {"login.example", 443, "/token"};

/* ---- The server ---- */

static void reply_with(const char *status, const char *body) {
  int n = snprintf(r.answer, sizeof r.answer, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s",
                   status, strlen(body), body);
  r.s.answer = r.answer;
  r.s.answer_size = (size_t)n;
}

static void serve(void) {
  static const char name[] = "refresh_token=RT.";
  char body[200];
  r.s.sent[r.s.sent_size] = 0;
  const char *at = strstr(r.s.sent, name);
  unsigned token = at ? (unsigned)strtoul(at + sizeof name - 1, NULL, 10) : 0;
  r.posts++;
  if (r.busy) {
    r.busy = false;
    reply_with("429 Busy", "");
    return;
  }
  bool good = token == r.newest || (token == r.shown && !r.strict);
  if (!good) r.ended = true;
  if (r.ended) {
    reply_with("400 No", "{\"error\":\"invalid_grant\"}");
    return;
  }
  r.shown = token;
  r.newest = ++r.count;
  snprintf(body, sizeof body,
           "{\"token_type\":\"Bearer\",\"expires_in\":3600,\"access_token\":\"AT.%u\","
           "\"refresh_token\":\"RT.%u\"}",
           r.newest, r.newest);
  reply_with("200 OK", body);
}

static int stream_recv(void *io, void *p, size_t cap) {
  if (r.s.sent_size && !r.s.answer_size) serve();
  return scripted_recv(io, p, cap);
}

static const moat_stream_ops stream = {.connect = scripted_connect,
                                       .send = scripted_send,
                                       .recv = stream_recv,
                                       .close = scripted_close,
                                       .wait = scripted_wait};

/* ---- The device ---- */

static uint32_t ticks(void *ctx) {
  (void)ctx;
  return r.s.clock;
}

static int unix_time(void *ctx, int64_t *seconds) {
  (void)ctx;
  *seconds = r.time;
  return 0;
}

static int slot_read(void *ctx, int i, void *p, size_t cap, size_t *n) {
  (void)ctx;
  *n = r.slots[i].n;
  if (!*n) return MOAT_E_EMPTY;
  if (*n > cap) return MOAT_E_SPACE;
  memcpy(p, r.slots[i].bytes, *n);
  return 0;
}

/* What a cut leaves: the new bytes so far, followed by nothing, erased cells or old bytes. */
static void tear(slot *s, const void *p, size_t n) {
  size_t done = r.torn < n ? r.torn : n, old = s->n;
  r.off = true;
  memcpy(s->bytes, p, done);
  if (r.leftover == 0) s->n = done;
  if (r.leftover == 1) memset(s->bytes + done, 0xff, SLOT_SIZE - done);
  if (r.leftover < 3 && r.leftover > 0) s->n = n > old ? n : old;
  if (r.leftover == 3) s->n = n;
}

static int change(int i, const void *p, size_t n) {
  if (r.off) return MOAT_E_STORE;
  if (++r.operation == r.cut_at) {
    tear(&r.slots[i], p, n);
    return MOAT_E_STORE;
  }
  memcpy(r.slots[i].bytes, p, n);
  r.slots[i].n = n;
  return 0;
}

static int slot_write(void *ctx, int i, const void *p, size_t n) {
  (void)ctx;
  return change(i, p, n);
}

static int slot_erase(void *ctx, int i) {
  (void)ctx;
  return change(i, "", 0);
}

/* With a mac for its records, or without. */
static moat_platform platform = {.ticks_ms = ticks,
                                 .unix_time = unix_time,
                                 .slot_read = slot_read,
                                 .slot_write = slot_write,
                                 .slot_erase = slot_erase};

static void boot(void) {
  r.off = false;
  r.operation = r.cut_at = 0;
  r.s.clock = 77;
  r.auth = (moat_auth){&moat_auth_none, moat_str("client"), {NULL, 0}};
  r.config = (moat_account_config){.platform = &platform,
                                   .stream = &stream,
                                   .io = &r.s,
                                   .token_endpoint = &endpoint,
                                   .provider = moat_str(URL),
                                   .auth = &r.auth,
                                   .access_size = 64,
                                   .refresh_size = 64,
                                   .text_size = 64,
                                   .keep_access = true};
  assert_int_equal(moat_account_open(&r.a, &r.config, r.memory, sizeof r.memory), 0);
  moat_store_init(&r.store, &platform, NULL, r.buffer, sizeof r.buffer);
  r.store.keep_access = true;
}

static void sign_in(void) {
  char access[16], refresh[16];
  boot();
  r.ended = false;
  r.shown = r.newest = ++r.count;
  snprintf(access, sizeof access, "AT.%u", r.newest);
  snprintf(refresh, sizeof refresh, "RT.%u", r.newest);
  moat_token t = {
      .access_token = moat_str(access), .refresh_token = moat_str(refresh), .expires_in = 3600};
  int result = moat_store_load(&r.store);
  assert_true(result == 0 || result == MOAT_E_EMPTY || result == MOAT_E_STORE);
  moat_store_renew(&r.store, MOAT_HOW_CODE, moat_str(URL), moat_str("client"), moat_str("scope"));
  assert_int_equal(real_keeper->save(&r.store, &t), 0);
  r.delivered = r.newest;
}

static unsigned number(moat_span token) {
  return token.n > 3 ? (unsigned)strtoul(token.p + 3, NULL, 10) : 0;
}

/* An hour later the token has expired. */
static int refresh(void) {
  r.s.clock += 3600 * 1000;
  r.time += 3600;
  r.s.sent_size = r.s.answer_size = r.s.given = 0;
  int result = moat_account_token(&r.a);
  if (!result) result = moat_account_run(&r.a);
  if (!result && !r.off) r.delivered = number(moat_account_access(&r.a));
  moat_account_cancel(&r.a);
  return result;
}

/* One rotation whose power is cut in write `write` after `torn` bytes, and the next start. Returns
 * NULL or what was violated. *cut says whether that write was reached. */
static const char *rotate(unsigned write, size_t torn, unsigned leftover, bool *cut) {
  boot();
  r.cut_at = write;
  r.torn = torn;
  r.leftover = leftover;
  unsigned before = r.posts, count = r.count;
  (void)refresh();
  *cut = r.off;
  bool answered = r.count != count;
  if (r.off && write == 1 && r.posts != before) return "a request went out before its mark";
  boot();
  int result = moat_store_load(&r.store);
  if (result) return "no record is readable";
  if (number(r.store.record.refresh_token) < r.delivered)
    return "an access token was seen whose refresh token was not durable";
  result = refresh();
  if (result == MOAT_E_STATUS) result = refresh(); /* the server said when to come back */
  if (result == 0) return NULL;
  if (result != MOAT_E_LOST) return "the grant is not usable, and nobody knows why";
  if (!r.strict || !*cut || !answered) return "an answer is said to be lost and was not";
  sign_in();
  return NULL;
}

static void start(bool strict) {
  memset(&r, 0, sizeof r);
  keeper = *real_keeper;
  r.time = 1700000000;
  r.s.end = MOAT_WANT_READ;
  r.strict = strict;
  sign_in();
}

/* Each rotation is cut in one write at one byte, and the next one at the next byte. So every cut
 * happens many times, with everything that can be left behind. */
static const char *rotations(unsigned many, unsigned *cuts) {
  for (unsigned i = 0; i < many; i++) {
    bool cut = false;
    r.busy = i % 5 == 4;
    const char *violation = rotate(1 + i % 3, i / 3 % TORN_MAX, i % 7 % 4, &cut);
    if (violation) return violation;
    *cuts += cut;
  }
  return NULL;
}

static int use_mac(void **state) {
  (void)state;
  platform.mac = test_mac;
  return 0;
}

static void test_rotations(void **state) {
  (void)state;
  for (int strict = 0; strict < 2; strict++) {
    unsigned cuts = 0;
    start(strict);
    const char *violation = rotations(10000, &cuts);
    if (violation) fail_msg("%s", violation);
    assert_true(cuts > 6000);
    assert_true(r.count > 10000);
  }
}

/* Every byte of every write of one rotation, from the same start. */
static void test_every_byte(void **state) {
  (void)state;
  for (int strict = 0; strict < 2; strict++) {
    for (int busy = 0; busy < 2; busy++) {
      start(strict);
      r.busy = busy;
      rig begin = r;
      bool cut = true;
      unsigned writes = 1;
      for (; cut; writes++) {
        for (size_t torn = 0; torn < TORN_MAX; torn++) {
          for (unsigned leftover = 0; leftover < 4; leftover++) {
            r = begin;
            const char *violation = rotate(writes, torn, leftover, &cut);
            if (violation) fail_msg("write %u, byte %zu: %s", writes, torn, violation);
          }
        }
      }
      assert_int_equal(writes,
                       4); /* the mark, the record or the erased mark, and one that never comes */
    }
  }
}

/* ---- Bugs ---- */

static int deliver_first(void *ctx, const moat_token *token) {
  r.delivered = number(token->access_token);
  return real_keeper->save(ctx, token);
}

static int save_over_the_current(void *ctx, const moat_token *token) {
  moat_store *s = ctx;
  s->slot = s->slot == MOAT_SLOT_A ? MOAT_SLOT_B : MOAT_SLOT_A;
  return real_keeper->save(ctx, token);
}

static int no_mark(void *ctx) {
  (void)ctx;
  return 0;
}

static int save_nothing(void *ctx, const moat_token *token) {
  (void)ctx;
  (void)token;
  return 0;
}

static int mark_late(void *ctx, const moat_token *token) {
  int result = real_keeper->mark(ctx);
  return result ? result : real_keeper->save(ctx, token);
}

static void test_bugs_are_caught(void **state) {
  (void)state;
  const struct {
    moat_keeper_ops keeper;
    const char *violation;
  } bugs[] = {
      {{real_keeper->mark, deliver_first},
       "an access token was seen whose refresh token was not durable"},
      {{real_keeper->mark, save_nothing},
       "an access token was seen whose refresh token was not durable"},
      {{real_keeper->mark, save_over_the_current}, "no record is readable"},
      {{no_mark, real_keeper->save}, "a request went out before its mark"},
      {{no_mark, mark_late}, "a request went out before its mark"},
  };
  for (size_t i = 0; i < sizeof bugs / sizeof *bugs; i++) {
    unsigned cuts = 0;
    start(true);
    keeper = bugs[i].keeper;
    const char *violation = rotations(1000, &cuts);
    if (!violation) fail_msg("bug %zu was not noticed", i);
    assert_string_equal(violation, bugs[i].violation);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_rotations),       cmocka_unit_test(test_every_byte),
      cmocka_unit_test(test_bugs_are_caught), cmocka_unit_test_setup(test_rotations, use_mac),
      cmocka_unit_test(test_every_byte),      cmocka_unit_test(test_bugs_are_caught),
  };
  return cmocka_run_group_tests_name("power", tests, NULL, NULL);
}
