/* Sign-in by device code, which survives a restart. The code is durable before it is shown, and the
 * next sign-in resumes it. The lock is not held between polls. */
#include "account.h"
#include "../engine/engine.h"
#include "../store/store.h"
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

/* The store's buffer is unused until there are tokens. */
static int save(moat_account *a, moat_device_prompt *p) {
  const moat_account_config *c = a->config;
  char owner[MOAT__OWNER];
  int r = moat__account_lock(a);
  if (r == 0)
    r = moat_device_save(p, moat__account_owner(a, owner), c->platform, c->platform_ctx,
                         moat__store_lend(&a->store), a->store.size);
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

/* The code is loaded into the memory of its own texts, which are not needed any more. */
int moat__account_erase_device(moat_account *a) {
  const moat_account_config *c = a->config;
  moat_device_prompt p;
  int r = load(a, &p, a->pending, a->pending_size);
  moat_wipe(a->pending, a->pending_size);
  if (r && r != MOAT_E_EXPIRED) return 0;
  return moat__account_border(a, c->platform->slot_erase(c->platform_ctx, MOAT_SLOT_PENDING), true);
}

/* ---- The tokens ---- */

/* A damaged or absent grant may be replaced, but a record that cannot be read may be good. A
 * person's sign-in is worth more than a lock that fails, so an error of the lock is ignored. */
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

/* Reads a pending code while the lock is held, and releases the lock while a person signs in. */
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
  g->extra = c->device_extra;
  g->memory = a->pending;
  g->memory_size = a->pending_size;
  g->show = show;
  g->show_ctx = a;
  return moat_device_begin(&a->client, g);
}

/* Erases a code that has ended: the next start cannot use it. */
static int tidy(moat_account *a) {
  if (!a->exchanged || prompt(a)->device_code.n) return 0;
  int r = moat__account_lock(a);
  return r ? r : moat__account_erase_device(a);
}

static const moat__verb verb = {.act = act, .tidy = tidy};

int moat_account_sign_in(moat_account *a) {
  const moat_account_config *c = a->config;
  if (!c || c->unattended || !c->device_endpoint || !c->show) return MOAT_E_MISUSE;
  int r = moat__account_begin(a, &verb, NULL, 0);
  if (r) return r;
  memset(&a->grant, 0, sizeof a->grant);
  a->authorization_size = 0; /* the code replaces the authorization, in memory and in the slot */
  return 0;
}
