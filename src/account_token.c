/* How long the token at hand lasts. Two clocks tell its age: ticks, which stand still while the
 * power is off, and the date, which may be unknown or wrong. The older age counts, so that a token
 * is not handed out past its end by either. */
#include "account.h"
#include "engine.h"
#include "record.h"

#include <string.h>

enum { LIFE_DEFAULT_S = 3600 /* where the server does not say, and a refresh token is there */ };

#define AGELESS UINT32_MAX

static uint32_t ticks(const moat_account *a) {
  return a->config->platform->ticks_ms(a->config->platform_ctx);
}

/* Ticks wrap after 49 days; whole seconds are taken off them at each call. */
void moat__token_ages(moat_account *a) {
  uint32_t seconds = (ticks(a) - a->last_ticks) / 1000;
  a->last_ticks += seconds * 1000;
  a->age_s = seconds < AGELESS - a->age_s ? a->age_s + seconds : AGELESS;
}

bool moat__token_waits_for_date(const moat_account *a) {
  const moat_record *r = &a->store.record;
  return a->access_length && r->life && a->age_s == AGELESS && !moat__store_now(&a->store);
}

/* By the date: 0 where it does not tell. */
static uint32_t age_by_date(const moat_account *a) {
  uint32_t now = moat__store_now(&a->store), since = a->store.record.refreshed;
  return now && since && now > since ? now - since : 0;
}

/* A token that another task or an earlier start has stored has no age in ticks. */
void moat__token_adopt(moat_account *a) {
  const moat_record *r = &a->store.record;
  moat__token_ages(a);
  if (a->sequence == r->sequence) return;
  bool fits = r->access_token.n <= a->config->access_size;
  a->sequence = r->sequence;
  a->access_length = fits ? r->access_token.n : 0;
  if (a->access_length) memcpy(a->access, r->access_token.p, a->access_length);
  a->access[a->access_length] = 0;
  uint32_t now = moat__store_now(&a->store);
  a->age_s = now && r->refreshed && now >= r->refreshed ? now - r->refreshed : AGELESS;
}

/* A token with no known life and no refresh token never ends, or nobody knows when. */
bool moat__token_lasts(moat_account *a, uint32_t margin) {
  const moat_record *r = &a->store.record;
  uint32_t life = r->life, age = age_by_date(a);
  moat__token_ages(a);
  if (!a->access_length) return false;
  if (!life && !r->refresh_token.n) return true;
  if (!life) life = LIFE_DEFAULT_S;
  if (margin > life / 5) margin = life / 5;
  if (age < a->age_s) age = a->age_s;
  return age < life - margin;
}
