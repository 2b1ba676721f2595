/* Seconds in any spelling that servers use: 3600, 3600.0, 3.6e3, or the same in a string. */
#include "json.h"
#include "../text/text.h"

/* Larger exponents are limited to this, which leaves room for the digits of the text. */
#define EXPONENT_MAX (INT32_MAX / 2)

static int32_t append(int32_t value, char digit) {
  if (value > INT32_MAX / 10) return INT32_MAX;
  uint32_t v = (uint32_t)value * 10 + (uint32_t)(digit - '0');
  return v > INT32_MAX ? INT32_MAX : (int32_t)v;
}

static const char *skip_digits(const char *p, const char *end) {
  while (p < end && *p >= '0' && *p <= '9')
    p++;
  return p;
}

/* Adds the exponent, if there is one, to *digits. It goes from its letter to the end of the
 * text. */
static bool add_exponent(const char *p, const char *end, int32_t *digits) {
  if (p == end) return true;
  if ((*p++ | 0x20) != 'e' || p == end) return false;
  bool minus = *p == '-';
  if (minus || *p == '+') p++;
  int32_t v = moat__number_up_to((moat_span){p, (size_t)(end - p)}, EXPONENT_MAX);
  *digits += minus ? -v : v;
  return v >= 0;
}

/* No floating point is used: `digits` is how many digits stand before the point, exponent
 * included. */
int32_t moat__json_seconds(moat_span text) {
  if (!text.n) return -1;
  const char *p = text.p, *end = p + text.n, *point = skip_digits(p, end), *last = point;
  int32_t digits = (int32_t)(point - p), value = 0;
  if (point < end && *point == '.') last = skip_digits(point + 1, end);
  if (!digits || last == point + 1 || !add_exponent(last, end, &digits)) return -1;
  for (; digits > 0 && (p < last || (value > 0 && value < INT32_MAX)); digits--) {
    if (p == point && p < last) p++;
    value = append(value, p < last ? *p++ : '0');
  }
  return value;
}
