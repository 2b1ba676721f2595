/* Entra has no revocation endpoint (RFC 7009), so the tokens are only erased on this machine. */
#include "commands.h"

#include "../account/identity.h"
#include "../terminal/term.h"
#include "rewrite.h"

/* Only what there is. */
static void hint_rest(const account *a) {
  const char *file = a->profile.value[KEY_SECRET_FILE];
  if (*file)
    hint("The profile stays, and the file with the client secret: %s", file);
  else if (rewrite_has_stored(a))
    hint("The profile and the stored client secret stay.");
  else
    hint("The profile stays.");
}

/* A grant that is damaged or another client's is erased as well, so only an empty store had none.
 */
int cmd_logout(account *a) {
  int status = account_open(a);
  if (status) return status;
  bool was_signed_in = moat_account_load(&a->moat) != MOAT_E_EMPTY;
  int r = moat_account_forget(&a->moat);
  if (r == MOAT_OK) r = account_run(a);
  if (r == MOAT_E_BUSY) return account_busy(a);
  if (r == MOAT_E_CANCEL) return say_cancelled();
  if (r < 0) return account_state_failed(a, r);
  identity_save(a, NULL);
  status = print(was_signed_in ? "The tokens of %s are erased here." : "%s had no tokens.",
                 a->options.name);
  if (!was_signed_in || status) return status;
  hint("The provider was not told: to revoke the grant, withdraw the consent in the account.");
  const char *revoke = profile_provider(&a->profile)->revoke;
  if (revoke) hint("%s", revoke);
  hint_rest(a);
  return CLI_OK;
}
