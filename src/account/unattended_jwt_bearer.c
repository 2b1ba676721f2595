/* An account that gets its tokens for an assertion. */
#include "account.h"

static int begin(moat_account *a, const moat_unattended *how) {
  const moat_unattended_assertion *u = (const void *)how;
  moat_jwt_bearer_grant *g = &a->grant.jwt_bearer;
  int r = moat__unattended_prepare(a); /* it may read the assertion */
  g->assertion = u->assertion;
  g->scope = a->config->scope;
  return r ? r : moat_jwt_bearer_begin(&a->client, g);
}

const moat_unattended_ops moat_unattended_jwt_bearer = {moat__unattended_read, begin};
