/* Introspection (RFC 7662). */
#include "query.h"

#include <string.h>

#include "../json/json.h"

/* The spans of a moat_introspection, in its order. */
enum { SCOPE, CLIENT, USERNAME, TYPE, SUB, AUD, ISS, EXP, IAT, NBF, ACTIVE, MEMBERS };

static const moat__member members[MEMBERS] = {[SCOPE] = {"scope", MOAT__STRING | MOAT__LIST},
                                              [CLIENT] = {"client_id", MOAT__STRING},
                                              [USERNAME] = {"username", MOAT__STRING},
                                              [TYPE] = {"token_type", MOAT__STRING},
                                              [SUB] = {"sub", MOAT__STRING},
                                              [AUD] = {"aud", MOAT__STRING | MOAT__LIST},
                                              [ISS] = {"iss", MOAT__STRING},
                                              [EXP] = {"exp", MOAT__NUMBER | MOAT__OBJECT},
                                              [IAT] = {"iat", MOAT__NUMBER | MOAT__OBJECT},
                                              [NBF] = {"nbf", MOAT__NUMBER | MOAT__OBJECT},
                                              [ACTIVE] = {"active", MOAT__RAW | MOAT__OBJECT}};

/* Only `active` is always there (2.2). A value that is no boolean says nothing. */
static int reply(moat_client *c, void *grant, const moat_reply *r) {
  moat_introspection *i = grant;
  moat_span v[MEMBERS];
  if (r->status >= 300) return moat__query_read(c, r);
  int result = moat__members_read(r, members, v, MEMBERS, &c->error);
  if (result) return r->dropped ? MOAT_E_JSON : result;
  memcpy(&i->scope, v, ACTIVE * sizeof *v);
  i->active = moat__is_nocase(v[ACTIVE], "true");
  return i->active || moat__is_nocase(v[ACTIVE], "false") ? 0 : MOAT_E_REPLY;
}

static const moat__query kind = {.ops = {.keep_headers = moat__token_headers,
                                         .build = moat__query_build,
                                         .before_send = moat__query_before_send,
                                         .reply = reply,
                                         .replay = MOAT_REPLAY_SAFE},
                                 .asked = MOAT_ASKED_INTROSPECTION};

int moat_introspect_begin(moat_client *c, moat_introspection *i) {
  i->active = false;
  return moat__query_begin(c, &i->query, &kind);
}
