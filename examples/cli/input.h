/* What comes in on stdin. */
#ifndef INPUT_H
#define INPUT_H

#include "cli.h"

/* Reads up to the end of stdin. 0 with *n, NUL-terminated, or an errno: EFBIG where there is more
 * than size - 1 bytes, EINTR once a signal came. */
int input_read(char *p, size_t size, size_t *n);

#endif
