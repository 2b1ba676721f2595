/* Base64 (RFC 4648 4) in place: the Basic header needs no second buffer for the secret. */
#include "http.h"

#include <string.h>

/* The encoding is longer than its input, so it is written from the last group to the first. For the
 * same reason there is room for the zeros that complete the last group. */
void moat__base64_from(moat_writer *w, size_t start) {
  size_t n = w->n - start, groups = (n + 2) / 3, padding = groups * 3 - n;
  w->n = start + groups * 4;
  if (w->n > w->size) return;
  char *p = w->p + start;
  memset(p + n, 0, padding);
  for (size_t g = groups; g-- > 0;) {
    const uint8_t *in = (const uint8_t *)p + g * 3;
    uint32_t v = (uint32_t)in[0] << 16 | (uint32_t)in[1] << 8 | in[2];
    for (unsigned i = 4; i-- > 0; v >>= 6)
      p[g * 4 + i] = moat__base64_digit(v & 63, "+/");
  }
  memset(w->p + w->n - padding, '=', padding);
}
