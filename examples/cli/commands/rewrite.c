/* A profile is changed under the account's lock, so that of two changes at once none is lost. */
#include "rewrite.h"

#include "../account/assertion_file.h"
#include "../files.h"
#include "../profile/change.h"
#include "../profile/check_profile.h"
#include "../profile/check_value.h"
#include "../profile/edit_profile.h"
#include "../terminal/term.h"
#include "run_command.h"

#include <string.h>
#include <sys/stat.h>

enum { TEXT_SIZE = (KEYS + 2) * VALUE_SIZE };

/* The lock lies in the state folder, which is made if it is missing. */
static int lock(account *a) {
  int status = account_open_folder(a);
  return status ? status : account_lock(a);
}

/* To end a removal takes the folder away, and the lock in it. */
int rewrite_lock(account *a) {
  int status = lock(a);
  if (!status) status = change_recover(&a->paths);
  if (status || !file_is_missing(a->paths.state)) return status;
  moat_posix_close(&a->posix);
  return lock(a);
}

/* Another moat that has the lock may be about to do it. What cannot be done is left. */
void rewrite_end(account *a) {
  if (!change_is_pending(&a->paths)) return;
  if (moat_posix_open(&a->posix, a->paths.state) == 0 &&
      moat_posix_platform.lock(&a->posix) == MOAT_OK)
    (void)change_recover(&a->paths);
  moat_posix_close(&a->posix);
}

/* No folder is made for a profile that does not exist, so it is read before the lock as well. */
int rewrite_open(account *a, profile *before) {
  int status = paths_find(&a->paths, a->options.name);
  if (!status) status = profile_read(before, a->paths.conf);
  if (!status) status = rewrite_lock(a);
  return status ? status : profile_read(before, a->paths.conf);
}

/* Under the lock, so `secret.next` is not there. */
bool rewrite_has_stored(const account *a) {
  return file_exists(a->paths.secret);
}

/* As it was given: set takes keys, and init options. */
static const char *given_as(const account *a, int key) {
  return a->options.command->bit == CMD_INIT ? profile_option(key) : profile_key(key);
}

/* A secret that is never sent is of no use, and a person who gives one expects it to be used. */
static int check_public(const account *a, bool has_secret) {
  const profile *p = &a->profile;
  int without = p->value[KEY_SECRET_EXPIRES][0] ? KEY_SECRET_EXPIRES : KEYS;
  if (has_secret || p->value[KEY_SECRET_FILE][0]) without = KEY_SECRET_FILE;
  if (without == KEYS) return CLI_OK;
  const char *dashes = a->options.command->bit == CMD_INIT ? "--" : "";
  return options_misuse(&a->options, "%sauth %s goes without a secret, but %s is given", dashes,
                        p->value[KEY_AUTH], given_as(a, without));
}

/* A secret that was stored may be missing after a move or from a backup. */
static bool is_lost(const options *o) {
  return o->command->bit == CMD_SET && !o->key[KEY_PROVIDER] && !o->key[KEY_AUTH] &&
         !o->key[KEY_SECRET_FILE];
}

int rewrite_check_secret(const account *a, bool has_secret) {
  const profile *p = &a->profile;
  if (!profile_has_secret(p)) return check_public(a, has_secret);
  if (has_secret || p->value[KEY_SECRET_FILE][0]) return CLI_OK;
  if (is_lost(&a->options)) {
    say(CLI_PROFILE, "the client secret of %s is missing", a->options.name);
    hint("Nothing was changed. Store it first: moat secret %s", a->options.name);
    return CLI_PROFILE;
  }
  return options_misuse(&a->options, "auth %s needs a secret: %s", p->value[KEY_AUTH],
                        given_as(a, KEY_SECRET_FILE));
}

/* A credential of systemd's is there only while its unit runs. */
static bool is_file(const char *path) {
  return *path && strncmp(path, SECRET_CREDENTIAL, strlen(SECRET_CREDENTIAL)) != 0;
}

int rewrite_check_login(account *a) {
  const char *file = a->profile.value[KEY_PROXY_CREDENTIALS];
  if (!a->options.key[KEY_PROXY_CREDENTIALS] || !is_file(file)) return CLI_OK;
  return proxy_read_credentials(&a->proxy, file);
}

/* Read to the end: a file without a certificate that can be used is found here, and not when the
 * server is asked. */
int rewrite_check_files(account *a) {
  account_distrust(a); /* a person may have named another file before */
  char(*value)[VALUE_SIZE] = a->profile.value;
  bool has_key = is_file(value[KEY_CLIENT_KEY]) &&
                 (!*value[KEY_CLIENT_CERTIFICATE] || is_file(value[KEY_CLIENT_CERTIFICATE]));
  int status = has_key ? account_read_key(a) : CLI_OK;
  if (!status && is_file(value[KEY_SERVICE_ACCOUNT])) status = account_prepare_grant(a);
  if (!status) status = rewrite_check_login(a);
  if (status || !*value[KEY_CA]) return status;
  status = account_open_roots(a);
  return status ? status : roots_read(&a->roots);
}

/* Only a warning, because whatever writes the file may not have run yet. */
static void warn_of_assertion(account *a) {
  const char *file = a->options.key[KEY_ASSERTION_FILE];
  const char *of_client = a->options.key[KEY_CLIENT_ASSERTION];
  moat_span assertion;
  int status = CLI_OK;
  if (file && is_file(file)) status = account_prepare_grant(a);
  if (!status && of_client && is_file(of_client))
    status = assertion_file_read(&a->profile, KEY_CLIENT_ASSERTION, &assertion);
  if (!status) return;
  hint("The profile is written all the same. Mend this before: moat token %s", a->options.name);
}

