/* A body in memory of its own and exact size, and what is read of it. */
#ifndef JSON_FIXTURE_H
#define JSON_FIXTURE_H

#include "cmocka_all.h"

#include <stdlib.h>

#include "json/members.h"
#include "checks.h"

enum { A, B, TOKEN, LIST, CODES, NEVER, NAMES };
static const moat__member names[NAMES] = {[A] = {"a", MOAT__STRING | MOAT__NUMBER},
                                          [B] = {"b", MOAT__NUMBER},
                                          [TOKEN] = {"token", MOAT__VSCHAR},
                                          [LIST] = {"list", MOAT__STRING | MOAT__LIST},
                                          [CODES] = {"codes", MOAT__NUMBER | MOAT__LIST},
                                          [NEVER] = {"never", 0}};

typedef struct {
  int result;
  moat_error_info e;
  size_t n;
  char *text; /* kept for the views, freed by done() */
  moat_span v[NAMES];
} reading;

/* In memory of exact size, so that a sanitizer sees a read past the end. */
static inline char *exact(const char *text, size_t n) {
  char *p = malloc(n ? n : 1);
  if (n) memcpy(p, text, n);
  return p;
}

static inline reading read_with(const char *text, size_t n, void *scratch, size_t scratch_size) {
  reading r = {.n = n, .text = exact(text, n)};
  moat_reply reply = {
      .body = r.text, .body_size = n, .scratch = scratch, .scratch_size = scratch_size};
  r.e.body = 99;
  r.result = moat__members_read(&reply, names, r.v, NAMES, &r.e);
  return r;
}

static inline reading read_bytes(const char *text, size_t n) {
  static unsigned char scratch[4096];
  return read_with(text, n, scratch + 1, sizeof scratch - 1);
}

static inline reading read_text(const char *text) {
  return read_bytes(text, strlen(text));
}

static inline void done(reading r) {
  free(r.text);
}

static inline void is_result(const char *text, size_t n, int expected) {
  reading r = read_bytes(text, n);
  if (r.result != expected) fail_msg("%.*s: %d, not %d", (int)n, text, r.result, expected);
  done(r);
}

static inline void is(const char *text, int expected) {
  is_result(text, strlen(text), expected);
}

/* Checks the value of a member; NULL means that there is none. */
static inline void is_value(const char *json, unsigned member, const char *text) {
  reading r = read_text(json);
  if (r.result != 0) fail_msg("%s: %d", json, r.result);
  if (!moat_span_equal(r.v[member], moat_str(text)))
    fail_msg("%s: %.*s", json, (int)r.v[member].n, r.v[member].p);
  if (!text) assert_null(r.v[member].p);
  done(r);
}

#endif
