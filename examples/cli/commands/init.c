/* A profile is made whole or not at all: every check comes before the first write. */
#include "commands.h"

#include "../files.h"
#include "../profile/change.h"
#include "../profile/check_value.h"
#include "../profile/paths.h"
#include "../profile/registration.h"
#include "../profile/secret.h"
#include "../report/secret_expiry.h"
#include "../terminal/ask.h"
#include "../terminal/term.h"
#include "discover.h"
#include "init_grant.h"
#include "init_register.h"
#include "init_questions.h"
#include "rewrite.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEXT_SIZE = (KEYS + 2) * VALUE_SIZE };

/* The values from the command line and from a person. account.profile is the same with the values
 * of the preset. */
static profile given;
static profile before;   /* the one that --force changes, or empty */
static profile kept;     /* those of its values that stay where nothing else is given */
static struct stat seen; /* its file, or all 0 */
static bool guided;      /* a person was asked */

/* ---- What there was before ---- */

static void look(const account *a, struct stat *st) {
  if (stat(a->paths.conf, st)) memset(st, 0, sizeof *st);
}

/* A profile that cannot be read is reported, and its values are not used. */
static void read_before(const account *a) {
  look(a, &seen);
  if (file_exists(a->paths.conf) && profile_read(&before, a->paths.conf))
    memset(&before, 0, sizeof before);
  kept = before;
}

/* The secret of before is used on, if the client is still one with a secret. */
static bool keeps_secret(const account *a) {
  return before.value[KEY_CLIENT_ID][0] && init_is_same_provider(&a->profile, &before) &&
         !a->options.key[KEY_SECRET_FILE] && profile_has_secret(&a->profile) &&
         (before.value[KEY_SECRET_FILE][0] || rewrite_has_stored(a));
}

/* Whether an option is about a key, or its certificate. */
static bool names_key(const account *a) {
  const char *const *key_options = a->options.key;
  return key_options[KEY_CLIENT_CERTIFICATE] || key_options[KEY_CLIENT_KEY] ||
         key_options[KEY_KEY_ALGORITHM] || key_options[KEY_SERVICE_ACCOUNT];
}

/* A file proves a client that nothing has proved before. */
static bool proves_anew(const account *a) {
  return strcmp(before.value[KEY_AUTH], "none") == 0 &&
         (names_key(a) || a->options.key[KEY_CLIENT_ASSERTION]);
}

/* A value that was not given stays. The last day of a secret belongs to that secret, and a client
 * without a secret has neither. */
static void keep(const account *a, bool has_secret) {
  const char *const *key_options = a->options.key;
  if (!before.value[KEY_CLIENT_ID][0] || !init_is_same_provider(&given, &before)) return;
  for (int key = 0; key < KEYS; key++)
    if (!key_options[key] && !given.value[key][0] && !(key == KEY_AUTH && proves_anew(a)))
      memcpy(given.value[key], kept.value[key], VALUE_SIZE);
  if (has_secret && !key_options[KEY_SECRET_EXPIRES]) given.value[KEY_SECRET_EXPIRES][0] = '\0';
  if (profile_has_secret(&given)) return;
  if (!key_options[KEY_SECRET_FILE]) given.value[KEY_SECRET_FILE][0] = '\0';
  if (!key_options[KEY_SECRET_EXPIRES]) given.value[KEY_SECRET_EXPIRES][0] = '\0';
}

/* Returns whether there are changes to show. */
static bool show_changes(const account *a, rewrite_line *line) {
  static profile filled;
  filled = before;
  profile_fill(&filled);
  return before.value[KEY_CLIENT_ID][0] && rewrite_show(&filled, &a->profile, line);
}

/* For rewrite_show(): what would change is advice, and goes to stderr. */
static int put_hint(const char *format, ...) {
  static char text[2 * VALUE_SIZE + 64];
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  hint("%s", text);
  return CLI_OK;
}

