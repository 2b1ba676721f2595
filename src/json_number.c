#include "json.h"

#define TOO_MUCH (INT32_MAX / 10)

/* Digits, then a point and what is less than a second, then a power of ten; no floating point. */
int32_t moat__json_seconds(moat_span text) {
  int32_t value = 0;
  bool whole = true;
  if (!text.n) return -1;
  for (const char *p = text.p, *end = p + text.n; p < end; p++) {
    if (*p == '.' && whole && p > text.p && p + 1 < end) {
      whole = false;
      continue;
    }
    if (*p < '0' || *p > '9' || value >= TOO_MUCH) return -1;
    if (whole) value = value * 10 + (*p - '0');
  }
  return value;
}
