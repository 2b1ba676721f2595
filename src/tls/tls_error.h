/* The meaning of Mbed TLS's numbers. */
#ifndef MOAT__TLS_ERROR_H
#define MOAT__TLS_ERROR_H

#include "moat/tls.h"

/* Results of callbacks, recognized again in the result of Mbed TLS. Mbed TLS passes them on, or
 * adds a number of its own that is a multiple of 0x80. They belong to modules that are not used
 * here: the network (-0x0050) and CTR_DRBG (-0x0034). */
enum { MOAT__TLS_LOWER_FAILED = -0x0050, MOAT__TLS_RANDOM_FAILED = -0x0034 };

/* A number of Mbed TLS is the sum of a high-level and a low-level number, either of which may be
 * missing. */
static inline int moat__tls_high(int ret) {
  return -(-ret & ~0x7f);
}

static inline int moat__tls_low(int ret) {
  return -(-ret & 0x7f);
}

/* The error for a number of Mbed TLS: MOAT_E_MEMORY, MOAT_E_RANDOM, or `otherwise` for any other
 * cause. */
int moat__tls_error_of(int ret, int otherwise);

/* Returns the error that ends the TLS session, and sets its detail. */
MOAT_NODISCARD int moat__tls_error(moat_tls *t, int ret);

#endif
