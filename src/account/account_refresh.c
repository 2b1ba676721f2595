/* The verbs that get an access token without a person: token, refresh, refused. */
#include "account.h"
#include "../store/store.h"
#include "../grant/grant.h"
#include "../text/text.h"

enum {
  MARGIN_S = 300, /* a token is renewed this long before its end */
  AGAIN_S = 30,   /* shortest time between two requests after a 401 */
  PAUSE_FIRST_S = 60,
  PAUSE_LAST_S = 3600,
  DOUBLINGS = 6 /* enough to come from the first pause to the last */
};

/* After an interrupted refresh the next one is due at once, whatever the token's age. The sooner it
 * comes, the likelier the server accepts the same refresh token again. */
static bool is_good(moat_account *a) {
  return !a->store.note.marked && moat__token_lasts(a, MARGIN_S);
}

/* While another task refreshes, the stored token may still be good. */
static bool has_token(moat_account *a) {
  return moat__account_read(a) == 0 && !a->store.note.dead_code && is_good(a);
}

/* Only a checksum is kept, because the caller's span may point to the token in memory, which a load
 * overwrites. */
static uint32_t checksum(moat_span token) {
  return moat__crc32(token.p, token.n);
}

static const moat__verb refresh_verb, refused_verb;

/* Whether the token in memory will do. */
static bool serves(moat_account *a) {
  if (a->verb == &refused_verb)
    return checksum(moat_account_access(a)) != a->refused && moat__token_lasts(a, 0);
  return a->verb->serves && is_good(a);
}

/* A token that is refused while it is nearly new was not refused for its age, so another one would
 * not help. */
static int judge_refused(moat_account *a) {
  bool same = checksum(moat_account_access(a)) == a->refused;
  moat__token_ages(a);
  if (!same || a->age_s >= AGAIN_S) return 0;
  a->error.retry_after = AGAIN_S - a->age_s;
  return MOAT_E_LATER;
}

int moat__account_end(moat_account *a) {
  const moat_note *n = &a->store.note;
  if (!n->dead_code) return 0;
  a->error.asked = MOAT_ASKED_REFRESH;
  a->error.provider_code = n->provider_code;
  a->error.error = MOAT__LIT("invalid_grant");
  return n->dead_code;
}

/* A pause after a refusal ends when the configuration changes. A pause that the server asked for
 * does not. If the date does not tell how much of it is left, ticks do, but only in the object that
 * was refused. */
uint32_t moat_account_pause(const moat_account *a) {
  const moat_note *n = &a->store.note;
  if (n->failures && n->revision != a->config->revision) return 0;
  int32_t left = moat__store_pause(&a->store);
  if (left >= 0) return (uint32_t)left;
  uint32_t spent = a->config->platform->ticks_ms(a->config->platform_ctx) - a->paused_at;
  return n->cause && spent < a->pause_ms ? (a->pause_ms - spent + 999) / 1000 : 0;
}

/* Repeats an earlier refusal while its pause lasts, without asking the server. */
static int judge_memory(moat_account *a) {
  const moat_note *n = &a->store.note;
  uint8_t asks = a->config->unattended ? MOAT_ASKED_UNATTENDED : MOAT_ASKED_REFRESH;
  a->error.asked = n->cause ? asks : MOAT_ASKED_NOTHING;
  a->error.provider_code = n->provider_code;
  a->error.remembered = (uint8_t)n->cause;
  a->error.retry_after = moat_account_pause(a);
  return a->error.retry_after ? MOAT_E_LATER : 0;
}

/* Returns 0 if a request is possible and makes sense, or the error that tells why not. */
static int judge_means(moat_account *a, bool asks) {
  const moat_store *s = &a->store;
  bool unattended = a->config->unattended != NULL;
  /* A known date could still show that the token is valid. */
  if (!s->record.refresh_token.n && !unattended)
    return a->verb->serves && moat__token_waits_for_date(a) ? MOAT_E_CLOCK : MOAT_E_EMPTY;
  /* The last answer did not fit this buffer. The next one would not either, and each costs a
   * refresh token. Without one, another configuration may bring a smaller answer. */
  bool may_fit = unattended && s->note.revision != a->config->revision;
  if (!asks && !may_fit && s->note.needed > a->client.config.work_size) {
    a->error.needed = s->note.needed;
    return MOAT_E_SPACE;
  }
  return s->note.marked && a->config->shared ? MOAT_E_LOST : 0;
}

/* Returns 1 if the token in memory will do, 0 if the server has to be asked, or an error. */
static int judge(moat_account *a) {
  bool asks = a->verb == &refresh_verb;
  int r = asks ? 0 : moat__account_end(a);
  if (r == 0 && serves(a)) return 1;
  if (r == 0 && !asks) r = judge_memory(a);
  if (r == 0 && a->verb == &refused_verb) r = judge_refused(a);
  if (r) return r;
  r = judge_means(a, asks);
  return r && a->verb->serves && moat__token_lasts(a, 0) ? 1 : r;
}

