#include "session.h"
#include "text.h"

#include <string.h>

static int need_of_refusal(moat_span error) {
  static const char names[] = "invalid_grant\0interaction_required\0login_required\0"
                              "consent_required\0access_denied\0bad_refresh_token\0";
  const char *name = names;
  while (*name && !moat__is_nocase(error, name))
    name += strlen(name) + 1;
  return *name ? MOAT_NEED_SIGN_IN : MOAT_NEED_PROFILE;
}

int moat_session_need(const moat_session *s, const moat_client *c, uint32_t *seconds) {
  int r = c->error.code;
  *seconds = r == MOAT_E_LATER ? c->error.retry_after : moat__session_pause(c);
  if (moat__session_passes(c, r)) return MOAT_NEED_WAIT;
  switch (r) {
  case MOAT_OK:
  case MOAT_E_CANCEL: return MOAT_NEED_NOTHING;
  case MOAT_E_EMPTY:
  case MOAT_E_LOST: return MOAT_NEED_SIGN_IN;
  case MOAT_E_STORE: return s->stage > MOAT__DECIDING ? MOAT_NEED_DEVICE : MOAT_NEED_SIGN_IN;
  case MOAT_E_CLOCK: return MOAT_NEED_CLOCK;
  case MOAT_E_FOREIGN: return MOAT_NEED_PROFILE;
  case MOAT_E_OAUTH: return need_of_refusal(c->error.error);
  default: return r <= MOAT_E_CERT ? MOAT_NEED_PROFILE : MOAT_NEED_DEVICE;
  }
}
