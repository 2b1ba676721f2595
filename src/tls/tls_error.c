/* From numbers of Mbed TLS to errors of Moat. The detail keeps what explains the error: the flags
 * of a certificate, an alert, or the number itself. */
#include "tls_error.h"

#include <mbedtls/asn1.h>
#include <mbedtls/pk.h>

#include "tls_compat.h"

/* Whether a certificate was refused or unreadable: all numbers of the X.509 module, and those of
 * other modules that only a certificate can cause. */
static bool is_certificate(int ret) {
  int high = moat__tls_high(ret);
  switch (high) {
  case MBEDTLS_ERR_SSL_BAD_CERTIFICATE:
  case MBEDTLS_ERR_PK_UNKNOWN_PK_ALG:
  case MBEDTLS_ERR_PK_UNKNOWN_NAMED_CURVE: return true;
  case 0: /* 4.x adds no high-level number */
    return ret <= MBEDTLS_ERR_ASN1_OUT_OF_DATA && ret >= MBEDTLS_ERR_ASN1_INVALID_DATA;
  default:
    return high <= MBEDTLS_ERR_X509_FEATURE_UNAVAILABLE && high >= MBEDTLS_ERR_X509_FATAL_ERROR;
  }
}

/* The flags are all ones if no verdict was reached. A wrong date may pass by itself: somebody sets
 * the clock, or the server gets a new certificate. */
static int certificate_refused(moat_tls *t, int ret) {
  enum { DATES = MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE };
  int32_t flags = (int32_t)mbedtls_ssl_get_verify_result(&t->ssl);
  t->detail = flags > 0 ? flags : ret;
  return t->detail & ~DATES ? MOAT_E_CERT : MOAT_E_CERT_DATE;
}

/* Causes that do not concern the server come first. */
int moat__tls_error(moat_tls *t, int ret) {
  t->detail = ret;
  if (ret == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) {
    t->detail = 0;
    return MOAT_E_EOF;
  }
  int r = moat__tls_error_of(ret, 0);
  if (r) return r;
  if (is_certificate(ret)) return certificate_refused(t, ret);
  if (ret == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE) t->detail = t->ssl.MBEDTLS_PRIVATE(in_msg)[1];
  return MOAT_E_TLS;
}
