/* Reads Retry-After in seconds. A date is compared with the Date of the same answer, so a device
 * without a clock understands it, too. */
#include "http.h"

#include <string.h>

#include "../text/text.h"

#define DATE_SIZE 29 /* "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 5.6.7) */
#define DAY 86400

enum { DAY_AT = 5, MONTH_AT = 8, YEAR_AT = 12, TIME_AT = 17 };

/* A fraction is rounded up. */
static int32_t read_seconds(moat_span s) {
  moat_span fraction = s;
  int32_t seconds = moat__number_up_to(moat__take(&fraction, '.'), MOAT_RETRY_AFTER_MAX);
  if (!fraction.p || seconds < 0) return seconds;
  int32_t part = moat__number_up_to(fraction, 1);
  return part < 0 ? -1 : seconds + part;
}

/* Seconds since midnight, or less than 0. */
static int32_t time_of_day(moat_span date) {
  int32_t seconds = 0;
  if (date.n != DATE_SIZE) return -DAY;
  for (const char *p = date.p + TIME_AT; p < date.p + DATE_SIZE - 4; p += 3) {
    int32_t part = moat__number((moat_span){p, 2}, 60);
    seconds = part < 0 ? -DAY : seconds * 60 + part;
  }
  return seconds;
}

static int month_of(const char *date) {
  static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  int at = 0;
  while (months[at] && memcmp(date + MONTH_AT, months + at, 3) != 0)
    at += 3;
  return at;
}

/* Returns less than 0 if a is the earlier day, 0 if both are the same day, else more than 0. */
static int compare_days(const char *a, const char *b) {
  int order = memcmp(a + YEAR_AT, b + YEAR_AT, 4);
  if (!order) order = month_of(a) - month_of(b);
  return order ? order : memcmp(a + DAY_AT, b + DAY_AT, 2);
}

/* Any later day counts as the next day: longer waits are cut to the maximum anyway. */
static int32_t between(moat_span from, moat_span until) {
  int32_t start = time_of_day(from), end = time_of_day(until);
  if (start < 0 || end < 0) return 0;
  int days = compare_days(until.p, from.p);
  if (days > 0) end += DAY;
  return days >= 0 && end > start ? end - start : 0;
}

uint32_t moat__retry_after(moat_span value, moat_span date) {
  int32_t seconds = read_seconds(value);
  if (seconds < 0) seconds = between(date, value);
  return seconds > MOAT_RETRY_AFTER_MAX ? MOAT_RETRY_AFTER_MAX : (uint32_t)seconds;
}
