/* Reads the `key = value` lines of a profile. */
#ifndef READ_PAIRS_H
#define READ_PAIRS_H

#include "../cli.h"

/* Starts as {.next = text}, the text NUL-terminated; key and value are views that the call ends
 * with a NUL in place. */
typedef struct {
  char *next;
  int number; /* of the line just read, from 1 */
  char *key, *value;
} pair_reader;

/* Returns 1 with a key and its value, 0 at the end, and -1 for a line that is neither empty, a
 * comment nor a pair. A '#' begins a comment only at the start of a line: values may have one. */
int read_pair(pair_reader *l);

#endif
