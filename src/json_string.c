/* Strings of checked JSON: every backslash has its letter, every \u its four digits, so nothing
 * here looks for the end. */
#include <string.h>

#include "json.h"
#include "json_check.h"
#include "text.h"

/* Half a surrogate pair is a value like any other here; unescape() pairs them. */
static uint32_t hex4(const char *p) {
  uint32_t v = 0;
  for (int i = 0; i < 4; i++)
    v = v << 4 | (uint32_t)moat__hex(p[i]);
  return v;
}

/* RFC 3629 3, from the last byte to the first: the lead byte takes the bits that are left. */
static size_t put_utf8(char *p, uint32_t v) {
  static const uint8_t lead[] = {0, 0xC0, 0xE0, 0xF0};
  size_t more = v >= 0x10000 ? 3 : v >= 0x800 ? 2 : v >= 0x80;
  for (size_t i = more; i > 0; i--, v >>= 6)
    p[i] = (char)(0x80 | (v & 0x3F));
  p[0] = (char)(lead[more] | v);
  return more + 1;
}

/* The rest, a quote and both slashes, stand for themselves. */
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

/* An escape is never shorter than what it stands for, so the result does not overtake the text. */
int moat__json_unescape(char *p, size_t n) {
  /* Tokens hardly ever hold an escape, so most strings are read once and moved never. */
  const char *first = n > 0 ? memchr(p, '\\', n) : NULL;
  size_t in = first ? (size_t)(first - p) : n, out = in;
  uint32_t high = 0; /* the half of a pair that came, with nothing between it and what comes next */
  while (in < n) {
    char c = p[in++];
    uint32_t v = (unsigned char)c;
    bool escape = c == '\\', unicode = escape && p[in] == 'u';
    if (unicode) {
      v = hex4(p + in + 1);
      in += 5;
    }
    bool low = unicode && (v & 0xFC00) == 0xDC00;
    if (low != (high != 0) || v == 0) return -1;
    if (low) v = 0x10000 + ((high & 0x3FF) << 10) + (v & 0x3FF);
    high = unicode && (v & ~0x3FFU) == 0xD800 ? v : 0;
    if (unicode)
      out += high ? 0 : put_utf8(p + out, v);
    else
      p[out++] = escape ? control(p[in++]) : c;
  }
  return high ? -1 : (int)out;
}

/* The closing quote of the string that begins at p. */
static char *string_end(char *p) {
  while (*p != '"')
    p += *p == '\\' ? 2 : 1;
  return p;
}

/* The grammar was checked before, so outside strings a byte tells what it begins. */
int moat__json_join(char *raw, size_t n) {
  size_t out = 0;
  for (size_t i = 1; i + 1 < n; i++) {
    if (memchr(" \t\r\n,", raw[i], 5)) continue;
    if (raw[i] != '"') return -1;
    char *string = raw + i + 1, *end = string_end(string);
    int length = moat__json_unescape(string, (size_t)(end - string));
    if (length < 0) return -1;
    if (out > 0 && length > 0) raw[out++] = ' ';
    memmove(raw + out, string, (size_t)length);
    out += (size_t)length;
    i = (size_t)(end - raw);
  }
  return (int)out;
}
