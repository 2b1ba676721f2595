/* Trust comes from one file: the profile's own, or the bundle that the system keeps up to date. */
#include "roots.h"

#include "../files.h"
#include "../terminal/term.h"

enum { BUNDLE_SIZE = 2 << 20 };

/* Where distributions keep the bundle, in the order of how common they are. */
static const char *const system_bundles[] = {"/etc/ssl/certs/ca-certificates.crt",
                                             "/etc/pki/tls/certs/ca-bundle.crt",
                                             "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem",
                                             "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"};

static const char *find_system_bundle(void) {
  for (size_t i = 0; i < sizeof system_bundles / sizeof *system_bundles; i++)
    if (file_exists(system_bundles[i])) return system_bundles[i];
  return NULL;
}

/* The certificates stay where they were read to, as long as the context. */
static int add_file(moat_tls_context *c, const char *path) {
  static char bundle[BUNDLE_SIZE];
  size_t n = 0;
  int error = file_read(path, false, bundle, sizeof bundle, &n);
  if (error)
    say(CLI_PROFILE, "cannot read the roots of trust in %s: %s", path, file_error(error));
  else if ((error = moat_tls_add_roots_pem(c, bundle, n)) > 0)
    return CLI_OK;
  else
    say(CLI_PROFILE, "%s: there is no certificate in PEM that can be used", path);
  hint("Name a PEM file with the certificate of the server's certification authority: --ca FILE");
  return CLI_PROFILE;
}

int roots_add(moat_tls_context *c, const char *path) {
  if (!path[0]) path = find_system_bundle();
  if (path) return add_file(c, path);
  say(CLI_PROFILE, "this system has no bundle of roots of trust");
  hint("Install the package ca-certificates, or name a PEM file: --ca FILE");
  return CLI_PROFILE;
}

typedef struct {
  int32_t flags;
  const char *text, *advice;
} trouble;

/* The most telling flag first: several come together. Dates are last, because the exit status that
 * tells to try again is for them alone. */
static const trouble troubles[] = {
    {MBEDTLS_X509_BADCERT_CN_MISMATCH, "it is for another name",
     "Check the host in token_url; or something between here and there poses as the server."},
    {MBEDTLS_X509_BADCERT_REVOKED, "it was revoked", "Whoever runs the server has to replace it."},
    {MOAT_TLS_CHAIN_INCOMPLETE,
     "the server's chain is incomplete or out of order, or its root is not trusted here",
     "Whoever runs the server has to send all certificates up to the root, in order. If it has a "
     "certification authority of its own, trust that: --ca FILE"},
    {MBEDTLS_X509_BADCERT_NOT_TRUSTED, "no root that is trusted here vouches for it",
     "If the server has a certification authority of its own, trust that: --ca FILE"},
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

/* For Mbed TLS's number of what it cannot even read. */
static const trouble critical = {
    0,
    "it, or one above it, has a critical extension that is not known here (such as name "
    "constraints), or is damaged",
    "Whoever runs the server has to use another chain, though other programs may take this one."};
static const trouble unreadable = {0, "it demands what is not known here, or is damaged",
                                   "Whoever runs the server has to replace it."};

static const trouble *find_trouble(int32_t detail) {
  if (detail == MBEDTLS_ERR_X509_INVALID_EXTENSIONS + MBEDTLS_ERR_ASN1_UNEXPECTED_TAG)
    return &critical;
  for (size_t i = 0; detail > 0 && i < sizeof troubles / sizeof *troubles; i++)
    if (detail & troubles[i].flags) return &troubles[i];
  return &unreadable;
}

const char *roots_certificate_text(int32_t detail) {
  return find_trouble(detail)->text;
}

const char *roots_certificate_advice(int32_t detail) {
  return find_trouble(detail)->advice;
}
