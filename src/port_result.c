#include "port_result.h"

#include "moat/port.h"

/* The numbers of port.h up to here are the platform's and the network's; those that follow are of
 * what a server said. */
enum { LAST = -38 };

int moat__port_result(int r, bool may_wait) {
  if (r == 0 || (r == MOAT_WANT_TIME && may_wait)) return r;
  return r <= MOAT_E_MISUSE && r >= LAST ? r : MOAT_E_PORT;
}
