#include "session.h"

#include "record.h"
#include "text.h"
#include "token.h"

#include <string.h>

enum {
  LOCK_POLL_MS = 20,
  MARGIN_S = 300,
  LIFE_DEFAULT_S = 3600, /* where the server says nothing about it */
  LIFE_MAX_S = 0x1e0000  /* whose milliseconds fit into the ticks twice */
};

#define FRESH -100 /* ends the exchange before it begins: there is a token */

/* ---- The token at hand ---- */

static bool lasts(const moat_client *c, const moat_token *t, bool early) {
  uint32_t age = moat__now(c) - t->received_ms;
  uint32_t life = t->expires_in < 0 ? LIFE_DEFAULT_S : (uint32_t)t->expires_in;
  if (life > LIFE_MAX_S) life = LIFE_MAX_S;
  uint32_t margin = early ? life / 5 : 0;
  if (margin > MARGIN_S) margin = MARGIN_S;
  return t->access_token.n && age < (life - margin) * 1000;
}

/* Of a token that another process or start has stored, the date alone tells the age. */
static void adopt(moat_client *c, moat_session *s) {
  const moat_record *r = &s->store->record;
  moat_grant *g = &s->grant;
  size_t n = r->access_token.n;
  uint32_t time = moat__store_now(s->store), age = time - r->refreshed;
  uint32_t life = r->expires ? r->expires - r->refreshed : LIFE_DEFAULT_S;
  s->sequence = r->sequence;
  if (n >= g->access_size) n = 0;
  memcpy(g->access, r->access_token.p, n);
  g->access[n] = 0;
  g->token.access_token = (moat_span){g->access, n};
  g->token.received_ms = moat__now(c) - age * 1000;
  g->token.expires_in = time && r->refreshed && age < life ? (int32_t)life : 0;
}

/* ---- How it ends ---- */

bool moat__session_passes(const moat_client *c, int r) {
  const moat_error_info *e = &c->error;
  if (r == MOAT_E_OAUTH || r == MOAT_E_STATUS)
    return e->status >= 500 || e->status == 429 || e->status == 408 ||
           moat__is_nocase(e->error, "temporarily_unavailable");
  return r == MOAT_E_TIMEOUT || (r <= MOAT_E_LATER && r >= MOAT_E_TLS);
}

static void let_go(moat_session *s) {
  const moat_store *t = s->store;
  if (s->locked && t->platform->unlock) t->platform->unlock(t->platform_ctx);
  s->locked = false;
}

/* An answer without a token leaves the one before it where it was. */
static void recall(moat_session *s) {
  moat_token *t = &s->grant.token;
  t->access_token = (moat_span){s->grant.access, s->held};
  t->expires_in = s->life;
  t->received_ms = s->received;
}

/* A refresh is early so that trouble may pass before the token is over. */
static int failed(moat_client *c, void *grant, int r) {
  moat_session *s = grant;
  let_go(s);
  if (r == FRESH) return 0;
  if (s->stage > MOAT__DECIDING) recall(s);
  s->early = r;
  bool serves = !s->refresh_now && moat__session_passes(c, r) && lasts(c, &s->grant.token, false);
  return serves ? 0 : r;
}

/* ---- Before the request ---- */

/* 0: a refresh is due. After an interrupted one it is at once, fresh token or not: the sooner, the
 * likelier the server takes the refresh token a second time. */
static int judge(moat_client *c, moat_session *s) {
  const moat_store *t = s->store;
  const moat_record *r = &t->record;
  if (!moat_span_equal(r->provider, s->provider) ||
      !moat_span_equal(r->client_id, s->grant.auth->client_id))
    return MOAT_E_FOREIGN;
  if (s->sequence != r->sequence) adopt(c, s);
  if (!s->refresh_now) {
    /* Some providers hand out tokens that never expire, and nothing to refresh them with. */
    bool for_ever = !r->refresh_token.n && !r->expires && s->grant.token.access_token.n;
    bool wait = !t->marked || s->shared;
    if (for_ever || (wait && lasts(c, &s->grant.token, true))) return FRESH;
    c->error.retry_after = t->pause;
    if (t->pause) return MOAT_E_LATER;
  }
  if (!r->refresh_token.n) return MOAT_E_EMPTY;
  s->was_marked = t->marked;
  return t->marked && s->shared ? MOAT_E_LOST : 0;
}

