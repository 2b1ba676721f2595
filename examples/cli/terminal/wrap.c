/* A terminal would break a long line in the middle of a word. */
#include "wrap.h"

#include "../files.h"
#include "utf8.h"
#include "window.h"

#include <string.h>

enum { LEAST = 20 }; /* on a narrower screen the terminal breaks the rest */

size_t wrap_columns(int fd) {
  window w;
  if (!window_find(fd, &w)) return 0;
  if (w.columns > WRAP_COLUMNS) return WRAP_COLUMNS;
  return w.columns < LEAST ? LEAST : (size_t)w.columns;
}

/* Two spaces or more separate columns of a table, if they are in the left half of a line. */
static size_t find_indent(const char *text, size_t n, size_t indent, size_t columns) {
  size_t found = indent;
  for (size_t i = 2; i < n && i <= columns / 2; i++)
    if (text[i] != ' ' && text[i - 1] == ' ' && text[i - 2] == ' ') found = i;
  return found;
}

size_t wrap_size(const char *text, size_t n, size_t columns) {
  size_t space = 0, column = 0;
  for (size_t i = 0; i < n; i++) {
    bool breaks = text[i] == ' ' && i > 0 && text[i - 1] != ' ';
    if (breaks && (column <= columns || !space)) space = i;
    if (text[i] != '\n' && !utf8_continues(text[i])) column++;
    if (column > columns && space) return space;
  }
  return n;
}

int wrap_write(int fd, const char *text, size_t n, size_t indent, size_t columns) {
  static char line[2 * WRAP_COLUMNS];
  if (!columns) return write_all(fd, text, n);
  indent = find_indent(text, n, indent, columns);
  memset(line, ' ', sizeof line);
  size_t margin = 0;
  int error = 0;
  while (n > 0 && !error) {
    size_t size = wrap_size(text, n, columns - margin);
    error = write_all(fd, line, margin);
    if (!error) error = write_all(fd, text, size);
    if (!error && size < n) error = write_all(fd, "\n", 1);
    for (; size < n && text[size] == ' '; size++) {
    }
    text += size;
    n -= size;
    margin = indent;
  }
  return error;
}
