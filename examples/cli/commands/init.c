/* A profile is made whole or not at all: every check comes before the first write, and the profile
 * itself is the last file written. */
#include "commands.h"

#include "../files.h"
#include "../profile/check_value.h"
#include "../profile/paths.h"
#include "../profile/secret.h"
#include "../report/secret_expiry.h"
#include "../terminal/ask.h"
#include "../terminal/term.h"
#include "init_questions.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_SIZE = (KEYS + 2) * VALUE_SIZE };

/* The values from the command line and from a person. account.profile is the same with the values
 * of the preset. */
static profile given;
static bool guided; /* a person was asked */

/* ---- Checks: nothing is written before all of them are done ---- */

static int check_existing(const account *a) {
  if (a->options.force || !file_exists(a->paths.conf)) return CLI_OK;
  say(CLI_MISUSE, "there is a profile %s already", a->paths.conf);
  hint("Edit it, choose another NAME, or replace it: --force");
  return CLI_MISUSE;
}

/* A secret that is never sent is of no use, and a person who gives one expects it to be used. */
static int check_none(const account *a, const profile *p, bool has_secret) {
  if (!profile_is_public(p)) return CLI_OK;
  if (has_secret)
    return options_misuse(&a->options,
                          "--auth none goes without a secret, but --secret-file is given");
  if (p->value[KEY_SECRET_EXPIRES][0])
    return options_misuse(&a->options, "--secret-expires is given, but no secret");
  return CLI_OK;
}

/* Checks the options alone, before the first question is asked. A secret without a method is sent
 * in the body, as everywhere. */
static int check_options(account *a, bool has_secret, moat_span *secret) {
  int status = profile_apply(&given, &a->options);
  if (status) return status;
  if (has_secret && !given.value[KEY_AUTH][0]) memcpy(given.value[KEY_AUTH], "post", 5);
  const char *file = given.value[KEY_SECRET_FILE];
  a->profile = given;
  status = check_none(a, &given, has_secret);
  if (!status) status = check_existing(a);
  if (!status && given.value[KEY_CA][0]) {
    status = account_trust(a);
    if (!status) status = roots_read(&a->roots);
  }
  return status || !*file ? status : secret_take_file(file, secret);
}

/* A missing secret would otherwise only show after somebody has signed in. */
static int check_auth(const account *a, bool has_secret) {
  int status = check_none(a, &a->profile, has_secret);
  if (status || profile_is_public(&a->profile) || has_secret) return status;
  return options_misuse(&a->options, "--auth %s needs a secret: --secret-file FILE or -",
                        a->profile.value[KEY_AUTH]);
}

/* A secret from a file, or from the answers to the questions, has been read before. */
static int take_secret(const account *a, bool has_secret, moat_span *secret) {
  int status = CLI_OK;
  if (has_secret && !secret->n && isatty(STDIN_FILENO))
    return secret_ask(&a->profile, "Client secret (not shown)", false, secret);
  if (has_secret && !secret->n) status = secret_take_input(secret);
  if (!status && !guided) (void)secret_suspect(&a->profile, *secret);
  return status;
}

/* The secret comes last: nobody types one only to learn of a misspelt option. */
static int check(account *a, moat_span *secret) {
  const char *from = a->options.key[KEY_SECRET_FILE];
  bool has_secret = from && *from;
  int status = check_options(a, has_secret, secret);
  guided = !status && init_must_ask(a, &given);
  if (guided) status = init_ask(a, &given, secret);
  if (status) return status;
  a->profile = given;
  status = profile_resolve(&a->profile, &a->options);
  if (!status) status = check_auth(a, has_secret || secret->n);
  return status ? status : take_secret(a, has_secret, secret);
}

/* ---- Writing ---- */

/* write_both() takes back what was written before. */
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

/* A profile that another process has made meanwhile is replaced only with --force. */
static int write_profile(account *a) {
  static char text[TEXT_SIZE];
  size_t n = profile_text(&given, &a->profile, text, sizeof text);
  int error = file_write(a->paths.conf, text, n, a->options.force);
  return error ? write_failed(a->paths.conf, error) : CLI_OK;
}

