/* A line is changed only if it gives a value that changes. Moat shows the values of the preset in
 * comments, and such a comment follows the preset, or becomes a value. */
#include "edit_profile.h"

#include <string.h>

/* States of a key. One that is OPEN has no line yet, and needs one. */
enum { CLOSED, OPEN, WRITTEN };

typedef struct {
  char *p;
  size_t size, n;
} text_writer;

/* A line of a profile: a key that has a value there, or that a comment shows. */
typedef struct {
  moat_span all;   /* without its end */
  const char *end; /* as it was, or "" */
  int key;         /* or KEYS */
  bool is_comment;
  moat_span value;
} line;

/* Goes on counting when there is no more room. */
static void put(text_writer *w, const char *p, size_t n) {
  if (w->n + n <= w->size) memcpy(w->p + w->n, p, n);
  w->n += n;
}

static void put_string(text_writer *w, const char *s) {
  put(w, s, strlen(s));
}

/* Written as profile_text() does. A key that may come more than once has its values in lines. */
static void put_value(text_writer *w, const char *start, int key, const char *value,
                      const char *end) {
  size_t n = strcspn(value, "\n");
  put_string(w, start);
  put_string(w, profile_key(key));
  put_string(w, *value ? " = " : " =");
  put(w, value, n);
  put_string(w, value[n] && !*end ? "\n" : end);
  for (value += n; *value; value += n) {
    n = strcspn(++value, "\n");
    put_string(w, start);
    put_string(w, profile_key(key));
    put_string(w, " = ");
    put(w, value, n);
    put_string(w, value[n] && !*end ? "\n" : end);
  }
}

/* As read_pair() does, but nothing is changed in place. */
static moat_span trimmed(const char *p, const char *end) {
  while (p < end && (*p == ' ' || *p == '\t'))
    p++;
  while (end > p && (end[-1] == ' ' || end[-1] == '\t'))
    end--;
  return (moat_span){p, (size_t)(end - p)};
}

/* A comment may only mention a key: shows() compares the value as well. */
static void find_value(line *l) {
  static const char mark[] = "\xef\xbb\xbf";
  const char *p = l->all.p, *end = p + l->all.n;
  l->key = KEYS;
  if (l->all.n >= 3 && memcmp(p, mark, 3) == 0) p += 3;
  moat_span rest = trimmed(p, end);
  l->is_comment = rest.n && rest.p[0] == '#';
  p = rest.p + l->is_comment;
  const char *equals = rest.n ? memchr(p, '=', (size_t)(end - p)) : NULL;
  if (!equals) return;
  l->key = profile_find_key(trimmed(p, equals));
  l->value = trimmed(equals + 1, end);
}

/* Each line keeps its end, so a file may even mix them. Returns where the next one begins. */
static const char *take_line(const char *p, line *l) {
  size_t n = strcspn(p, "\n");
  const char *next = p + n + (p[n] == '\n');
  l->end = "";
  if (p[n]) l->end = "\n";
  if (n && p[n - 1] == '\r' && p[n]) {
    l->end = "\r\n";
    n--;
  }
  l->all = (moat_span){p, n};
  find_value(l);
  return next;
}

static bool same(const profile *a, const profile *b, int key) {
  return strcmp(a->value[key], b->value[key]) == 0;
}

/* Whether the line is a comment that shows the value of the key, as Moat writes it. */
static bool shows(const line *l, const profile *resolved) {
  const char *value = resolved->value[l->key];
  return l->is_comment && strlen(value) == l->value.n && memcmp(value, l->value.p, l->value.n) == 0;
}

/* A byte order mark before a line that changes is left out. The first line of a key gets all its
 * values, and the others go. */
static void edit_line(text_writer *w, const line *l, profile_pair before, profile_pair after,
                      uint8_t state[KEYS]) {
  int key = l->key;
  bool is_value = key < KEYS && !l->is_comment && !same(before.given, after.given, key);
  bool is_shown = key < KEYS && state[key] != WRITTEN && shows(l, before.resolved) &&
                  (state[key] == OPEN || !same(before.resolved, after.resolved, key));
  if (is_value && state[key] == WRITTEN) return;
  if (is_value || is_shown) {
    const char *value = after.given->value[key];
    bool gives = *value && (is_value || state[key] == OPEN);
    put_value(w, gives ? "" : "# ", key, gives ? value : after.resolved->value[key], l->end);
    if (is_value || state[key] == OPEN) state[key] = WRITTEN;
  } else {
    put(w, l->all.p, l->all.n);
    put_string(w, l->end);
  }
}

size_t profile_edit(const char *text, profile_pair before, profile_pair after, char *out,
                    size_t size) {
  text_writer w = {out, size, 0};
  uint8_t state[KEYS];
  line l = {.end = "\n"};
  for (int key = 0; key < KEYS; key++)
    state[key] = !before.given->value[key][0] && after.given->value[key][0] ? OPEN : CLOSED;
  while (*text) {
    text = take_line(text, &l);
    edit_line(&w, &l, before, after, state);
  }
  for (int key = 0; key < KEYS; key++)
    if (state[key] == OPEN) {
      if (!*l.end) put_string(&w, l.end = "\n");
      put_value(&w, "", key, after.given->value[key], l.end);
    }
  return w.n <= size ? w.n : 0;
}
