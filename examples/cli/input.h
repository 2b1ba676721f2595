/* What comes in on stdin. */
#ifndef INPUT_H
#define INPUT_H

#include "cli.h"

/* Reads up to the end of stdin, or one line where it is a terminal. 0 with *n, NUL-terminated, or
 * an errno: EFBIG where there is more than size - 1 bytes, EINTR once a signal came. */
int input_read(char *p, size_t size, size_t *n);

/* The same, typed at the terminal without echo after `prompt`; stdin need not be one. ENOTTY. */
int input_ask(const char *prompt, char *p, size_t size, size_t *n);

bool input_is_terminal(void);

#endif
