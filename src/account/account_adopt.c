/* The verbs that store a grant from elsewhere and that erase all slots. */
#include "account_pending.h"
#include "../text/text.h"

#include <string.h>

/* A grant of another client counts as alive as well: an adopt must not end it silently. An access
 * token alone is also a grant. */
static bool lives(moat_account *a) {
  if (a->store.record.refresh_token.n) return true;
  moat__token_adopt(a);
  return moat__token_lasts(a, 0) || moat__token_waits_for_date(a);
}

/* Returns 0 if the stored grant may be replaced. */
static int judge_stored(moat_account *a, moat_span token) {
  if (!a->store.note.dead_code) return lives(a) ? MOAT_E_EXISTS : 0;
  return moat_span_equal(a->store.record.refresh_token, token) ? moat__account_end(a) : 0;
}

/* After MOAT_WANT_TIME only the write is repeated: the record in memory is the new one by then. */
static int act_adopt(moat_account *a) {
  moat_token token = {.refresh_token = {a->input, a->input_size}, .expires_in = -1};
  int r = 0;
  if (!a->saved) {
    r = moat_store_load(&a->store);
    if (r == 0 && !a->replaces) r = judge_stored(a, token.refresh_token);
    if (r == 0 || r == MOAT_E_EMPTY || r == MOAT_E_STORE)
      r = moat__account_renew(a, a->how, a->config->scope);
  }
  if (r) return r;
  a->saved = true;
  r = moat_store_keeper.save(&a->store, &token);
  if (r) return r;
  moat__token_forget(a); /* the access token in memory belongs to the grant before */
  return 1;
}

static const moat__verb adopt_verb = {.act = act_adopt};

int moat_account_adopt(moat_account *a, moat_span refresh_token, uint8_t how, bool replace) {
  if (!refresh_token.n || !a->config || a->config->unattended) return MOAT_E_MISUSE;
  int r = moat__account_begin(a, &adopt_verb, refresh_token.p, refresh_token.n);
  if (r) return r;
  a->how = how;
  a->replaces = replace;
  return 0;
}

static int act_forget(moat_account *a) {
  int r = moat_store_erase(&a->store);
  if (r) return r;
  moat__token_forget(a);
  moat__authorization_forget(a);
  return 1;
}

static const moat__verb forget_verb = {.act = act_forget};

int moat_account_forget(moat_account *a) {
  return moat__account_begin(a, &forget_verb, NULL, 0);
}
