/* What every port has to do, as a program for the board: call port_check() from its main function,
 * with the port under test, and read what it prints. Nothing of Moat is linked but its headers. */
#ifndef PORT_CHECK_H
#define PORT_CHECK_H

#include <stdbool.h>

#include <moat/port.h>

typedef struct {
  const moat_platform *platform;
  void *platform_ctx;
  const moat_stream_ops *stream;
  void *io;
  const char *host;         /* where echo.mjs runs, as a name or an address */
  uint16_t port;            /* echo.mjs's */
  uint16_t closed_port;     /* one at `host` that nobody listens at */
  const char *unknown_host; /* a name that no resolver knows; NULL: that is not tried */
  char *memory;             /* lent; a third of it is what the largest slot record has, and 3 KB the
                               least */
  size_t size;
  void (*print)(const char *text); /* pieces of lines */
} port_check_setup;

/* Runs every check, one line each (TAP). All slots are erased. Returns how many failed. */
int port_check(const port_check_setup *setup);

/* ---- For the files of the checks ---- */

/* Says how a check went, once, by its first failure; the name is what a good port does. */
void port_check_begin(const char *name);
bool port_check_that(bool good, const char *what, long value);
void port_check_end(void);

/* Milliseconds since `start`, and whether a wait has to be given up. */
bool port_check_late(const port_check_setup *s, uint32_t start);

void port_check_platform(const port_check_setup *s);
void port_check_slots(const port_check_setup *s);
void port_check_stream(const port_check_setup *s);

#endif
