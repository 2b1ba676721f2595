/* Checks that several tests share. */
#ifndef CHECKS_H
#define CHECKS_H

#include "cmocka_all.h"

#include <stdbool.h>

#include "moat/moat.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static inline void assert_span(moat_span s, const char *text) {
  assert_int_equal(s.n, strlen(text));
  assert_memory_equal(s.p, text, s.n);
}

/* Whether `text` stands anywhere in the n bytes. */
static inline bool holds(const void *bytes, size_t n, const char *text) {
  const char *p = bytes;
  size_t size = strlen(text);
  for (size_t i = 0; i + size <= n; i++)
    if (memcmp(p + i, text, size) == 0) return true;
  return false;
}

static inline void assert_zeros(const void *bytes, size_t n) {
  const char *p = bytes;
  for (size_t i = 0; i < n; i++)
    if (p[i]) fail_msg("byte %zu of %zu is left", i, n);
}

#endif
