/* Judges the redirect that came back through the browser. Anyone can have written it. So `state` is
 * compared before any other value is believed (RFC 6749 10.12), and the issuer before an error is
 * (RFC 9207 2.4). */
#include "../text/text.h"

#include <string.h>

enum { CODE, STATE, ISS, ERROR, DESCRIPTION, URI, PARAMETERS };

typedef struct {
  moat_span value[PARAMETERS]; /* decoded */
  unsigned seen, malformed;    /* one bit for each parameter */
} parameters;

/* A pasted or piped line may end in a newline. */
static moat_span trim(char *text, size_t n) {
  while (n > 0 && memchr(" \t\r\n", text[n - 1], 4))
    n--;
  size_t start = 0;
  while (start < n && memchr(" \t\r\n", text[start], 4))
    start++;
  return n > 0 ? (moat_span){text + start, n - start} : (moat_span){NULL, 0};
}

/* Whether all characters are VSCHAR (RFC 6749 A.11), from `lowest` on. */
static bool is_code(moat_span s, char lowest) {
  for (size_t i = 0; i < s.n; i++)
    if (s.p[i] < lowest || s.p[i] > '~') return false;
  return s.n > 0;
}

/* Returns the part after the '?'. The text is already a query if it has a '=' or '&' before any
 * ':', '/' or '?'. */
static moat_span find_query(moat_span text) {
  moat_span rest = moat__take(&text, '#');
  for (size_t i = 0; i < rest.n; i++) {
    if (memchr("=&", rest.p[i], 2)) return rest;
    if (memchr(":/?", rest.p[i], 3)) break;
  }
  moat__take(&rest, '?');
  return rest;
}

/* Names are case-sensitive, and unknown names are ignored (RFC 6749 3.1). */
static int parameter_index(moat_span name) {
  static const char *const names[PARAMETERS] = {
      "code", "state", "iss", "error", "error_description", "error_uri"};
  for (int i = 0; i < PARAMETERS; i++)
    if (moat_span_equal(name, moat_str(names[i]))) return i;
  return -1;
}

/* Decodes `s`, a part of `text`, in place. */
static bool decode(char *text, moat_span *s) {
  int n = s->n ? moat__unescape(text + (s->p - text), s->n, true) : 0;
  s->n = n < 0 ? 0 : (size_t)n;
  return n >= 0;
}

/* Returns false if a parameter came twice, with or without a value. Readers that take the first and
 * readers that take the last would see different answers. */
static bool read_parameters(char *text, moat_span query, parameters *out) {
  while (query.n > 0) {
    moat_span value = moat__take(&query, '&');
    moat_span name = moat__take(&value, '=');
    if (!decode(text, &name)) continue;
    int i = parameter_index(name);
    if (i < 0) continue;
    unsigned bit = 1U << i;
    if (out->seen & bit) return false;
    out->seen |= bit;
    if (!decode(text, &value)) out->malformed |= bit;
    out->value[i] = value;
  }
  return true;
}

int moat_redirect_url(char *text, size_t n, const moat_expect *expect, moat_redirect *out) {
  parameters got = {.seen = 0};
  *out = (moat_redirect){.code = {NULL, 0}};
  if (expect->state.n == 0) return MOAT_E_MISUSE;
  if (!read_parameters(text, find_query(trim(text, n)), &got)) return MOAT_E_DUPLICATE;
  if (!moat__equal_secret(got.value[STATE], expect->state)) return MOAT_E_STATE;
  bool judges = expect->issuer.n > 0 && (!expect->iss_optional || got.seen & 1U << ISS);
  if (judges && !moat_span_equal(got.value[ISS], expect->issuer)) return MOAT_E_ISSUER;
  if (got.value[ERROR].n > 0) {
    out->error = got.value[ERROR];
    out->description = got.value[DESCRIPTION];
    return MOAT_E_OAUTH;
  }
  if (got.malformed & 1U << ERROR || !is_code(got.value[CODE], ' ')) return MOAT_E_CODE;
  out->code = got.value[CODE];
  return MOAT_OK;
}

/* Whether the text is a URL or a query instead of a code. A '=' may pad a code at its end, but
 * never stands within it. */
static bool looks_like_url(moat_span s) {
  for (size_t i = 0; i < s.n; i++) {
    if (memchr("?&#", s.p[i], 3)) return true;
    if (s.p[i] == '=' && i + 1 < s.n && s.p[i + 1] != '=') return true;
    if (s.p[i] == ':' && s.n - i > 2 && s.p[i + 1] == '/' && s.p[i + 2] == '/') return true;
  }
  return false;
}

/* A lone '%' is part of the code. Escapes show that the code was copied from an address bar. */
static bool has_escape(moat_span s) {
  for (size_t i = 0; i + 2 < s.n; i++)
    if (s.p[i] == '%' && moat__hex(s.p[i + 1]) >= 0 && moat__hex(s.p[i + 2]) >= 0) return true;
  return false;
}

int moat_redirect_code(char *text, size_t n, const moat_expect *expect, moat_redirect *out) {
  *out = (moat_redirect){.code = {NULL, 0}};
  if (expect->issuer.n > 0 && !expect->iss_optional) return MOAT_E_ISSUER;
  moat_span code = trim(text, n);
  if (looks_like_url(code)) return MOAT_E_CODE;
  if (has_escape(code)) {
    int length = moat__unescape(text + (code.p - text), code.n, false);
    if (length < 0) return MOAT_E_CODE;
    code.n = (size_t)length;
  }
  if (!is_code(code, '!')) return MOAT_E_CODE;
  out->code = code;
  return MOAT_OK;
}
