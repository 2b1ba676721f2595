/* The stages that every verb goes through. The lock is taken, the verb acts, a request may follow,
 * its refusal is made durable, and the lock is released. */
#include "account.h"
#include "../engine/engine.h"
#include "../store/store.h"
#include "../text/text.h"
#include "../grant/grant.h"

#include <string.h>

enum { LOCK_POLL_MS = 20, SLOT_POLL_MS = 5 };

static uint32_t ticks(const moat_account *a) {
  return a->config->platform->ticks_ms(a->config->platform_ctx);
}

/* ---- Set-up ---- */

/* The work buffer comes first and gets all bytes that the other parts leave. */
static int split(moat_account *a, char *memory, size_t size) {
  const moat_account_config *c = a->config;
  size_t access = (size_t)c->access_size + 1,
         pending = (size_t)c->text_size + MOAT_PENDING_OVERHEAD;
  size_t record = (size_t)c->refresh_size + c->text_size + MOAT_RECORD_OVERHEAD;
  if (c->keep_access) record += c->access_size;
  size_t rest = access + pending + record;
  a->error.needed = rest + MOAT_WORK_MIN;
  if (size < a->error.needed || access < MOAT_ACCESS_MIN) return MOAT_E_SPACE;
  moat_config config = {.platform = c->platform,
                        .platform_ctx = c->platform_ctx,
                        .stream = c->stream,
                        .io = c->io,
                        .work = memory,
                        .work_size = size - rest,
                        .timeout_ms = c->timeout_ms};
  a->access = memory + config.work_size;
  a->pending = a->access + access;
  a->pending_size = pending;
  moat_store_init(&a->store, c->platform, c->platform_ctx, a->pending + pending, record);
  a->store.keep_access = c->keep_access;
  a->timeout_ms = c->timeout_ms ? c->timeout_ms : MOAT_TIMEOUT_MS;
  a->error.needed = 0;
  return moat_init(&a->client, &config);
}

int moat_account_open(moat_account *a, const moat_account_config *config, void *memory,
                      size_t size) {
  if (!a || !config || !memory || !config->platform || !config->platform->ticks_ms ||
      !config->platform->slot_read || !config->platform->slot_write ||
      !config->platform->slot_erase || !config->token_endpoint || !config->auth)
    return MOAT_E_MISUSE;
  memset(a, 0, sizeof *a);
  a->config = config;
  a->result = MOAT_E_MISUSE; /* for a step before the first verb */
  int r = split(a, memory, size);
  if (r) a->config = NULL;
  return r;
}

/* ---- Shared steps ---- */

int moat__account_border(moat_account *a, int r, bool may_wait) {
  int mapped = moat__port_result(r, may_wait);
  if (mapped != r) a->error.port_code = r;
  return mapped;
}

int moat__account_begin(moat_account *a, const moat__verb *verb, const void *input, size_t n) {
  if (!a->config || a->stage != MOAT__STAGE_IDLE) return MOAT_E_MISUSE;
  memset(&a->error, 0, sizeof a->error);
  a->verb = verb;
  a->input = input;
  a->input_size = n;
  a->saved = a->exchanged = false;
  a->early_error = 0;
  a->began = ticks(a);
  a->stage = MOAT__STAGE_LOCK;
  a->result = MOAT_WANT_TIME;
  return 0;
}

int moat__account_lock(moat_account *a) {
  const moat_platform *p = a->config->platform;
  if (a->locked) return 0;
  int r = p->lock ? moat__account_border(a, p->lock(a->config->platform_ctx), true) : 0;
  a->locked = r == 0;
  return r;
}

void moat__account_unlock(moat_account *a) {
  const moat_platform *p = a->config->platform;
  if (a->locked && p->unlock) p->unlock(a->config->platform_ctx);
  a->locked = false;
}

bool moat__account_is_ours(const moat_account *a) {
  const moat_record *r = &a->store.record;
  return moat_span_equal(r->provider, a->config->provider) &&
         moat_span_equal(r->client_id, a->config->auth->client_id);
}

/* A refresh token goes only to the provider that issued it. */
int moat__account_read(moat_account *a) {
  const moat_unattended *unattended = a->config->unattended;
  if (unattended) return unattended->ops->read(a);
  int r = moat_store_load(&a->store);
  if (r) return r;
  if (!moat__account_is_ours(a) || a->store.record.how == MOAT_HOW_UNATTENDED)
    return MOAT_E_FOREIGN;
  moat__token_adopt(a);
  return 0;
}

int moat__account_renew(moat_account *a, uint8_t how, moat_span scope) {
  int r = moat_store_load(&a->store);
  if (r && r != MOAT_E_EMPTY && r != MOAT_E_STORE) return r;
  moat_store_renew(&a->store, how, a->config->provider, a->config->auth->client_id, scope);
  return 0;
}

