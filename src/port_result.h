/* The border to a port: what its functions may answer, and nothing else, comes into Moat. */
#ifndef MOAT_PORT_RESULT_H
#define MOAT_PORT_RESULT_H

#include <stdbool.h>

/* The result of a port's function that answers 0 or an error. 0 and the errors that port.h has for
 * ports stay what they are, and so does MOAT_WANT_TIME where the function may answer it. Any other
 * number becomes MOAT_E_PORT: an errno, a number of Mbed TLS, a count of bytes. */
int moat__port_result(int r, bool may_wait);

#endif
