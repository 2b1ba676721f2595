/* The common part of accounts that get tokens without a person. The record holds the token for
 * other tasks and for the time after a restart, and has the revision of the configuration it came
 * by. */
#include "account.h"
#include "../store/store.h"

/* A token that is missing, damaged or another client's is replaced, and is not shown meanwhile. A
 * grant is not replaced: somebody has signed in for it. */
int moat__unattended_read(moat_account *a) {
  moat_record *record = &a->store.record;
  int r = moat_store_load(&a->store);
  if (r == 0 && record->how != MOAT_HOW_UNATTENDED) return MOAT_E_FOREIGN;
  if (r && r != MOAT_E_EMPTY && r != MOAT_E_STORE) return r;
  bool ours = r == 0 && moat__account_is_ours(a);
  if (!ours) record->access_token.n = 0;
  if (ours && record->revision == a->config->revision)
    moat__token_adopt(a);
  else
    moat__token_forget(a);
  return 0;
}

/* A refresh token is of no use: the next token comes as this one did. Alone it would replace a
 * token that may still be good. */
static int save(void *ctx, const moat_token *token) {
  moat_account *a = ctx;
  a->grant.grant.token.refresh_token.n = 0; /* it is `token` */
  if (!token->access_token.n) return 0;
  a->store.record.revision = a->config->revision;
  return moat_store_keeper.save(&a->store, token);
}

/* No mark is written: an answer that is lost costs nothing. */
static const moat_keeper_ops keeper = {.save = save};

int moat__unattended_prepare(moat_account *a) {
  const moat_account_config *c = a->config;
  moat_grant *g = &a->grant.grant;
  moat_store_renew(&a->store, MOAT_HOW_UNATTENDED, c->provider, c->auth->client_id, c->scope);
  int r = moat__account_prepare(a, g, MOAT_HOW_UNATTENDED);
  g->keeper = &keeper;
  g->keeper_ctx = a;
  return r;
}
