/* Trust comes from one file: the profile's own, or the bundle that the system keeps up to date. */
#include "roots.h"

#include "../files.h"
#include "../terminal/term.h"

enum { BUNDLE_SIZE = 2 << 20 };

/* The places where distributions keep the bundle, the most common first. */
static const char *const system_bundles[] = {"/etc/ssl/certs/ca-certificates.crt",
                                             "/etc/pki/tls/certs/ca-bundle.crt",
                                             "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem",
                                             "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"};

/* Only one bundle is used, so that a root that the system does not trust cannot come from another.
 */
static const char *find_system_bundle(void) {
  for (size_t i = 0; i < sizeof system_bundles / sizeof *system_bundles; i++)
    if (file_exists(system_bundles[i])) return system_bundles[i];
  return NULL;
}

/* The context refers to the certificates in this buffer, so the buffer is static. */
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
