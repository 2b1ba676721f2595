/* How a machine proves itself to its provider: by_key.c or by_certificate.c. */
#ifndef MACHINE_H
#define MACHINE_H

#include "account.h"

/* Sets the client authentication. TLS is set up already, but has no connection yet. Returns Moat's
 * result. */
int machine_prove(moat_account_config *config);

#endif
