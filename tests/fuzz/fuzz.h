/* What every fuzz target needs: the input taken apart, copies of exact size so that a byte too far
 * is seen, and checks that end the process.
 *
 * An input is meant to be read and written by people too: most targets take a few bytes of settings
 * from its end or before the first 0xff, and use the rest as it is. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "moat/moat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Memory that was freed is kept to be watched, but not so much that every run touches new pages. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) {
  return "quarantine_size_mb=8";
}

#define CHECK(holds)                                                                               \
  do {                                                                                             \
    if (!(holds)) fuzz_failed(__FILE__, __LINE__, #holds);                                         \
  } while (0)

__attribute__((noreturn)) static inline void fuzz_failed(const char *file, int line,
                                                         const char *what) {
  fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
  abort();
}

typedef struct {
  const uint8_t *p;
  size_t n;
} fuzz_input;

/* The next byte, or 0 at the end: 0 is the setting without surprises. */
static inline uint8_t fuzz_byte(fuzz_input *in) {
  if (!in->n) return 0;
  in->n--;
  return *in->p++;
}

static inline uint32_t fuzz_number(fuzz_input *in, unsigned bytes) {
  uint32_t v = 0;
  while (bytes--)
    v = v << 8 | fuzz_byte(in);
  return v;
}

/* Up to the next 0xff, which no UTF-8 has, or all of it. */
static inline fuzz_input fuzz_part(fuzz_input *in) {
  const uint8_t *at = in->n ? memchr(in->p, 0xff, in->n) : NULL;
  size_t n = at ? (size_t)(at - in->p) : in->n;
  fuzz_input part = {in->p, n};
  *in = at ? (fuzz_input){at + 1, in->n - n - 1} : (fuzz_input){NULL, 0};
  return part;
}

/* On the heap and not a byte longer; never NULL. */
static inline void *fuzz_copy(const void *p, size_t n) {
  void *copy = malloc(n);
  CHECK(copy || !n);
  if (!copy) copy = malloc(1);
  if (n) memcpy(copy, p, n);
  return copy;
}

static inline void *fuzz_memory(size_t n, int filled_with) {
  void *p = malloc(n ? n : 1);
  CHECK(p);
  memset(p, filled_with, n);
  return p;
}

/* The same with a NUL. */
static inline char *fuzz_text(fuzz_input in) {
  char *z = malloc(in.n + 1);
  CHECK(z);
  if (in.n) memcpy(z, in.p, in.n);
  z[in.n] = 0;
  return z;
}

static inline moat_span fuzz_span(fuzz_input in) {
  return (moat_span){(const char *)in.p, in.n};
}

/* Reads every byte, for the sanitizer to see. */
static inline uint8_t fuzz_touch(moat_span s) {
  volatile uint8_t sum = 0;
  for (size_t i = 0; i < s.n; i++)
    sum = (uint8_t)(sum + (uint8_t)s.p[i]);
  return sum;
}

/* An absent or empty span is nowhere. */
static inline bool fuzz_is_inside(moat_span s, const void *p, size_t n) {
  uintptr_t at = (uintptr_t)s.p, from = (uintptr_t)p;
  return !s.n || (at >= from && s.n <= n && at - from <= n - s.n);
}

static inline bool fuzz_has_only(moat_span s, char lowest, char highest) {
  for (size_t i = 0; i < s.n; i++)
    if (s.p[i] < lowest || s.p[i] > highest) return false;
  return true;
}

static inline bool fuzz_is_zero(const void *p, size_t n) {
  const char *c = p;
  return !n || (!*c && memcmp(c, c + 1, n - 1) == 0);
}

/* Not memmem(), which libFuzzer watches: it would learn the secret that is looked for, and say it.
 */
static inline bool fuzz_is_at(moat_span where, size_t at, moat_span what) {
  if (what.n > where.n - at) return false;
  for (size_t i = 0; i < what.n; i++)
    if (where.p[at + i] != what.p[i]) return false;
  return true;
}

static inline unsigned fuzz_count(moat_span where, moat_span what) {
  unsigned count = 0;
  const char *at = where.p;
  while (what.n && (size_t)(at - where.p) < where.n) {
    at = memchr(at, what.p[0], where.n - (size_t)(at - where.p));
    if (!at) break;
    count += fuzz_is_at(where, (size_t)(at - where.p), what);
    at++;
  }
  return count;
}

static inline bool fuzz_is_want(int r) {
  return r == MOAT_WANT_READ || r == MOAT_WANT_WRITE || r == MOAT_WANT_TIME;
}

/* 0 or one of the numbers of port.h. */
static inline bool fuzz_is_documented(int r) {
  return r == 0 || strcmp(moat_error_name(r), "unknown") != 0;
}

#endif
