/* Dynamic client registration (RFC 7591). The request and the answer have members in common, so one
 * table serves both. */
#include "query.h"

#include <string.h>

#include "../json/json.h"
#include "moat/registration.h"

/* The members of a moat_registered, in its order. */
enum { MEMBERS = sizeof(moat_registered) / sizeof(moat_span) };
enum { METADATA = offsetof(moat_registered, metadata) / sizeof(moat_span) };

static const moat__member members[MEMBERS] = {
    {"client_id", MOAT__VSCHAR | MOAT__OBJECT},
    {"client_secret", MOAT__VSCHAR},
    {"registration_access_token", MOAT__VSCHAR},
    {"registration_client_uri", MOAT__STRING},
    {"client_secret_expires_at", MOAT__NUMBER | MOAT__STRING},
    [METADATA] = {"redirect_uris", MOAT__STRING | MOAT__LIST},
    {"client_name", MOAT__STRING},
    {"token_endpoint_auth_method", MOAT__STRING},
    {"grant_types", MOAT__STRING | MOAT__LIST},
    {"response_types", MOAT__STRING | MOAT__LIST},
    {"scope", MOAT__STRING}};

/* The words of a list may be as many as they like, and each is a string of its own. */
static void put_member(moat_writer *w, const moat__member *member, moat_span value) {
  bool list = member->kinds & MOAT__LIST;
  moat__put_char(w, '"');
  moat__put_text(w, member->name);
  moat__put_text(w, list ? "\":[" : "\":");
  while (list && memchr(value.p, ' ', value.n)) {
    moat__put_json(w, moat__take(&value, ' '));
    moat__put_char(w, ',');
  }
  moat__put_json(w, value);
  if (list) moat__put_char(w, ']');
}

/* The caller's further members come last, as they were written. An object without members is
 * still one. */
static void put_metadata(moat_writer *w, const moat_registration *g) {
  const moat_span *v = &g->asked.redirect_uris;
  char before = '{';
  for (unsigned i = METADATA; i < MEMBERS; i++, v++) {
    if (!v->n) continue;
    moat__put_char(w, before);
    put_member(w, &members[i], *v);
    before = ',';
  }
  if (g->extra.n || before == '{') moat__put_char(w, before);
  moat__put_span(w, g->extra);
  moat__put_char(w, '}');
}

static int build(moat_client *c, void *grant, moat_writer *w) {
  const moat_registration *g = grant;
  c->error.asked = MOAT_ASKED_REGISTRATION;
  c->error.secret = g->initial_access_token.n;
  moat__put_bearer(w, "POST", g->endpoint, g->initial_access_token);
  moat__put_text(w, "Content-Type: application/json\r\n");
  moat__put_body(w);
  put_metadata(w, g);
  moat__post_end(w);
  return 0;
}

/* Some servers say 200 in place of 201. A client ID counts whatever else is in the answer: the
 * client exists. */
static int reply(moat_client *c, void *grant, const moat_reply *r) {
  moat_registration *g = grant;
  if (r->status >= 300) return moat__query_read(c, r);
  moat_span *v = &g->registered.client_id;
  int result = moat__members_read(r, members, v, MEMBERS, &c->error);
  if (result) return r->dropped ? MOAT_E_JSON : result;
  return v->n ? 0 : MOAT_E_REPLY;
}

/* After a broken connection nobody knows whether there is a client, and another request would make
 * another one. */
static const moat_grant_ops ops = {.keep_headers = moat__token_headers,
                                   .build = build,
                                   .reply = reply,
                                   .replay = MOAT_REPLAY_NEVER};

/* The strings are checked where they are written. */
int moat_register_begin(moat_client *c, moat_registration *g) {
  moat_span token = g->initial_access_token, extra = g->extra;
  if (c->state != MOAT__IDLE || !g->endpoint || !moat__is_bearer(token) ||
      moat__in_work(c, token.p, token.n) || moat__in_work(c, extra.p, extra.n))
    return MOAT_E_MISUSE;
  memset(&g->registered, 0, sizeof g->registered);
  return moat__begin(c, g->endpoint, &ops, g);
}