/* The stored TLS session is loaded once: after that the stream keeps it. */
int moat__account_prepare(moat_account *a, moat_grant *g, uint8_t how) {
  const moat_account_config *c = a->config;
  const moat_stream_ops *s = c->stream;
  int r = c->prepare ? moat__account_border(a, c->prepare(c->ctx, how), false) : 0;
  if (r) return r;
  if (!a->prepared && s->session_load)
    (void)s->session_load(c->io, a->client.config.work, a->client.config.work_size);
  a->prepared = a->exchanged = true;
  *g = (moat_grant){.endpoint = c->token_endpoint,
                    .auth = how == MOAT_HOW_DEVICE && c->device_auth ? c->device_auth : c->auth,
                    .access = a->access,
                    .access_size = (size_t)c->access_size + 1,
                    .extra = c->token_extra,
                    .keeper = &moat_store_keeper,
                    .keeper_ctx = &a->store};
  return 0;
}

int moat__account_start(moat_account *a, int begun) {
  if (begun == 0) moat__count_from(&a->client, a->began);
  return begun;
}

/* ---- After the exchange ---- */

static const moat_grant *grant(const moat_account *a) {
  return &a->grant.grant;
}

/* The record is already stored. This notes its token, which is now in memory. */
static void take_token(moat_account *a) {
  const moat_token *t = &grant(a)->token;
  a->last_ticks = t->received_ms;
  moat__token_note(a, t->access_token.n, 0);
  moat__token_ages(a);
}

/* The writes that follow have a timeout of their own: a person may have taken a long time
 * before. */
static void enter(moat_account *a, uint8_t stage) {
  a->began = ticks(a);
  a->stage = stage;
}

static bool is_in_time(const moat_account *a) {
  return ticks(a) - a->began < a->timeout_ms;
}

/* Ends the verb with result r, which is reported after the slots and the lock are in order. */
static int leave(moat_account *a, int r) {
  a->error.code = r;
  if (r == MOAT_E_PORT && !a->error.port_code) a->error.port_code = a->store.port_code;
  enter(a, MOAT__STAGE_TIDY);
  return 0;
}

/* An incomplete answer is no refusal: the mark stays, and the next call tries once more. A TLS
 * alert about the client is one, although it has no status. */
static bool is_refusal(const moat_error_info *e) {
  moat_verdict v = moat_judge(e);
  return e->status ? v.cause != MOAT_CAUSE_NETWORK : e->sent && v.definite;
}

static int exchange_failed(moat_account *a, int r) {
  bool kept = moat__grant_is_kept(grant(a));
  int32_t port_code = a->error.port_code; /* from a call that the account made in between */
  a->error = *moat_error(&a->client);
  a->error.code = r;
  if (port_code) a->error.port_code = port_code;
  /* After an answer was given to the keeper, even in part, the record counts and the token in
   * memory does not. */
  if (kept) a->sequence = 0;
  if (!a->verb->refused || kept || !is_refusal(&a->error)) return leave(a, r);
  a->verb->refused(a);
  enter(a, MOAT__STAGE_SETTLE);
  return 0;
}

/* ---- Stages: each returns 0 if the next stage can go on at once ---- */

static int stage_lock(moat_account *a) {
  int r = moat__account_lock(a);
  if (r == 0) {
    a->stage = MOAT__STAGE_ACT;
    return 0;
  }
  if (a->verb->is_done && a->verb->is_done(a)) return leave(a, 0);
  if (r != MOAT_WANT_TIME) return leave(a, r);
  return is_in_time(a) ? MOAT_WANT_TIME : leave(a, MOAT_E_BUSY);
}

static int stage_act(moat_account *a) {
  int r = a->verb->act(a);
  if (r == MOAT_WANT_TIME) return r;
  if (r) return leave(a, r > 0 ? 0 : r);
  a->stage = MOAT__STAGE_EXCHANGE;
  return 0;
}

static int stage_exchange(moat_account *a) {
  int r = moat_step(&a->client);
  if (moat_is_want(r)) return r;
  if (r) return exchange_failed(a, r);
  take_token(a);
  a->error.sent = true; /* tidy_redeem() reads it, also after a success */
  return leave(a, 0);
}

static int stage_settle(moat_account *a) {
  moat_note note = a->store.note;
  int r = moat_store_settle(&a->store, &note);
  return r == MOAT_WANT_TIME && is_in_time(a) ? r : leave(a, a->error.code);
}

/* An error of the tidy does not change the verb's result. At worst a device code that has ended
 * stays in its slot, and the server refuses it. */
