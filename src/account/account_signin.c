/* Sign-in by device code, through a restart: the code is durable before it is shown, and taken up
 * by the next begin. No poll holds the lock. */
#include "account.h"
#include "../engine/engine.h"
#include "account_pending.h"

#include <string.h>

static moat_device_prompt *prompt(moat_account *a) {
  return &a->grant.device.prompt;
}

/* ---- The code ---- */

static int load(moat_account *a, moat_device_prompt *p, char *buffer, size_t size) {
  const moat_account_config *c = a->config;
  char owner[MOAT__OWNER];
  return moat_device_load(p, moat__account_owner(a, owner), c->platform, c->platform_ctx, buffer,
                          size);
}

/* The record's buffer is free as long as there are no tokens. */
static int save(moat_account *a, moat_device_prompt *p) {
  const moat_account_config *c = a->config;
  char owner[MOAT__OWNER];
  int r = moat__account_lock(a);
  if (r == 0)
    r = moat_device_save(p, moat__account_owner(a, owner), c->platform, c->platform_ctx,
                         a->store.buffer, a->store.size);
  if (r != MOAT_WANT_TIME) moat__account_unlock(a);
  return r;
}

static int show(void *ctx, moat_device_prompt *p) {
  moat_account *a = ctx;
  int r = a->saved ? 0 : save(a, p);
  if (r) return r;
  a->saved = true;
  r = moat__account_border(a, a->config->show(a->config->ctx, p), true);
  if (r != MOAT_WANT_TIME) a->saved = false;
  return r;
}

/* Where its texts were, for nobody needs them any more. */
int moat__account_erase_device(moat_account *a) {
  const moat_account_config *c = a->config;
  moat_device_prompt p;
  int r = load(a, &p, a->pending, a->pending_size);
  moat_wipe(a->pending, a->pending_size);
  if (r && r != MOAT_E_EXPIRED) return 0;
  return moat__account_border(a, c->platform->slot_erase(c->platform_ctx, MOAT_SLOT_PENDING), true);
}

/* ---- The tokens ---- */

/* A grant that is damaged or absent is about to be replaced; one that cannot be read may be good.
 * The tokens of a person's sign-in are worth more than a lock that fails. */
static int keep(void *ctx, const moat_token *token) {
  moat_account *a = ctx;
  int r = moat__account_lock(a);
  if (r == MOAT_WANT_TIME) return r;
  r = 0;
  if (!a->saved) r = moat__account_renew(a, MOAT_HOW_DEVICE, a->config->scope);
  if (r) return r;
  a->saved = true;
  return moat_store_keeper.save(&a->store, token);
}

static const moat_keeper_ops keeper = {.save = keep};

/* Reads what is pending with the lock held, and gives the lock back while a person signs in. */
static int act(moat_account *a) {
  const moat_account_config *c = a->config;
  moat_device_grant *g = &a->grant.device;
  int r = 0;
  if (!a->saved) {
    (void)load(a, prompt(a), a->pending, a->pending_size);
    moat__account_unlock(a);
    a->saved = true;
  }
  if (prompt(a)->device_code.n) r = moat__account_border(a, c->show(c->ctx, prompt(a)), true);
  if (r) return r;
  a->saved = false;
  r = moat__account_prepare(a, &g->grant, MOAT_HOW_DEVICE);
  if (r) return r;
  g->grant.keeper = &keeper;
  g->grant.keeper_ctx = a;
  g->device_endpoint = c->device_endpoint;
  g->scope = c->scope;
  g->memory = a->pending;
  g->memory_size = a->pending_size;
  g->show = show;
  g->show_ctx = a;
  return moat_device_begin(&a->client, g);
}

/* A code that is over is of no use to the next start. */
static int tidy(moat_account *a) {
  if (!a->exchanged || prompt(a)->device_code.n) return 0;
  int r = moat__account_lock(a);
  return r ? r : moat__account_erase_device(a);
}

static const moat__verb verb = {.act = act, .tidy = tidy};

int moat_account_sign_in(moat_account *a) {
  const moat_account_config *c = a->config;
  if (!c || !c->device_endpoint || !c->show) return MOAT_E_MISUSE;
  int r = moat__account_begin(a, &verb, NULL, 0);
  if (r) return r;
  memset(&a->grant, 0, sizeof a->grant);
  a->authorization_size = 0; /* the code takes its place, in memory and in the slot */
  return 0;
}
