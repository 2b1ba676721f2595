/* The reader is lenient: a bundle of roots is trusted as it is, and Mbed TLS decides whether the
 * DER is a certificate. */
#include "tls_pem.h"

#include <string.h>

#include "../text/text.h"

#define NONE (-1)

/* Mbed TLS decodes base64 in constant time, for private keys. For the 140 public certificates of a
 * system that takes as long as a handshake. A table is much faster.
 *
 * The table has the values of the characters '+' to 'z' (RFC 4648 4), and NONE elsewhere. */
#define NONES_8 NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE
#define NONES_32 NONES_8, NONES_8, NONES_8, NONES_8
static const int8_t values[256] = {
    NONES_32, NONES_8, NONE, NONE, NONE, 62,   NONE,     NONE,     NONE,     63,      52,   53,
    54,       55,      56,   57,   58,   59,   60,       61,       NONE,     NONE,    NONE, NONE,
    NONE,     NONE,    NONE, 0,    1,    2,    3,        4,        5,        6,       7,    8,
    9,        10,      11,   12,   13,   14,   15,       16,       17,       18,      19,   20,
    21,       22,      23,   24,   25,   NONE, NONE,     NONE,     NONE,     NONE,    NONE, 26,
    27,       28,      29,   30,   31,   32,   33,       34,       35,       36,      37,   38,
    39,       40,      41,   42,   43,   44,   45,       46,       47,       48,      49,   50,
    51,       NONE,    NONE, NONE, NONE, NONE, NONES_32, NONES_32, NONES_32, NONES_32};

static bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Skips the text up to and including the next `mark`. RFC 7468 allows any text between
 * certificates. */
static bool skip_past(moat_span *s, moat_span mark) {
  while (s->n >= mark.n) {
    const char *at = memchr(s->p, mark.p[0], s->n - mark.n + 1);
    if (!at) return false;
    bool found = memcmp(at, mark.p, mark.n) == 0;
    at += found ? mark.n : 1;
    s->n -= (size_t)(at - s->p);
    s->p = at;
    if (found) return true;
  }
  return false;
}

/* All bits are set for a character that is not base64. */
static inline uint32_t value(uint8_t c) {
  int v = values[c];
  return (uint32_t)v;
}

/* Decodes groups of four characters, and stops before the first that is not base64. An invalid
 * character leaves the highest bit of its group set. */
static uint8_t *decode_groups(const uint8_t **from, const uint8_t *end, uint8_t *to) {
  const uint8_t *p = *from;
  for (size_t groups = (size_t)(end - p) / 4; groups; groups--) {
    uint32_t group = value(p[0]) << 6 | value(p[1]);
    group = group << 6 | value(p[2]);
    group = group << 6 | value(p[3]);
    if (group >> 31) break;
    *to++ = (uint8_t)(group >> 16);
    *to++ = (uint8_t)(group >> 8);
    *to++ = (uint8_t)group;
    p += 4;
  }
  *from = p;
  return to;
}

/* Decodes up to the first character that is neither base64 nor white space. Most characters come in
 * fours; those at the ends of lines are taken one by one. */
static size_t decode(moat_span *s, uint8_t *out) {
  const uint8_t *p = (const uint8_t *)s->p, *end = p + s->n;
  uint8_t *to = out;
  uint32_t bits = 0;
  unsigned have = 0;
  while (p < end) {
    if (!have) to = decode_groups(&p, end, to);
    if (p == end) break;
    int v = values[*p];
    if (v == NONE && !is_space((char)*p)) break;
    p++;
    if (v == NONE) continue;
    bits = bits << 6 | (uint32_t)v;
    have += 6;
    if (have < 8) continue;
    have -= 8;
    *to++ = (uint8_t)(bits >> have);
  }
  s->p = (const char *)p;
  s->n = (size_t)(end - p);
  return (size_t)(to - out);
}

bool moat__pem_next(moat_span *rest, uint8_t *out, size_t *n) {
  static const moat_span begin = {"-----BEGIN CERTIFICATE-----", 27};
  static const moat_span end = {"-----END CERTIFICATE-----", 25};
  if (!skip_past(rest, begin)) return false;
  *n = decode(rest, out);
  /* The amount of padding does not matter: DER has its own length. */
  while (rest->n && (*rest->p == '=' || is_space(*rest->p))) {
    rest->p++;
    rest->n--;
  }
  if (rest->n < end.n || memcmp(rest->p, end.p, end.n) != 0) *n = 0;
  return true;
}
