/* A stored grant on a platform in memory. */
#ifndef STORE_FIXTURE_H
#define STORE_FIXTURE_H

#include "cmocka_all.h"

#include "store/store.h"
#include "scripted.h"
#include "checks.h"

enum { MARK = 40 /* bytes before its end */ };

static inline moat_token token(const char *refresh, const char *scope) {
  return (moat_token){.access_token = moat_str("AT"),
                      .refresh_token = moat_str(refresh),
                      .scope = moat_str(scope),
                      .expires_in = 3600};
}

static inline int save(moat_store *s, moat_token t) {
  return moat_store_keeper.save(s, &t);
}

/* Stores what is left after an answer without a token. */
static inline int settle(moat_store *s, bool definite, uint32_t pause) {
  uint32_t now = moat__store_now(s);
  moat_note note = {.marked = definite ? 0 : 1, .until = now && pause ? now + pause : 0};
  return moat_store_settle(s, &note);
}

static inline void sign_in_on(const moat_platform *platform, memory *m, moat_store *s, char *buffer,
                              size_t size) {
  moat_store_init(s, platform, m, buffer, size);
  int r = moat_store_load(s);
  assert_true(r == 0 || r == MOAT_E_EMPTY);
  moat_store_renew(s, MOAT_HOW_CODE, moat_str("https://h/t"), moat_str("client"),
                   moat_str("asked"));
  assert_int_equal(moat_store_keeper.mark(s), 0);
  assert_int_equal(save(s, token("RT.1", NULL)), 0);
}

typedef struct {
  memory m;
  moat_store s;
  char buffer[300];
} fixture;

static inline void sign_in(fixture *f, const moat_platform *platform) {
  sign_in_on(platform, &f->m, &f->s, f->buffer, sizeof f->buffer);
}

/* Somebody has signed in. */
static inline int setup(void **state) {
  fixture *f = *state = calloc(1, sizeof *f);
  f->m.unix_time = 1700000000;
  sign_in(f, &memory_platform);
  return 0;
}

static inline int teardown(void **state) {
  free(*state);
  return 0;
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

#endif
