/* Writes text that other programs read: made in one piece, and out whole or not at all. */
#ifndef WRITE_OUTPUT_H
#define WRITE_OUTPUT_H

#include "../cli.h"

/* Adds to the text. Whether all of it fitted is asked once, when it goes out. */
void output_bytes(const char *p, size_t n);
void output_string(const char *s);

/* Writes the output to stdout, or to a file that only its owner can read and that replaces an
 * older one in one step. The output is wiped from memory afterwards. Says what went wrong and
 * returns a CLI_ status. */
int output_print(void);
int output_write(const char *path);

#endif