/* The profile is written last, because nothing else counts without it. Until then the secret of the
 * old profile has a second name. After a failure it is put back under its first name. After a
 * success it is erased. */
static int write_both(account *a, moat_span secret, bool store_secret) {
  static char second[PATH_SIZE + sizeof ".before"];
  const char *path = a->paths.secret;
  (void)snprintf(second, sizeof second, "%s.before", path);
  (void)unlink(second); /* left by a moat that was killed */
  bool had_secret = link(path, second) == 0;
  if (!had_secret && errno != ENOENT) return write_failed(second, errno);
  int status = store_secret ? write_secret(a, secret) : CLI_OK;
  if (!status) status = write_profile(a);
  if (status && had_secret) (void)rename(second, path);
  int error = file_erase(second);
  if (!error && (status ? !had_secret : !store_secret)) error = file_erase(path);
  return !status && error ? write_failed(path, error) : status;
}

/* Two processes may make the same profile at once. So the lock is taken first, and then this looks
 * once more whether the profile exists. Otherwise the second process could put its secret beside
 * the profile of the first, or erase the secret of the first. */
static int write_all_files(account *a, moat_span secret, bool store_secret) {
  int error = folder_make_for(a->paths.conf);
  if (error) return write_failed(a->paths.conf, error);
  int status = account_open_state(a);
  if (!status) status = account_lock(a);
  if (!status) status = check_existing(a);
  return status ? status : write_both(a, secret, store_secret);
}

/* The lock is still held. Otherwise this could erase the grant of a sign-in that ends meanwhile. */
static int forget_foreign(account *a) {
  int r = moat_account_forget(&a->moat);
  if (r == MOAT_OK) r = account_run(a);
  if (r < 0) return account_state_failed(a, r);
  return print("The grant that was stored for %s was another client's, and is erased.",
               a->options.name);
}

/* Only the client that a grant was given to can use it. So another client's grant is erased, and
 * one of the same client stays. */
static int settle_grant(account *a) {
  int r = moat_account_load(&a->moat);
  int status = r == MOAT_E_FOREIGN ? forget_foreign(a) : CLI_OK;
  moat_posix_platform.unlock(&a->posix);
  if (r == MOAT_OK) return print("The grant that was stored for %s stays.", a->options.name);
  return r == MOAT_E_EMPTY || r == MOAT_E_FOREIGN ? status : account_state_failed(a, r);
}

static int show(const account *a, bool stored_secret) {
  int status = print("The profile %s is written.", a->paths.conf);
  if (!status && guided) status = init_show_answers(a, stored_secret);
  return status;
}

/* Only a warning, because Entra decides. A person who is asked has to give a GUID. */
static void check_id(const account *a) {
  const char *id = a->profile.value[KEY_CLIENT_ID];
  if (!profile_provider(&a->profile)->has_guids || is_guid(moat_str(id))) return;
  say(CLI_OK, "warning: %s is not a GUID, as Entra's client IDs are", id);
  hint("It stands on the registration's Overview page: Application (client) ID.");
}

/* Says what became of the stored grant, because --force puts it at risk. */
int cmd_init(account *a) {
  moat_span secret = {NULL, 0};
  int status = paths_find(&a->paths, a->options.name);
  if (!status) status = check(a, &secret);
  ask_end();
  bool store_secret = secret.n && !given.value[KEY_SECRET_FILE][0];
  if (!status) status = write_all_files(a, secret, store_secret);
  if (!status) status = settle_grant(a);
  if (!status) status = show(a, store_secret);
  bool stays = moat_account_record(&a->moat)->refresh_token.n;
  if (!status) hint("Next: moat %s %s", stays ? "token" : "login", a->options.name);
  if (!status) check_id(a);
  if (!status) expiry_warn(a, expiry_find(a));
  return status;
}
