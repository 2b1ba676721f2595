/* The result is compared with an iPAddress of a certificate. So every spelling of an address must
 * give the same bytes, and an almost correct address must be refused. */
#include "text.h"

#include <string.h>

/* No leading zeros: some resolvers would read them as octal. */
static bool ipv4(moat_span s, uint8_t out[4]) {
  unsigned parts = 0;
  while (s.p) {
    moat_span part = moat__take(&s, '.');
    int64_t number = moat__number(part, 255);
    if (parts == 4 || number < 0 || (part.n > 1 && part.p[0] == '0')) return false;
    out[parts++] = (uint8_t)number;
  }
  return parts == 4;
}

/* The caller handles an empty group: it marks a gap. */
static bool hex_group(moat_span s, uint8_t out[2]) {
  unsigned group = 0;
  for (size_t i = 0; i < s.n; i++) {
    int digit = moat__hex(s.p[i]);
    if (digit < 0 || i == 4) return false;
    group = group << 4 | (unsigned)digit;
  }
  out[0] = (uint8_t)(group >> 8);
  out[1] = (uint8_t)group;
  return true;
}

/* An empty part between two colons is a gap. A gap at either end of the address has two empty
 * parts, so the first colon of a leading pair is dropped. */
static bool ipv6(moat_span s, uint8_t out[16]) {
  enum { NO_GAP = 17 };
  size_t n = 0, gap = NO_GAP;
  if (s.n && s.p[0] == ':') {
    s = (moat_span){s.p + 1, s.n - 1};
    if (!s.n || s.p[0] != ':') return false;
  }
  while (s.p) {
    moat_span part = moat__take(&s, ':');
    if (!part.n) {
      if (s.p ? gap != NO_GAP : gap != n) return false;
      gap = n;
    } else if (!s.p && n <= 12 && ipv4(part, out + n)) {
      n += 4;
    } else if (n <= 14 && hex_group(part, out + n)) {
      n += 2;
    } else {
      return false;
    }
  }
  if (gap == NO_GAP) return n == 16;
  /* A gap stands for at least one group; the groups after it move to the end. */
  if (n == 16) return false;
  memmove(out + 16 - (n - gap), out + gap, n - gap);
  memset(out + gap, 0, 16 - n);
  return true;
}

size_t moat__address(moat_span s, uint8_t out[16]) {
  if (ipv4(s, out)) return 4;
  return ipv6(s, out) ? 16 : 0;
}
