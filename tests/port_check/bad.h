/* The POSIX port with one fault, to see that port_check finds it. */
#ifndef BAD_H
#define BAD_H

#include "port_check.h"

/* Puts the fault into the port of the setup. Returns false if there is no fault of this name. */
bool bad_port(const char *fault, port_check_setup *setup);

/* The fault at this place and the check that has to find it, or NULL. */
const char *bad_fault(int at, const char **check);

#endif
