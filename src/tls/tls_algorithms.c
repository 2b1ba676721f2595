/* Mbed TLS skips suites that it was built without. For curves and hashes, 2.28 must be told only
 * those it has. */
#include "tls_algorithms.h"

#include <mbedtls/ecp.h>
#include <mbedtls/md.h>
#include <mbedtls/pk.h>
#include <mbedtls/version.h>

#include "moat/tls.h"

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

/* P-256 is first, because TLS 1.3 makes a key for the first group before it knows whether the key
 * will be used. P-521 is last: 2.28 accepts a server's key only on a curve of this list. */
#if MBEDTLS_VERSION_MAJOR < 3
static const mbedtls_ecp_group_id groups[] = {
#ifdef MBEDTLS_ECP_DP_SECP256R1_ENABLED
    MBEDTLS_ECP_DP_SECP256R1,
#endif
#ifdef MBEDTLS_ECP_DP_SECP384R1_ENABLED
    MBEDTLS_ECP_DP_SECP384R1,
#endif
#ifdef MBEDTLS_ECP_DP_CURVE25519_ENABLED
    MBEDTLS_ECP_DP_CURVE25519,
#endif
#ifdef MBEDTLS_ECP_DP_SECP521R1_ENABLED
    MBEDTLS_ECP_DP_SECP521R1,
#endif
    MBEDTLS_ECP_DP_NONE};

/* Hashes of the server's signature in the handshake. SHA-1 is not among them. */
static const int hashes[] = {MBEDTLS_MD_SHA256,
#ifdef MBEDTLS_SHA512_C
                             MBEDTLS_MD_SHA384, MBEDTLS_MD_SHA512,
#endif
                             MBEDTLS_MD_NONE};

static void set_groups_and_hashes(mbedtls_ssl_config *c) {
  mbedtls_ssl_conf_curves(c, groups);
  mbedtls_ssl_conf_sig_hashes(c, hashes);
}
#else
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

static void set_groups_and_hashes(mbedtls_ssl_config *c) {
  mbedtls_ssl_conf_groups(c, groups);
  mbedtls_ssl_conf_sig_algs(c, signatures);
}
#endif

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

/* The only place that sets the TLS versions. */
static void set_versions(mbedtls_ssl_config *c) {
#if MBEDTLS_VERSION_MAJOR < 3
  mbedtls_ssl_conf_min_version(c, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
#else
  mbedtls_ssl_conf_min_tls_version(c, MBEDTLS_SSL_VERSION_TLS1_2);
  if (!moat_tls_has_1_3()) mbedtls_ssl_conf_max_tls_version(c, MBEDTLS_SSL_VERSION_TLS1_2);
#endif
}

/* The signature algorithms that certificates may use, including the root's key. The root's own
 * signature is not checked. A root is trusted because it was added, and old roots have a SHA-1
 * signature. */
static const mbedtls_x509_crt_profile profile = {
    .allowed_mds = MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA256) |
                   MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA384) |
                   MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA512),
    .allowed_pks = MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_RSA) | MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_ECKEY) |
                   MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_ECDSA) |
                   MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_RSASSA_PSS),
    .allowed_curves = MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP256R1) |
                      MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP384R1) |
                      MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP521R1),
    .rsa_min_bitlen = 2048};

void moat__tls_set_algorithms(mbedtls_ssl_config *c) {
  set_versions(c);
  set_groups_and_hashes(c);
  mbedtls_ssl_conf_ciphersuites(c, suites);
  mbedtls_ssl_conf_cert_profile(c, &profile);
}
