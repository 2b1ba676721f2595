/* Token exchange (RFC 8693). What is issued need not be an access token. */
#include "grant.h"

#include "../text/text.h"

static const moat__parameter parameters[] = {
    {"subject_token", offsetof(moat_token_exchange_grant, subject_token), false},
    {"subject_token_type", offsetof(moat_token_exchange_grant, subject_token_type), false},
    {"actor_token", offsetof(moat_token_exchange_grant, actor_token), true},
    {"actor_token_type", offsetof(moat_token_exchange_grant, actor_token_type), true},
    {"requested_token_type", offsetof(moat_token_exchange_grant, requested_token_type), true},
    {"scope", offsetof(moat_token_exchange_grant, scope), true},
    {NULL, 0, false}};

/* A token of the type "N_A" is no access token (2.2.1). It counts where the caller asked for just
 * what was issued. */
static bool is_as_asked(const moat_token_exchange_grant *g) {
  const moat_token *t = &g->grant.token;
  return t->issued_token_type.n && moat_span_equal(t->issued_token_type, g->requested_token_type) &&
         moat__is_nocase(t->token_type, "N_A");
}

static int reply(moat_client *c, void *grant, const moat_reply *r) {
  moat_token_exchange_grant *g = grant;
  if (!g->grant.answer_read) {
    int result = moat__grant_read(c, &g->grant, r);
    if (result < 0) return result;
    if (g->grant.access_error == MOAT_E_TYPE && is_as_asked(g)) g->grant.access_error = 0;
    g->grant.answer_read = true;
  }
  return moat__grant_reply(c, grant, r);
}

static const moat__token_grant kind = {
    .ops = {.keep_headers = moat__token_headers,
            .build = moat__grant_build,
            .before_send = moat__grant_before_send,
            .reply = reply,
            .replay = MOAT_REPLAY_SAFE},
    .type = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange",
    .asked = MOAT_ASKED_UNATTENDED,
    .parameters = parameters};

/* An actor token needs its type, and there is no type without a token (RFC 8693 2.1). */
int moat_token_exchange_begin(moat_client *c, moat_token_exchange_grant *g) {
  if (!g->actor_token.n != !g->actor_token_type.n) return MOAT_E_MISUSE;
  return moat__grant_begin(c, &g->grant, &kind);
}
