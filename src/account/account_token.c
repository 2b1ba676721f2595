/* The age and life of the token in memory. Two clocks tell the age: ticks, which stand still while
 * the power is off, and the date, which may be unknown or wrong. The greater age counts, so that a
 * token is not handed out past its end by either clock. */
#include "account.h"
#include "../engine/engine.h"
#include "../store/store.h"

#include <string.h>

enum { LIFE_DEFAULT_S = 3600 /* if the server does not say, and there is a refresh token */ };

#define AGELESS UINT32_MAX

static uint32_t ticks(const moat_account *a) {
  return a->config->platform->ticks_ms(a->config->platform_ctx);
}

static uint32_t now(const moat_account *a) {
  return moat__store_now(&a->store);
}

/* The age by the date, or AGELESS if the date does not tell. */
static uint32_t age_by_date(const moat_account *a) {
  uint32_t date = now(a);
  return date && a->born && date >= a->born ? date - a->born : AGELESS;
}

/* Ticks wrap after 49 days, so each call moves whole seconds from the ticks to age_s. A token from
 * another task, or from before a restart, has no age in ticks. The date gives it an age as soon as
 * it can. */
void moat__token_ages(moat_account *a) {
  uint32_t seconds = (ticks(a) - a->last_ticks) / 1000;
  a->last_ticks += seconds * 1000;
  if (a->age_s != AGELESS) {
    a->age_s = seconds < AGELESS - a->age_s ? a->age_s + seconds : AGELESS;
    return;
  }
  a->age_s = age_by_date(a);
  a->last_ticks = ticks(a); /* the next second begins now */
}

/* A date before the token was issued counts as unknown. */
bool moat__token_waits_for_date(moat_account *a) {
  uint32_t date = now(a);
  moat__token_ages(a);
  return a->access_length && a->life && a->age_s == AGELESS && (!date || date < a->born);
}

void moat__token_note(moat_account *a, size_t length, uint32_t age) {
  const moat_record *r = &a->store.record;
  a->access_length = length;
  a->access[length] = 0;
  a->sequence = r->sequence;
  a->life = r->life;
  a->born = r->refreshed;
  a->renewable = r->refresh_token.n > 0 || r->how == MOAT_HOW_UNATTENDED;
  a->age_s = age;
}

void moat__token_forget(moat_account *a) {
  moat_wipe(a->access, a->access_length);
  a->access_length = 0;
  a->sequence = 0;
}

void moat__token_adopt(moat_account *a) {
  const moat_record *r = &a->store.record;
  size_t n = r->access_token.n <= a->config->access_size ? r->access_token.n : 0;
  if (a->sequence != r->sequence) {
    moat_wipe(a->access, a->access_length);
    if (n) memcpy(a->access, r->access_token.p, n);
    moat__token_note(a, n, AGELESS);
  }
  moat__token_ages(a);
}

/* A token with neither a known life nor a refresh token counts as valid: it never ends, or nobody
 * knows when. */
bool moat__token_lasts(moat_account *a, uint32_t margin) {
  moat__token_ages(a);
  uint32_t life = a->life, age = age_by_date(a);
  if (!a->access_length) return false;
  if (!life && !a->renewable) return true;
  if (!life) life = LIFE_DEFAULT_S;
  if (margin > life / 5) margin = life / 5;
  if (age < a->age_s || age == AGELESS) age = a->age_s;
  return age < life - margin;
}
