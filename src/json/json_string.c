/* Decodes strings of checked JSON. Every backslash has its letter, every \u has four digits, and a
 * quote follows the string. So nothing here has to look for the end. */
#include <string.h>

#include "json_check.h"
#include "../text/text.h"

static uint32_t hex4(const char *p) {
  uint32_t v = 0;
  for (int i = 0; i < 4; i++)
    v = v << 4 | (uint32_t)moat__hex(p[i]);
  return v;
}

/* Moves *p past the digits of a \u, and past a second \u if both are a surrogate pair (RFC 8259 7).
 * Returns the character, or half of a pair. */
static uint32_t take_unicode(const char **p) {
  uint32_t v = hex4(*p);
  *p += 4;
  if (v >> 10 != 0xD800 >> 10 || (*p)[0] != '\\' || (*p)[1] != 'u') return v;
  uint32_t low = hex4(*p + 2);
  if (low >> 10 != 0xDC00 >> 10) return v;
  *p += 6;
  return 0x10000 + ((v & 0x3FF) << 10) + (low & 0x3FF);
}

/* Writes UTF-8 (RFC 3629 3) from the last byte to the first. The lead byte takes the remaining
 * bits. */
static size_t put_utf8(char *p, uint32_t v) {
  static const uint8_t lead[] = {0, 0xC0, 0xE0, 0xF0};
  size_t more = v >= 0x10000 ? 3 : v >= 0x800 ? 2 : v >= 0x80;
  for (size_t i = more; i > 0; i--, v >>= 6)
    p[i] = (char)(0x80 | (v & 0x3F));
  p[0] = (char)(lead[more] | v);
  return more + 1;
}

/* A quote and both slashes stand for themselves. */
static char control(char c) {
  switch (c) {
  case 'b': return '\b';
  case 'f': return '\f';
  case 'n': return '\n';
  case 'r': return '\r';
  case 't': return '\t';
  default: return c;
  }
}

/* An escape is never shorter than its character, so the output never overtakes the input. Tokens
 * hardly ever have an escape, so most strings are read once and never moved. */
size_t moat__json_unescape(char *p, size_t n) {
  const char *in = n > 0 ? memchr(p, '\\', n) : NULL, *end = p + n;
  if (!in) return n;
  char *out = p + (in - p);
  while (in < end) {
    char c = *in++;
    if (c == '\\') {
      c = *in++;
      if (c == 'u') {
        out += put_utf8(out, take_unicode(&in));
        continue;
      }
      c = control(c);
    }
    *out++ = c;
  }
  return (size_t)(out - p);
}
