/* Reads the roots of trust. */
#ifndef ROOTS_H
#define ROOTS_H

#include <moat/tls.h>

#include "../cli.h"

/* Adds the roots in the PEM file `path`, or in the system's bundle where that is empty. A CLI_
 * status, with what is wrong said. */
int roots_add(moat_tls_context *c, const char *path);

#endif
