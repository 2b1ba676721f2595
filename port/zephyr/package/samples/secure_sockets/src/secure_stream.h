/* A stream over Zephyr's secure sockets, for a board whose modem or Zephyr itself does the TLS. It
 * is the sample's own, to be copied and changed. */
#ifndef SECURE_STREAM_H
#define SECURE_STREAM_H

#include <stdbool.h>

#include <moat/port.h>

/* The root of the provider is a credential of Zephyr with this tag. */
#define SECURE_STREAM_TAG 1

typedef struct {
  int fd;
  bool open;
  int32_t error;
} secure_stream;

extern const moat_stream_ops secure_stream_ops;

#endif
