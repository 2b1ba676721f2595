/* Reads all of stdin. */
#ifndef READ_STDIN_H
#define READ_STDIN_H

#include "../cli.h"

/* Reads up to the end of stdin. 0 with *n, NUL-terminated, or an errno: EFBIG where there is more
 * than size - 1 bytes, EINTR once a signal came. */
int read_stdin(char *p, size_t size, size_t *n);

#endif
