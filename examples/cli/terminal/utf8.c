/* Overlong forms, surrogates and numbers above U+10FFFF are refused, so that every character has
 * one spelling only. */
#include "utf8.h"

/* The size of the character that begins with this byte, or 0 if none does. */
static size_t size_of(unsigned char first) {
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

bool utf8_continues(char byte) {
  return ((unsigned char)byte & 0xc0) == 0x80;
}

size_t utf8_decode(const char *text, size_t n, uint32_t *c) {
  static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
  const unsigned char *p = (const unsigned char *)text;
  size_t size = size_of(p[0]);
  if (size == 0 || size > n) return 0;
  *c = size == 1 ? p[0] : p[0] & (0x7fu >> size);
  for (size_t i = 1; i < size; i++) {
    if (!utf8_continues(text[i])) return 0;
    *c = *c << 6 | (p[i] & 0x3fu);
  }
  if (*c < least[size] || *c > 0x10ffff || (*c >= 0xd800 && *c < 0xe000)) return 0;
  return size;
}

/* Input comes in pieces, so the rest of a character may still be on its way. */
bool utf8_is_begun(const char *text, size_t n) {
  size_t i = 1;
  while (i < n && utf8_continues(text[i]))
    i++;
  return i == n && n < size_of((unsigned char)text[0]);
}

size_t utf8_encode(uint32_t c, char out[4]) {
  size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  for (size_t i = n; i-- > 1; c >>= 6)
    out[i] = (char)(0x80 | (c & 0x3f));
  out[0] = (char)(n == 1 ? c : (0xf00u >> n & 0xff) | c);
  return n;
}

bool utf8_ok(moat_span text) {
  uint32_t c;
  size_t at = 0, n = 1;
  while (at < text.n && (n = utf8_decode(text.p + at, text.n - at, &c)) > 0)
    at += n;
  return n > 0;
}

/* Controls; Unicode's Default_Ignorable_Code_Point: joiners, bidi controls, fillers, variation
 * selectors, tags; line and paragraph separators; marks of annotations; noncharacters. */
bool utf8_is_shown(uint32_t c) {
  static const struct {
    uint32_t first, last;
  } unseen[] = {{0x80, 0x9f},       {0xad, 0xad},       {0x34f, 0x34f},    {0x61c, 0x61c},
                {0x115f, 0x1160},   {0x17b4, 0x17b5},   {0x180b, 0x180f},  {0x200b, 0x200f},
                {0x2028, 0x202e},   {0x2060, 0x206f},   {0x3164, 0x3164},  {0xfdd0, 0xfdef},
                {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},  {0xfff0, 0xfffb},
                {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff}};
  if (c < 0x80) return c >= 0x20 && c != 0x7f;
  for (size_t i = 0; i < sizeof unseen / sizeof *unseen; i++)
    if (c >= unseen[i].first && c <= unseen[i].last) return false;
  return (c & 0xfffe) != 0xfffe;
}
