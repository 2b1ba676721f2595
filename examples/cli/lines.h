/* Text of `key = value` lines, as profiles and the pending sign-in are kept. */
#ifndef LINES_H
#define LINES_H

#include "cli.h"

/* Starts as {.next = text}, the text NUL-terminated; key and value are views that the call ends
 * with a NUL in place. */
typedef struct {
  char *next;
  int number; /* of the line just read, from 1 */
  char *key, *value;
} lines;

/* 1 with a key and its value, 0 at the end, -1 for a line that is neither empty, a comment nor a
 * pair. A '#' begins a comment only at the start of a line: values may have one. */
int lines_next(lines *l);

#endif
