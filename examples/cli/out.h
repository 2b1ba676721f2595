/* Text that other programs read: made in one piece, and out whole or not at all. */
#ifndef OUT_H
#define OUT_H

#include "cli.h"

/* Adds to the text. Whether all of it fitted is asked once, when it goes out. */
void out_bytes(const char *p, size_t n);
void out_string(const char *s);

/* Where it goes: stdout, or a file for its owner alone, in one step in place of any before. It is
 * wiped from memory then. A CLI_ status, with what is wrong said. */
int out_print(void);
int out_write(const char *path);

#endif
