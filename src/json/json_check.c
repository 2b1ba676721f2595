/* Checks the grammar of RFC 8259. jsmn finds the tokens of a valid document, but does not detect an
 * invalid one.
 *
 * The last byte of the document is known to be '}' before any other is read. It ends every number,
 * word, escape, character and run of spaces. So only code that may step over a '}' has to check
 * for the end. Functions take the place to read at, and return the place after it or NULL. */
#include "json_check.h"

#include <string.h>

#include "../text/text.h"

static bool is_space(uint8_t c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static const uint8_t *skip_space(const uint8_t *p) {
  while (is_space(*p))
    p++;
  return p;
}

static const uint8_t *check_digits(const uint8_t *p) {
  const uint8_t *start = p;
  while (*p >= '0' && *p <= '9')
    p++;
  return p > start ? p : NULL;
}

/* A number has no leading zero, no plus, and digits on both sides of the point: "01", "+1" and ".5"
 * are no numbers. */
static const uint8_t *check_number(const uint8_t *p) {
  if (*p == '-') p++;
  p = *p == '0' ? p + 1 : check_digits(p);
  if (p && *p == '.') p = check_digits(p + 1);
  if (p && (*p | 0x20) == 'e') {
    p++;
    if (*p == '+' || *p == '-') p++;
    p = check_digits(p);
  }
  return p;
}

static const uint8_t *check_word(const uint8_t *p, const char *word) {
  while (*word)
    if (*p++ != (uint8_t)*word++) return NULL;
  return p;
}

/* `p` is after the backslash. */
static const uint8_t *check_escape(const uint8_t *p) {
  if (*p != 'u') return memchr("\"\\/bfnrt", *p, 8) ? p + 1 : NULL;
  for (int i = 0; i < 4; i++)
    if (moat__hex((char)*++p) < 0) return NULL;
  return p + 1;
}

/* Reads from the opening quote to the closing one. Nearly all of an answer is plain text in
 * strings, so the inner loop decides how long the check takes. It stops at any '}',
 * and so never runs past the one that ends the document. */
static const uint8_t *check_string(const uint8_t *p, const uint8_t *end) {
  if (*p++ != '"') return NULL;
  while (p && p < end) {
    unsigned c;
    do
      c = *p++;
    while (c > '"' && c < '}' && c != '\\');
    if (c == '"') return p;
    if (c < ' ') return NULL;
    if (c == '\\') p = check_escape(p);
  }
  return NULL;
}

static const uint8_t *check_scalar(const uint8_t *p, const uint8_t *end) {
  switch (*p) {
  case '"': return check_string(p, end);
  case 't': return check_word(p, "true");
  case 'f': return check_word(p, "false");
  case 'n': return check_word(p, "null");
  default: return check_number(p);
  }
}

/* ---- Nesting ---- */

/* Each level has one bit, from the outermost on: 1 for an object, 0 for an array. */
static bool open_level(moat__json *j, size_t depth, bool object) {
  uint8_t bit = (uint8_t)(1U << depth % 8), *levels = j->scratch;
  if (depth / 8 >= j->scratch_size) {
    j->error = MOAT_E_SPACE;
    return false;
  }
  levels += depth / 8;
  *levels = (uint8_t)(object ? *levels | bit : *levels & ~bit);
  return true;
}

static bool in_object(const moat__json *j, size_t depth) {
  const uint8_t *levels = j->scratch;
  return levels[(depth - 1) / 8] >> (depth - 1) % 8 & 1;
}

/* Moves from the end of a value past all brackets that close there and, if a level is still open,
 * past the comma. The last '}' belongs to the whole object, so it closes none of these levels. */
static const uint8_t *check_end(const moat__json *j, const uint8_t *p, size_t *depth) {
  for (; *depth > 0; --*depth) {
    p = skip_space(p);
    if (*p == ',') return skip_space(p + 1);
    if (*p != (in_object(j, *depth) ? '}' : ']') || ++p == j->end) return NULL;
  }
  return p;
}

/* Reads a name, its colon and the spaces around the colon. For jsmn the colon is optional. */
static const uint8_t *check_name(const uint8_t *p, const uint8_t *end, moat_span *name) {
  const uint8_t *start = p;
  p = check_string(p, end);
  if (!p) return NULL;
  *name = (moat_span){(const char *)start + 1, (size_t)(p - start) - 2};
  p = skip_space(p);
  return *p == ':' ? skip_space(p + 1) : NULL;
}

/* Each round reads one nested value. There is no recursion, so a hostile answer costs no stack. */
static const uint8_t *check_value(moat__json *j, const uint8_t *p) {
  size_t depth = 0;
  moat_span name;
  for (;;) {
    bool opens = *p == '{' || *p == '[', empty = false;
    if (opens) {
      uint8_t closer = (uint8_t)(*p + 2); /* in ASCII */
      if (!open_level(j, depth++, *p == '{')) return NULL;
      p = skip_space(p + 1);
      empty = *p == closer;
    } else {
      p = check_scalar(p, j->end);
    }
    if (p && (!opens || empty)) p = check_end(j, p, &depth);
    if (p && depth > 0 && in_object(j, depth)) p = check_name(p, j->end, &name);
    if (!p || depth == 0) return p;
  }
}

/* ---- Members ---- */

bool moat__json_begin(moat__json *j, const char *text, size_t n, void *scratch,
                      size_t scratch_size) {
  const uint8_t *p = (const uint8_t *)text;
  if (n == 0 || p[n - 1] != '}') return false;
  j->end = p + n;
  j->scratch = scratch;
  j->scratch_size = scratch_size;
  j->past_first = false;
  j->error = MOAT_E_JSON;
  p = skip_space(p);
  j->p = p + 1;
  return *p == '{';
}

int moat__json_next(moat__json *j, moat_span *name, moat_span *value) {
  const uint8_t *p = skip_space(j->p);
  if (*p == '}') return p + 1 == j->end ? 0 : MOAT_E_JSON;
  if (j->past_first && *p++ != ',') return MOAT_E_JSON;
  j->past_first = true;
  p = check_name(skip_space(p), j->end, name);
  j->p = p ? check_value(j, p) : NULL;
  if (!j->p) return j->error;
  *value = (moat_span){(const char *)p, (size_t)(j->p - p)};
  return 1;
}
