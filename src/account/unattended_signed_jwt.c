/* An account that signs for its tokens. */
#include "account.h"

static int begin(moat_account *a, const moat_unattended *how) {
  const moat_unattended_signed *u = (const void *)how;
  moat_signed_jwt_grant *g = &a->grant.signed_jwt;
  int r = moat__unattended_prepare(a); /* it may read the key */
  g->signer = u->signer;
  g->issuer = u->issuer;
  g->subject = u->subject;
  g->audience = u->audience;
  g->key_id = u->key_id;
  g->scope = a->config->scope;
  g->lifetime = u->lifetime;
  return r ? r : moat_signed_jwt_begin(&a->client, g);
}

const moat_unattended_ops moat_unattended_signed_jwt = {moat__unattended_read, begin};
