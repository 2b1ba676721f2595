/* Assignments for a shell to source: NAME='value', a line each. More of the shell's language than
 * words, quotes and comments is refused: only a shell would know what it does. */
#include "document.h"

#include <string.h>

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";

typedef struct {
  document *d;
  size_t at;
  char *out; /* of the value, if it is wanted */
  size_t size, n;
} reader;

static int peek(const reader *r) {
  return document_at(r->d, r->at);
}

/* A line end is no blank: it ends the assignment. */
static void skip_blanks(reader *r) {
  while (peek(r) == ' ' || peek(r) == '\t')
    r->at++;
}

/* Goes on counting when `out` is full. */
static void emit(reader *r) {
  if (r->out && r->n < r->size) r->out[r->n] = r->d->p[r->at];
  r->n++;
  r->at++;
}

/* Nothing has a meaning before the next quote. */
static bool take_single(reader *r) {
  size_t from = r->at++;
  while (peek(r) >= 0 && peek(r) != '\'')
    emit(r);
  if (peek(r) < 0) return document_wrong(r->d, from, "a quote has no end");
  r->at++;
  return true;
}

/* Within double quotes a backslash is itself before most characters. */
static bool take_double(reader *r) {
  size_t from = r->at++;
  for (; peek(r) >= 0 && peek(r) != '"'; emit(r)) {
    int next = document_at(r->d, r->at + 1);
    if (peek(r) == '`' || (peek(r) == '$' && next == '('))
      return document_wrong(r->d, r->at, "a command would be run");
    if (peek(r) == '\\' && next > 0 && strchr("\"\\$`", next)) r->at++;
  }
  if (peek(r) < 0) return document_wrong(r->d, from, "a quote has no end");
  r->at++;
  return true;
}

/* A word ends at a blank or with its line. */
static bool is_end(const reader *r) {
  return peek(r) < 0 || peek(r) == ' ' || peek(r) == '\t' || document_line_end(r->d, r->at);
}

/* A word: quoted parts and plain ones, side by side. */
static bool take_value(reader *r) {
  while (!is_end(r)) {
    if (peek(r) == '\'' ? !take_single(r) : peek(r) == '"' && !take_double(r)) return false;
    if (is_end(r) || peek(r) == '\'' || peek(r) == '"') continue;
    if (peek(r) == 0 || strchr("`$(){}[]<>|&;*?!~", peek(r)))
      return document_wrong(r->d, r->at, "only the shell knows what this means");
    if (peek(r) == '\\') r->at++;
    if (peek(r) < 0 || document_line_end(r->d, r->at))
      return document_wrong(r->d, r->at, "a line does not end where it seems to");
    emit(r);
  }
  return true;
}

/* A name of the shell's: no digit comes first (POSIX 3.235). */
static size_t name_length(const reader *r) {
  size_t n = 0;
  for (int c; (c = document_at(r->d, r->at + n)) > 0; n++)
    if (!strchr(letters, c) && !(n && c >= '0' && c <= '9')) break;
  return n;
}

/* Reads the rest of a line that is not empty. *name is absent for a comment. */
static bool take_line(reader *r, moat_span *name, size_t *value) {
  static const char export[] = "export ";
  size_t rest = r->d->n - r->at;
  *name = (moat_span){NULL, 0};
  if (rest > 7 && memcmp(r->d->p + r->at, export, 7) == 0) r->at += 7;
  skip_blanks(r);
  if (peek(r) != '#') {
    *name = (moat_span){r->d->p + r->at, name_length(r)};
    r->at += name->n;
    if (!name->n || peek(r) != '=') return document_wrong(r->d, r->at, "this is no assignment");
    *value = ++r->at;
    r->n = 0;
    if (!take_value(r)) return false;
  }
  return true;
}

/* A comment may follow. */
static bool end_line(reader *r) {
  skip_blanks(r);
  if (peek(r) == '#')
    while (peek(r) >= 0 && !document_line_end(r->d, r->at))
      r->at++;
  size_t n = document_line_end(r->d, r->at);
  if (!n && peek(r) >= 0) return document_wrong(r->d, r->at, "a value is followed by a word");
  r->at += n;
  return true;
}

/* Finds the last assignment, which is the one that counts. */
static bool find(reader *r, const char *key, size_t *at, size_t *n) {
  r->at = document_start(r->d);
  *n = *at = 0;
  while (peek(r) >= 0) {
    moat_span name = {NULL, 0};
    size_t value = 0;
    skip_blanks(r);
    bool is_empty = peek(r) < 0 || document_line_end(r->d, r->at);
    if (!is_empty && !take_line(r, &name, &value)) return false;
    if (moat_span_equal(name, moat_str(key))) *at = value, *n = r->at - value;
    if (!end_line(r)) return false;
  }
  return true;
}

/* Within single quotes a shell changes nothing, so only the quote itself needs an escape. */
static void put_value(moat_span value) {
  piece_string("'");
  for (size_t i = 0; i < value.n; i++)
    if (value.p[i] == '\'')
      piece_string("'\\''");
    else
      piece_bytes(value.p + i, 1);
  piece_string("'");
}

/* A new variable goes to the end, whatever comes before. */
static bool set(document *d, const char *key, const char *after, moat_span value) {
  reader r = {.d = d};
  size_t at, n;
  (void)after;
  if (!find(&r, key, &at, &n)) return false;
  piece_begin();
  if (!at) piece_string(key);
  if (!at) piece_string("=");
  put_value(value);
  return at ? document_replace(d, at, n, piece_end()) : document_append(d, piece_end());
}

/* The value is read a second time, because only the last one counts. */
static int get(document *d, const char *key, char *out, size_t size, size_t *n) {
  reader r = {.d = d};
  size_t at;
  if (!find(&r, key, &at, n)) return -1;
  if (!at) return 0;
  r = (reader){.d = d, .at = at, .out = out, .size = size};
  if (!take_value(&r)) return -1;
  *n = r.n;
  return r.n <= size;
}

const language language_env = {get, set, NULL};