/* Microsoft's documentation names PS256 alone. Only a warning, because that may change. */
static void warn_of_curve(const account *a) {
  bool is_rsa = a->key.signer.alg == MOAT_PS256 || a->key.signer.alg == MOAT_RS256;
  if (!a->key.is_read || is_rsa || !profile_is_entra(&a->profile)) return;
  say(CLI_OK, "warning: the client key is one of EC, and Entra is known to take RSA keys alone");
  hint("Make an RSA key and a certificate for it, if Entra refuses the client.");
}

/* Only a warning, because the program may be put there later. */
static void warn_of_command(const account *a) {
  if (a->options.key[KEY_ON_TROUBLE] && run_command_check(a))
    hint("The profile is changed all the same. `moat keep` looks for it when there is trouble.");
}

void rewrite_warn(account *a) {
  const char *scope = a->options.key[KEY_SCOPE], *wrong = scope ? check_scope_text(scope) : NULL;
  warn_of_assertion(a);
  warn_of_curve(a);
  warn_of_command(a);
  if (!wrong) return;
  say(CLI_OK, "warning: the scope %s %s", scope, wrong);
  hint("To set another one: moat set %s scope=VALUE", a->options.name);
}

/* ---- Saving ---- */

/* The values of a key that may come more than once are shown in one line. */
static const char *in_line(const char *value, char out[VALUE_SIZE]) {
  memcpy(out, value, strlen(value) + 1);
  for (char *c = out; *c; c++)
    if (*c == '\n') *c = ' ';
  return *out ? out : "(none)";
}

/* Values of the preset are shown as well, because they may follow from what was changed. */
bool rewrite_show(const profile *before, const profile *after, rewrite_line *line) {
  static char old[VALUE_SIZE], new[VALUE_SIZE];
  bool any = false;
  for (int key = 0; key < KEYS; key++) {
    const char *was = before->value[key], *is = after->value[key];
    if (strcmp(was, is) == 0) continue;
    (void)line("  %s: %s -> %s", profile_key(key), in_line(was, old), in_line(is, new));
    any = true;
  }
  return any;
}

/* A link would be replaced by a file, and what it leads to would stay as it is. */
int rewrite_check_link(const account *a) {
  struct stat st;
  if (lstat(a->paths.conf, &st) || !S_ISLNK(st.st_mode)) return CLI_OK;
  say(CLI_PROFILE, "the profile %s is a link", a->paths.conf);
  hint("Whatever made it would undo the change. Change the file that it leads to.");
  return CLI_PROFILE;
}

/* The text is read again, because profile_read() keeps only the values. */
static int edit(const account *a, profile_pair before, profile_pair after, char out[TEXT_SIZE],
                size_t *n) {
  static char text[TEXT_SIZE];
  int error = file_read(a->paths.conf, FILE_TRUSTED, text, sizeof text, n);
  if (!error) *n = profile_edit(text, before, after, out, TEXT_SIZE);
  if (!error && *n) return CLI_OK;
  say(CLI_FAILED, "cannot change the profile %s: %s", a->paths.conf,
      error ? file_error(error) : "it would be too long");
  hint("Nothing was changed.");
  return CLI_FAILED;
}

/* It stays, because the profile may be changed back. */
static void tell_of_foreign(const account *a) {
  const char *name = a->options.name;
  if (account_has_person(a)) {
    hint("Somebody has signed in, and that grant stays.");
    account_hint_person(a);
  } else if (moat_account_record(&a->moat)->how == MOAT_HOW_UNATTENDED) {
    hint("The stored token came without a person. Now somebody has to sign in: moat login %s",
         name);
  } else {
    hint("The stored grant is that of the client and the token URL before. It stays, but is of no");
    hint("use now. Set them back, or sign in again: moat login %s", name);
  }
}

static void tell_of_grant(account *a) {
  int r = account_open_grant(a) ? MOAT_E_EMPTY : account_read(a);
  if (r == MOAT_OK)
    hint("%sTo try it: moat refresh %s", a->config.unattended ? "" : "The grant stays. ",
         a->options.name);
  if (r == MOAT_E_FOREIGN) tell_of_foreign(a);
}

/* Bytes behind the NUL of a value do not count, so the structs are not compared. */
static bool differs(const profile *a, const profile *b) {
  int key = 0;
  while (key < KEYS && strcmp(a->value[key], b->value[key]) == 0)
    key++;
  return key < KEYS;
}

/* The grant is looked at last, when the profile says whose it has to be. */
int rewrite_save(account *a, const profile *before, const profile *given, const moat_span *secret) {
  static profile filled;
  static char text[TEXT_SIZE];
  size_t n = 0;
  filled = *before;
  profile_fill(&filled);
  bool changes = differs(before, given);
  int status = changes ? rewrite_check_link(a) : CLI_OK;
  if (!changes && !secret) return print("The profile %s is so already.", a->paths.conf);
  if (!status && changes)
    status = edit(a, (profile_pair){before, &filled}, (profile_pair){given, &a->profile}, text, &n);
  if (!status) status = change_write(&a->paths, changes ? text : NULL, n, secret);
  if (status) return status;
  status = print("%s of %s is changed.", secret && secret->n ? "The secret" : "The profile",
                 a->options.name);
  (void)rewrite_show(&filled, &a->profile, print);
  if (!status) tell_of_grant(a);
  return status;
}
