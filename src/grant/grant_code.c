/* Authorization code (RFC 6749 4.1.3). A server that sees a code twice may revoke its tokens
 * (4.1.2), so it is never sent again, not even after a broken connection. */
#include "grant.h"

static const moat__parameter parameters[] = {
    {"code", offsetof(moat_code_grant, code), false},
    {"redirect_uri", offsetof(moat_code_grant, redirect_uri), false},
    {"code_verifier", offsetof(moat_code_grant, code_verifier), false},
    {NULL, 0, false}};

static const moat__token_grant kind = {.ops = {.keep_headers = moat__token_headers,
                                               .build = moat__grant_build,
                                               .before_send = moat__grant_before_send,
                                               .reply = moat__grant_reply,
                                               .replay = MOAT_REPLAY_NEVER},
                                       .type = "authorization_code",
                                       .asked = MOAT_ASKED_CODE,
                                       .parameters = parameters};

int moat_code_begin(moat_client *c, moat_code_grant *g) {
  return moat__grant_begin(c, &g->grant, &kind);
}
