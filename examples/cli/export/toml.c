/* Keys of TOML. All of Moat's stand in one table: the one that has the first of them, or the root.
 */
#include "toml_scan.h"

#include <stdio.h>
#include <string.h>

/* One character of a basic string. */
static void put_escaped(char c) {
  static const char plain[] = "\"\\\b\t\n\f\r", letters[] = "\"\\btnfr";
  const char *at = c ? strchr(plain, c) : NULL;
  char text[8];
  if (at)
    piece_bytes((const char[]){'\\', letters[at - plain]}, 2);
  else if ((unsigned char)c < ' ' || c == 0x7f)
    piece_bytes(text, (size_t)snprintf(text, sizeof text, "\\u%04x", (unsigned)c));
  else
    piece_bytes(&c, 1);
}

/* A basic string can hold any text, so no other kind is written. */
static void put_string(moat_span value) {
  piece_string("\"");
  for (size_t i = 0; i < value.n; i++)
    put_escaped(value.p[i]);
  piece_string("\"");
}

/* As the connector's sample has it. */
static void put_pair(const char *key, moat_span value) {
  piece_string(key);
  piece_string(" = ");
  put_string(value);
}

/* A value ends before a comment, and a comment has no line end in it. */
static size_t end_of_line(const document *d, size_t at) {
  while (document_at(d, at) >= 0 && !document_line_end(d, at))
    at++;
  return at;
}

/* In an inline table the new pair follows in the line. Elsewhere it gets a line of its own. What
 * the pair before has in front of the last part of its key is repeated. */
static bool insert_behind(document *d, const toml_place *before, const char *key, moat_span value) {
  size_t at = before->at + before->n;
  piece_begin();
  if (before->is_inline)
    piece_string(", ");
  else {
    at = end_of_line(d, at);
    piece_string(document_newline(d));
  }
  piece_bytes(d->p + before->pair, before->key - before->pair);
  put_pair(key, value);
  return document_replace(d, at, 0, piece_end());
}

/* The root ends where the first table begins. */
static bool insert_first(document *d, const char *key, moat_span value) {
  size_t at;
  bool has_tables;
  if (!toml_root_end(d, &at, &has_tables)) return false;
  piece_begin();
  if (at) piece_string(document_newline(d));
  put_pair(key, value);
  if (!at && !has_tables) return document_append(d, piece_end());
  if (!at) piece_string(document_newline(d));
  return document_replace(d, at ? end_of_line(d, at) : document_start(d), 0, piece_end());
}

/* The anchor tells which table it is. */
static bool find(document *d, const char *key, toml_place *place, toml_path *table) {
  return toml_find(d, NULL, d->anchor, place, table) && toml_find(d, table, key, place, NULL);
}

/* The value may have been of any type. */
static bool set(document *d, const char *key, const char *after, moat_span value) {
  toml_place place, before = {.found = false};
  toml_path table;
  if (!find(d, key, &place, &table)) return false;
  if (!place.found && after && !toml_find(d, &table, after, &before, NULL)) return false;
  if (before.found) return insert_behind(d, &before, key, value);
  if (!place.found) return insert_first(d, key, value);
  piece_begin();
  put_string(value);
  return document_replace(d, place.at, place.n, piece_end());
}

/* A value of another type than a string counts as none. */
static int get(document *d, const char *key, char *out, size_t size, size_t *n) {
  toml_place place;
  toml_path table;
  if (!find(d, key, &place, &table)) return -1;
  int quote = place.found ? document_at(d, place.at) : 0;
  if (quote != '"' && quote != '\'') return 0;
  if (!toml_string(d, place.at, true, out, size, n)) return -1;
  return *n <= size;
}

const language language_toml = {get, set, NULL};
