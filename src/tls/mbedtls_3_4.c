/* Mbed TLS 3.x and 4.x: they skip what they were built without. */
#include "tls_compat.h"

#if MBEDTLS_VERSION_MAJOR >= 3
/* P-256 is first, because TLS 1.3 makes a key for the first group before it knows whether the key
 * will be used. */
static const uint16_t groups[] = {
    MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1, MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1,
    MBEDTLS_SSL_IANA_TLS_GROUP_X25519, MBEDTLS_SSL_IANA_TLS_GROUP_SECP521R1,
    MBEDTLS_SSL_IANA_TLS_GROUP_NONE};

/* TLS 1.3 uses RSA-PSS. TLS 1.2 and certificates use PKCS #1. */
static const uint16_t signatures[] = {
    MBEDTLS_TLS1_3_SIG_ECDSA_SECP256R1_SHA256, MBEDTLS_TLS1_3_SIG_ECDSA_SECP384R1_SHA384,
    MBEDTLS_TLS1_3_SIG_ECDSA_SECP521R1_SHA512, MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA256,
    MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA384,    MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA512,
    MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA256,       MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA384,
    MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA512,       MBEDTLS_TLS1_3_SIG_NONE};

void moat__mbedtls_set_groups_and_hashes(mbedtls_ssl_config *c) {
  mbedtls_ssl_conf_groups(c, groups);
  mbedtls_ssl_conf_sig_algs(c, signatures);
}

/* Mbed TLS 3 and 4 have no version below TLS 1.2. */
void moat__mbedtls_set_versions(mbedtls_ssl_config *c, bool has_1_3) {
  if (!has_1_3) mbedtls_ssl_conf_max_tls_version(c, MBEDTLS_SSL_VERSION_TLS1_2);
}
#endif
