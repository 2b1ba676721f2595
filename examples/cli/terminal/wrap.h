/* Wraps lines at words. */
#ifndef WRAP_H
#define WRAP_H

#include "../cli.h"

/* No line of help, of an error or of a question is longer, except for a single word that is. */
enum { WRAP_COLUMNS = 80 };

/* The columns for a line on a terminal: its own, but WRAP_COLUMNS at most. 0: it is no terminal.
 * Lines there are not wrapped, so that a log or a script has each message in one line. */
size_t wrap_columns(int fd);

/* Returns how many of the n bytes of a text make a line: up to the last space that is not beyond
 * `columns`. A word that is too long has a line of its own. A character is taken to fill one
 * column. */
size_t wrap_size(const char *text, size_t n, size_t columns);

/* Writes a text of n bytes, with line breaks in place of spaces where it would pass `columns`. With
 * 0 columns it has no breaks. The lines after the first are indented by `indent`, or so that they
 * begin below the last column of a table. Returns 0 or an errno. */
int wrap_write(int fd, const char *text, size_t n, size_t indent, size_t columns);

#endif
