/* Writes text for other programs, all of it or nothing. */
#ifndef WRITE_OUTPUT_H
#define WRITE_OUTPUT_H

#include "../cli.h"

/* Add to the text. Text that does not fit is an error later, when it is written. */
void output_bytes(const char *p, size_t n);
void output_string(const char *s);

/* Writes the output to stdout, or to a file that only its owner can read and that replaces an
 * older one in one step. The output is wiped from memory afterwards. Says what went wrong and
 * returns a CLI_ status. */
int output_print(void);
int output_write(const char *path);

#endif
