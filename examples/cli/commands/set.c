/* Changes single values of a profile, by script or by hand. */
#include "commands.h"

#include "../export/export.h"
#include "../profile/check_value.h"
#include "../profile/guess.h"
#include "../profile/registration.h"
#include "../profile/secret.h"
#include "../report/secret_expiry.h"
#include "../terminal/term.h"
#include "discover.h"
#include "rewrite.h"

#include <stdio.h>
#include <string.h>

/* Exports become the lines of one value. */
static const char *join_exports(const char *before, const char *value) {
  static char all[VALUE_SIZE + 1]; /* room for a value that is refused because it is too long */
  if (before != all) (void)snprintf(all, sizeof all, "%s", before);
  size_t n = strlen(all);
  (void)snprintf(all + n, sizeof all - n, "\n%s", value);
  return all;
}

static int no_key(const options *o, moat_span name) {
  char typed[NAME_SIZE];
  guess g = {.typed = typed};
  (void)snprintf(typed, sizeof typed, "%.*s", (int)name.n, name.p);
  for (int key = 0; key < KEYS; key++)
    guess_offer(&g, profile_key(key));
  (void)options_misuse(o, "a profile has no key '%.*s'; a secret is set by `moat secret`",
                       (int)name.n, name.p);
  guess_hint(&g);
  return CLI_MISUSE;
}

/* A word without `=` may be a secret, so it is not repeated. */
static int take_pair(options *o, const char *pair) {
  const char *equals = strchr(pair, '=');
  if (!equals) return options_misuse(o, "set takes KEY=VALUE, and a word has no =");
  moat_span name = {pair, (size_t)(equals - pair)};
  int key = profile_find_key(name);
  if (key == KEYS) return no_key(o, name);
  const char *value = equals + 1;
  if (o->key[key] && key == KEY_EXPORT)
    value = join_exports(o->key[key], value);
  else if (o->key[key])
    return options_misuse(o, "%s comes twice", profile_key(key));
  o->key[key] = value;
  return CLI_OK;
}

/* Only what is set is read: another file may be missing on purpose, or for a while. A credential is
 * there only while its unit runs. */
static int check_files(account *a) {
  moat_span secret;
  const char *file = a->options.key[KEY_SECRET_FILE];
  const char *const *key_options = a->options.key;
  bool has_certificate = key_options[KEY_CA] || key_options[KEY_CLIENT_CERTIFICATE] ||
                         key_options[KEY_CLIENT_KEY] || key_options[KEY_KEY_ALGORITHM] ||
                         key_options[KEY_SERVICE_ACCOUNT];
  int status = has_certificate ? rewrite_check_files(a) : rewrite_check_login(a);
  bool is_credential = file && strncmp(file, SECRET_CREDENTIAL, strlen(SECRET_CREDENTIAL)) == 0;
  if (status || !file || !*file || is_credential) return status;
  return secret_take_file(a->profile.value[KEY_SECRET_FILE], &secret);
}

/* The parser of profiles does not know the formats. */
static int check_exports(const options *o) {
  char name[16];
  for (const char *line = o->key[KEY_EXPORT]; line && *line; line += strcspn(line, "\n")) {
    line += *line == '\n';
    int n = (int)strcspn(line, ":");
    (void)snprintf(name, sizeof name, "%.*s", n, line);
    if (!export_knows(name)) return options_misuse(o, "export: there is no format '%.*s'", n, line);
  }
  return CLI_OK;
}

/* The metadata becomes pairs of the command. It is read before the lock is taken, because
 * a server may be slow. */
static int rediscover(account *a) {
  static profile before, given, found;
  static char issuer[VALUE_SIZE];
  options *o = &a->options;
  int status = paths_find(&a->paths, o->name);
  if (!status) status = profile_read(&before, a->paths.conf);
  given = before;
  if (!status) status = profile_apply(&given, o);
  if (status) return status;
  memcpy(issuer, given.value[KEY_DISCOVERY], VALUE_SIZE);
  if (!*issuer) return options_misuse(o, "--rediscover needs an issuer: discovery=URL");
  found = given;
  const char *was = before.value[KEY_DISCOVERY];
  if (*was && strcmp(was, issuer) != 0) discover_forget(o, &found);
  status = discover(a, &found, &before, issuer);
  for (int key = 0; key < KEYS && !status; key++)
    if (strcmp(found.value[key], given.value[key]) != 0) o->key[key] = found.value[key];
  return status;
}

/* A pair is taken as an option of the same name, so that it is checked like one. */
int cmd_set(account *a) {
  static profile before, given;
  const moat_span none = {NULL, 0};
  options *o = &a->options;
  int status = CLI_OK;
  for (int i = 0; i < o->word_count && !status; i++)
    status = take_pair(o, o->words[i]);
  if (!status && o->rediscover) status = rediscover(a);
  if (!status) status = rewrite_open(a, &before);
  if (status) return status;
  given = before;
  status = profile_apply(&given, o);
  a->profile = given;
  if (!status) status = profile_resolve(&a->profile, o);
  bool stored = rewrite_has_stored(a);
  bool keeps = stored && profile_has_secret(&a->profile) && !a->profile.value[KEY_SECRET_FILE][0];
  if (!status) status = registration_keep(&a->paths, &a->profile, o->name);
  if (!status) status = rewrite_check_secret(a, keeps);
  if (!status) status = check_exports(o);
  if (!status) status = check_files(a);
  if (!status) status = rewrite_save(a, &before, &given, stored && !keeps ? &none : NULL);
  if (!status && stored && !keeps) hint("The secret that was stored is erased.");
  if (!status) rewrite_warn(a);
  if (!status) expiry_warn(a, expiry_find(a));
  return status;
}
