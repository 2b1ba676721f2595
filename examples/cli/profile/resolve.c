/* A profile is whole if it has what its grant and its client need, and nothing was given in vain.
 */
#include "profile.h"

#include "../terminal/term.h"
#include "check_profile.h"

#include <string.h>

static bool is_given(const profile *p, int key) {
  return p->value[key][0] != '\0';
}

static bool is_auth(const profile *p, const char *method) {
  return strcmp(p->value[KEY_AUTH], method) == 0;
}

/* ---- What does not fit ---- */

/* A grant asks with an assertion, or with the service account that signs one. */
const char *profile_conflict(const profile *p, int *key) {
  const char *file = p->value[KEY_ASSERTION_FILE], *account = p->value[KEY_SERVICE_ACCOUNT];
  bool is_bearer = strcmp(p->value[KEY_GRANT], "jwt-bearer") == 0;
  const char *wrong = check_grant_fits(p->value[KEY_GRANT], p->value[KEY_AUTH],
                                       is_bearer && !*file ? account : file, p->value[KEY_TENANT],
                                       p->value[KEY_TOKEN_URL], key);
  if (wrong) return wrong;
  *key = KEY_SERVICE_ACCOUNT;
  if (is_bearer && *file && *account) return "stands beside an assertion_file, and one is enough";
  return check_endpoints(p->value[KEY_CLOUD], p->value[KEY_TENANT], p->value[KEY_AUTHORIZE_URL],
                         p->value[KEY_TOKEN_URL], key);
}

/* Each method needs its own files. */
static const char *check_method(const profile *p) {
  bool has_certificate = is_given(p, KEY_CLIENT_CERTIFICATE);
  if (is_auth(p, "tls") && !has_certificate) return "needs a client_certificate and its client_key";
  if (is_auth(p, "federated") && !is_given(p, KEY_CLIENT_ASSERTION))
    return "needs a client_assertion";
  if (profile_signs(p) && !is_given(p, KEY_CLIENT_KEY)) return "needs a client_key";
  if (profile_signs(p) && !has_certificate && profile_is_entra(p))
    return "needs a client_certificate as well: Entra knows the key by it";
  return NULL;
}

/* A certificate comes with its key. */
static const char *check_client(const profile *p, int *key) {
  bool has_certificate = is_given(p, KEY_CLIENT_CERTIFICATE), has_key = is_given(p, KEY_CLIENT_KEY);
  const char *wrong = check_method(p);
  *key = KEY_AUTH;
  if (wrong) return wrong;
  *key = KEY_CLIENT_CERTIFICATE;
  if (has_certificate && !has_key) return "needs its client_key";
  *key = KEY_CLIENT_KEY;
  bool is_of_use = has_certificate || profile_signs(p);
  return has_key && !is_of_use ? "needs its client_certificate, or auth private-key-jwt" : NULL;
}

/* ---- What nothing uses ---- */

/* Whether an option or a pair has this value now. */
static bool is_new(const options *o, int key) {
  return o->key[key] && *o->key[key];
}

/* A secret signs by the one algorithm that there is, and may have a name. A service account's file
 * has the name of its key. */
static bool signs_with(const profile *p, int key) {
  return profile_signs(p) || (is_auth(p, "client-secret-jwt") && key != KEY_KEY_ALGORITHM) ||
         (is_given(p, KEY_SERVICE_ACCOUNT) && key != KEY_KEY_ID);
}

static const char *find_unsigned(const profile *p, const options *o, int *key) {
  static const int signing[] = {KEY_KEY_ALGORITHM, KEY_KEY_ID, KEY_ASSERTION_AUDIENCE};
  for (size_t i = 0; i < sizeof signing / sizeof *signing; i++) {
    *key = signing[i];
    if (is_new(o, *key) && !signs_with(p, *key)) return "is for auth private-key-jwt alone";
  }
  return NULL;
}

/* A file may have values that nothing uses. Whoever gives one now expects it to be used. */
static const char *find_unused(const profile *p, const options *o, int *key) {
  const char *file = o->key[KEY_ASSERTION_FILE], *type = o->key[KEY_SUBJECT_TYPE];
  const char *wrong = find_unsigned(p, o, key);
  if (wrong) return wrong;
  *key = KEY_CLIENT_ASSERTION;
  if (is_new(o, *key) && !is_auth(p, "federated")) return "is for auth federated alone";
  *key = KEY_SERVICE_ACCOUNT;
  if (is_new(o, *key) && strcmp(p->value[KEY_GRANT], "jwt-bearer") != 0)
    return "is for the grant jwt-bearer alone";
  *key = KEY_SUBJECT;
  if (is_new(o, *key) && !is_given(p, KEY_SERVICE_ACCOUNT)) return "is for a service_account alone";
  static const int entra[] = {KEY_CLOUD, KEY_TENANT};
  for (size_t i = 0; i < sizeof entra / sizeof *entra; i++) {
    *key = entra[i];
    if (is_new(o, *key) && !profile_provider(p)->has_tenants)
      return "is for the provider entra alone";
  }
  *key = KEY_PROXY_CREDENTIALS;
  if (is_new(o, *key) && !is_given(p, KEY_PROXY)) return "needs the proxy that it is for";
  return check_grant_uses(p->value[KEY_GRANT], file ? file : "", type ? type : "", key);
}

/* ---- Telling ---- */

/* Nobody typed the tenant of the preset, so it is not named. */
static int no_tenant(const options *o) {
  return options_misuse(o, "nobody signs in, so %s has to be given, and to be your own",
                        profile_given_as(o, KEY_TENANT));
}

static int conflict(const profile *p, const options *o, int key, const char *wrong) {
  bool is_typed = o->command->bit == CMD_INIT || o->command->bit == CMD_SET || is_new(o, key);
  if (is_typed && key == KEY_TENANT && !o->key[key] && profile_is_unattended(p))
    return no_tenant(o);
  if (is_typed)
    return options_misuse(o, "%s %s %s", profile_given_as(o, key), p->value[key], wrong);
  say(CLI_PROFILE, "the %s of %s, %s, %s", profile_key(key), o->name, p->value[key], wrong);
  hint("Correct it: moat set %s %s=VALUE", o->name, profile_key(key));
  return CLI_PROFILE;
}

int profile_check(const profile *p, const options *o) {
  int key;
  const char *wrong = profile_conflict(p, &key);
  if (!wrong) wrong = find_unused(p, o, &key);
  return wrong ? conflict(p, o, key, wrong) : CLI_OK;
}

/* Fills in only what is missing. The command line comes first and the file second, so a preset
 * never overrules what a person said. */
int profile_resolve(profile *p, const options *o) {
  static const int needed[] = {KEY_CLIENT_ID, KEY_AUTHORIZE_URL, KEY_TOKEN_URL};
  profile_fill(p);
  for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
    int key = needed[i];
    bool is_needless = key == KEY_AUTHORIZE_URL && profile_is_unattended(p);
    if (is_given(p, key) || is_needless) continue;
    /* Only init has no profile yet that could be wrong. */
    if (o->command->bit == CMD_INIT) return options_misuse(o, "%s is missing", profile_option(key));
    say(CLI_PROFILE, "the profile %s has no %s", o->name, profile_key(key));
    hint("Add it: moat set %s %s=VALUE", o->name, profile_key(key));
    return CLI_PROFILE;
  }
  int key;
  const char *wrong = check_client(p, &key);
  return wrong ? conflict(p, o, key, wrong) : profile_check(p, o);
}