/* ---- Checks: nothing is written before all of them are done ---- */

/* Tells what --force would do to a profile. An unreadable one is replaced, even a link. */
static int check_existing(account *a) {
  if (a->options.force && before.value[KEY_CLIENT_ID][0]) return rewrite_check_link(a);
  if (a->options.force || !file_exists(a->paths.conf)) return CLI_OK;
  say(CLI_MISUSE, "there is a profile %s already", a->paths.conf);
  hint("Edit it, choose another NAME, or change it: --force, and what is not given stays.");
  keep(a, a->options.key[KEY_SECRET_FILE] != NULL);
  a->profile = given;
  profile_fill(&a->profile);
  if (given.value[KEY_CLIENT_ID][0] && !show_changes(a, put_hint))
    hint("With these options it would change nothing but the text of the file.");
  return CLI_MISUSE;
}

/* The profile was read before the lock, because a person may be slow. A damaged one can be written
 * anew, so only the file is compared. */
static int check_meanwhile(const account *a) {
  struct stat now;
  look(a, &now);
  if (now.st_ino == seen.st_ino && now.st_size == seen.st_size &&
      now.st_mtim.tv_sec == seen.st_mtim.tv_sec && now.st_mtim.tv_nsec == seen.st_mtim.tv_nsec)
    return CLI_OK;
  say(CLI_LATER, "the profile %s was changed meanwhile", a->paths.conf);
  hint("That change stays, and nothing was written. Run the same command again.");
  return CLI_LATER;
}

/* Both folders can be made or written to. What else can fail is known only when it is done. */
static int check_folders(const account *a) {
  const char *path = a->paths.conf;
  int error = folder_check_for(path);
  if (!error) error = folder_check_for(path = a->paths.secret);
  if (!error) return CLI_OK;
  say(CLI_FAILED, "cannot write %s: %s", path, strerror(error));
  hint("Its folder has to be yours to write to. MOAT_HOME names another place.");
  return CLI_FAILED;
}

/* How the secret of before was sent, or NULL if there was none. */
static const char *old_method(void) {
  static profile old;
  if (!before.value[KEY_CLIENT_ID][0] || !init_is_same_provider(&given, &before)) return NULL;
  old = before;
  profile_fill(&old);
  return profile_has_secret(&old) ? old.value[KEY_AUTH] : NULL;
}

/* A secret is sent as the one before it was, or else in the body, as everywhere. */
static void choose_method(bool has_secret) {
  const char *old = old_method();
  const char *method = old ? old : "post";
  if (has_secret && !given.value[KEY_AUTH][0])
    memcpy(given.value[KEY_AUTH], method, strlen(method) + 1);
}

/* The values of before may yet be changed, and a tenant may yet be asked for. With them, this is
 * looked at in the end. */
static int check_fit(const account *a) {
  static profile whole;
  int key;
  if (before.value[KEY_CLIENT_ID][0]) return CLI_OK;
  whole = given;
  profile_fill(&whole);
  if (profile_conflict(&whole, &key) && key == KEY_TENANT && !given.value[key][0]) return CLI_OK;
  return profile_check(&whole, &a->options);
}

