/* The size of the window that a terminal is seen through. */
#ifndef WINDOW_H
#define WINDOW_H

#include "../cli.h"

typedef struct {
  int columns, rows;
} window;

/* Returns false if the descriptor is no terminal. A terminal that does not tell its size has that
 * of COLUMNS and LINES, or else 80 columns and 24 rows. */
bool window_find(int fd, window *w);

#endif
