/* Strings of TOML: basic and literal, of one line or several. */
#include "toml_scan.h"

#include "../terminal/utf8.h"

#include <string.h>

typedef struct {
  document *d;
  size_t at;
  char *out;
  size_t size, n;
} reader;

/* Goes on counting when `out` is full. */
static void emit(reader *r, const char *p, size_t n) {
  if (r->out && r->n + n <= r->size) memcpy(r->out + r->n, p, n);
  r->n += n;
}

/* TOML has two blanks. */
static bool is_blank(int c) {
  return c == ' ' || c == '\t';
}

/* Reads \uXXXX or \UXXXXXXXX. */
static bool take_code(reader *r, int digits) {
  uint32_t c = 0;
  char utf8[4];
  for (int i = 0; i < digits; i++) {
    static const char hex[] = "0123456789abcdef";
    int byte = document_at(r->d, r->at++);
    const char *digit =
        byte > 0 ? strchr(hex, byte >= 'A' && byte <= 'F' ? byte + 32 : byte) : NULL;
    if (!digit) return document_wrong(r->d, r->at - 1, "an escape is not complete");
    c = c << 4 | (uint32_t)(digit - hex);
  }
  if (c >= 0x110000 || (c >= 0xd800 && c < 0xe000))
    return document_wrong(r->d, r->at, "an escape is no character");
  emit(r, utf8, utf8_encode(c, utf8));
  return true;
}

/* A backslash at the end of a line joins the next text to it. */
static bool take_fold(reader *r) {
  while (is_blank(document_at(r->d, r->at)))
    r->at++;
  if (!document_line_end(r->d, r->at))
    return document_wrong(r->d, r->at, "there is no such escape");
  for (size_t n; (n = document_line_end(r->d, r->at)) || is_blank(document_at(r->d, r->at));)
    r->at += n ? n : 1;
  return true;
}

/* The backslash is read. */
static bool take_escape(reader *r, bool lines) {
  static const char letters[] = "\"\\btnfr", bytes[] = "\"\\\b\t\n\f\r";
  int c = document_at(r->d, r->at++);
  const char *letter = c > 0 ? strchr(letters, c) : NULL;
  if (letter) {
    emit(r, bytes + (letter - letters), 1);
    return true;
  }
  if (c == 'u' || c == 'U') return take_code(r, c == 'u' ? 4 : 8);
  r->at--;
  return lines ? take_fold(r) : document_wrong(r->d, r->at, "there is no such escape");
}

/* Takes quotes within a string of several lines, or its end with up to two quotes before it. */
static bool take_quotes(reader *r, char quote) {
  size_t run = 0;
  while (run < 5 && document_at(r->d, r->at + run) == quote)
    run++;
  r->at += run;
  for (size_t i = 0; i < (run < 3 ? run : run - 3); i++)
    emit(r, &quote, 1);
  return run >= 3;
}

/* Line ends belong to a string of several lines, and no other control does. */
static bool take_plain(reader *r, bool lines) {
  int c = document_at(r->d, r->at);
  size_t n = lines ? document_line_end(r->d, r->at) : 0;
  if (c < 0) return document_wrong(r->d, r->at, "a string has no end");
  if (!n && ((c < ' ' && c != '\t') || c == 0x7f))
    return document_wrong(r->d, r->at, "a string has a control character or no end");
  emit(r, r->d->p + r->at, n ? n : 1);
  r->at += n ? n : 1;
  return true;
}

/* The opening quotes are read. Returns whether the string has an end. */
static bool take_text(reader *r, char quote, bool lines) {
  for (;;) {
    int c = document_at(r->d, r->at);
    if (c == quote && lines) {
      if (take_quotes(r, quote)) return true;
    } else if (c == quote) {
      r->at++;
      return true;
    } else if (c == '\\' && quote == '"') {
      r->at++;
      if (!take_escape(r, lines)) return false;
    } else if (!take_plain(r, lines))
      return false;
  }
}

/* A line end right behind the opening quotes is not part of the text. */
size_t toml_string(document *d, size_t at, bool lines, char *out, size_t size, size_t *n) {
  reader r = {.d = d, .at = at + 1, .out = out, .size = size};
  char quote = d->p[at];
  bool triple = document_at(d, at + 1) == quote && document_at(d, at + 2) == quote;
  if (triple) r.at = at + 3;
  if (triple && !lines) return document_wrong(d, at, "a key has several lines") ? 1 : 0;
  if (triple) r.at += document_line_end(d, r.at);
  bool done = take_text(&r, quote, triple);
  *n = r.n;
  return done ? r.at : 0;
}
