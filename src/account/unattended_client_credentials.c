/* An account that gets its tokens by client credentials. */
#include "account.h"

static int begin(moat_account *a, const moat_unattended *how) {
  moat_client_credentials_grant *g = &a->grant.client_credentials;
  int r = moat__unattended_prepare(a);
  (void)how;
  g->scope = a->config->scope;
  return r ? r : moat_client_credentials_begin(&a->client, g);
}

const moat_unattended_ops moat_unattended_client_credentials = {moat__unattended_read, begin};
