/* Days are counted without mktime(), which depends on the time zone. */
#include "date.h"

#include <string.h>

/* strptime() is not used, because it accepts blanks, signs and 30 February. */
static bool digits(const char *p, size_t n, int *value) {
  *value = 0;
  for (size_t i = 0; i < n; i++) {
    if (p[i] < '0' || p[i] > '9') return false;
    *value = *value * 10 + (p[i] - '0');
  }
  return true;
}

static bool is_leap(int year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* 1970 is day 0, so earlier years are refused and no count is negative. */
bool date_day(const char *date, int64_t *day) {
  static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  int y, m, d;
  if (strlen(date) != 10 || date[4] != '-' || date[7] != '-' || !digits(date, 4, &y) ||
      !digits(date + 5, 2, &m) || !digits(date + 8, 2, &d))
    return false;
  if (y < 1970 || m < 1 || m > 12 || d < 1 || d > lengths[m - 1] + (m == 2 && is_leap(y)))
    return false;
  int64_t days = d - 1;
  for (int i = 1970; i < y; i++)
    days += is_leap(i) ? 366 : 365;
  for (int i = 1; i < m; i++)
    days += lengths[i - 1] + (i == 2 && is_leap(y));
  *day = days;
  return true;
}
