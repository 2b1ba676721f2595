/* Members of a JSON object (RFC 8259). */
#include "document.h"

#include "../terminal/utf8.h"
#include "../terminal/write_json.h"

#include <string.h>

enum { DEPTH = 64, REPLACEMENT = 0xfffd, BEYOND = 0x10000, NAME_MAX_SIZE = 64 };

/* Offsets of the member that is looked for, and of the object. */
typedef struct {
  bool found;
  size_t member, at, n; /* where it begins, and its value */
  size_t comma;         /* the one before it, or 0 */
  size_t open, first;   /* behind the object's brace, and its first member or closing brace */
  size_t last;          /* behind the last member, or `open` */
} place;

typedef struct {
  document *d;
  size_t at;
} reader;

static int peek(const reader *r) {
  return document_at(r->d, r->at);
}

static bool wrong(reader *r, const char *why) {
  return document_wrong(r->d, r->at, why);
}

/* RFC 8259 2: no other characters are blank. */
static void skip_space(reader *r) {
  while (peek(r) > 0 && strchr(" \t\r\n", peek(r)))
    r->at++;
}

/* ---- Strings ---- */

/* Reads XXXX. Returns BEYOND if it is none. */
static uint32_t take_unit(reader *r) {
  uint32_t unit = 0;
  for (int i = 0; i < 4; i++) {
    static const char hex[] = "0123456789abcdef";
    int c = document_at(r->d, r->at++);
    const char *digit = c > 0 ? strchr(hex, c >= 'A' && c <= 'F' ? c + 32 : c) : NULL;
    if (!digit) return BEYOND;
    unit = unit << 4 | (uint32_t)(digit - hex);
  }
  return unit;
}

/* Reads what follows \u: a unit, or two that make one character. A half of it alone is replaced. */
static size_t take_code(reader *r, char out[4]) {
  uint32_t c = take_unit(r);
  if (c == BEYOND) return 0;
  bool is_high = c >= 0xd800 && c < 0xdc00;
  if (is_high && peek(r) == '\\' && document_at(r->d, r->at + 1) == 'u') {
    size_t before = r->at;
    r->at += 2;
    uint32_t low = take_unit(r);
    if (low >= 0xdc00 && low < 0xe000)
      return utf8_encode(BEYOND + ((c - 0xd800) << 10) + low - 0xdc00, out);
    r->at = before;
  }
  return utf8_encode(c >= 0xd800 && c < 0xe000 ? REPLACEMENT : c, out);
}

