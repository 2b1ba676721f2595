/* Text is read by characters and not by bytes: in UTF-8 a byte such as 0x9b can be a control
 * character of its own or a part of a harmless letter. */
#include "clean.h"

#include "utf8.h"

#include <string.h>

enum { ESC = 0x1b, BEL = 0x07 };

/* Bytes of the escape sequence at p (ECMA-48): a control string up to BEL or ESC \, a control
 * sequence up to its final byte, or a short one. */
static size_t escape_size(const unsigned char *p, size_t n) {
  size_t i = 2;
  if (n < 2) return n;
  if (memchr("]PX^_", p[1], 5)) {
    while (i < n && p[i] != BEL && p[i] != ESC)
      i++;
    if (i < n && p[i] == BEL) return i + 1;
    return i + 2 < n ? i + 2 : n;
  }
  if (p[1] != '[') i = 1;
  while (i < n && p[i] >= 0x20 && p[i] < (p[1] == '[' ? 0x40 : 0x30))
    i++;
  return i < n && p[i] >= 0x30 && p[i] < 0x7f ? i + 1 : i;
}

/* The size of the plain ASCII at p, which nearly every text is made of. */
static size_t plain_size(const unsigned char *p, size_t n) {
  size_t i = 0;
  while (i < n && p[i] >= ' ' && p[i] < 0x7f)
    i++;
  return i;
}

size_t clean(moat_span text, char *out, size_t size, bool *cut) {
  const unsigned char *p = (const unsigned char *)text.p;
  size_t length = 0, step = 0;
  *cut = false;
  for (size_t i = 0; i < text.n && !*cut; i += step) {
    size_t run = plain_size(p + i, text.n - i);
    if (run >= size - length) run = size - length - 1;
    memcpy(out + length, p + i, run);
    length += run;
    i += run;
    if (i == text.n) break;
    uint32_t c = 0;
    if (p[i] >= ' ' && p[i] < 0x7f) { /* as nearly everything is */
      step = 1;
      *cut = length + 1 >= size;
      if (!*cut) out[length++] = (char)p[i];
      continue;
    }
    size_t n = utf8_decode(text.p + i, text.n - i, &c);
    step = n ? n : 1;
    /* The whole sequence is dropped: its end alone would be left as noise. */
    if (c == ESC) step = escape_size(p + i, text.n - i);
    if (c == '\t') c = ' ';
    if (n == 0 || !utf8_is_shown(c)) continue;
    *cut = length + n >= size;
    if (!*cut) length += utf8_encode(c, out + length);
  }
  out[length] = '\0';
  return length;
}
