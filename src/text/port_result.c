#include "text.h"

#include "moat/port.h"

/* The numbers of port.h up to MOAT_E_CERT_DATE are the platform's and the network's; those that
 * follow are of what a server said. */
int moat__port_result(int r, bool may_wait) {
  if (r == 0 || (r == MOAT_WANT_TIME && may_wait)) return r;
  return r <= MOAT_E_MISUSE && r >= MOAT_E_CERT_DATE ? r : MOAT_E_PORT;
}
