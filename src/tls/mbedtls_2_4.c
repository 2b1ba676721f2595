/* Mbed TLS 2.28 and 4.x: these two calls take no source of randomness, as they do in 3.x. */
#include "tls_compat.h"

#if MBEDTLS_VERSION_MAJOR != 3
int moat__mbedtls_parse_key(mbedtls_pk_context *pk, const void *key, size_t n, moat__random *random,
                            void *ctx) {
  (void)random, (void)ctx;
  return mbedtls_pk_parse_key(pk, key, n, NULL, 0);
}

int moat__mbedtls_check_pair(const mbedtls_pk_context *public_key, const mbedtls_pk_context *pk,
                             moat__random *random, void *ctx) {
  (void)random, (void)ctx;
  return mbedtls_pk_check_pair(public_key, pk);
}
#endif
