/* A profile is a file that people read and edit. So it explains every key, and an error names the
 * file and the line. */
#include "profile.h"

#include "../files.h"
#include "../terminal/term.h"
#include "check_value.h"
#include "keys.h"
#include "paths.h"
#include "providers.h"
#include "read_pairs.h"
#include "unread.h"

#include <stdio.h>
#include <string.h>

enum { TEXT_SIZE = 32768 };

static int set(profile *p, int key, const char *value) {
  memcpy(p->value[key], value, strlen(value) + 1);
  return CLI_OK;
}

/* ---- Reading ---- */

/* Only the lines of KEY_EXPORT come on top of each other. */
static bool add(profile *p, int key, const char *value) {
  char *at = p->value[key];
  size_t n = strlen(at);
  if (n) at[n++] = '\n';
  if (n + strlen(value) >= VALUE_SIZE) return false;
  memcpy(at + n, value, strlen(value) + 1);
  return true;
}

/* Unknown keys are errors: otherwise a misspelt key would have no effect, and nobody would know. */
static int parse(profile *p, char *text, const char *path) {
  static const char mark[] = "\xef\xbb\xbf"; /* some editors begin a text with this */
  size_t skip = strncmp(text, mark, 3) == 0 ? 3 : 0;
  pair_reader l = {.next = text + skip};
  bool seen[KEYS] = {false};
  int r;
  while ((r = read_pair(&l)) > 0) {
    int key = profile_find_key(moat_str(l.key));
    if (key == KEYS) return say(CLI_PROFILE, "%s:%d: there is no key '%s'", path, l.number, l.key);
    if (seen[key] && key != KEY_EXPORT)
      return say(CLI_PROFILE, "%s:%d: %s comes twice", path, l.number, l.key);
    seen[key] = true;
    const char *wrong = check_value(key, l.value);
    if (!wrong && !add(p, key, l.value)) wrong = "is too long";
    if (wrong) return say(CLI_PROFILE, "%s:%d: %s %s", path, l.number, l.key, wrong);
  }
  if (r < 0) return say(CLI_PROFILE, "%s:%d: this is not `key = value`", path, l.number);
  return CLI_OK;
}

/* A profile has to be private: somebody who can change it can send the next refresh token
 * elsewhere. Root could do that anyway. There is no secret in it, so root's may be read by all. */
int profile_read(profile *p, const char *path) {
  static char text[TEXT_SIZE];
  size_t n = 0;
  int error = file_read(path, FILE_TRUSTED, text, sizeof text, &n);
  memset(p, 0, sizeof *p);
  if (error) return unread_say(path, error);
  if (strlen(text) != n) /* there is a NUL in it */
    say(CLI_PROFILE, "%s: this is not text", path);
  else if (!parse(p, text, path))
    return CLI_OK;
  hint("Correct it by hand, or write it anew with `moat init` and --force.");
  return CLI_PROFILE;
}

/* A credential of systemd's has no path before it is used. */
static bool is_path(int key, const char *value) {
  static const int files[] = {KEY_CA,
                              KEY_SECRET_FILE,
                              KEY_CLIENT_CERTIFICATE,
                              KEY_CLIENT_KEY,
                              KEY_CLIENT_ASSERTION,
                              KEY_ASSERTION_FILE,
                              KEY_SERVICE_ACCOUNT,
                              KEY_PROXY_CREDENTIALS};
  size_t i = 0, n = sizeof files / sizeof *files;
  while (i < n && files[i] != key)
    i++;
  return i < n && *value && strncmp(value, SECRET_CREDENTIAL, strlen(SECRET_CREDENTIAL)) != 0;
}

const char *profile_given_as(const options *o, int key) {
  return o->command->bit == CMD_SET ? profile_key(key) : profile_option(key);
}

/* The checks are those of the file. Here a mistake is one of the command line. A path is made
 * absolute, because init writes it into the profile. */
int profile_apply(profile *p, const options *o) {
  static char path[PATH_SIZE];
  for (int key = 0; key < KEYS; key++) {
    const char *value = o->key[key];
    if (!value) continue;
    /* A dash is no path. Only init takes a secret from stdin. */
    if (key == KEY_SECRET_FILE && strcmp(value, "-") == 0) {
      if (o->command->bit == CMD_INIT) continue;
      return options_misuse(o, "--secret-file - is for init");
    }
    if (is_path(key, value) && path_absolute(value, path, sizeof path) == 0) value = path;
    const char *wrong = check_value(key, value);
    if (wrong) return options_misuse(o, "%s %s %s", profile_given_as(o, key), value, wrong);
    set(p, key, value);
  }
  return CLI_OK;
}

/* ---- Presets ---- */

/* Before profile_resolve() the provider may be missing. */
const provider *profile_provider(const profile *p) {
  static const provider none = {.name = ""};
  const provider *found = provider_find(p->value[KEY_PROVIDER]);
  return found ? found : &none;
}

/* A person who gives its URLs, or its issuer, calls it custom. */
bool profile_is_entra(const profile *p) {
  return profile_provider(p)->has_tenants || provider_is_entra(p->value[KEY_TOKEN_URL]);
}

/* That key is private, and the server knows its public half. */
bool profile_signs(const profile *p) {
  return strcmp(p->value[KEY_AUTH], "private-key-jwt") == 0;
}