/* Reads an escape behind its backslash. Returns the number of bytes that it stands for, or 0. */
static size_t take_escape(reader *r, char out[4]) {
  static const char letters[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";
  int c = document_at(r->d, r->at++);
  if (c == 'u') return take_code(r, out);
  const char *letter = c > 0 ? strchr(letters, c) : NULL;
  if (!letter) return 0;
  *out = bytes[letter - letters];
  return 1;
}

/* `out` may be NULL. *n is the length of the text, even if it does not fit. */
static bool take_string(reader *r, char *out, size_t size, size_t *n) {
  *n = 0;
  if (peek(r) != '"') return wrong(r, "there should be a string");
  for (r->at++; peek(r) != '"';) {
    char bytes[4] = {(char)peek(r)};
    size_t length = 1;
    if (peek(r) < ' ') return wrong(r, "a string has a control character or no end");
    bool is_escape = r->d->p[r->at++] == '\\';
    if (is_escape) length = take_escape(r, bytes);
    if (!length) return wrong(r, "there is no such escape");
    if (out && *n + length <= size) memcpy(out + *n, bytes, length);
    *n += length;
  }
  r->at++;
  return true;
}

/* ---- Values ---- */

/* Numbers are not looked at closely: they only have to end. */
static bool take_plain(reader *r) {
  static const char *const words[] = {"true", "false", "null"};
  static const char of_words[] = "abcdefghijklmnopqrstuvwxyz0123456789+-.E";
  size_t from = r->at;
  while (peek(r) > 0 && strchr(of_words, peek(r)))
    r->at++;
  moat_span value = {r->d->p + from, r->at - from};
  if (value.n && strchr("-0123456789", *value.p)) return true;
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (moat_span_equal(value, moat_str(words[i]))) return true;
  r->at = from;
  return wrong(r, "this is no value");
}

/* Between a name and its value. */
static bool take_colon(reader *r) {
  skip_space(r);
  if (peek(r) != ':') return wrong(r, "a name has no value");
  r->at++;
  skip_space(r);
  return true;
}

/* Calls itself for what is in brackets, DEPTH times at most. */
static bool take_value(reader *r, int depth) {
  size_t n;
  bool is_object = peek(r) == '{';
  if (peek(r) == '"') return take_string(r, NULL, 0, &n);
  if (!is_object && peek(r) != '[') return take_plain(r);
  if (depth > DEPTH) return wrong(r, "there are too many brackets");
  const int end = is_object ? '}' : ']';
  r->at++;
  skip_space(r);
  if (peek(r) == end) return r->at++, true;
  for (;;) {
    if (is_object && !(take_string(r, NULL, 0, &n) && take_colon(r))) return false;
    if (!take_value(r, depth + 1)) return false;
    skip_space(r);
    if (peek(r) == end) return r->at++, true;
    if (peek(r) != ',') return wrong(r, "a bracket has no end");
    r->at++;
    skip_space(r);
  }
}

/* ---- The object ---- */

/* The name may be written with escapes. */
static bool take_member(reader *r, const char *key, size_t comma, place *out) {
  char name[NAME_MAX_SIZE];
  size_t n, member = r->at;
  if (!take_string(r, name, sizeof name, &n) || !take_colon(r)) return false;
  size_t at = r->at;
  if (!take_value(r, 1)) return false;
  out->last = r->at;
  if (n > sizeof name || !moat_span_equal((moat_span){name, n}, moat_str(key))) return true;
  if (out->found) return wrong(r, "a member of Moat's is there twice");
  out->found = true;
  out->member = member;
  out->at = at;
  out->n = r->at - at;
  out->comma = comma;
  return true;
}

/* The place of the comma before a member is kept, in case the member goes. */
static bool take_members(reader *r, const char *key, place *out) {
  size_t comma = 0;
  if (peek(r) == '}') return true;
  for (;;) {
    if (!take_member(r, key, comma, out)) return false;
    skip_space(r);
    if (peek(r) == '}') return true;
    if (peek(r) != ',') return wrong(r, "the object has no end");
    comma = r->at++;
    skip_space(r);
  }
}

/* An empty text has no object, and `open` is 0. */
static bool find(document *d, const char *key, place *out) {
  reader r = {.d = d, .at = document_start(d)};
  *out = (place){.found = false};
  if (!utf8_ok((moat_span){d->p, d->n})) return wrong(&r, "it is not UTF-8");
  skip_space(&r);
  if (peek(&r) < 0) return true;
  if (peek(&r) != '{') return wrong(&r, "it is no object");
  out->open = out->last = ++r.at;
  skip_space(&r);
  out->first = r.at;
  if (!take_members(&r, key, out)) return false;
  r.at++;
  skip_space(&r);
  return peek(&r) < 0 ? true : wrong(&r, "something follows the object");
}

/* ---- Changes ---- */

/* A new member is indented like the first one. An object without blanks gets none. */
static bool add(document *d, const place *object, const char *key, moat_span value) {
  bool is_first = object->last == object->open;
  piece_begin();
  if (!object->open) piece_string("{");
  if (!is_first) piece_string(",");
  if (is_first)
    piece_string("\n  ");
  else
    piece_bytes(d->p + object->open, object->first - object->open);
  json_string(moat_str(key), piece_bytes);
  piece_string(is_first || object->first > object->open ? ": " : ":");
  json_string(value, piece_bytes);
  if (is_first) piece_string("\n");
  if (!object->open) piece_string("}\n");
  if (!object->open)
    return document_replace(d, document_start(d), d->n - document_start(d), piece_end());
  return document_replace(d, object->last, is_first ? object->first - object->open : 0,
                          piece_end());
}

/* The value may have been of any type. */
static bool set(document *d, const char *key, const char *after, moat_span value) {
  place found;
  (void)after;
  if (!find(d, key, &found)) return false;
  if (!found.found) return add(d, &found, key, value);
  piece_begin();
  json_string(value, piece_bytes);
  return document_replace(d, found.at, found.n, piece_end());
}

/* One comma goes with the member: the one before it or, if it is the first, the one behind it. */
static bool cut(document *d, const char *key) {
  place found;
  if (!find(d, key, &found)) return false;
  if (!found.found) return true;
  reader r = {.d = d, .at = found.at + found.n};
  size_t from = found.comma ? found.comma : found.member;
  if (!found.comma) skip_space(&r);
  if (!found.comma && peek(&r) == ',') {
    r.at++;
    skip_space(&r);
  } else
    r.at = found.at + found.n;
  return document_replace(d, from, r.at - from, moat_str(""));
}

/* A value of another type than a string counts as none. */
static int get(document *d, const char *key, char *out, size_t size, size_t *n) {
  place found;
  if (!find(d, key, &found)) return -1;
  reader r = {.d = d, .at = found.at};
  if (!found.found || peek(&r) != '"') return 0;
  return take_string(&r, out, size, n) ? *n <= size : -1;
}

const language language_json = {get, set, cut};
