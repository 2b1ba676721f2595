/* A stored grant has a new date of sign-in each time, by which other files of the state know it. So
 * those files are brought along. */
#include "replace.h"

#include "../account/identity.h"
#include "../export/export.h"
#include "../terminal/term.h"

#include <string.h>

enum { TOKEN_SIZE = 16384 };

static char kept[TOKEN_SIZE];
static size_t kept_n;
static uint8_t kept_how;
static uint32_t signed_in;
static identity owner;
static bool has_owner;

void replace_begin(account *a) {
  const moat_record *r = moat_account_record(&a->moat);
  kept_n = 0;
  bool alive = account_read(a) == MOAT_OK && !moat_account_note(&a->moat)->dead_code;
  signed_in = r->signed_in;
  has_owner = identity_read(a, &owner);
  if (!alive || r->refresh_token.n > sizeof kept) return;
  memcpy(kept, r->refresh_token.p, r->refresh_token.n);
  kept_n = r->refresh_token.n;
  kept_how = (uint8_t)r->how;
}

bool replace_can_undo(void) {
  return kept_n > 0;
}

static int exists(const account *a, bool force) {
  say(CLI_FAILED, "%s has a grant that is alive", a->options.name);
  if (force)
    hint("It could not be stored again after a refusal. First: moat logout %s", a->options.name);
  else
    hint("To put this one in its place: --force. The other one is forgotten here, not ended.");
  return CLI_FAILED;
}

/* The library refuses to replace a grant that is alive. */
int replace_store(account *a, moat_span token, uint8_t how, bool force) {
  int r = moat_account_adopt(&a->moat, token, how, force && kept_n);
  if (r == MOAT_OK) r = account_run(a);
  if (r == MOAT_OK) r = account_read(a);
  if (r == MOAT_E_BUSY) return account_busy(a);
  if (r == MOAT_E_CANCEL) return say_cancelled();
  if (r == MOAT_E_EXISTS) return exists(a, force);
  return r < 0 ? account_state_failed(a, r) : CLI_OK;
}

int replace_undo(account *a) {
  int status = replace_store(a, (moat_span){kept, kept_n}, kept_how, true);
  return status ? status : replace_carry(a);
}

int replace_carry(account *a) {
  uint32_t before = signed_in;
  signed_in = moat_account_record(&a->moat)->signed_in;
  if (has_owner) identity_save(a, &owner);
  return export_carry(a, before);
}

bool replace_same_person(const account *a) {
  static identity person;
  return !has_owner || !identity_of_answer(a, &person) || identity_is_same(&owner, &person);
}

void replace_wipe(void) {
  moat_wipe(kept, sizeof kept);
}
