/* The state of a grant is found here once, for all commands that show it. */
#include "grant_state.h"

int grant_look(account *a, grant_state *s) {
  static const char *const next[] = {"login", "login", "exchange"}; /* by MOAT_PENDING_ */
  *s = (grant_state){.stored = false};
  int result = account_read(a);
  if (result < 0 && result != MOAT_E_EMPTY && result != MOAT_E_FOREIGN) {
    int status = account_state_failed(a, result);
    if (status != CLI_SIGN_IN) return status;
    s->damaged = true;
  }
  /* A token that came without a person is no grant where somebody has to sign in. */
  bool is_token = moat_account_record(&a->moat)->how == MOAT_HOW_UNATTENDED;
  s->stored = result == MOAT_OK || (result == MOAT_E_FOREIGN && !is_token);
  s->fits = result == MOAT_OK;
  s->persons = account_has_person(a);
  /* At most one of `dead`, `asks` and `refused` is set: the reason that is surest. */
  moat_verdict v = moat_account_need(&a->moat);
  bool sign_in = v.need == MOAT_NEED_SIGN_IN;
  s->dead = s->fits && moat_account_note(&a->moat)->dead_code;
  s->asks = s->fits && !s->dead && v.cause == MOAT_CAUSE_LOST;
  s->refused = s->fits && sign_in && !s->dead && !s->asks && v.cause != MOAT_CAUSE_EMPTY;
  s->valid = s->fits && moat_account_is_valid(&a->moat);
  s->usable = s->fits && !sign_in;
  s->pending = moat_account_pending(&a->moat);
  s->pause = s->fits && !s->dead ? moat_account_pause(&a->moat) : 0;
  s->next = s->usable ? "token" : s->persons ? "logout" : next[s->pending];
  s->now = account_now(a);
  s->secret = expiry_find(a);
  return CLI_OK;
}

const char *grant_word(const grant_state *s) {
  if (s->damaged) return "damaged";
  if (s->dead) return "ended";
  if (s->refused) return "refused";
  if (s->asks) return "interrupted";
  if (s->persons) return "of a person";
  return !s->stored ? "none" : s->fits ? "stored" : "of another client";
}
