/* Mbed TLS 2.28 and 4.x: this call takes no source of randomness, as it does in 3.x. */
#include "tls_compat.h"

#if MBEDTLS_VERSION_MAJOR != 3
int moat__mbedtls_check_pair(const mbedtls_pk_context *public_key, const mbedtls_pk_context *pk,
                             moat__random *random, void *ctx) {
  (void)random, (void)ctx;
  return mbedtls_pk_check_pair(public_key, pk);
}
#endif
