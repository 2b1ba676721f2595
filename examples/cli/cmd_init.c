/* A profile is made whole or not at all: every check comes before the first write, and the profile
 * itself is the last file written. */
#include "commands.h"

#include "expiry.h"
#include "secret.h"
#include "term.h"

#include <string.h>
#include <unistd.h>

enum { TEXT_SIZE = (KEYS + 2) * VALUE_SIZE };

static profile given; /* what the command line says; account.profile has the presets as well */

/* ---- Checks: nothing is written before all of them are done ---- */

static int check_existing(const account *a) {
  if (a->options.force || !file_exists(a->paths.conf)) return CLI_OK;
  say(CLI_MISUSE, "there is a profile %s already", a->paths.conf);
  hint("Edit it, choose another NAME, or replace it: --force");
  return CLI_MISUSE;
}

/* A secret that is never sent, or one that is missing, would only show at the exchange. */
static int check_auth(const account *a, bool has_secret) {
  const char *method = a->profile.value[KEY_AUTH];
  bool none = strcmp(method, "none") == 0;
  if (none && has_secret)
    return options_misuse(&a->options,
                          "--auth none goes without a secret, but --secret-file is given");
  if (!none && !has_secret)
    return options_misuse(&a->options, "--auth %s needs a secret: --secret-file FILE or -", method);
  if (none && given.value[KEY_SECRET_EXPIRES][0])
    return options_misuse(&a->options, "--secret-expires is given, but no secret");
  return CLI_OK;
}

/* The portal shows the ID beside the Value, and later the ID alone. */
static int take_secret(const account *a, moat_span *secret) {
  const char *from = a->options.key[KEY_SECRET_FILE];
  if (!from || !*from) return CLI_OK;
  int status = strcmp(from, "-") == 0 ? secret_take_input(secret)
                                      : secret_take_file(given.value[KEY_SECRET_FILE], secret);
  if (status || strcmp(a->profile.value[KEY_PROVIDER], "entra") != 0 || !profile_is_guid(*secret))
    return status;
  say(CLI_OK, "warning: this secret looks like a Secret ID");
  hint("Entra shows an ID and a Value for each client secret: the Value is the one to use.");
  return CLI_OK;
}

/* The secret comes last: nobody types one only to learn of a misspelt option. */
static int check(account *a, moat_span *secret) {
  const char *from = a->options.key[KEY_SECRET_FILE];
  bool has_secret = from && *from;
  int status = profile_apply(&given, &a->options);
  if (status) return status;
  if (has_secret && !given.value[KEY_AUTH][0]) memcpy(given.value[KEY_AUTH], "post", 5);
  a->profile = given;
  status = profile_resolve(&a->profile, &a->options);
  if (!status) status = check_existing(a);
  if (!status) status = check_auth(a, has_secret);
  if (!status && given.value[KEY_CA][0]) status = account_trust(a);
  return status ? status : take_secret(a, secret);
}

/* ---- Writing ---- */

/* What was written before is taken back by the callers. */
static int write_failed(const char *path, int error) {
  say(CLI_FAILED, "cannot write %s: %s", path, file_error(error));
  hint("No profile was made.");
  return CLI_FAILED;
}

static int write_secret(account *a, moat_span secret) {
  static char line[SECRET_SIZE + 2];
  memcpy(line, secret.p, secret.n);
  line[secret.n] = '\n';
  int error = file_write(a->paths.secret, line, secret.n + 1, true);
  moat_wipe(line, sizeof line);
  return error ? write_failed(a->paths.secret, error) : CLI_OK;
}

static int write_profile(account *a) {
  static char text[TEXT_SIZE];
  size_t n = profile_text(&given, &a->profile, text, sizeof text);
  int error = file_write(a->paths.conf, text, n, a->options.force);
  return error ? write_failed(a->paths.conf, error) : CLI_OK;
}

/* The profile comes last: before it, nothing counts. */
static int write_both(account *a, moat_span secret, bool store_secret) {
  bool had_secret = file_exists(a->paths.secret);
  int status = store_secret ? write_secret(a, secret) : CLI_OK;
  if (!status) status = write_profile(a);
  if (status && store_secret && !had_secret) (void)file_erase(a->paths.secret);
  if (status || store_secret || !had_secret) return status;
  /* A secret that the profile before had stored, and this one does not use, has no reason to stay.
   */
  int error = file_erase(a->paths.secret);
  return error ? write_failed(a->paths.secret, error) : CLI_OK;
}

/* An account that is new has nobody to be locked against, and its folder goes if the profile fails.
 */
static int write_all_files(account *a, moat_span secret, bool store_secret) {
  bool is_new = !file_exists(a->paths.state);
  int error = folder_make_for(a->paths.conf);
  if (error) return write_failed(a->paths.conf, error);
  int status = account_open_state(a);
  if (!status && !is_new) status = account_lock(a);
  if (!status) status = write_both(a, secret, store_secret);
  if (status && is_new) (void)rmdir(a->paths.state);
  return status;
}

/* A grant stays with the client that it was given to. */
static int settle_grant(account *a) {
  int r = moat_store_load(&a->store);
  if (r == MOAT_E_EMPTY) return CLI_OK;
  if (r == MOAT_OK && account_fits(a))
    return print("The grant that was stored for %s stays.", a->options.name);
  if (r < 0) return account_state_failed(a, r);
  r = moat_store_erase(&a->store);
  if (r < 0) return account_state_failed(a, r);
  return print("The grant that was stored for %s was another client's, and is erased.",
               a->options.name);
}

/* Says what became of the grant that was there, for that is what --force puts at risk. */
int cmd_init(account *a) {
  moat_span secret = {NULL, 0};
  const char *from = a->options.key[KEY_SECRET_FILE];
  int status = paths_find(&a->paths, a->options.name);
  if (!status) status = check(a, &secret);
  if (!status) status = write_all_files(a, secret, from && strcmp(from, "-") == 0);
  if (!status) status = settle_grant(a);
  if (!status) status = print("The profile %s is written.", a->paths.conf);
  if (!status) hint("Next: moat login %s", a->options.name);
  if (!status) expiry_warn(a, expiry_find(a));
  return status;
}
