/* A writer goes on counting when the buffer is full. So every encoder can also measure, and no
 * caller has to know the largest size in advance. */
#include "text.h"

#include <string.h>

/* The offset is checked before it is used: past the end, n is only a count and not a position. */
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

/* snprintf() would be the only part of stdio in a firmware image. */
void moat__put_number(moat_writer *w, uint32_t v) {
  char digits[10];
  size_t at = sizeof digits;
  do {
    digits[--at] = (char)('0' + v % 10);
    v /= 10;
  } while (v > 0);
  moat__put(w, digits + at, sizeof digits - at);
}

static inline bool is_plain(char c, char keep) {
  return moat__is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == keep;
}

/* A token is nearly all plain text, so runs of it are copied at once.
 *
 * The rules of HTML forms and of RFC 3986 differ in the space and in two characters: '*' and '~'.
 * `keep` is the one of the two that is not escaped. */
static void put_escaped(moat_writer *w, moat_span s, char keep) {
  static const char hex[] = "0123456789ABCDEF";
  for (size_t i = 0; i < s.n; i++) {
    size_t plain = i;
    while (i < s.n && is_plain(s.p[i], keep))
      i++;
    moat__put(w, s.p + plain, i - plain);
    if (i == s.n) break;
    unsigned byte = (unsigned char)s.p[i];
    if (byte == ' ' && keep == '*')
      moat__put_char(w, '+');
    else
      moat__put(w, (const char[]){'%', hex[byte >> 4], hex[byte & 15]}, 3);
  }
}

void moat__put_form(moat_writer *w, moat_span s) {
  put_escaped(w, s, '*');
}

void moat__put_percent(moat_writer *w, moat_span s) {
  put_escaped(w, s, '~');
}

/* The digit is computed: this takes less flash than a table, and no secret byte selects a memory
 * address. */
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

/* No identifier has control characters (RFC 6749 A), so they need no escapes. */
void moat__put_json(moat_writer *w, moat_span s) {
  if (moat__overlap(w->config->work, w->config->work_size, s.p, s.n)) {
    w->error = MOAT_E_MISUSE;
    return;
  }
  moat__put_char(w, '"');
  for (size_t i = 0; i < s.n; i++) {
    char c = s.p[i];
    if ((unsigned char)c < ' ') w->error = MOAT_E_MISUSE;
    if (c == '"' || c == '\\') moat__put_char(w, '\\');
    moat__put_char(w, c);
  }
  moat__put_char(w, '"');
}

/* The text is first moved to the end of the place that its encoding will take. So the encoding
 * never overtakes what is still to be read. */
void moat__base64url_from(moat_writer *w, size_t start) {
  size_t n = w->n - start, size = moat__base64url_size(n);
  w->n = start + size;
  if (w->n > w->size) return;
  char *text = w->p + w->n - n;
  memmove(text, w->p + start, n);
  w->n = start;
  moat__put_base64url(w, (moat_span){text, n});
}

/* The last byte cannot be checked for a separator instead: it is unknown when the buffer is
 * full. */
void moat__put_name(moat_writer *w, const char *name) {
  if (w->n != w->form) moat__put_char(w, '&');
  moat__put_text(w, name);
  moat__put_char(w, '=');
}

void moat__put_extra(moat_writer *w, moat_span extra) {
  if (extra.n && w->n != w->form) moat__put_char(w, '&');
  moat__put_span(w, extra);
}

/* RFC 6749 3.1: a parameter without a value counts as absent, so none is ever sent. */
void moat__put_field(moat_writer *w, const char *name, moat_span value) {
  if (value.n == 0) return;
  moat__put_name(w, name);
  moat__put_form(w, value);
}
