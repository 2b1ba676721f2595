/* An account over a scripted stream and a platform in memory, for the tests of it. */
#ifndef ACCOUNT_FIXTURE_H
#define ACCOUNT_FIXTURE_H

#include "cmocka_all.h"

#include <stdio.h>

#include "moat/account.h"
#include "checks.h"
#include "scripted.h"

#define NOW 1700000000
#define URL "https://login.example/token"

typedef struct {
  scripted s;
  memory m; /* the platform's context; fixture_of() finds the rest from it */
  int lock_result;
  bool held, signing_in;
  unsigned locks, unlocks;
  int failing_slot, failure, writes_left; /* calls for this slot fail after this many writes */
  bool prepared;
  uint8_t how;
  int prepare_result;
  bool refresh; /* run() asks for a refresh */
  char memory[4096], buffer[512], answer[2048];
  moat_auth auth, other_auth;
  moat_platform platform;
  moat_store store; /* reads the slots past the account */
  moat_account_config config;
  moat_account a;
} fixture;

static const moat_endpoint endpoint = {"login.example", 443, "/token"};

static inline fixture *fixture_of(void *ctx) {
  return (fixture *)(void *)((char *)ctx - offsetof(fixture, m));
}

/* ---- The platform ---- */

static inline int fixture_lock(void *ctx) {
  fixture *f = fixture_of(ctx);
  if (f->lock_result == 0) {
    f->locks += !f->held;
    f->held = true;
  }
  return f->lock_result;
}

static inline void fixture_unlock(void *ctx) {
  fixture *f = fixture_of(ctx);
  assert_true(f->held);
  f->unlocks++;
  f->held = false;
}

static inline int fixture_read(void *ctx, int slot, void *p, size_t cap, size_t *n) {
  fixture *f = fixture_of(ctx);
  return slot == f->failing_slot && f->writes_left < 0 ? f->failure
                                                       : memory_read(ctx, slot, p, cap, n);
}

static inline int fixture_write(void *ctx, int slot, const void *p, size_t n) {
  fixture *f = fixture_of(ctx);
  assert_true(f->held || f->signing_in);
  if (slot == f->failing_slot && f->writes_left-- <= 0) return f->failure;
  return memory_write(ctx, slot, p, n);
}

static inline int fixture_erase(void *ctx, int slot) {
  fixture *f = fixture_of(ctx);
  return slot == f->failing_slot ? f->failure : memory_erase(ctx, slot);
}

static const moat_platform platform = {.ticks_ms = memory_ticks,
                                       .unix_time = memory_time,
                                       .slot_read = fixture_read,
                                       .slot_write = fixture_write,
                                       .slot_erase = fixture_erase,
                                       .lock = fixture_lock,
                                       .unlock = fixture_unlock};

static inline int prepare(void *ctx, uint8_t how) {
  fixture *f = ctx;
  f->prepared = true;
  f->how = how;
  return f->prepare_result;
}

/* ---- Fixture ---- */

static inline void answer(fixture *f, const char *status, const char *headers, const char *body) {
  int n = snprintf(f->answer, sizeof f->answer, "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\n\r\n%s",
                   status, headers, strlen(body), body);
  f->s.answer = f->answer;
  f->s.answer_size = (size_t)n;
  f->s.given = 0;
}

static inline void answer_tokens(fixture *f) {
  answer(f, "200 OK", "",
         "{\"token_type\":\"Bearer\",\"expires_in\":3600,\"access_token\":\"AT.2\","
         "\"refresh_token\":\"RT.2\"}");
}

/* As after a restart of the firmware: only what is in the slots is left. */
static inline void restart(fixture *f) {
  moat_account_cancel(&f->a);
  f->refresh = false;
  f->platform = platform;
  f->config = (moat_account_config){.platform = &f->platform,
                                    .platform_ctx = &f->m,
                                    .stream = &scripted_stream,
                                    .io = &f->s,
                                    .token_endpoint = &endpoint,
                                    .provider = moat_str(URL),
                                    .scope = moat_str("scope"),
                                    .auth = &f->auth,
                                    .device_auth = &f->other_auth,
                                    .access_size = 127,
                                    .refresh_size = 128,
                                    .text_size = 256,
                                    .keep_access = true};
  assert_int_equal(moat_account_open(&f->a, &f->config, f->memory, sizeof f->memory), 0);
  moat_store_init(&f->store, &platform, &f->m, f->buffer, sizeof f->buffer);
  f->store.keep_access = true;
}

/* A grant as a sign-in leaves it, with the access token AT.1 and, unless NULL, a refresh token. */
static inline void sign_in(fixture *f, uint8_t how, const char *refresh_token, int32_t expires_in) {
  moat_store s;
  char buffer[512];
  moat_token t = {.access_token = moat_str("AT.1"),
                  .refresh_token = moat_str(refresh_token),
                  .expires_in = expires_in};
  moat_store_init(&s, &platform, &f->m, buffer, sizeof buffer);
  s.keep_access = true;
  f->signing_in = true;
  int r = moat_store_load(&s);
  assert_true(r == 0 || r == MOAT_E_EMPTY);
  moat_store_renew(&s, how, moat_str(URL), moat_str("client"), moat_str("scope"));
  assert_int_equal(moat_store_keeper.save(&s, &t), 0);
  f->signing_in = false;
}

static inline int setup(void **state) {
  fixture *f = calloc(1, sizeof *f);
  *state = f;
  f->m.stream = &f->s;
  f->m.unix_time = NOW;
  f->failing_slot = -1;
  f->s.end = MOAT_WANT_READ;
  f->s.clock = UINT32_MAX - 100000; /* ticks wrap in the middle of most tests */
  f->auth = (moat_auth){&moat_auth_post, moat_str("client"), moat_str("canary.secret")};
  f->other_auth = (moat_auth){&moat_auth_none, moat_str("client"), {NULL, 0}};
  restart(f);
  sign_in(f, MOAT_HOW_CODE, "RT.1", 3600);
  answer_tokens(f);
  return 0;
}

static inline int teardown(void **state) {
  fixture *f = *state;
  moat_account_cancel(&f->a);
  assert_false(f->held);
  assert_int_equal(f->locks, f->unlocks);
  free(f);
  return 0;
}

static inline int run(fixture *f) {
  f->s.sent_size = 0;
  int r = f->refresh ? moat_account_refresh(&f->a) : moat_account_token(&f->a);
  if (r == 0) r = moat_account_run(&f->a);
  assert_false(f->held);
  return r;
}

/* Moves both clocks. */
static inline void pass(fixture *f, uint32_t seconds) {
  f->s.clock += seconds * 1000;
  if (f->m.unix_time) f->m.unix_time += seconds;
}

static inline void assert_token(const fixture *f, const char *token) {
  moat_span t = moat_account_access(&f->a);
  assert_int_equal(t.n, strlen(token));
  assert_string_equal(t.p, token); /* a NUL follows it */
}

/* The number of requests since the last call. */
static inline unsigned requests(fixture *f) {
  static const char end[] = "refresh_token=RT.";
  unsigned n = 0;
  for (size_t i = 0; i + sizeof end - 1 <= f->s.sent_size; i++)
    n += memcmp(f->s.sent + i, end, sizeof end - 1) == 0;
  f->s.sent_size = 0;
  return n;
}

static inline int need(const fixture *f, uint32_t *seconds) {
  moat_verdict v = moat_judge(moat_account_error(&f->a));
  *seconds = v.seconds;
  return v.need;
}

static inline int load(fixture *f) {
  return moat_store_load(&f->store);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
