/* Token exchange (RFC 8693). What is issued need not be an access token: its type is then "N_A"
 * (2.2.1). */
#include "grant.h"

static const moat__parameter parameters[] = {
    {"subject_token", offsetof(moat_token_exchange_grant, subject_token), false},
    {"subject_token_type", offsetof(moat_token_exchange_grant, subject_token_type), false},
    {"actor_token", offsetof(moat_token_exchange_grant, actor_token), true},
    {"actor_token_type", offsetof(moat_token_exchange_grant, actor_token_type), true},
    {"requested_token_type", offsetof(moat_token_exchange_grant, requested_token_type), true},
    {"scope", offsetof(moat_token_exchange_grant, scope), true},
    {NULL, 0, false}};

static const moat__token_grant kind = {
    .ops = {.keep_headers = moat__token_headers,
            .build = moat__grant_build,
            .before_send = moat__grant_before_send,
            .reply = moat__grant_reply,
            .replay = MOAT_REPLAY_SAFE},
    .type = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange",
    .asked = MOAT_ASKED_UNATTENDED,
    .other_type = "N_A",
    .parameters = parameters};

/* An actor token needs its type, and there is no type without a token (RFC 8693 2.1). */
int moat_token_exchange_begin(moat_client *c, moat_token_exchange_grant *g) {
  if (!g->actor_token.n != !g->actor_token_type.n) return MOAT_E_MISUSE;
  return moat__grant_begin(c, &g->grant, &kind);
}
