/* Grants from elsewhere, and their end. */
#include "account.h"
#include "text.h"

#include <string.h>

/* One of another client's lives as well: to adopt over it would end it without a word. */
static bool lives(const moat_store *s) {
  return s->record.refresh_token.n && !s->note.dead_code;
}

static int act_adopt(moat_account *a) {
  moat_token token = {.refresh_token = {a->input, a->input_size}, .expires_in = -1};
  int r = 0;
  if (!a->saved) {
    r = moat_store_load(&a->store);
    if (r == 0 && !a->replaces && lives(&a->store)) return MOAT_E_EXISTS;
    r = moat__account_renew(a, a->how, a->config->scope);
  }
  if (r) return r;
  a->saved = true;
  r = moat_store_keeper.save(&a->store, &token);
  return r ? r : 1;
}

static const moat__verb adopt_verb = {.act = act_adopt};

int moat_account_adopt(moat_account *a, moat_span refresh_token, uint8_t how, bool replace) {
  if (!refresh_token.n) return MOAT_E_MISUSE;
  int r = moat__account_begin(a, &adopt_verb, refresh_token.p, refresh_token.n);
  if (r) return r;
  a->how = how;
  a->replaces = replace;
  return 0;
}

static int act_forget(moat_account *a) {
  int r = moat_store_erase(&a->store);
  if (r) return r;
  moat_wipe(a->access, a->access_length);
  moat_wipe(a->pending, a->pending_size);
  a->access_length = a->authorization_size = 0;
  a->sequence = 0;
  return 1;
}

static const moat__verb forget_verb = {.act = act_forget};

int moat_account_forget(moat_account *a) {
  return moat__account_begin(a, &forget_verb, NULL, 0);
}