/* While another holds the lock, what is stored may be good all the same, and in the middle of a
 * write it may not. The wait is part of what the exchange may take. */
static int decide(moat_client *c, moat_session *s) {
  moat_store *t = s->store;
  c->started = s->began;
  c->state = MOAT__REPLY; /* whatever ends it here leaves the connection as it is */
  int held = t->platform->lock ? t->platform->lock(t->platform_ctx) : 0;
  s->locked = held == 0;
  int r = moat_store_load(t);
  if (!r) r = judge(c, s);
  if (r == FRESH || !held) return r;
  if (held != MOAT_WANT_TIME) return held;
  c->started = moat__now(c);
  if (c->started - s->began >= c->config.timeout_ms) return MOAT_E_BUSY;
  c->delay = LOCK_POLL_MS;
  c->state = MOAT__DELAY;
  return MOAT_WANT_TIME;
}

static int build(moat_client *c, void *grant, moat_writer *w) {
  moat_session *s = grant;
  const moat_token *t = &s->grant.token;
  if (s->stage == MOAT__BEGUN) return 0;
  if (s->stage == MOAT__DECIDING) {
    int r = decide(c, s);
    if (!r && s->prepare) r = s->prepare(s->prepare_ctx, s->store->record.how);
    s->refresh_token = s->store->record.refresh_token;
    if (!r) r = moat__grant_check(c, &s->grant, (const void *)c->ops);
    if (r) return r;
    s->held = t->access_token.n;
    s->life = t->expires_in;
    s->received = t->received_ms;
    s->stage = MOAT__REFRESHING;
  }
  return moat__grant_build(c, grant, w);
}

/* ---- After it ---- */

static int reply(moat_client *c, void *grant, const moat_reply *r) {
  moat_session *s = grant;
  if (s->stage == MOAT__REFRESHING) {
    s->result = moat__grant_reply(c, grant, r);
    if (!s->result) {
      s->sequence = s->store->record.sequence;
      s->refresh_now = false;
      let_go(s);
    }
    if (s->grant.stage) return s->result;
    s->stage = MOAT__SETTLING;
  }
  bool definite =
      s->result == MOAT_E_OAUTH || (s->result == MOAT_E_STATUS && c->error.status < 500);
  uint32_t pause = moat__session_passes(c, s->result) ? moat__session_pause(c) : 0;
  if ((pause || definite) && moat_store_settle(s->store, definite, pause) == MOAT_WANT_TIME)
    return MOAT_WANT_TIME;
  bool lost = s->was_marked && moat__is_nocase(c->error.error, "invalid_grant");
  return lost ? MOAT_E_LOST : s->result;
}

static const moat__token_grant kind = {.ops = {.keep_headers = moat__token_headers,
                                               .build = build,
                                               .before_send = moat__grant_before_send,
                                               .reply = reply,
                                               .failed = failed,
                                               .replay = MOAT_REPLAY_UNSENT},
                                       .type = "refresh_token",
                                       .parameters = moat__refresh_parameters};

_Static_assert(offsetof(moat_session, refresh_token) ==
                       offsetof(moat_refresh_grant, refresh_token) &&
                   offsetof(moat_session, scope) == offsetof(moat_refresh_grant, scope),
               "it begins like a refresh grant");

int moat_session_begin(moat_client *c, moat_session *s) {
  moat_grant *g = &s->grant;
  if (c->state != MOAT__IDLE || !s->store || !g->auth) return MOAT_E_MISUSE;
  g->keeper = &moat_store_keeper;
  g->keeper_ctx = s->store;
  g->stage = 0;
  memset(&g->token.refresh_token, 0, 4 * sizeof(moat_span));
  s->stage = MOAT__BEGUN;
  int r = moat__begin(c, g->endpoint, &kind.ops, s);
  if (r) return r;
  c->state = MOAT__BUILD;
  s->began = c->started;
  s->early = 0;
  s->stage = MOAT__DECIDING;
  return 0;
}
