#include "token.h"

static int build(moat_client *c, void *grant, moat_writer *w) {
  const moat_code_grant *g = grant;
  (void)c;
  moat__post_begin(w, g->grant.endpoint, g->grant.auth);
  moat__put_field(w, "grant_type", MOAT__LIT("authorization_code"));
  moat__put_field(w, "code", g->code);
  moat__put_field(w, "redirect_uri", g->redirect_uri);
  moat__put_field(w, "code_verifier", g->code_verifier);
  moat__post_end(w);
  return 0;
}

static const moat_grant_ops ops = {.keep_headers = moat__token_headers,
                                   .build = build,
                                   .before_send = moat__grant_before_send,
                                   .reply = moat__grant_reply,
                                   .replay = MOAT_REPLAY_NEVER};

int moat_code_begin(moat_client *c, moat_code_grant *g) {
  const moat_span inputs[] = {g->code, g->code_verifier, g->redirect_uri};
  return moat__grant_begin(c, &g->grant, &ops, inputs, 3);
}
