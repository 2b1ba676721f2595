/* Refresh (RFC 6749 6): the shortest grant, and the one to copy for a new one. */
#include "grant.h"

static const moat__parameter parameters[] = {
    {"refresh_token", offsetof(moat_refresh_grant, refresh_token), false},
    {"scope", offsetof(moat_refresh_grant, scope), true},
    {NULL, 0, false}};

/* A refresh is sent again only if no byte of it can have left: a server that replaces refresh
 * tokens takes a second use for theft, and ends the grant. */
static const moat__token_grant kind = {.ops = {.keep_headers = moat__token_headers,
                                               .build = moat__grant_build,
                                               .before_send = moat__grant_before_send,
                                               .reply = moat__grant_reply,
                                               .replay = MOAT_REPLAY_UNSENT},
                                       .type = "refresh_token",
                                       .asked = MOAT_ASKED_REFRESH,
                                       .parameters = parameters};

int moat_refresh_begin(moat_client *c, moat_refresh_grant *g) {
  return moat__grant_begin(c, &g->grant, &kind);
}
