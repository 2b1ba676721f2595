/* A port may return any number, and some of them mean something else to Moat. Those become
 * MOAT_E_PORT. */
#include "text.h"

#include "moat/port.h"

/* The errors of port.h from MOAT_E_PROXY to MOAT_E_CERT_DATE may come from a port. The numbers
 * after them are Moat's own. */
int moat__port_result(int r, bool may_wait) {
  if (r == 0 || (r == MOAT_WANT_TIME && may_wait)) return r;
  return r <= MOAT_E_PROXY && r >= MOAT_E_CERT_DATE ? r : MOAT_E_PORT;
}
