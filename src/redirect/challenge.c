/* Reads a service's challenge, and writes what the next authorization request carries. */
#include "moat/challenge.h"
#include "../text/text.h"

#include <string.h>

/* The value, from which everything that was read is cut off. Text is decoded in place. */
typedef struct {
  char *p, *end;
} reader;

/* A header that was copied from elsewhere may still be folded. */
#define SPACE " \t\r\n"

enum { ERROR, DESCRIPTION, ACR_VALUES, MAX_AGE, CLAIMS, PARAMETERS };

static const char *const names[PARAMETERS] = {"error", "error_description", "acr_values", "max_age",
                                              "claims"};

static bool is_one_of(char c, const char *more) {
  return moat__is_alphanumeric(c) || (c && strchr(more, c));
}

/* ---- Words ---- */

static moat_span take_while(reader *r, const char *more) {
  char *from = r->p;
  while (r->p < r->end && is_one_of(*r->p, more))
    r->p++;
  return (moat_span){from, (size_t)(r->p - from)};
}

static moat_span take_token(reader *r) {
  return take_while(r, "!#$%&'*+-.^_`|~");
}

static void skip(reader *r, const char *these) {
  while (r->p < r->end && *r->p && strchr(these, *r->p))
    r->p++;
}

static bool is_next(const reader *r, char c) {
  return r->p < r->end && *r->p == c;
}

/* A quoted string (RFC 9110 5.6.4). A value whose quote does not end is none. */
static bool take_quoted(reader *r, moat_span *out) {
  char *to = ++r->p;
  out->p = to;
  for (; r->p < r->end && *r->p != '"'; r->p++) {
    if (*r->p == '\\' && ++r->p == r->end) return false;
    *to++ = *r->p;
  }
  out->n = (size_t)(to - out->p);
  if (r->p == r->end) return false;
  r->p++;
  return true;
}

/* Some services leave out quotes that the grammar wants, so all but a separator is taken. */
static bool take_value(reader *r, moat_span *out) {
  if (is_next(r, '"')) return take_quoted(r, out);
  out->p = r->p;
  while (r->p < r->end && !memchr(SPACE ",", *r->p, sizeof SPACE))
    r->p++;
  out->n = (size_t)(r->p - out->p);
  return true;
}

/* Credentials that are one word (RFC 9110 11.2), such as those of Negotiate. */
static void skip_token68(reader *r) {
  reader ahead = *r;
  if (!take_while(&ahead, "-._~+/").n) return;
  skip(&ahead, "=");
  skip(&ahead, SPACE);
  if (ahead.p == ahead.end || *ahead.p == ',') *r = ahead;
}

/* ---- Challenges ---- */

/* The first one of a name counts. */
static void keep(moat_span values[PARAMETERS], moat_span name, moat_span value) {
  for (unsigned i = 0; i < PARAMETERS; i++)
    if (moat__is_nocase(name, names[i]) && !values[i].p) values[i] = value;
}

/* Stops before a word without a '=': the scheme of the next challenge. */
static bool take_parameters(reader *r, moat_span values[PARAMETERS]) {
  for (;;) {
    skip(r, SPACE ",");
    char *begin = r->p;
    moat_span value, name = take_token(r);
    skip(r, SPACE);
    if (!name.n || !is_next(r, '=')) {
      r->p = begin;
      return true;
    }
    r->p++;
    skip(r, SPACE);
    if (!take_value(r, &value)) return false;
    keep(values, name, value);
  }
}

static int digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  return c == '/' || c == '_' ? 63 : -1;
}

/* Decodes base64 in place, also base64url, as services use both. The result has to look like an
 * object of JSON: it is the authorization server that reads it. */
static bool decode(moat_span *text) {
  char *p = (char *)(uintptr_t)text->p;
  size_t n = 0;
  uint32_t bits = 0;
  while (text->n && text->p[text->n - 1] == '=')
    text->n--;
  for (size_t i = 0; i < text->n; i++) {
    int d = digit(text->p[i]);
    if (d < 0) return false;
    bits = bits << 6 | (uint32_t)d;
    if (i % 4) p[n++] = (char)(bits >> (6 - 2 * (i % 4)));
  }
  bool is_whole = text->n % 4 != 1;
  text->n = n;
  return is_whole && n > 1 && p[0] == '{' && !memchr(p, '\0', n);
}

static bool is_by_claims(const moat_span values[PARAMETERS]) {
  return moat__is_nocase(values[ERROR], "insufficient_claims") ||
         (moat__is_nocase(values[ERROR], "invalid_token") && values[CLAIMS].n);
}

/* Parameters of the one kind mean nothing in the other. */
static int accept(moat_challenge *c, const moat_span values[PARAMETERS]) {
  *c = (moat_challenge){.error = values[ERROR], .description = values[DESCRIPTION]};
  if (is_by_claims(values)) {
    c->claims = values[CLAIMS];
    return decode(&c->claims) ? MOAT_OK : MOAT_E_HTTP;
  }
  c->acr_values = values[ACR_VALUES];
  if (!values[MAX_AGE].n) return MOAT_OK;
  int32_t age = moat__number_up_to(values[MAX_AGE], INT32_MAX / 2);
  c->has_max_age = age >= 0;
  c->max_age = (uint32_t)age;
  return c->has_max_age ? MOAT_OK : MOAT_E_HTTP;
}

int moat_challenge_read(moat_challenge *out, char *value, size_t n) {
  reader r = {value, value + n};
  for (;;) {
    moat_span values[PARAMETERS] = {{NULL, 0}};
    skip(&r, SPACE ",");
    if (r.p == r.end) return MOAT_E_EMPTY;
    moat_span scheme = take_token(&r);
    if (!scheme.n) return MOAT_E_HTTP;
    skip(&r, SPACE);
    skip_token68(&r);
    if (!take_parameters(&r, values)) return MOAT_E_HTTP;
    bool ours = moat__is_nocase(scheme, "bearer") || moat__is_nocase(scheme, "dpop");
    if (ours && (moat__is_nocase(values[ERROR], "insufficient_user_authentication") ||
                 is_by_claims(values)))
      return accept(out, values);
  }
}

/* ---- The answer ---- */

static bool is_replaced(const moat_challenge *c, moat_span field) {
  moat_span name = moat__take(&field, '=');
  return (c->acr_values.n && moat__is_nocase(name, names[ACR_VALUES])) ||
         (c->has_max_age && moat__is_nocase(name, names[MAX_AGE])) ||
         (c->claims.n && moat__is_nocase(name, names[CLAIMS]));
}

/* In a URL, more servers understand %20 than '+' for a space. A form may have either. */
static void put(moat_writer *w, const char *name, moat_span value) {
  if (!value.n) return;
  moat__put_name(w, name);
  moat__put_percent(w, value);
}

int moat_challenge_extra(const moat_challenge *c, moat_span extra, char *out, size_t size) {
  moat_writer w = {.p = out, .size = size};
  while (extra.n) {
    moat_span field = moat__take(&extra, '&');
    if (!is_replaced(c, field)) moat__put_extra(&w, field);
  }
  put(&w, names[ACR_VALUES], c->acr_values);
  if (c->has_max_age) {
    moat__put_name(&w, names[MAX_AGE]);
    moat__put_number(&w, c->max_age);
  }
  put(&w, names[CLAIMS], c->claims);
  moat__put_char(&w, '\0');
  return w.n > size ? MOAT_E_SPACE : (int)(w.n - 1);
}