/* Checks the options alone, before the first question is asked. */
static int check_options(account *a, bool has_secret, moat_span *secret) {
  int status = profile_apply(&given, &a->options);
  if (status) return status;
  choose_method(has_secret);
  status = init_take_service_account(a, &given, &before);
  if (status) return status;
  const char *file = given.value[KEY_SECRET_FILE];
  a->profile = given;
  if (!profile_has_secret(&given)) status = rewrite_check_secret(a, has_secret);
  if (!status) status = check_fit(a);
  if (!status) status = register_check_options(a, &given);
  if (!status) status = check_existing(a);
  if (!status) status = check_folders(a);
  if (!status) status = rewrite_check_files(a);
  return status || !*file ? status : secret_take_file(file, secret);
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

/* After all that can be wrong with the options, and before the questions, which are fewer then. The
 * option names the metadata here, which says whether redirects must have an `iss`. */
static int find_urls(account *a) {
  options *o = &a->options;
  const char *issuer = o->key[KEY_ISSUER];
  if (!discover_is_asked(o, &before)) return CLI_OK;
  o->key[KEY_ISSUER] = NULL;
  given.value[KEY_ISSUER][0] = '\0';
  o->key[KEY_PROVIDER] = "custom";
  memcpy(given.value[KEY_PROVIDER], "custom", sizeof "custom");
  if (!init_is_same_provider(&given, &before)) memset(&kept, 0, sizeof kept);
  discover_forget(o, &kept);
  return discover(a, &given, &kept, issuer);
}

/* The secret comes last: nobody types one only to learn of a misspelt option. */
static int check(account *a, moat_span *secret) {
  const char *from = a->options.key[KEY_SECRET_FILE];
  bool has_secret = from && *from;
  read_before(a);
  int status = check_options(a, has_secret, secret);
  if (!status) status = find_urls(a);
  if (!status && a->options.registers) return register_prepare(a, &given);
  guided = !status && init_must_ask(a, &given);
  if (guided)
    status = init_ask(a, &given, &kept, secret);
  else if (!status)
    keep(a, has_secret);
  if (status) return status;
  discover_settle(&given);
  a->profile = given;
  status = profile_resolve(&a->profile, &a->options);
  bool is_unread = guided && !a->options.key[KEY_CA];
  if (!status && (is_unread || names_key(a))) status = rewrite_check_files(a);
  /* A missing secret would otherwise only show after somebody has signed in. */
  if (!status) status = rewrite_check_secret(a, has_secret || secret->n || keeps_secret(a));
  if (!status) status = take_secret(a, has_secret, secret);
  return status ? status : secret_check_long(CLI_MISUSE, &a->profile, *secret);
}

/* ---- Writing ---- */

/* A new secret is stored, unless it is in a file. One that is of no use any more is erased. */
static int write_both(const account *a, const moat_span *secret) {
  static char text[TEXT_SIZE];
  const moat_span none = {NULL, 0};
  size_t n = profile_text(&given, &a->profile, text, sizeof text);
  bool in_file = given.value[KEY_SECRET_FILE][0], stored = rewrite_has_stored(a);
  if (in_file || !secret->n) secret = stored && (in_file || !keeps_secret(a)) ? &none : NULL;
  return change_write(&a->paths, text, n, secret);
}

/* Two processes may make the same profile at once. So the lock is taken first, and then this looks
 * once more whether the profile exists. Otherwise the second process could put its secret beside
 * the profile of the first, or erase the secret of the first. With --force, it would undo what
 * another moat has changed. */
static int write_all_files(account *a, moat_span *secret) {
  int error = folder_make_for(a->paths.conf);
  if (error) {
    say(CLI_FAILED, "cannot write %s: %s", a->paths.conf, strerror(error));
    hint("Its folder has to be yours to write to. MOAT_HOME names another place.");
    return CLI_FAILED;
  }
  int status = rewrite_lock(a);
  if (!status) status = check_existing(a);
  if (!status) status = check_meanwhile(a);
  if (!status) status = register_client(a, &given, secret);
  if (!status) status = write_both(a, secret);
  if (!status) status = registration_settle(&a->paths);
  return status ? status : account_open_grant(a);
}

/* At a terminal all values were shown before, and elsewhere those that have changed are. */
static int show(const account *a) {
  int status = print("The profile %s is written.", a->paths.conf);
  if (!status && !guided) (void)show_changes(a, print);
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
  if (!status) status = write_all_files(a, &secret);
  if (!status) status = init_settle_grant(a);
  if (!status) status = show(a);
  if (!status) init_hint_next(a);
  if (!status) check_id(a);
  if (!status) rewrite_warn(a);
  if (!status) expiry_warn(a, expiry_find(a));
  return status;
}
