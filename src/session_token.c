/* The token at hand: how long it is good, and whether a refresh is due. */
#include "session.h"

#include "engine.h"
#include "record.h"
#include "text.h"

#include <string.h>

enum {
  MARGIN_S = 300,
  LIFE_DEFAULT_S = 3600, /* where the server says nothing about it */
  LIFE_MAX_S = 0x1e0000  /* whose milliseconds fit into the ticks twice */
};

bool moat__session_lasts(const moat_client *c, const moat_session *s, uint32_t margin) {
  const moat_token *t = &s->grant.token;
  uint32_t age = moat__now(c) - t->received_ms;
  uint32_t life = t->expires_in < 0 ? LIFE_DEFAULT_S : (uint32_t)t->expires_in;
  if (life > LIFE_MAX_S) life = LIFE_MAX_S;
  if (margin > life / 5) margin = life / 5;
  return t->access_token.n && age < (life - margin) * 1000;
}

/* Of a token that another process or start has stored, the date alone tells the age; an unknown one
 * makes it enormous. */
static void adopt(moat_client *c, moat_session *s, const moat_store *t) {
  const moat_record *r = &t->record;
  moat_grant *g = &s->grant;
  size_t n = r->access_token.n < g->access_size ? r->access_token.n : 0;
  char *p = g->access;
  memcpy(p, r->access_token.p, n);
  p[n] = 0;
  g->token.access_token = (moat_span){p, n};
  uint32_t age = moat__store_now(t) - r->refreshed;
  uint32_t life = r->expires ? r->expires - r->refreshed : LIFE_DEFAULT_S;
  g->token.expires_in = r->refreshed && age < life ? (int32_t)life : 0;
  g->token.received_ms = moat__now(c) - age * 1000;
  s->sequence = r->sequence;
}

/* After an interrupted one it is at once, fresh token or not: the sooner, the
 * likelier the server takes the refresh token a second time. */
int moat__session_judge(moat_client *c, moat_session *s) {
  moat_store *t = s->store;
  const moat_record *r = &t->record;
  int result = moat_store_load(t);
  if (result) return result;
  if (!moat_span_equal(r->provider, s->provider) ||
      !moat_span_equal(r->client_id, s->grant.auth->client_id))
    return MOAT_E_FOREIGN;
  if (s->sequence != r->sequence) adopt(c, s, t);
  if (!s->refresh_now) {
    /* Some providers hand out tokens that never expire, and nothing to refresh them with. */
    bool for_ever = !r->refresh_token.n && !r->expires && s->grant.token.access_token.n;
    bool wait = !t->marked || s->shared;
    if (for_ever || (wait && moat__session_lasts(c, s, MARGIN_S))) return 1;
    c->error.retry_after = t->pause;
    if (t->pause) return MOAT_E_LATER;
  }
  if (!r->refresh_token.n) return MOAT_E_EMPTY;
  moat__set(&s->refresh_token, r->refresh_token);
  s->was_marked = t->marked;
  return t->marked && s->shared ? MOAT_E_LOST : 0;
}
