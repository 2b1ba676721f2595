/* Mbed TLS says by flags why it refused a certificate, or by a number if it could not read it. A
 * person needs one reason and one thing to do. */
#include "certificate.h"

#include <moat/tls.h>

typedef struct {
  int32_t flags;
  const char *text, *advice;
} trouble;

/* Several flags may come together, and the first in this table is told. Dates are last, because
 * exit status 4 (try again later) is only for a certificate that has no other fault. */
static const trouble troubles[] = {
    {MBEDTLS_X509_BADCERT_CN_MISMATCH, "it is for another name",
     "Check the host in token_url; or something between here and there poses as the server."},
    {MBEDTLS_X509_BADCERT_REVOKED, "it was revoked", "Whoever runs the server has to replace it."},
    {MOAT_TLS_CHAIN_INCOMPLETE,
     "the server's chain is incomplete or out of order, or its root is not trusted here",
     "Whoever runs the server has to send all certificates up to the root, in order. If it has a "
     "certification authority of its own, trust that: moat set NAME ca=FILE, or --ca FILE"},
    {MBEDTLS_X509_BADCERT_NOT_TRUSTED, "no root that is trusted here vouches for it",
     "If the server has a certification authority of its own, trust that: moat set NAME ca=FILE, "
     "or --ca FILE"},
    {MBEDTLS_X509_BADCERT_KEY_USAGE | MBEDTLS_X509_BADCERT_EXT_KEY_USAGE,
     "it, or an authority above it, is not meant for servers",
     "Whoever runs the server has to replace it."},
    {MBEDTLS_X509_BADCERT_OTHER, "an authority above it may not certify its names",
     "Whoever runs the server has to replace it."},
    {MBEDTLS_X509_BADCERT_BAD_MD | MBEDTLS_X509_BADCERT_BAD_PK | MBEDTLS_X509_BADCERT_BAD_KEY,
     "its keys or algorithms are not acceptable", "Whoever runs the server has to replace it."},
    {MBEDTLS_X509_BADCERT_EXPIRED, "it has expired",
     "If the date of this machine is right, whoever runs the server has to renew it."},
    {MBEDTLS_X509_BADCERT_FUTURE, "it is not valid yet", "Check the date of this machine."},
};

/* Mbed TLS cannot read the certificate. Its sum of two numbers for an unknown critical extension is
 * told apart: the certificate may be good then. */
static const trouble critical = {
    0,
    "it, or one above it, has a critical extension that is not known here (such as name "
    "constraints), or is damaged",
    "Whoever runs the server has to use another chain, though other programs may take this one."};
static const trouble unreadable = {0, "it needs something that is not known here, or it is damaged",
                                   "Whoever runs the server has to replace it."};

/* A detail above 0 is a set of flags, and any other is a number of Mbed TLS. */
static const trouble *find_trouble(int32_t detail) {
  if (detail == MBEDTLS_ERR_X509_INVALID_EXTENSIONS + MBEDTLS_ERR_ASN1_UNEXPECTED_TAG ||
      detail == MBEDTLS_ERR_ASN1_UNEXPECTED_TAG) /* 4.x has only the second number */
    return &critical;
  for (size_t i = 0; detail > 0 && i < sizeof troubles / sizeof *troubles; i++)
    if (detail & troubles[i].flags) return &troubles[i];
  return &unreadable;
}

const char *certificate_text(int32_t detail) {
  return find_trouble(detail)->text;
}

const char *certificate_advice(int32_t detail) {
  return find_trouble(detail)->advice;
}
