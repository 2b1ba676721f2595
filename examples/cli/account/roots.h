/* Reads the roots of trust. */
#ifndef ROOTS_H
#define ROOTS_H

#include <moat/tls.h>

#include "../cli.h"

/* Adds the roots of the PEM file `path`, or of the system's bundle if `path` is empty. Reports what
 * is wrong and returns a CLI_ status. */
int roots_add(moat_tls_context *c, const char *path);

#endif
