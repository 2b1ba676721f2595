/* Writes the page that the browser shows after the sign-in. */
#ifndef WRITE_PAGE_H
#define WRITE_PAGE_H

#include "../cli.h"

enum { PAGE_SIZE = 4096 };

/* A whole HTTP response: `title` and `text`, lines of plain text of which the first is the most
 * important, escaped. What is too much of a line is cut, and of lines left out. Returns its length.
 */
size_t write_page(char out[PAGE_SIZE], int status, const char *title, const char *text);

#endif
