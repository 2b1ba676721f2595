/* A pipe that catches what the program shows. */
#ifndef SCREEN_FIXTURE_H
#define SCREEN_FIXTURE_H

#include "cmocka_all.h"

#include <unistd.h>

#include "terminal/hide.h"
#include "terminal/term.h"
#include "terminal/utf8.h"

#define SPAN(literal) ((moat_span){literal, sizeof(literal) - 1})

/* ---- What was shown ---- */

static inline int forget(void **state) {
  (void)state;
  hide_forget();
  return 0;
}

static inline void cleans(moat_span text, const char *expected) {
  char out[256];
  size_t n = term_clean(text, out, sizeof out);
  assert_string_equal(out, expected);
  assert_int_equal(n, strlen(expected));
}

/* ---- Cleaning ---- */

/* Whether a character may be shown: it is no control (ISO 6429), and Unicode gives it a shape. */
static inline bool may_be_seen(uint32_t c) {
  bool control = c < 0x20 || (c >= 0x7f && c < 0xa0);
  bool bidi = c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
              (c >= 0x2066 && c <= 0x2069);
  bool zero_width = c == 0xad || c == 0x34f || c == 0x180e || (c >= 0x200b && c <= 0x200d) ||
                    (c >= 0x2060 && c <= 0x2064) || c == 0xfeff;
  bool filler = c == 0x115f || c == 0x1160 || c == 0x3164 || c == 0xffa0;
  bool separator = c == 0x2028 || c == 0x2029;
  bool variation = (c >= 0xfe00 && c <= 0xfe0f) || (c >= 0xe0100 && c <= 0xe01ef);
  bool tag = c >= 0xe0000 && c <= 0xe007f;
  return !(control || bidi || zero_width || filler || separator || variation || tag);
}

/* ---- Any bytes at all ---- */

static inline void assert_safe(const char *out, size_t n) {
  size_t step;
  for (size_t i = 0; i < n; i += step) {
    uint32_t c = 0;
    step = utf8_decode(out + i, n - i, &c);
    assert_int_not_equal(step, 0);
    assert_true(may_be_seen(c));
  }
  assert_int_equal(strlen(out), n);
}

/* ---- The prompt of a sign-in by device code ---- */

#define ROW(name) cmocka_unit_test_teardown(name, forget)

#endif
