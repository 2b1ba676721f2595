/* A board that has no certificate of its own signs nothing. Mbed TLS's tables name these functions
 * nevertheless, so that they and what they call would be linked: the image's --wrap puts these in
 * their place. */
#include <mbedtls/ecdsa.h>

int __wrap_mbedtls_ecdsa_write_signature(void);
int __wrap_mbedtls_ecdsa_write_signature(void) {
  return MBEDTLS_ERR_ECP_FEATURE_UNAVAILABLE;
}

int __wrap_mbedtls_ecp_check_pub_priv(void);
int __wrap_mbedtls_ecp_check_pub_priv(void) {
  return MBEDTLS_ERR_ECP_FEATURE_UNAVAILABLE;
}
