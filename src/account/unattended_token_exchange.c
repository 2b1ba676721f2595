/* An account that gets its tokens for those of another provider. */
#include "account.h"

static int begin(moat_account *a, const moat_unattended *how) {
  const moat_unattended_exchange *u = (const void *)how;
  moat_token_exchange_grant *g = &a->grant.token_exchange;
  int r = moat__unattended_prepare(a); /* it may read the tokens */
  g->subject_token = u->subject_token;
  g->subject_token_type = u->subject_token_type;
  g->actor_token = u->actor_token;
  g->actor_token_type = u->actor_token_type;
  g->requested_token_type = u->requested_token_type;
  g->scope = a->config->scope;
  return r ? r : moat_token_exchange_begin(&a->client, g);
}

const moat_unattended_ops moat_unattended_token_exchange = {moat__unattended_read, begin};
