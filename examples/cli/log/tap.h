/* A byte stream over TLS that tells the log what passes through it: each request and the head of
 * each answer, header by header and field by field. A value is shown only if its name is on a list
 * of harmless ones. The values of all others are not even copied. */
#ifndef TAP_H
#define TAP_H

#include <moat/port.h>

#include "../cli.h"

enum { TAP_NAME_SIZE = 48, TAP_VALUE_SIZE = 256 };

/* The state of one direction. */
typedef struct {
  char mark; /* before each line: '>' or '<' */
  int state;
  size_t name_n, value_n;
  char name[TAP_NAME_SIZE], value[TAP_VALUE_SIZE];
} tap_reader;

typedef struct {
  const moat_stream_ops *lower;
  void *lower_io;
  tap_reader out, in;
} tap;

void tap_setup(tap *t, const moat_stream_ops *lower, void *lower_io);
extern const moat_stream_ops tap_stream; /* its io is a tap */

#endif
