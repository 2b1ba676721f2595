#include "session.h"

#include "record.h"
#include "text.h"
#include "token.h"

#include <string.h>

#define LOCK_POLL_MS 20

/* ---- How it ends ---- */

static void unlock(moat_session *s) {
  const moat_store *t = s->store;
  if (s->locked && t->platform->unlock) t->platform->unlock(t->platform_ctx);
  s->locked = false;
}

/* There is a token; the connection, if one is open, stays so. */
static int finish(moat_client *c, moat_session *s) {
  unlock(s);
  return moat__end(c, 0);
}

/* A refresh is early so that trouble may pass before the token is over. Of an answer that was not
 * stored nothing is kept: the next begin takes the token that is. */
static int failed(moat_client *c, void *grant, int r) {
  moat_session *s = grant;
  unlock(s);
  if (r == MOAT_E_CANCEL) moat_wipe(s->store->buffer, s->store->size);
  if (s->grant.stage) s->grant.token.access_token.n = s->sequence = 0;
  s->early = r;
  bool passes = moat_judge(&c->error).need == MOAT_NEED_WAIT;
  return !s->refresh_now && passes && moat__session_lasts(c, s, 0) ? 0 : r;
}

/* ---- Before the request ---- */

/* While another holds the lock, what is stored may be good all the same, and in the middle of a
 * write it may not. The wait is part of what the exchange may take. */
static int decide(moat_client *c, moat_session *s) {
  moat_store *t = s->store;
  c->started = s->began;
  c->state = MOAT__REPLY; /* whatever ends it here leaves the connection as it is */
  int held = t->platform->lock ? moat__border(c, t->platform->lock(t->platform_ctx), true) : 0;
  s->locked = held == 0;
  int r = moat__session_judge(c, s);
  if (r > 0 || !held) return r;
  if (held != MOAT_WANT_TIME) return held;
  c->started = moat__now(c);
  if (c->started - s->began >= c->config.timeout_ms) return MOAT_E_BUSY;
  c->delay = LOCK_POLL_MS;
  c->state = MOAT__DELAY;
  return MOAT_WANT_TIME;
}

static int build(moat_client *c, void *grant, moat_writer *w) {
  moat_session *s = grant;
  if (s->stage == MOAT__DECIDING) {
    int r = decide(c, s);
    if (r > 0) return finish(c, s);
    if (!r && s->prepare)
      r = moat__border(c, s->prepare(s->prepare_ctx, (uint8_t)s->store->record.how), false);
    if (!r) r = moat__grant_check(c, &s->grant, (const void *)c->ops);
    if (r) return r;
    s->stage = MOAT__REFRESHING;
  }
  return moat__grant_build(c, grant, w);
}

/* ---- After it ---- */

static int reply(moat_client *c, void *grant, const moat_reply *answer) {
  moat_session *s = grant;
  if (s->stage == MOAT__REFRESHING) {
    s->early = moat__grant_reply(c, grant, answer);
    if (!s->early) {
      s->sequence = s->store->record.sequence;
      s->refresh_now = false;
      return finish(c, s);
    }
    if (s->grant.stage) return s->early;
    s->stage = MOAT__SETTLING;
  }
  int r = c->error.code = s->early;
  moat_verdict v = moat_judge(&c->error);
  bool definite = v.definite;
  /* An answer that was lost before stays lost over whatever else the server says now. */
  if (s->was_marked) {
    definite = v.dead;
    if (definite) r = MOAT_E_LOST;
  }
  if (!definite && !v.seconds) return r;
  return moat_store_settle(s->store, definite, v.seconds) == MOAT_WANT_TIME ? MOAT_WANT_TIME : r;
}

static const moat__token_grant kind = {.ops = {.keep_headers = moat__token_headers,
                                               .build = build,
                                               .before_send = moat__grant_before_send,
                                               .reply = reply,
                                               .failed = failed,
                                               .replay = MOAT_REPLAY_UNSENT},
                                       .type = "refresh_token",
                                       .asked = MOAT_ASKED_REFRESH,
                                       .parameters = moat__refresh_parameters};

_Static_assert(offsetof(moat_session, refresh_token) ==
                       offsetof(moat_refresh_grant, refresh_token) &&
                   offsetof(moat_session, scope) == offsetof(moat_refresh_grant, scope),
               "it begins like a refresh grant");

int moat_session_begin(moat_client *c, moat_session *s) {
  moat_grant *g = &s->grant;
  if (!s->store || !g->auth) return MOAT_E_MISUSE;
  if (g->access_size < MOAT_ACCESS_MIN) return MOAT_E_SPACE;
  int r = moat__start(c, g->endpoint, &kind.ops, s);
  if (r) return r;
  g->keeper = &moat_store_keeper;
  g->keeper_ctx = s->store;
  g->stage = 0;
  g->token.refresh_token.n = g->token.token_type.n = g->token.scope.n = g->token.id_token.n = 0;
  s->began = c->started;
  s->early = 0;
  s->stage = MOAT__DECIDING;
  return 0;
}
