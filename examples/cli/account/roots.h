/* The roots of trust, and what is wrong with a certificate. */
#ifndef ROOTS_H
#define ROOTS_H

#include <moat/tls.h>

#include "../cli.h"

/* Adds the roots in the PEM file `path`, or in the system's bundle where that is empty. A CLI_
 * status, with what is wrong said. */
int roots_add(moat_tls_context *c, const char *path);

/* For the detail of a MOAT_E_CERT or MOAT_E_CERT_DATE: what is wrong, and what to do. */
const char *roots_certificate_text(int32_t detail);
const char *roots_certificate_advice(int32_t detail);

#endif
