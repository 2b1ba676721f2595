/* The stored grant, when its profile is written anew. */
#include "init_grant.h"

#include "../profile/check_value.h"
#include "../terminal/term.h"
#include "discover.h"

#include <string.h>

/* The lock is still held. Otherwise this could erase the grant of a sign-in that ends meanwhile. */
static int forget_foreign(account *a) {
  bool is_token = moat_account_record(&a->moat)->how == MOAT_HOW_UNATTENDED;
  int r = moat_account_forget(&a->moat);
  if (r == MOAT_OK) r = account_run(a);
  if (r < 0) return account_state_failed(a, r);
  return print(is_token ? "The token that was stored for %s came without a person, and is erased."
                        : "The grant that was stored for %s was another client's, and is erased.",
               a->options.name);
}

/* Only the client that a grant was given to can use it. So another client's grant is erased, and
 * one of the same client stays. A person's stays also where nobody is needed now: it cannot be had
 * again without that person. A profile that needs nobody loads without any. */
int init_settle_grant(account *a) {
  int r = moat_account_load(&a->moat);
  bool stays = r == MOAT_E_FOREIGN && account_has_person(a);
  int status = r == MOAT_E_FOREIGN && !stays ? forget_foreign(a) : CLI_OK;
  moat_posix_platform.unlock(&a->posix);
  if (stays) return print("Somebody has signed in for %s, and that grant stays.", a->options.name);
  bool has_grant = moat_account_record(&a->moat)->sequence;
  if (r == MOAT_OK && !has_grant) return CLI_OK;
  if (r == MOAT_OK) return print("The grant that was stored for %s stays.", a->options.name);
  return r == MOAT_E_EMPTY || r == MOAT_E_FOREIGN ? status : account_state_failed(a, r);
}

/* Most are Google's. The provider is not what the metadata of an issuer speaks for. */
int init_take_service_account(account *a, profile *given, const profile *before) {
  const char *file = a->options.key[KEY_SERVICE_ACCOUNT];
  bool is_credential = file && strncmp(file, SECRET_CREDENTIAL, strlen(SECRET_CREDENTIAL)) == 0;
  if (!file || !*file) return CLI_OK;
  if (!*given->value[KEY_PROVIDER] && !*before->value[KEY_PROVIDER] &&
      !discover_is_asked(&a->options, before))
    memcpy(given->value[KEY_PROVIDER], "google", sizeof "google");
  char *id = given->value[KEY_CLIENT_ID];
  if (*id || is_credential) return CLI_OK;
  int status = service_account_email(given, id);
  const char *wrong = status ? NULL : check_value(KEY_CLIENT_ID, id);
  if (!wrong) return status;
  return options_misuse(&a->options, "the client_email in %s %s", file, wrong);
}

void init_hint_next(const account *a) {
  bool has_means = moat_account_record(&a->moat)->refresh_token.n || a->config.unattended;
  if (account_has_person(a))
    account_hint_person(a);
  else
    hint("Next: moat %s %s", has_means ? "token" : "login", a->options.name);
}
