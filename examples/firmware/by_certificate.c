/* A machine that shows its certificate to the server (mutual TLS, RFC 8705). The certificate and
 * its key are among the settings of the factory. */
#include "machine.h"

#include "settings.h"

static moat_tls_identity identity;

int machine_prove(moat_account_config *config) {
  account.auth = (moat_auth){.ops = &moat_auth_none, .client_id = settings.client_id};
  config->auth = &account.auth;
  moat_tls_identity_init(&identity);
  int r = moat_tls_identity_add_der(&identity, settings.certificate.p, settings.certificate.n);
  if (r == MOAT_OK)
    r = moat_tls_identity_parse_key(&identity, &account_tls.context, settings.key.p,
                                    settings.key.n);
  return r ? r : moat_tls_set_identity(&account_tls.context, &identity);
}
