/* Writes text that other programs read: made in one piece, and out whole or not at all. */
#ifndef WRITE_OUTPUT_H
#define WRITE_OUTPUT_H

#include "../cli.h"

/* Adds to the text. Whether all of it fitted is asked once, when it goes out. */
void output_bytes(const char *p, size_t n);
void output_string(const char *s);

/* Where it goes: stdout, or a file for its owner alone, in one step in place of any before. It is
 * wiped from memory then. A CLI_ status, with what is wrong said. */
int output_print(void);
int output_write(const char *path);

#endif
