/* An assertion as the grant (RFC 7523 2.1). A server that keeps a list of used assertions refuses a
 * second use, so it is sent again only if no byte of it can have left. */
#include "grant.h"

static const moat__parameter parameters[] = {
    {"assertion", offsetof(moat_jwt_bearer_grant, assertion), false},
    {"scope", offsetof(moat_jwt_bearer_grant, scope), true},
    {NULL, 0, false}};

static const moat__token_grant kind = {.ops = {.keep_headers = moat__token_headers,
                                               .build = moat__grant_build,
                                               .before_send = moat__grant_before_send,
                                               .reply = moat__grant_reply,
                                               .replay = MOAT_REPLAY_UNSENT},
                                       .type = MOAT__JWT_BEARER,
                                       .asked = MOAT_ASKED_UNATTENDED,
                                       .parameters = parameters};

int moat_jwt_bearer_begin(moat_client *c, moat_jwt_bearer_grant *g) {
  return moat__grant_begin(c, &g->grant, &kind);
}
