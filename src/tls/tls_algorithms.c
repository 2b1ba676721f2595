/* Mbed TLS skips suites that it was built without. */
#include "tls_algorithms.h"

#include "moat/tls.h"
#include "tls_compat.h"

/* All suites make a new key for each connection, and none has a cipher with padding to check. */
static const int suites[] = {
#ifdef MBEDTLS_TLS1_3_AES_128_GCM_SHA256
    MBEDTLS_TLS1_3_AES_128_GCM_SHA256,
    MBEDTLS_TLS1_3_AES_256_GCM_SHA384,
    MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256,
#endif
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    0};

/* TLS 1.3 is used wherever Mbed TLS has it, except in two releases. They offer RSA-PSS for the sake
 * of TLS 1.3, and then fail with a TLS 1.2 server that accepts it (Mbed TLS #10668). The release is
 * asked at run time, because a shared library may differ from its headers. */
bool moat_tls_has_1_3(void) {
#ifdef MBEDTLS_SSL_PROTO_TLS1_3
#ifdef MBEDTLS_VERSION_C
  unsigned release = mbedtls_version_get_number();
#else
  unsigned release = MBEDTLS_VERSION_NUMBER;
#endif
  return release != 0x03060600 && release != 0x04010000;
#else
  return false;
#endif
}

/* The signature algorithms that certificates may use, including the root's key. The root's own
 * signature is not checked. A root is trusted because it was added, and old roots have a SHA-1
 * signature. */
static const mbedtls_x509_crt_profile profile = {
    .allowed_mds = MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA256) |
                   MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA384) |
                   MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA512),
    .allowed_pks = 0xfffffff, /* RSA and EC: Mbed TLS has no other */
    .allowed_curves = MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP256R1) |
                      MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP384R1) |
                      MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP521R1),
    .rsa_min_bitlen = 2048};

void moat__tls_set_algorithms(mbedtls_ssl_config *c) {
  moat__mbedtls_set_versions(c, moat_tls_has_1_3());
  moat__mbedtls_set_groups_and_hashes(c);
  mbedtls_ssl_conf_ciphersuites(c, suites);
  mbedtls_ssl_conf_cert_profile(c, &profile);
}
