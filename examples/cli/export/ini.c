/* Sections of `key = value` lines, as rclone keeps them. The keys are those of one section. */
#include "document.h"

#include <string.h>

typedef struct {
  bool found;
  size_t at, n; /* the value */
  size_t end;   /* of the section: behind its last pair, before the line end */
} place;

typedef struct {
  document *d;
  size_t at, end; /* the rest of a line, without blanks around it */
} line;

static bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

/* Takes the line at `at`; returns where the next one begins. */
static size_t take_line(document *d, size_t at, line *l) {
  size_t end = at;
  while (document_at(d, end) >= 0 && !document_line_end(d, end))
    end++;
  size_t next = end + document_line_end(d, end);
  while (at < end && is_blank(d->p[at]))
    at++;
  while (end > at && is_blank(d->p[end - 1]))
    end--;
  *l = (line){d, at, end};
  return next;
}

/* The part of a line that take_line() and take_key() have not taken. */
static moat_span rest(const line *l) {
  return (moat_span){l->d->p + l->at, l->end - l->at};
}

/* Cuts the key off a line. Quoted values may go on in the next line, so they are refused. */
static bool take_key(line *l, moat_span *key) {
  moat_span text = rest(l);
  const char *equals = memchr(text.p, '=', text.n);
  if (!equals || equals == text.p) return document_wrong(l->d, l->at, "this is no `key = value`");
  *key = (moat_span){text.p, (size_t)(equals - text.p)};
  while (is_blank(key->p[key->n - 1]))
    key->n--;
  l->at = (size_t)(equals + 1 - l->d->p);
  while (document_at(l->d, l->at) > 0 && is_blank(l->d->p[l->at]))
    l->at++;
  if (l->end < l->at) l->end = l->at; /* an empty value stands behind the blanks */
  text = rest(l);
  if (text.n && (*text.p == '`' || (text.n > 2 && memcmp(text.p, "\"\"\"", 3) == 0)))
    return document_wrong(l->d, l->at, "a value is quoted");
  return true;
}

/* Looks at a pair of the section. */
static bool note(document *d, const line *l, moat_span name, const char *key, place *out) {
  out->end = l->end;
  if (!moat_span_equal(name, moat_str(key))) return true;
  if (out->found) return document_wrong(d, l->at, "a key of Moat's is there twice");
  out->found = true;
  out->at = l->at;
  out->n = l->end - l->at;
  return true;
}

/* `[name]`, and nothing behind it. */
static bool take_header(line *l, moat_span *section) {
  moat_span text = rest(l);
  if (text.n < 3 || text.p[text.n - 1] != ']')
    return document_wrong(l->d, l->at, "the name of a section has no end");
  *section = (moat_span){text.p + 1, text.n - 2};
  return true;
}

bool ini_next(document *d, size_t *at, moat_span *name) {
  line l;
  if (*at < document_start(d)) *at = document_start(d);
  while (*at < d->n) {
    *at = take_line(d, *at, &l);
    if (l.at < l.end && d->p[l.at] == '[') return take_header(&l, name);
  }
  return false;
}

/* All of the text is read, so that a mistake anywhere is found before anything is changed. */
static bool find(document *d, const char *key, place *out) {
  moat_span section = {NULL, 0}, name;
  line l;
  *out = (place){.found = false};
  for (size_t at = document_start(d); at < d->n;) {
    at = take_line(d, at, &l);
    moat_span text = rest(&l);
    if (memchr(text.p, 0, text.n)) return document_wrong(d, l.at, "there is a NUL");
    if (!text.n || *text.p == '#' || *text.p == ';') continue;
    bool is_header = *text.p == '[';
    if (!(is_header ? take_header(&l, &section) : take_key(&l, &name))) return false;
    bool is_here = moat_span_equal(section, d->section);
    if (is_here && is_header && out->end) return document_wrong(d, l.at, "a section comes twice");
    if (is_here && is_header) out->end = l.end;
    if (is_here && !is_header && !note(d, &l, name, key, out)) return false;
  }
  return true;
}

/* A value ends with its line, and blanks around it are lost. */
static bool fits(moat_span value) {
  for (size_t i = 0; i < value.n; i++)
    if ((unsigned char)value.p[i] < ' ') return false;
  return !value.n || (!is_blank(*value.p) && !is_blank(value.p[value.n - 1]) && *value.p != '`');
}

/* `value` is not part of the document. */
static bool set(document *d, const char *key, const char *after, moat_span value) {
  place found;
  (void)after;
  if (!find(d, key, &found)) return false;
  if (!fits(value)) return document_wrong(d, found.at, "a value has more than one line");
  if (found.found) return document_replace(d, found.at, found.n, value);
  piece_begin();
  piece_string(document_newline(d));
  piece_string(key);
  piece_string(" = ");
  piece_bytes(value.p, value.n);
  return document_replace(d, found.end, 0, piece_end());
}

/* A value has no escapes. */
static int get(document *d, const char *key, char *out, size_t size, size_t *n) {
  place found;
  if (!find(d, key, &found)) return -1;
  *n = found.n;
  if (!found.found || found.n > size) return 0;
  memcpy(out, d->p + found.at, found.n);
  return 1;
}

const language language_ini = {get, set, NULL};
