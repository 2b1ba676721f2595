/* https URLs, as strict as RFC 3986. Text that two parsers could read differently (a backslash,
 * userinfo, a name that is half an address) is refused and not repaired. */
#include "text.h"

#include <string.h>

enum { LABEL_MAX = 63, NAME_MAX = 253, DEFAULT_PORT = 443 };

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/* A '%' has to begin an escape. The meaning of the escape is the server's business. */
bool moat__is_url_text(moat_span s) {
  for (size_t i = 0; i < s.n; i++) {
    char c = s.p[i];
    if (c <= ' ' || c > '~' || memchr("\"#<>[\\]^`{|}", c, 12)) return false;
    if (c != '%') continue;
    if (s.n - i < 3 || moat__hex(s.p[i + 1]) < 0 || moat__hex(s.p[i + 2]) < 0) return false;
  }
  return true;
}

/* RFC 1123 2.1, and the underscore that private networks use. */
static bool is_label(moat_span s) {
  if (s.n == 0 || s.n > LABEL_MAX || s.p[0] == '-' || s.p[s.n - 1] == '-') return false;
  for (size_t i = 0; i < s.n; i++) {
    char c = moat__lower(s.p[i]);
    if ((c < 'a' || c > 'z') && !is_digit(c) && c != '-' && c != '_') return false;
  }
  return true;
}

/* A resolver takes a name that ends in a number for an address ("127.1", "0x7f000001"). So such a
 * name must be a full IPv4 address. */
static bool is_host(moat_span s) {
  uint8_t address[16];
  moat_span rest = s, label = {NULL, 0};
  if (s.n == 0 || s.n > NAME_MAX) return false;
  while (rest.p) {
    label = moat__take(&rest, '.');
    if (!is_label(label)) return false;
  }
  if (label.n > 1 && label.p[0] == '0' && moat__lower(label.p[1]) == 'x') return false;
  for (size_t i = 0; i < label.n; i++)
    if (!is_digit(label.p[i])) return true;
  return moat__address(s, address) == 4;
}

/* Splits host [":" port]. *host has no brackets. */
static bool split_authority(moat_span authority, moat_span *host, uint16_t *port) {
  uint8_t address[16];
  bool bracket = authority.n > 0 && authority.p[0] == '[';
  const char *end = authority.n ? memchr(authority.p, bracket ? ']' : ':', authority.n) : NULL;
  size_t length = end ? (size_t)(end - authority.p) : authority.n;
  *host = (moat_span){authority.p + bracket, length - bracket};
  if (bracket ? !end || moat__address(*host, address) != 16 : !is_host(*host)) return false;

  length += bracket;
  moat_span rest = {authority.p + length, authority.n - length};
  *port = DEFAULT_PORT;
  if (rest.n == 0) return true;
  int32_t number = moat__number((moat_span){rest.p + 1, rest.n - 1}, UINT16_MAX);
  *port = (uint16_t)number;
  return rest.p[0] == ':' && number > 0;
}

/* The whole URL is checked before the first byte is written. So a refused URL leaves nothing
 * behind, and MOAT_E_SPACE means that the URL is good. The host keeps its case: the resolver, the
 * certificate check and the server all ignore case. */
int moat_url_split(const char *url, size_t n, char *memory, size_t size, moat_endpoint *e) {
  static const char scheme[] = "https://";
  size_t start = sizeof scheme - 1, end = start;
  moat_span host;
  uint16_t port;
  if (n < start || !moat__equal_nocase((moat_span){url, start}, (moat_span){scheme, start}))
    return MOAT_E_URL;
  while (end < n && url[end] != '/' && url[end] != '?')
    end++;
  moat_span path = {url + end, n - end};
  if (!split_authority((moat_span){url + start, end - start}, &host, &port)) return MOAT_E_URL;
  if (!moat__is_url_text(path)) return MOAT_E_URL;

  moat_writer w = {.p = memory, .size = size};
  moat__put_span(&w, host);
  moat__put_char(&w, '\0');
  size_t at = w.n;
  /* RFC 9112 3.2.1: the path of a request is never empty. */
  if (path.n == 0 || path.p[0] == '?') moat__put_char(&w, '/');
  moat__put_span(&w, path);
  moat__put_char(&w, '\0');
  if (w.n > size) return MOAT_E_SPACE;
  *e = (moat_endpoint){memory, port, memory + at};
  return MOAT_OK;
}
