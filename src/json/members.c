/* The readers of JSON and of forms store what they find here. Values that are not used, such as an
 * earlier repeat of a token, are wiped from the body. */
#include "members.h"

#include <string.h>

#include "form.h"
#include "json.h"

size_t moat__members_find(const moat__members *m, moat_span name) {
  size_t i = 0;
  while (i < m->count && !moat_span_equal(name, moat_str(m->names[i].name)))
    i++;
  return i;
}

/* The size of a character of two or more bytes (RFC 3629 4). It is 0 for one that is overlong, a
 * surrogate, above U+10FFFF, or cut off. */
static size_t utf8_size(const uint8_t *p, size_t n) {
  unsigned lead = *p, more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
  uint32_t v = lead & (0x3F >> more), least = more == 1 ? 0x80 : 0x40U << 5 * (more - 1);
  if (lead < 0xC0 || lead > 0xF4 || more >= n) return 0;
  for (size_t i = 1; i <= more; i++) {
    if ((p[i] & 0xC0) != 0x80) return 0;
    v = v << 6 | (p[i] & 0x3F);
  }
  return v >= least && v <= 0x10FFFF && v >> 11 != 0xD800 >> 11 ? more + 1 : 0;
}

/* Half a surrogate pair and U+0000 are still there after decoding, and are refused here. */
static bool is_text(const char *text, size_t n, bool vschar) {
  const uint8_t *p = (const uint8_t *)text, *end = p + n;
  for (;;) {
    while (p < end && *p >= ' ' && *p <= '~')
      p++;
    if (p == end) return true;
    size_t size = *p >= 0x80 ? utf8_size(p, (size_t)(end - p)) : *p != 0;
    if (vschar || !size) return false;
    p += size;
  }
}

bool moat__members_set(const moat__members *m, size_t i, char *p, int n, size_t size) {
  moat_span *value = &m->values[i];
  bool usable = n > 0 && is_text(p, (size_t)n, m->names[i].kinds & MOAT__VSCHAR);
  size_t used = usable ? (size_t)n : 0;
  moat_wipe(p + used, size - used);
  if (usable) {
    moat_wipe((char *)(uintptr_t)value->p, value->n);
    *value = (moat_span){p, used};
  }
  return usable;
}

/* Removes a byte order mark (RFC 8259 8.1) and white space around the body. The rest may be
 * empty. */
static char *trim(const moat_reply *r, size_t *n) {
  char *p = r->body;
  size_t size = r->body_size;
  if (size >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0) {
    p += 3;
    size -= 3;
  }
  for (; size > 0 && memchr(" \t\r\n", *p, 4); size--)
    p++;
  while (size > 0 && memchr(" \t\r\n", p[size - 1], 4))
    size--;
  *n = size;
  return p;
}

static int read_body(const moat_reply *r, char *p, size_t n, const moat__members *m) {
  int result = n ? moat__form_read(p, n, m) : MOAT_E_JSON;
  return result && n ? moat__json_read(p, n, r->scratch, r->scratch_size, m) : result;
}

int moat__members_read(const moat_reply *r, const moat__member *names, moat_span *values,
                       size_t count, moat_error_info *e) {
  moat__members m = {names, values, count};
  size_t n;
  char *p = trim(r, &n);
  memset(values, 0, count * sizeof *values);
  int result = r->dropped ? MOAT_E_SPACE : read_body(r, p, n, &m);
  if (!result)
    e->body = MOAT_BODY_OBJECT;
  else if (result == MOAT_E_SPACE)
    e->body = MOAT_BODY_DROPPED;
  else
    e->body = n ? MOAT_BODY_OTHER : MOAT_BODY_NONE;
  return result;
}
