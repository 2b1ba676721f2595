#include "utf8.h"

size_t utf8_decode(const char *text, size_t n, uint32_t *c) {
  static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
  const unsigned char *p = (const unsigned char *)text;
  size_t size = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
  if (size == 0 || size > n || p[0] > 0xf4) return 0;
  *c = size == 1 ? p[0] : p[0] & (0x7fu >> size);
  for (size_t i = 1; i < size; i++) {
    if ((p[i] & 0xc0) != 0x80) return 0;
    *c = *c << 6 | (p[i] & 0x3fu);
  }
  if (*c < least[size] || *c > 0x10ffff || (*c >= 0xd800 && *c < 0xe000)) return 0;
  return size;
}

bool utf8_ok(moat_span text) {
  uint32_t c;
  size_t at = 0, n = 1;
  while (at < text.n && (n = utf8_decode(text.p + at, text.n - at, &c)) > 0)
    at += n;
  return n > 0;
}