/* The request sets the mark. So this is the last moment to see whether an earlier refresh left one.
 * Without a scope the server keeps the granted one (RFC 6749 6). */
static int act(moat_account *a) {
  moat_refresh_grant *g = &a->grant.refresh;
  const moat_unattended *unattended = a->config->unattended;
  int r = moat__account_read(a);
  if (r == 0) r = judge(a);
  if (r == 0 && unattended) return moat__account_start(a, unattended->ops->begin(a, unattended));
  if (r == 0) r = moat__account_prepare(a, &g->grant, (uint8_t)a->store.record.how);
  if (r) return r;
  a->was_marked = a->store.note.marked;
  g->refresh_token = a->store.record.refresh_token;
  g->scope = (moat_span){NULL, 0};
  g->grant.extra = a->config->refresh_extra;
  return moat__account_start(a, moat_refresh_begin(&a->client, g));
}

/* ---- After a refusal ---- */

/* A refusal is remembered: for ever if the grant is dead, else for a while. Each further refusal of
 * the same kind doubles the pause. */
static uint32_t pause_of(const moat_account *a, const moat_verdict *v, uint32_t *failures) {
  const moat_note *n = &a->store.note;
  bool unread =
      v->definite && a->error.code == MOAT_E_SPACE; /* a refusal that did not fit the buffer */
  if (v->dead) return 0;
  if (v->need != MOAT_NEED_SIGN_IN && v->need != MOAT_NEED_PROFILE && !unread) return v->seconds;
  bool again = n->cause == v->cause && n->revision == a->config->revision;
  uint32_t before = again ? n->failures : 0;
  uint32_t pause = (uint32_t)PAUSE_FIRST_S << (before < DOUBLINGS ? before : DOUBLINGS);
  *failures = before + 1;
  return pause < PAUSE_LAST_S ? pause : PAUSE_LAST_S;
}

/* The work buffer size that an answer with tokens needed. A refusal that did not fit cost no
 * refresh token: it may be a proxy's page, which will not be there the next time. */
static uint32_t needed(const moat_account *a, const moat_verdict *v) {
  return a->error.code == MOAT_E_SPACE && !v->definite ? (uint32_t)a->error.needed : 0;
}

/* A dead grant stays dead, whatever else the server says about it. */
static void refused(moat_account *a) {
  moat_note *note = moat__store_note(&a->store);
  moat_verdict v = moat_judge(&a->error);
  if (note->dead_code) {
    note->marked = !v.definite;
    return;
  }
  /* After an interrupted refresh only a dead grant settles the question: the lost answer had used
   * up the token. Any other refusal leaves it open. */
  bool marked = a->was_marked ? !v.dead : !v.definite && !a->config->unattended;
  if (a->was_marked && v.dead) a->error.code = MOAT_E_LOST;
  uint32_t failures = 0, pause = pause_of(a, &v, &failures), now = moat__store_now(&a->store);
  *note = (moat_note){.marked = marked,
                      .cause = v.cause,
                      .failures = failures,
                      .until = pause && now ? now + pause : 0,
                      .revision = a->config->revision,
                      .needed = needed(a, &v),
                      .dead_code = v.dead ? a->error.code : 0,
                      .since = v.dead ? now : 0,
                      .provider_code = a->error.provider_code};
  a->paused_at = a->config->platform->ticks_ms(a->config->platform_ctx);
  a->pause_ms = pause * 1000;
}

static const moat__verb token_verb = {
    .act = act, .is_done = has_token, .refused = refused, .serves = true};
static const moat__verb refresh_verb = {.act = act, .refused = refused};
static const moat__verb refused_verb = {.act = act, .refused = refused};

int moat_account_token(moat_account *a) {
  return moat__account_begin(a, &token_verb, NULL, 0);
}

int moat_account_refresh(moat_account *a) {
  return moat__account_begin(a, &refresh_verb, NULL, 0);
}

int moat_account_refused(moat_account *a, moat_span token) {
  int r = moat__account_begin(a, &refused_verb, NULL, 0);
  if (r) return r;
  a->refused = checksum(token);
  return 0;
}

/* A valid token serves for now if nothing can replace it. A refusal that still holds counts even
 * then: somebody has to act before the token ends. */
static int judge_stored(moat_account *a) {
  const moat_note *n = &a->store.note;
  bool holds = n->failures && n->revision == a->config->revision;
  int r = moat__account_end(a);
  if (r == 0) r = judge_means(a, false);
  bool no_means = r == MOAT_E_EMPTY || r == MOAT_E_CLOCK;
  if (r && !(no_means && moat__token_lasts(a, 0))) return r;
  return judge_memory(a) || holds ? MOAT_E_LATER : 0;
}

moat_verdict moat_account_need(moat_account *a) {
  a->verb = &token_verb;
  if (a->error.code == 0) a->error.code = judge_stored(a);
  return moat_judge(&a->error);
}
