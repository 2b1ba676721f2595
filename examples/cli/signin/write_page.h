/* Writes the page that the browser shows after the sign-in. */
#ifndef WRITE_PAGE_H
#define WRITE_PAGE_H

#include "../cli.h"

enum { PAGE_SIZE = 4096 };

/* Writes a whole HTTP response. `title`, `text` and `foot` are plain text and are escaped. The
 * first line of `text` is the most important one: a long line is cut, and lines that do not fit are
 * left out. `foot` is a few words for the last line. Returns the length. */
size_t write_page(char out[PAGE_SIZE], int status, const char *title, const char *text,
                  const char *foot);

#endif
