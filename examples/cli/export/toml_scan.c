/* Walks through a TOML text. It reads as much as is needed to know where each key and value begins
 * and ends; what a number or a date looks like in detail does not matter for that. */
#include "toml_scan.h"

#include "../terminal/utf8.h"

#include <string.h>

enum { DEPTH = 32 }; /* of arrays and inline tables within each other */

static const char bare[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

typedef struct {
  document *d;
  size_t at;
  toml_path path;  /* of the current key */
  char ordinal;    /* counts the arrays of tables, to tell them apart */
  size_t line;     /* where the current line of the table begins */
  bool in_root;    /* no header came yet */
  size_t root_end; /* behind the last pair before the first header, or 0 */
  const toml_path *table;
  const char *key;
  toml_place *place;
  toml_path *found_in;
  int others; /* tables besides the root that have the key */
} scanner;

static int peek(const scanner *s) {
  return document_at(s->d, s->at);
}

static bool wrong(scanner *s, const char *why) {
  return document_wrong(s->d, s->at, why);
}

static void skip_blanks(scanner *s) {
  while (peek(s) == ' ' || peek(s) == '\t')
    s->at++;
}

static bool skip_comment(scanner *s) {
  skip_blanks(s);
  if (peek(s) != '#') return true;
  for (; peek(s) >= 0 && !document_line_end(s->d, s->at); s->at++)
    if ((peek(s) < ' ' && peek(s) != '\t') || peek(s) == 0x7f)
      return wrong(s, "a comment has a control character");
  return true;
}

static bool end_line(scanner *s) {
  if (!skip_comment(s)) return false;
  size_t n = document_line_end(s->d, s->at);
  if (!n && peek(s) >= 0) return wrong(s, "something follows that does not belong there");
  s->at += n;
  return true;
}

/* ---- What is looked for ---- */

static bool begins_with(const toml_path *path, const toml_path *with) {
  return path->n >= with->n && memcmp(path->text, with->text, with->n) == 0;
}

/* Returns whether the path ends with the key that is looked for; then `table` is what is before. */
static bool ends_with_key(const scanner *s, toml_path *table) {
  size_t n = strlen(s->key) + 1;
  *table = s->path;
  if (s->path.n < n || memcmp(s->path.text + s->path.n - n, s->key, n) != 0) return false;
  table->n -= n;
  return table->n == 0 || table->text[table->n - 1] == '\0';
}

/* The root comes before all other tables. */
static bool choose_table(scanner *s, const toml_path *table) {
  if (s->place->found && s->found_in->n == 0) return false;
  s->others += table->n > 0;
  if (table->n > 0 && s->place->found) return false;
  *s->found_in = *table;
  return true;
}

/* Looks at a pair whose key is the current path. */
static bool note(scanner *s, const toml_place *place) {
  toml_path table;
  bool is_key = ends_with_key(s, &table);
  if (!s->table) {
    if (is_key && choose_table(s, &table)) *s->place = *place;
    return true;
  }
  bool is_here = is_key && table.n == s->table->n && begins_with(&table, s->table);
  if (is_here && s->place->found) return wrong(s, "a key of Moat's is there twice");
  if (is_here) *s->place = *place;
  return true;
}

/* A table cannot stand where a value of Moat's has to. */
static bool check_table(scanner *s) {
  if (!s->table) return true;
  toml_path value = *s->table;
  size_t n = strlen(s->key) + 1;
  if (value.n + n > sizeof value.text) return true;
  memcpy(value.text + value.n, s->key, n);
  value.n += n;
  if (begins_with(&s->path, &value)) return wrong(s, "a table has the name of a key of Moat's");
  return true;
}

/* ---- Keys ---- */

static bool add_part(scanner *s, const char *p, size_t n) {
  if (memchr(p, 0, n)) return wrong(s, "a key has a NUL");
  if (s->path.n + n + 1 > sizeof s->path.text) return wrong(s, "a key is too long");
  memcpy(s->path.text + s->path.n, p, n);
  s->path.text[s->path.n + n] = '\0';
  s->path.n += n + 1;
  return true;
}

static bool take_part(scanner *s) {
  char text[TOML_PATH_SIZE];
  size_t n = 0, from = s->at;
  if (peek(s) == '"' || peek(s) == '\'') {
    s->at = toml_string(s->d, from, false, text, sizeof text, &n);
    if (!s->at) return false;
    return n <= sizeof text ? add_part(s, text, n) : wrong(s, "a key is too long");
  }
  while (peek(s) > 0 && strchr(bare, peek(s)))
    s->at++;
  return s->at > from ? add_part(s, s->d->p + from, s->at - from) : wrong(s, "this is no key");
}

/* Adds a key, which may have dots, to the path. *last is where its last part begins. */
static bool take_key(scanner *s, size_t *last) {
  for (;;) {
    *last = s->at;
    if (!take_part(s)) return false;
    skip_blanks(s);
    if (peek(s) != '.') return true;
    if (!check_table(s)) return false;
    s->at++;
    skip_blanks(s);
  }
}

/* Parts of a path that no key can have tell the tables of an array apart. */
static bool add_ordinal(scanner *s) {
  const char part[] = {1, (char)('0' + s->ordinal)};
  if (s->ordinal < 64) s->ordinal++;
  return add_part(s, part, sizeof part);
}

/* ---- Values ---- */

static bool take_value(scanner *s, int depth);

/* `depth` is 0 for a pair with a line of its own. */
static bool take_pair(scanner *s, int depth) {
  toml_place place = {.found = true, .is_inline = depth > 0, .pair = depth ? s->at : s->line};
  size_t before = s->path.n;
  if (!take_key(s, &place.key)) return false;
  if (peek(s) != '=') return wrong(s, "a key has no value");
  s->at++;
  skip_blanks(s);
  place.at = s->at;
  if (peek(s) == '{' && !check_table(s)) return false;
  if (!take_value(s, depth)) return false;
  place.n = s->at - place.at;
  if (!depth && s->in_root) s->root_end = s->at;
  if (!note(s, &place)) return false;
  s->path.n = before;
  return true;
}

/* All of it is in one line, but for strings and arrays. */
static bool take_inline(scanner *s, int depth) {
  s->at++;
  skip_blanks(s);
  bool is_empty = peek(s) == '}';
  while (!is_empty) {
    if (!take_pair(s, depth + 1)) return false;
    skip_blanks(s);
    if (peek(s) == '}') break;
    if (peek(s) != ',') return wrong(s, "an inline table has no end");
    s->at++;
    skip_blanks(s);
  }
  s->at++;
  return true;
}

/* Blanks, comments and line ends between the values of an array. */
static bool skip_space(scanner *s) {
  for (size_t n;;) {
    if (!skip_comment(s)) return false;
    if (!(n = document_line_end(s->d, s->at))) return true;
    s->at += n;
  }
}

static bool take_array(scanner *s, int depth) {
  size_t before = s->path.n;
  s->at++;
  for (;;) {
    if (!skip_space(s)) return false;
    if (peek(s) == ']') break;
    if (!add_ordinal(s) || !take_value(s, depth + 1)) return false;
    s->path.n = before;
    if (!skip_space(s)) return false;
    if (peek(s) == ']') break;
    if (peek(s) != ',') return wrong(s, "an array has no end");
    s->at++;
  }
  s->at++;
  return true;
}

/* A date and its time may have a blank between them. */
static bool take_plain(scanner *s) {
  size_t from = s->at;
  for (; peek(s) > 0; s->at++) {
    bool joins = peek(s) == ' ' && s->at - from == 10 && s->d->p[from + 4] == '-' &&
                 document_at(s->d, s->at + 1) >= '0' && document_at(s->d, s->at + 1) <= '9';
    if (!joins && !strchr(bare, peek(s)) && !strchr("+.:", peek(s))) break;
  }
  static const char *const words[] = {"true", "false", "inf", "nan"};
  moat_span value = {s->d->p + from, s->at - from};
  if (value.n && strchr("+-0123456789", *value.p)) return true;
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (moat_span_equal(value, moat_str(words[i]))) return true;
  s->at = from;
  return wrong(s, "this is no value");
}

/* Calls itself for what is in brackets, DEPTH times at most. */
static bool take_value(scanner *s, int depth) {
  size_t n;
  if (depth > DEPTH) return wrong(s, "there are too many brackets");
  switch (peek(s)) {
  case '"':
  case '\'': return (s->at = toml_string(s->d, s->at, true, NULL, 0, &n)) != 0;
  case '[': return take_array(s, depth);
  case '{': return take_inline(s, depth);
  default: return take_plain(s);
  }
}

/* ---- Lines ---- */

static bool take_header(scanner *s) {
  size_t last;
  s->at++;
  bool is_array = peek(s) == '[';
  s->at += is_array;
  s->path.n = 0;
  s->in_root = false;
  skip_blanks(s);
  if (!take_key(s, &last) || !check_table(s)) return false;
  for (int i = 0; i <= is_array; i++, s->at++)
    if (peek(s) != ']') return wrong(s, "the name of a table has no end");
  return !is_array || add_ordinal(s);
}

/* A line is a header, a pair or empty; a pair may go on in further lines. */
static bool scan(scanner *s) {
  if (memchr(s->d->p, 0, s->d->n) || !utf8_ok((moat_span){s->d->p, s->d->n}))
    return wrong(s, "it is not UTF-8");
  s->in_root = true;
  s->at = document_start(s->d);
  while (peek(s) >= 0) {
    s->line = s->at;
    skip_blanks(s);
    bool is_empty = peek(s) < 0 || peek(s) == '#' || document_line_end(s->d, s->at);
    if (!is_empty && !(peek(s) == '[' ? take_header(s) : take_pair(s, 0))) return false;
    if (!end_line(s)) return false;
  }
  return true;
}

bool toml_find(document *d, const toml_path *table, const char *key, toml_place *place,
               toml_path *found_in) {
  scanner s = {.d = d, .table = table, .key = key, .place = place, .found_in = found_in};
  place->found = false;
  if (found_in) found_in->n = 0;
  if (!scan(&s)) return false;
  if (!table && s.others > 1 && found_in->n)
    return document_wrong(d, place->at, "several tables have keys of Moat's");
  return true;
}

bool toml_root_end(document *d, size_t *at, bool *has_tables) {
  toml_place place = {.found = false};
  toml_path none = {.n = 0};
  scanner s = {.d = d, .table = &none, .key = "", .place = &place};
  if (!scan(&s)) return false;
  *at = s.root_end;
  *has_tables = !s.in_root;
  return true;
}
