#include "retry_after.h"

#include <string.h>

#include "text.h"

#define NUMBER_MAX (INT32_MAX - 9)
#define DATE_SIZE 29 /* "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 5.6.7) */
#define DAY_SIZE 17
#define DAY 86400

/* A fraction is rounded up. */
static int32_t read_seconds(moat_span s) {
  moat_span fraction = s;
  int32_t seconds = moat__number(moat__take(&fraction, '.'), NUMBER_MAX);
  if (!fraction.p || seconds < 0) return seconds;
  int32_t part = moat__number(fraction, NUMBER_MAX);
  return part < 0 ? -1 : seconds + (part > 0);
}

/* Seconds since midnight, or less than 0. */
static int32_t time_of_day(moat_span date) {
  int32_t seconds = 0;
  if (date.n != DATE_SIZE) return -DAY;
  for (const char *p = date.p + DAY_SIZE; p < date.p + DATE_SIZE - 4; p += 3) {
    int32_t part = moat__number((moat_span){p, 2}, 60);
    seconds = part < 0 ? -DAY : seconds * 60 + part;
  }
  return seconds;
}

/* Another day is taken for the next one: a wait that long is cut to the maximum anyway. */
static int32_t between(moat_span from, moat_span until) {
  int32_t start = time_of_day(from), end = time_of_day(until);
  if (start < 0 || end < 0) return 0;
  if (memcmp(from.p, until.p, DAY_SIZE) != 0) end += DAY;
  return end > start ? end - start : 0;
}

uint32_t moat__retry_after(moat_span value, moat_span date) {
  int32_t seconds = read_seconds(value);
  if (seconds < 0) seconds = between(date, value);
  return seconds > MOAT_RETRY_AFTER_MAX ? MOAT_RETRY_AFTER_MAX : (uint32_t)seconds;
}
