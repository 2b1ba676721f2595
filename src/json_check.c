/* RFC 8259 to the letter. jsmn finds the tokens of a good document; it does not tell a good one.
 *
 * The last byte is known to be '}' before anything else is read. It ends every number, word,
 * escape, character and run of spaces, so only who passes a '}' has to look where the end is.
 * Functions take the place to read at and return the place after, or NULL. */
#include "json_check.h"

#include <string.h>

#include "text.h"

_Static_assert(MOAT_JSON_DEPTH >= 1 && MOAT_JSON_DEPTH <= 32, "one bit for each level");

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

/* No leading zero, digits on both sides of a point, and no plus: "01", ".5" and "+1" are no
 * numbers. */
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

/* After the backslash. */
static const uint8_t *check_escape(const uint8_t *p) {
  if (*p != 'u') return memchr("\"\\/bfnrt", *p, 8) ? p + 1 : NULL;
  for (int i = 0; i < 4; i++)
    if (moat__hex((char)*++p) < 0) return NULL;
  return p + 1;
}

/* A character of two bytes or more (RFC 3629 3): not overlong, no surrogate, none above U+10FFFF.
 */
static const uint8_t *check_utf8(const uint8_t *p) {
  unsigned lead = *p++, more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
  uint32_t v = lead & (0x3F >> more), least = more == 1 ? 0x80 : 0x40U << 5 * (more - 1);
  if (lead < 0xC0 || lead > 0xF4) return NULL;
  for (; more > 0; more--, p++) {
    if ((*p & 0xC0) != 0x80) return NULL;
    v = v << 6 | (*p & 0x3F);
  }
  return v >= least && v <= 0x10FFFF && v >> 11 != 0xD800 >> 11 ? p : NULL;
}

/* From the opening quote to the closing one. Nearly all of an answer is plain text in strings, so
 * the inner loop is what its length costs; at the last '}' it stops like everything else. */
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
    if (c >= 0x80) p = check_utf8(p - 1);
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

/* A name and its colon, which jsmn takes for optional. */
static const uint8_t *check_name(const uint8_t *p, const uint8_t *end) {
  p = check_string(p, end);
  if (!p) return NULL;
  p = skip_space(p);
  return *p == ':' ? p + 1 : NULL;
}

static uint8_t closer(uint32_t objects) {
  return objects & 1 ? '}' : ']';
}

/* One round for each value: the value itself or the bracket that opens it, then all brackets that
 * close behind it, a comma, and the next name. No recursion, so a hostile answer costs no stack. */
bool moat__json_check(const char *text, size_t n, size_t *tokens) {
  const uint8_t *p = (const uint8_t *)text, *end;
  uint32_t objects = 0; /* one bit a level, the innermost lowest: 1 for an object, 0 for an array */
  unsigned depth = 0;
  *tokens = 0;
  while (n > 0 && is_space(p[n - 1]))
    n--;
  if (n == 0 || p[n - 1] != '}') return false;
  end = p + n;
  p = skip_space(p);
  if (*p != '{') return false;

  for (;;) {
    bool opens = *p == '{' || *p == '[';
    if (opens) {
      if (depth++ == MOAT_JSON_DEPTH) return false;
      objects = objects << 1 | (*p++ == '{');
    } else if (!(p = check_scalar(p, end))) {
      return false;
    }
    ++*tokens;
    p = skip_space(p);
    /* Right after an opening bracket comes a value, or the end of nothing; never a comma. */
    if (!opens || *p == closer(objects)) {
      for (; *p == closer(objects); p = skip_space(p)) {
        objects >>= 1;
        p++;
        if (--depth == 0 || p == end) return depth == 0 && p == end;
      }
      if (*p++ != ',') return false;
      p = skip_space(p);
    }
    if (objects & 1) {
      if (!(p = check_name(p, end))) return false;
      ++*tokens;
      p = skip_space(p);
    }
  }
}
