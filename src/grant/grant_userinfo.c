/* Userinfo (OpenID Connect Core 5.3): an API that Moat itself calls with the access token. */
#include "query.h"

#include <string.h>

#include "../json/json.h"
#include "../text/text.h"

static int build(moat_client *c, void *grant, moat_writer *w) {
  const moat_userinfo *u = grant;
  c->error.asked = MOAT_ASKED_USERINFO;
  moat__put_bearer(w, "GET", u->endpoint, u->access_token);
  moat__put_text(w, "\r\n");
  return 0;
}

/* The details are in a header (RFC 6750 3), but the status alone means the same (3.1). */
static int refused(moat_client *c, const moat_reply *r) {
  int result = moat__query_read(c, r);
  if (c->error.error.n || (r->status != 401 && r->status != 403)) return result;
  c->error.error = r->status == 401 ? MOAT__LIT("invalid_token") : MOAT__LIT("insufficient_scope");
  return MOAT_E_OAUTH;
}

/* The claims are for the caller to read, so only their grammar is checked. */
static int reply(moat_client *c, void *grant, const moat_reply *r) {
  moat_userinfo *u = grant;
  if (r->status >= 300) return refused(c, r);
  moat_span body = {r->body, r->body_size};
  while (body.n && memchr(" \t\r\n", body.p[body.n - 1], 4))
    body.n--;
  int result = moat__json_check(body, r->scratch, r->scratch_size);
  c->error.body = result ? MOAT_BODY_OTHER : MOAT_BODY_OBJECT;
  if (!result) u->claims = body;
  return result;
}

static const moat_grant_ops ops = {.keep_headers = moat__token_headers,
                                   .build = build,
                                   .reply = reply,
                                   .replay = MOAT_REPLAY_SAFE};

int moat_userinfo_begin(moat_client *c, moat_userinfo *u) {
  if (c->state != MOAT__IDLE || !u->endpoint || !u->access_token.n ||
      moat__in_work(c, u->access_token.p, u->access_token.n) || !moat__is_bearer(u->access_token))
    return MOAT_E_MISUSE;
  u->claims = (moat_span){NULL, 0};
  return moat__begin(c, u->endpoint, &ops, u);
}
