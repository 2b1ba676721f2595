/* Undoes the escapes in which a server may repeat a secret. This is more lenient than any parser,
 * so that no spelling of a secret is missed. */
#include "unescape.h"

#include "utf8.h"

#include <string.h>

/* Reads up to `most` digits at p. Returns how many there are, and their value. */
static size_t number(const char *p, uint32_t base, size_t most, uint32_t *value) {
  static const char digits[] = "0123456789abcdef0123456789ABCDEF";
  size_t n = 0;
  *value = 0;
  for (const char *at; n < most && p[n] && (at = strchr(digits, p[n])) != NULL; n++) {
    uint32_t digit = (uint32_t)(at - digits) % 16;
    if (digit >= base) break;
    *value = *value * base + digit;
  }
  return n;
}

/* Undoes an escape of JSON or of a language like it. */
static size_t unescape_backslash(const char *p, char out[4], size_t *n) {
  static const char named[] = "bfnrt";
  uint32_t c, low;
  if (p[1] == 'x' && number(p + 2, 16, 2, &c) == 2) return out[0] = (char)c, *n = 1, 4;
  if (p[1] == 'u' && number(p + 2, 16, 4, &c) == 4) {
    bool pair = c >= 0xd800 && c < 0xdc00 && p[6] == '\\' && p[7] == 'u' &&
                number(p + 8, 16, 4, &low) == 4 && low >= 0xdc00 && low < 0xe000;
    if (pair) c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    return *n = utf8_encode(c, out), pair ? 12 : 6;
  }
  if (p[1] == '\0' || p[1] == 'x' || p[1] == 'u') return 0;
  const char *at = strchr(named, p[1]);
  out[0] = at ? "\b\f\n\r\t"[at - named] : p[1];
  return *n = 1, 2;
}

/* Undoes an entity of HTML, with or without the semicolon. */
static size_t unescape_entity(const char *p, char out[4], size_t *n) {
  static const struct {
    const char *name;
    uint32_t c;
  } named[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
  uint32_t c = 0;
  size_t size = 0;
  if (p[1] == '#') {
    size_t from = p[2] == 'x' || p[2] == 'X' ? 3 : 2;
    size_t digits = number(p + from, from == 3 ? 16 : 10, 7, &c);
    if (digits && c < 0x110000) size = from + digits;
  }
  for (size_t i = 0; i < sizeof named / sizeof *named && !size; i++) {
    size_t length = strlen(named[i].name);
    if (strncmp(p + 1, named[i].name, length) == 0) c = named[i].c, size = 1 + length;
  }
  if (size) *n = utf8_encode(c, out);
  return size && p[size] == ';' ? size + 1 : size;
}

static size_t unescape_percent(const char *p, char out[4], size_t *n) {
  uint32_t c;
  if (number(p + 1, 16, 2, &c) < 2) return 0;
  return out[0] = (char)c, *n = 1, 3;
}

#define HEX "0123456789abcdefABCDEF"
static const struct {
  char begin;
  size_t longest;
  const char *inside; /* what may follow its first byte */
  size_t (*undo)(const char *p, char out[4], size_t *n);
} escapes[] = {{'%', 3, HEX, unescape_percent},
               {'\\', sizeof "\\ud83d\\ude00" - 1, HEX "ux\\", unescape_backslash},
               {'&', sizeof "&#x10ffff;" - 1, HEX "#xmpltgquos", unescape_entity}};
#undef HEX

_Static_assert(sizeof escapes / sizeof *escapes == UNESCAPE_KINDS, "a row for each kind");

char unescape_begin(unsigned kind) {
  return escapes[kind].begin;
}

size_t unescape(unsigned kind, const char *p, char out[4], size_t *n) {
  return escapes[kind].undo(p, out, n);
}

bool unescape_is_cut(unsigned kind, const char *escape, size_t size) {
  size_t n = 1 + strspn(escape + 1, escapes[kind].inside);
  bool whole = size && (*escape != '&' || escape[size - 1] == ';');
  return !whole && n < escapes[kind].longest && !escape[n];
}
