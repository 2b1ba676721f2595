#include "token.h"

static int build(moat_client *c, void *grant, moat_writer *w) {
  const moat_refresh_grant *g = grant;
  (void)c;
  moat__post_begin(w, g->grant.endpoint, g->grant.auth);
  moat__put_field(w, "grant_type", MOAT__LIT("refresh_token"));
  moat__put_field(w, "refresh_token", g->refresh_token);
  moat__put_field(w, "scope", g->scope);
  moat__post_end(w);
  return 0;
}

/* Never sent twice by itself: with rotation the second one would end the grant. */
static const moat_grant_ops ops = {.keep_headers = moat__token_headers,
                                   .build = build,
                                   .before_send = moat__grant_before_send,
                                   .reply = moat__grant_reply,
                                   .replay = MOAT_REPLAY_UNSENT};

int moat_refresh_begin(moat_client *c, moat_refresh_grant *g) {
  const moat_span inputs[] = {g->refresh_token, g->scope};
  return moat__grant_begin(c, &g->grant, &ops, inputs, g->scope.n ? 2 : 1);
}