const char *profile_proof(const profile *p) {
  const char *auth = p->value[KEY_AUTH];
  if (strcmp(auth, "tls") == 0) return "a certificate";
  if (strcmp(auth, "federated") == 0) return "an assertion";
  return profile_signs(p) ? "a key" : NULL;
}

bool profile_has_secret(const profile *p) {
  const char *method = p->value[KEY_AUTH];
  return strcmp(method, "none") != 0 && strcmp(method, "omitted") != 0 &&
         strcmp(method, "tls") != 0 && strcmp(method, "federated") != 0 && !profile_signs(p);
}

bool profile_is_unattended(const profile *p) {
  return p->value[KEY_GRANT][0] != '\0';
}

static bool is_given(const profile *p, int key) {
  return p->value[key][0] != '\0';
}

static void set_default(profile *p, int key, const char *value) {
  if (!is_given(p, key) && value) set(p, key, value);
}

/* At Entra, the host of a cloud and a tenant come before the path of the preset. A URL that does
 * not fit counts as missing. */
static void set_url(profile *p, int key, const char *preset) {
  if (!preset || preset[0] != '/') set_default(p, key, preset);
  if (!preset || is_given(p, key)) return;
  int n = snprintf(p->value[key], VALUE_SIZE, "https://%s/%s%s",
                   provider_cloud_host(p->value[KEY_CLOUD]), p->value[KEY_TENANT], preset);
  if (n < 0 || n >= VALUE_SIZE) p->value[key][0] = '\0';
}

/* Entra has no revocation; its userinfo is Graph's, whose tokens Moat cannot tell from others. So
 * neither has a preset there. Somebody else's tokens are not sent to the preset's server. */
static void set_token_places(profile *p, const provider *preset) {
  const char *own = preset->token_url;
  if (!own || strcmp(p->value[KEY_TOKEN_URL], own) != 0) return;
  set_default(p, KEY_REVOCATION_URL, preset->revocation_url);
  set_default(p, KEY_USERINFO_URL, preset->userinfo_url);
}

/* Entra does not judge certificates in TLS: there the certificate says which key has signed. A
 * service account is named by its assertion, and needs no client. */
const char *profile_method(const profile *p) {
  if (is_given(p, KEY_CLIENT_ASSERTION)) return "federated";
  if (is_given(p, KEY_CLIENT_CERTIFICATE) && !profile_is_entra(p)) return "tls";
  if (is_given(p, KEY_CLIENT_KEY)) return "private-key-jwt";
  return is_given(p, KEY_SERVICE_ACCOUNT) ? "omitted" : NULL;
}

/* The body is the default place for a secret, because all presets accept it there. Client
 * credentials are for a client that proves itself. */
static const char *default_method(const profile *p) {
  if (is_given(p, KEY_SECRET_FILE)) return "post";
  if (profile_method(p)) return profile_method(p);
  return strcmp(p->value[KEY_GRANT], "client-credentials") == 0 ? "post" : "none";
}

void profile_fill(profile *p) {
  set_default(p, KEY_PROVIDER, "entra");
  const provider *preset = profile_provider(p);
  set_default(p, KEY_CLOUD, preset->has_tenants ? "global" : NULL);
  set_default(p, KEY_TENANT, preset->has_tenants ? "common" : NULL);
  set_url(p, KEY_AUTHORIZE_URL, preset->authorize_url);
  set_url(p, KEY_TOKEN_URL, preset->token_url);
  set_url(p, KEY_DEVICE_URL, preset->device_url);
  set_token_places(p, preset);
  set_default(p, KEY_SCOPE, profile_is_unattended(p) ? preset->unattended_scope : preset->scope);
  set_default(p, KEY_ISSUER, preset->issuer);
  set_default(p, KEY_EXTRA, preset->extra);
  set_default(p, KEY_REDIRECT_URI, "http://localhost");
  set_default(p, KEY_AUTH, default_method(p));
}

/* ---- Writing ---- */

/* A key without a value is shown too, so that its comment tells people what it is for. A key that
 * may come more than once gets a line for each of its values.
 *
 * Values of the preset are shown but commented out, so that they follow the tenant and newer
 * versions of moat. */
size_t profile_text(const profile *given, const profile *resolved, char *out, size_t size) {
  int n = snprintf(out, size,
                   "# A profile of moat: one `key = value` a line. What is commented out has the\n"
                   "# value shown. The secret and the tokens are elsewhere.\n");
  for (int key = 0; key < KEYS && n > 0 && (size_t)n < size; key++) {
    bool from_preset = key_is_preset(key) && !is_given(given, key);
    const char *value = resolved->value[key];
    n += snprintf(out + n, size - (size_t)n, "\n# %s\n", key_comment(key));
    for (bool more = true; more && (size_t)n < size;) {
      size_t length = strcspn(value, "\n");
      n += snprintf(out + n, size - (size_t)n, "%s%s =%s%.*s\n", from_preset || !*value ? "# " : "",
                    profile_key(key), *value ? " " : "", (int)length, value);
      more = value[length] != '\0';
      value += length + more;
    }
  }
  return n > 0 && (size_t)n < size ? (size_t)n : 0;
}
