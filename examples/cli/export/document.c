/* All changes of a text are one: some bytes take the place of others. */
#include "document.h"

#include <string.h>

enum { PIECE_SIZE = 131072 }; /* a long token, each of its characters escaped */

/* The first thing that is wrong is what a person is told. */
bool document_wrong(document *d, size_t at, const char *why) {
  if (d->wrong) return false;
  d->wrong = why;
  d->wrong_at = at;
  return false;
}

/* For messages. */
int document_line(const document *d, size_t at) {
  int line = 1;
  for (size_t i = 0; i < at && i < d->n; i++)
    line += d->p[i] == '\n';
  return line;
}

/* A piece that did not fit has no bytes to point at, and is refused here. */
bool document_replace(document *d, size_t at, size_t n, moat_span with) {
  if (!with.p || d->n - n + with.n > d->size) return document_wrong(d, at, "it is too long");
  memmove(d->p + at + with.n, d->p + at + n, d->n - at - n);
  memcpy(d->p + at, with.p, with.n);
  d->n = d->n - n + with.n;
  return true;
}

/* A text that begins with nothing but a byte order mark has no line yet. */
bool document_append(document *d, moat_span line) {
  bool ends = d->n == document_start(d) || d->p[d->n - 1] == '\n';
  moat_span newline = moat_str(document_newline(d));
  if (!ends) return document_replace(d, d->n, 0, newline) && document_replace(d, d->n, 0, line);
  return document_replace(d, d->n, 0, line) && document_replace(d, d->n, 0, newline);
}

int document_at(const document *d, size_t at) {
  return at < d->n ? (unsigned char)d->p[at] : -1;
}

size_t document_start(const document *d) {
  return d->n >= 3 && memcmp(d->p, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

/* The first line speaks for all of them. A text without a line end gets the usual one. */
const char *document_newline(const document *d) {
  const char *first = d->n ? memchr(d->p, '\n', d->n) : NULL;
  return first && first > d->p && first[-1] == '\r' ? "\r\n" : "\n";
}

size_t document_line_end(const document *d, size_t at) {
  if (document_at(d, at) == '\n') return 1;
  return document_at(d, at) == '\r' && document_at(d, at + 1) == '\n' ? 2 : 0;
}

static char piece[PIECE_SIZE];
static size_t piece_n;

void piece_begin(void) {
  piece_n = 0;
}

/* Goes on counting when the buffer is full. */
void piece_bytes(const char *p, size_t n) {
  if (piece_n + n <= sizeof piece) memcpy(piece + piece_n, p, n);
  piece_n += n;
}

void piece_string(const char *s) {
  piece_bytes(s, strlen(s));
}

moat_span piece_end(void) {
  return piece_n <= sizeof piece ? (moat_span){piece, piece_n} : (moat_span){NULL, 0};
}

/* As much of it as was written to. */
void piece_wipe(void) {
  moat_wipe(piece, piece_n < sizeof piece ? piece_n : sizeof piece);
}
