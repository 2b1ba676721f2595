/* Reads all of stdin. */
#ifndef READ_STDIN_H
#define READ_STDIN_H

#include "../cli.h"

/* Reads stdin to its end and adds a NUL. Returns 0 with *n set, or an errno: EFBIG if there are
 * more than size - 1 bytes, EINTR after a signal that ends the program. */
int read_stdin(char *p, size_t size, size_t *n);

#endif
