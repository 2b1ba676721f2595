/* An assertion that the client itself signs, as the grant (RFC 7523 2.1). After a reconnect it is
 * another one, so a server that keeps a list of used ones has no complaint. */
#include "../jose/jose.h"
#include "grant.h"

static int build(moat_client *c, void *grant, moat_writer *w) {
  const moat_signed_jwt_grant *g = grant;
  moat__jwt jwt = {.key_id = g->key_id,
                   .issuer = g->issuer,
                   .subject = g->subject,
                   .audience = g->audience,
                   .scope = g->scope,
                   .lifetime = g->lifetime};
  c->error.asked = MOAT_ASKED_UNATTENDED;
  c->error.secret = g->grant.auth->ops->proves;
  moat__post_begin(w, g->grant.endpoint, g->grant.auth);
  moat__put_name(w, "grant_type");
  moat__put_text(w, MOAT__JWT_BEARER);
  moat__put_name(w, "assertion");
  moat__put_jwt(w, &jwt, g->signer, MOAT__UNSIGNED_GRANT);
  moat__put_extra(w, g->grant.extra);
  moat__post_end(w);
  return 0;
}

static int before_send(moat_client *c, void *grant) {
  const moat_signed_jwt_grant *g = grant;
  int r = moat__jws_sign(g->signer, (moat_span){NULL, 0}, MOAT__UNSIGNED_GRANT, c->config.work,
                         c->used);
  return r ? moat__border(c, r, true) : moat__grant_before_send(c, grant);
}

static const moat__parameter parameters[] = {
    {"assertion", offsetof(moat_signed_jwt_grant, issuer), false},
    {"assertion", offsetof(moat_signed_jwt_grant, audience), false},
    {NULL, 0, false}};

static const moat__token_grant kind = {.ops = {.keep_headers = moat__token_headers,
                                               .build = build,
                                               .before_send = before_send,
                                               .reply = moat__grant_reply,
                                               .replay = MOAT_REPLAY_SAFE},
                                       .asked = MOAT_ASKED_UNATTENDED,
                                       .parameters = parameters};

int moat_signed_jwt_begin(moat_client *c, moat_signed_jwt_grant *g) {
  if (!g->signer || g->signer->alg == MOAT_HS256) return MOAT_E_MISUSE;
  return moat__grant_begin(c, &g->grant, &kind);
}
