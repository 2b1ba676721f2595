/* Writers count on when the buffer is full, so every encoder works for measuring as well as for
 * writing, and nobody has to know a worst case before. */
#include "text.h"

#include <string.h>

/* The offset is compared before it is used: past the end, n is a count and no position any more. */
void moat__put(moat_writer *w, const void *p, size_t n) {
  if (n > 0 && w->n <= w->size && n <= w->size - w->n) memcpy(w->p + w->n, p, n);
  w->n += n;
}

void moat__put_span(moat_writer *w, moat_span s) {
  moat__put(w, s.p, s.n);
}

void moat__put_text(moat_writer *w, const char *z) {
  moat__put(w, z, strlen(z));
}

void moat__put_char(moat_writer *w, char c) {
  if (w->n < w->size) w->p[w->n] = c;
  w->n++;
}

/* By hand, since snprintf() would be the only part of stdio in an image. */
void moat__put_number(moat_writer *w, uint32_t v) {
  char digits[10];
  size_t at = sizeof digits;
  do {
    digits[--at] = (char)('0' + v % 10);
    v /= 10;
  } while (v > 0);
  moat__put(w, digits + at, sizeof digits - at);
}

/* The rules of HTML forms and of RFC 3986 differ in two characters and in the space. `keep` is the
 * one character that a form leaves alone and a URL does not, or the other way round.
 */
static void put_escaped(moat_writer *w, moat_span s, char keep) {
  static const char hex[] = "0123456789ABCDEF";
  for (size_t i = 0; i < s.n; i++) {
    char c = s.p[i];
    if (moat__is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == keep) {
      moat__put_char(w, c);
    } else if (c == ' ' && keep == '*') {
      moat__put_char(w, '+');
    } else {
      unsigned byte = (unsigned char)c;
      moat__put_char(w, '%');
      moat__put_char(w, hex[byte >> 4]);
      moat__put_char(w, hex[byte & 15]);
    }
  }
}

void moat__put_form(moat_writer *w, moat_span s) {
  put_escaped(w, s, '*');
}

void moat__put_percent(moat_writer *w, moat_span s) {
  put_escaped(w, s, '~');
}

/* Computed: less flash than an alphabet, and no look-up that a secret byte would steer. */
char moat__base64_digit(uint32_t v, const char *last) {
  if (v < 26) return (char)('A' + v);
  if (v < 52) return (char)('a' + (v - 26));
  return v < 62 ? (char)('0' + (v - 52)) : last[v - 62];
}

void moat__put_base64url(moat_writer *w, moat_span s) {
  for (size_t i = 0; i < s.n; i += 3) {
    size_t left = s.n - i;
    uint32_t group = (uint32_t)(unsigned char)s.p[i] << 16;
    if (left > 1) group |= (uint32_t)(unsigned char)s.p[i + 1] << 8;
    if (left > 2) group |= (unsigned char)s.p[i + 2];
    for (unsigned k = 0; k < 4 && k <= left; k++)
      moat__put_char(w, moat__base64_digit(group >> (18 - 6 * k) & 63, "-_"));
  }
}

/* Not "the last byte was no separator": when the buffer is full, nobody knows the last byte. */
void moat__put_name(moat_writer *w, const char *name) {
  if (w->n != w->form) moat__put_char(w, '&');
  moat__put_text(w, name);
  moat__put_char(w, '=');
}

/* RFC 6749 3.1: a parameter without a value is as good as absent, so none is ever sent. */
void moat__put_field(moat_writer *w, const char *name, moat_span value) {
  if (value.n == 0) return;
  moat__put_name(w, name);
  moat__put_form(w, value);
}
