#include "request.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* From the last group to the first, since the encoding is longer than what it encodes. */
void moat__base64_from(moat_writer *w, size_t start) {
  size_t n = w->n - start, groups = (n + 2) / 3;
  w->n = start + groups * 4;
  if (w->n > w->size) return;
  for (size_t g = groups; g-- > 0;) {
    const uint8_t *in = (const uint8_t *)w->p + start + g * 3;
    char *out = w->p + start + g * 4;
    size_t have = n - g * 3 < 3 ? n - g * 3 : 3;
    uint32_t v = (uint32_t)in[0] << 16;
    if (have > 1) v |= (uint32_t)in[1] << 8;
    if (have > 2) v |= in[2];
    for (unsigned i = 0; i < 4; i++)
      out[i] = i <= have ? alphabet[v >> (18 - 6 * i) & 63] : '=';
  }
}
