/* Functions to make, compare, wipe and split spans. None of them needs a NUL after the bytes or
 * depends on a locale, as isdigit() and strcasecmp() do. */
#include "text.h"

#include <limits.h>
#include <string.h>

moat_span moat_str(const char *z) {
  return (moat_span){z, z ? strlen(z) : 0};
}

/* memcmp() must not be given a NULL pointer, not even for no bytes. */
bool moat_span_equal(moat_span a, moat_span b) {
  return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* A plain memset of memory that is not read again is a dead store: optimisers remove it. What a
 * volatile pointer points to, they cannot know. */
void moat_wipe(void *p, size_t n) {
  void *(*volatile set)(void *, int, size_t) = memset;
  if (n) set(p, 0, n);
}

bool moat__equal_nocase(moat_span a, moat_span b) {
  if (a.n != b.n) return false;
  for (size_t i = 0; i < a.n; i++)
    if (moat__lower(a.p[i]) != moat__lower(b.p[i])) return false;
  return true;
}

bool moat__is_nocase(moat_span s, const char *z) {
  return moat__equal_nocase(s, (moat_span){z, strlen(z)});
}

/* `v` is limited to max while one more digit still fits, so a long row of digits cannot wrap. */
int32_t moat__number_up_to(moat_span s, int32_t max) {
  int32_t v = s.n ? 0 : -1;
  for (size_t i = 0; i < s.n; i++) {
    int digit = s.p[i] - '0';
    if (digit < 0 || digit > 9) return -1;
    v = v > (INT32_MAX - 9) / 10 ? max : v * 10 + digit;
    if (v > max) v = max;
  }
  return v;
}

int32_t moat__number(moat_span s, int32_t max) {
  int32_t v = moat__number_up_to(s, max + 1);
  return v > max ? -1 : v;
}

/* A rest of {NULL, 0} is the end, and {p, 0} is an empty last part: the trailing dot of a host must
 * not be lost. */
moat_span moat__take(moat_span *rest, char c) {
  const char *at = rest->n ? memchr(rest->p, c, rest->n) : NULL;
  moat_span head = {rest->p, at ? (size_t)(at - rest->p) : rest->n};
  *rest = at ? (moat_span){at + 1, rest->n - head.n - 1} : (moat_span){NULL, 0};
  return head;
}

int moat__hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = moat__lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A NUL is refused: code that reads the result as a C string would not see the bytes after it. */
int moat__unescape(char *p, size_t n, bool plus) {
  size_t out = 0;
  if (n > INT_MAX) return -1;
  for (size_t i = 0; i < n; i++) {
    char c = p[i];
    if (c == '%') {
      int high = n - i > 2 ? moat__hex(p[i + 1]) : -1;
      int low = high >= 0 ? moat__hex(p[i + 2]) : -1;
      if (low < 0) return -1;
      c = (char)(high << 4 | low);
      i += 2;
    } else if (c == '+' && plus) {
      c = ' ';
    }
    if (c == '\0') return -1;
    p[out++] = c;
  }
  return (int)out;
}