static int stage_tidy(moat_account *a) {
  int r = a->verb->tidy ? a->verb->tidy(a) : 0;
  if (r == MOAT_WANT_TIME && is_in_time(a)) return r;
  enter(a, MOAT__STAGE_LEAVE);
  return 0;
}

/* A token that is still valid serves while trouble passes. A refresh token that could not be stored
 * is never such trouble, whatever the port's error. */
static int result_of(moat_account *a) {
  int r = a->error.code;
  if (!r || !a->verb->serves) return r;
  bool unsaved = a->exchanged && moat__grant_is_kept(grant(a));
  bool passes = moat_judge(&a->error).need == MOAT_NEED_WAIT && !unsaved;
  if (!passes || !moat__token_lasts(a, 0)) return r;
  a->early_error = r;
  return a->error.code = 0;
}

/* The TLS session is written from the memory after the answer, whose texts moat_account_error()
 * still shows. The session is only a cache: it is not saved while another task holds the lock. */
static int save_session(moat_account *a) {
  const moat_account_config *c = a->config;
  if (!a->exchanged || !c->stream->session_save || moat__account_lock(a)) return 0;
  size_t room;
  char *free = moat__free_work(&a->client, &room);
  return c->stream->session_save(c->io, free, room);
}

static int stage_leave(moat_account *a) {
  if (save_session(a) == MOAT_WANT_TIME && is_in_time(a)) return MOAT_WANT_TIME;
  moat__account_unlock(a);
  a->stage = MOAT__STAGE_IDLE;
  a->result = result_of(a);
  return a->result;
}

int moat_account_step(moat_account *a) {
  static int (*const stages[])(moat_account * a) = {
      [MOAT__STAGE_LOCK] = stage_lock,         [MOAT__STAGE_ACT] = stage_act,
      [MOAT__STAGE_EXCHANGE] = stage_exchange, [MOAT__STAGE_SETTLE] = stage_settle,
      [MOAT__STAGE_TIDY] = stage_tidy,         [MOAT__STAGE_LEAVE] = stage_leave};
  if (a->stage == MOAT__STAGE_IDLE) return a->result;
  int r = 0;
  while (r == 0 && a->stage != MOAT__STAGE_IDLE)
    r = stages[a->stage](a);
  if (a->stage != MOAT__STAGE_IDLE) a->result = r;
  return a->result;
}

uint32_t moat_account_wait_ms(const moat_account *a) {
  if (a->stage == MOAT__STAGE_EXCHANGE) return moat_wait_ms(&a->client);
  return a->stage == MOAT__STAGE_LOCK ? LOCK_POLL_MS : SLOT_POLL_MS;
}

int moat_account_run(moat_account *a) {
  for (;;) {
    int r = moat_account_step(a);
    if (!moat_is_want(r)) return r;
    int w = moat__wait(a->config->stream, a->config->io, r, moat_account_wait_ms(a));
    if (!w) continue;
    moat_account_cancel(a);
    a->result = a->error.code = moat__account_border(a, w, false);
    return a->result;
  }
}

/* If the answer was already being stored, the token in memory no longer counts, as in
 * exchange_failed(). */
void moat_account_cancel(moat_account *a) {
  if (!a->config) return;
  bool sent = moat_account_error(a)->sent; /* moat_cancel() clears it */
  if (a->stage == MOAT__STAGE_EXCHANGE && moat__grant_is_kept(grant(a))) a->sequence = 0;
  if (a->prepared) moat_cancel(&a->client); /* else nothing was written to its buffer */
  moat__account_unlock(a);
  moat_store_wipe(&a->store);
  if (!a->authorization_size) moat_wipe(a->pending, a->pending_size);
  memset(&a->error, 0, sizeof a->error);
  a->error.sent = sent;
  a->error.code = a->result = MOAT_E_CANCEL;
  a->stage = MOAT__STAGE_IDLE;
}

void moat_account_wipe(moat_account *a) {
  a->authorization_size = 0;
  moat_account_cancel(a);
  moat__token_forget(a);
}

/* ---- Results ---- */

moat_span moat_account_access(const moat_account *a) {
  return (moat_span){a->access, a->access_length};
}

moat_span moat_account_id_token(const moat_account *a) {
  bool being_stored = a->stage == MOAT__STAGE_EXCHANGE && moat__grant_is_kept(grant(a));
  bool came = being_stored || (a->exchanged && a->result == 0);
  return came ? grant(a)->token.id_token : (moat_span){NULL, 0};
}

int moat_account_early(const moat_account *a) {
  return a->early_error;
}

const moat_error_info *moat_account_error(const moat_account *a) {
  return a->stage == MOAT__STAGE_EXCHANGE ? moat_error(&a->client) : &a->error;
}
