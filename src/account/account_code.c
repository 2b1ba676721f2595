/* Sign-in by authorization code. State and verifier are durable before anybody sees the URL. They
 * are used once, even if the power fails. */
#include "account_pending.h"
#include "../store/store.h"
#include "../grant/grant.h"

#include <string.h>

/* The URL is written before the record is durable, but the caller gets it only after both are
 * done. */
static int write_url(moat_account *a) {
  const moat_account_config *c = a->config;
  moat_authorization_keys keys;
  moat_authorize request = {.url = c->authorize_url,
                            .client_id = c->auth->client_id,
                            .redirect_uri = c->redirect_uri,
                            .scope = c->scope,
                            .extra = c->extra};
  memcpy(keys.state, moat__authorization_state(a), sizeof keys.state);
  memcpy(keys.code_verifier, moat__authorization_verifier(a), sizeof keys.code_verifier);
  int r = moat_authorize_url(&request, &keys, c->crypto, c->crypto_ctx, (char *)(uintptr_t)a->input,
                             a->input_size);
  moat_wipe(&keys, sizeof keys);
  return r < 0 ? r : 0;
}

static int act_authorize(moat_account *a) {
  int r = a->saved ? 0 : moat__authorization_make(a);
  if (r == 0 && !a->saved) r = write_url(a);
  if (r == 0) a->saved = true;
  if (r == 0) r = moat__authorization_save(a);
  if (r && r != MOAT_WANT_TIME) moat__authorization_forget(a);
  return r ? r : 1;
}

static const moat__verb authorize_verb = {.act = act_authorize};

int moat_account_authorize(moat_account *a, char *url, size_t size) {
  const moat_account_config *c = a->config;
  if (!c || c->unattended || !c->crypto || !c->platform->random || !c->authorize_url.n ||
      !c->redirect_uri.n)
    return MOAT_E_MISUSE;
  return moat__account_begin(a, &authorize_verb, url, size);
}

int moat_account_authorization(moat_account *a, const moat_authorization **out) {
  size_t n;
  if (!a->config || a->stage != MOAT__STAGE_IDLE) return MOAT_E_MISUSE;
  int r = moat__authorization_read(a, a->pending, a->pending_size, &n);
  if (r) {
    moat__authorization_forget(a);
    return r;
  }
  a->authorization_size = n + moat__record_end(a->config->platform);
  a->authorization =
      (moat_authorization){moat__authorization_state(a), moat__authorization_redirect_uri(a),
                           moat__authorization_scope(a), moat__authorization_verifier(a)};
  *out = &a->authorization;
  return 0;
}

/* ---- The code ---- */

/* Somebody may have begun another sign-in meanwhile, so the stored authorization is read again
 * under the lock. */
static int check_stored(moat_account *a) {
  size_t n;
  int r = moat__authorization_read(a, moat__store_lend(&a->store), a->store.size, &n);
  bool same = r == 0 && n + moat__record_end(a->config->platform) == a->authorization_size &&
              memcmp(a->store.buffer, a->pending, n) == 0;
  moat_store_wipe(&a->store);
  return r || same ? r : MOAT_E_STATE;
}

static int act_redeem(moat_account *a) {
  moat_code_grant *g = &a->grant.code;
  moat_span scope = moat_str(moat__authorization_scope(a));
  int r = check_stored(a);
  if (r == 0) r = moat__account_renew(a, MOAT_HOW_CODE, scope);
  if (r == 0) r = moat__account_prepare(a, &g->grant, MOAT_HOW_CODE);
  if (r) return r;
  g->code = (moat_span){a->input, a->input_size};
  g->code_verifier = moat_str(moat__authorization_verifier(a));
  g->redirect_uri = moat_str(moat__authorization_redirect_uri(a));
  return moat__account_start(a, moat_code_begin(&a->client, g));
}

/* After the code has been sent, its authorization is useless. */
static int tidy_redeem(moat_account *a) {
  if (a->error.sent) moat__authorization_forget(a);
  return 0;
}

static const moat__verb redeem_verb = {.act = act_redeem, .tidy = tidy_redeem};

int moat_account_redeem(moat_account *a, moat_span code) {
  if (!a->authorization_size || a->config->unattended || !code.n) return MOAT_E_MISUSE;
  return moat__account_begin(a, &redeem_verb, code.p, code.n);
}

/* ---- Giving up ---- */

/* A device code belongs to every object with the same client. An authorization belongs only to the
 * object that has it. */
static int act_give_up(moat_account *a) {
  const moat_account_config *c = a->config;
  int r = 0;
  if (!a->authorization_size)
    r = moat__account_erase_device(a);
  else if (check_stored(a) == 0)
    r = moat__account_border(a, c->platform->slot_erase(c->platform_ctx, MOAT_SLOT_PENDING), true);
  if (r == MOAT_WANT_TIME) return r;
  moat__authorization_forget(a);
  return r ? r : 1;
}

static const moat__verb give_up_verb = {.act = act_give_up};

int moat_account_give_up(moat_account *a) {
  return moat__account_begin(a, &give_up_verb, NULL, 0);
}
