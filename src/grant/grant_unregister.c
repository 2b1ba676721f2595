/* A client that gives up its registration (RFC 7592 2.3). */
#include "query.h"

#include "moat/registration.h"

static int build(moat_client *c, void *grant, moat_writer *w) {
  const moat_unregistration *u = grant;
  c->error.asked = MOAT_ASKED_REGISTRATION;
  c->error.secret = true;
  moat__put_bearer(w, "DELETE", u->endpoint, u->registration_access_token);
  moat__put_text(w, "\r\n");
  return 0;
}

/* A client that does not exist is a 401, as is a token that is not valid any more: the server
 * forgets both at once. Some servers say 404. A page comes from something in front of the server,
 * and says nothing about the client. */
static int reply(moat_client *c, void *grant, const moat_reply *r) {
  moat_unregistration *u = grant;
  if (r->status < 300) return 0;
  int result = moat__query_read(c, r);
  bool gone = r->status == 401 || r->status == 404;
  u->was_unknown = gone && c->error.body <= MOAT_BODY_OBJECT;
  return u->was_unknown ? 0 : result;
}

static const moat_grant_ops ops = {.keep_headers = moat__token_headers,
                                   .build = build,
                                   .reply = reply,
                                   .failed = moat__query_failed,
                                   .replay = MOAT_REPLAY_SAFE};

int moat_unregister_begin(moat_client *c, moat_unregistration *u) {
  moat_span token = u->registration_access_token;
  if (c->state != MOAT__IDLE || !u->endpoint || !token.n || moat__in_work(c, token.p, token.n) ||
      !moat__is_bearer(token))
    return MOAT_E_MISUSE;
  u->was_unknown = false;
  return moat__begin(c, u->endpoint, &ops, u);
}
