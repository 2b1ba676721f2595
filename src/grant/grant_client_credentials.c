/* Client credentials (RFC 6749 4.4): the client itself is who the token is for. */
#include "grant.h"

static const moat__parameter parameters[] = {
    {"scope", offsetof(moat_client_credentials_grant, scope), true}, {NULL, 0, false}};

static const moat__token_grant kind = {.ops = {.keep_headers = moat__token_headers,
                                               .build = moat__grant_build,
                                               .before_send = moat__grant_before_send,
                                               .reply = moat__grant_reply,
                                               .replay = MOAT_REPLAY_SAFE},
                                       .type = "client_credentials",
                                       .asked = MOAT_ASKED_UNATTENDED,
                                       .parameters = parameters};

int moat_client_credentials_begin(moat_client *c, moat_client_credentials_grant *g) {
  return moat__grant_begin(c, &g->grant, &kind);
}
