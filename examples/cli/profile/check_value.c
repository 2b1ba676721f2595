/* Values are checked where they enter: in the file, in an option or in an answer. Code after that
 * can rely on them. Each text completes a sentence that begins with the value or its key. */
#include "check_value.h"

#include "../terminal/hide.h"
#include "date.h"
#include "providers.h"
#include "proxy_url.h"

#include <string.h>

enum { NAME_MAX_LENGTH = NAME_SIZE - 1, DAYS_MAX = 180 };

static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/* A NAME becomes a file name and a tenant becomes part of a URL, so both have a list of characters
 * that they may have. */
static bool consists_of(const char *s, const char *others) {
  while (*s && (strchr(letters, *s) || strchr(others, *s)))
    s++;
  return *s == '\0';
}

/* A dot in front would hide the file, and a dash would look like an option. */
bool check_name(const char *name) {
  size_t n = strlen(name);
  return n >= 1 && n <= NAME_MAX_LENGTH && name[0] != '.' && name[0] != '-' &&
         consists_of(name, "._-");
}

static bool is_one_of(const char *s, const char *const *words) {
  while (*words && strcmp(s, *words) != 0)
    words++;
  return *words != NULL;
}

static const char *check_provider(const char *s) {
  return provider_find(s) ? NULL : "is none of entra, google, github, custom";
}

static const char *check_cloud(const char *s) {
  return provider_cloud_host(s) ? NULL : "is none of global, usgov, china";
}

bool is_guid(moat_span s) {
  static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  if (s.n != sizeof form - 1) return false;
  for (size_t i = 0; i < s.n; i++)
    if (form[i] == '-' ? s.p[i] != '-' : !strchr("0123456789abcdefABCDEF", s.p[i])) return false;
  return true;
}

/* A name without a dot would only be refused by Entra. */
static const char *check_tenant(const char *s) {
  static const char *const words[] = {"common", "organizations", "consumers", NULL};
  bool domain = strlen(s) <= 253 && consists_of(s, ".-") && strchr(s, '.') && s[0] != '.';
  if (domain || is_one_of(s, words) || is_guid(moat_str(s))) return NULL;
  return "is no tenant: common, organizations, consumers, a GUID or a domain";
}

/* The library judges the URL, because the library will connect to it. */
static bool split(const char *url, moat_endpoint *e) {
  static char memory[VALUE_SIZE + 2];
  return moat_url_split(url, strlen(url), memory, sizeof memory, e) == MOAT_OK;
}

static const char *check_url(const char *s) {
  moat_endpoint e;
  return split(s, &e) ? NULL : "is not an https URL that Moat would connect to";
}

/* Plain http never leaves the machine when it goes to a loopback name (RFC 8252 7.3). It is judged
 * as if it were https, so that one parser decides what the host is. */
static const char *check_redirect(const char *s) {
  static const char *const loopback[] = {"localhost", "127.0.0.1", "::1", NULL};
  static char https[VALUE_SIZE + 1] = "https";
  moat_endpoint e;
  if (strncmp(s, "http:", 5) != 0)
    return split(s, &e) ? NULL : "is not an https or loopback http URL";
  memcpy(https + 5, s + 4, strlen(s + 4) + 1);
  if (!split(https, &e)) return "is not a URL";
  return is_one_of(e.host, loopback) ? NULL : "is http, but not to localhost, 127.0.0.1 or [::1]";
}

/* RFC 6749 A.1 also allows spaces. In a client id they are always a mistake of copying. */
static const char *check_visible(const char *s) {
  for (; *s; s++)
    if (*s <= ' ' || *s > '~') return "has a character that is not visible ASCII";
  return NULL;
}

static const char *check_auth(const char *s) {
  static const char *const methods[] = {"none",
                                        "omitted",
                                        "post",
                                        "basic",
                                        "basic-raw",
                                        "tls",
                                        "private-key-jwt",
                                        "client-secret-jwt",
                                        "federated",
                                        NULL};
  if (is_one_of(s, methods)) return NULL;
  return "is none of none, omitted, post, basic, basic-raw, tls, private-key-jwt, "
         "client-secret-jwt, federated";
}

static const char *check_algorithm(const char *s) {
  static const char *const algorithms[] = {"ES256", "ES384", "RS256", "PS256", NULL};
  return is_one_of(s, algorithms) ? NULL : "is none of ES256, ES384, RS256, PS256";
}

static const char *check_grant(const char *s) {
  static const char *const grants[] = {"client-credentials", "jwt-bearer", "token-exchange", NULL};
  return is_one_of(s, grants) ? NULL : "is none of client-credentials, jwt-bearer, token-exchange";
}

/* The meaning of a relative path would depend on where moat is started. A blank at the end would be
 * lost when the profile is read. */
static const char *check_path(const char *s) {
  for (const char *c = s; *c; c++)
    if ((unsigned char)*c < ' ' || *c == 0x7f) return "has a control character";
  if (s[strlen(s) - 1] == ' ') return "ends in a blank";
  return s[0] == '/' ? NULL : "is not an absolute path";
}

/* A credential is a file in that folder itself. What follows the name of the folder is judged as a
 * path. */
static const char *check_secret_file(const char *s) {
  size_t n = strlen(SECRET_CREDENTIAL);
  bool is_credential = strncmp(s, SECRET_CREDENTIAL, n) == 0 && s[n] && !strchr(s + n, '/');
  return check_path(is_credential ? s + n - 1 : s);
}

/* FORMAT:PATH in each line. Which formats there are is known to those who write them. A path may
 * have colons, so the first one counts. */
static const char *check_export(const char *s) {
  static char path[VALUE_SIZE];
  for (const char *line = s; line; line = strchr(line, '\n')) {
    line += *line == '\n';
    size_t name = strspn(line, "abcdefghijklmnopqrstuvwxyz"), n = strcspn(line, "\n");
    if (!name || line[name] != ':' || name + 1 >= n) return "is not FORMAT:PATH";
    memcpy(path, line + name + 1, n - name - 1);
    path[n - name - 1] = '\0';
    const char *wrong = check_path(path);
    if (wrong) return path[0] == '/' ? wrong : "is not FORMAT:PATH with an absolute path";
  }
  return NULL;
}

static const char *check_date(const char *s) {
  int64_t day;
  return date_day(s, &day) ? NULL : "is not a date of the form YYYY-MM-DD";
}

/* Words with single spaces between them (RFC 6749 3.3). */
static const char *check_scope(const char *s) {
  for (const char *c = s; *c; c++) {
    if (*c < ' ' || *c > '~' || *c == '"' || *c == '\\')
      return "has a character that no scope may have";
    if (*c == ' ' && (c == s || c[1] == ' ' || c[1] == '\0'))
      return "has spaces that separate nothing";
  }
  return NULL;
}

/* The fields go into the URL unchanged, so they have to be encoded already. A parameter that Moat
 * sets itself would come twice, which RFC 6749 3.1 forbids. */
static const char *check_extra(const char *s) {
  static const char *const own[] = {
      "response_type", "client_id",      "redirect_uri",          "scope",
      "state",         "code_challenge", "code_challenge_method", "grant_type",
      "client_secret", "code",           "code_verifier",         "refresh_token",
      "device_code",   "assertion",      "subject_token"};
  if (strpbrk(s, "#?\"<>\\^`{|}[]")) return "is not form-encoded";
  for (const char *field = s; field; field = strchr(field, '&')) {
    field += *field == '&';
    size_t n = strcspn(field, "=&");
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
      if (strlen(own[i]) == n && strncmp(own[i], field, n) == 0)
        return "has a parameter that Moat sets itself";
  }
  return check_visible(s);
}

/* Names or addresses with single spaces between them, and with ports where they have some. */
static const char *check_hosts(const char *s) {
  for (const char *c = s; *c; c++)
    if (!strchr(letters, *c) && !strchr(".-:[] ", *c)) return "has a character that no host has";
  return check_scope(s);
}

static const char *check_shared(const char *s) {
  return strcmp(s, "yes") == 0 || strcmp(s, "no") == 0 ? NULL : "is neither yes nor no";
}

/* No provider lets an unused grant live for longer than some months. */
static const char *check_days(const char *s) {
  int n = 0;
  const char *c = s;
  for (; *c >= '0' && *c <= '9' && n <= DAYS_MAX; c++)
    n = n * 10 + (*c - '0');
  return *c || n < 1 || n > DAYS_MAX ? "is not a number of days from 1 to 180" : NULL;
}

/* A profile holds no secret, and others can see arguments. What should not be there is hidden
 * before the message repeats it. */
static const char *check_proxy(const char *s) {
  proxy_url url;
  if (strcmp(s, "none") == 0) return NULL;
  const char *wrong = proxy_url_read(s, &url);
  hide_secret(url.user);
  if (!wrong && url.user.n)
    wrong = "has a user in it, who belongs into a file: --proxy-credentials FILE";
  return wrong ? wrong : check_visible(s);
}

/* An empty value counts as not given, as in OAuth (RFC 6749 3.1). */
const char *check_value(int key, const char *value) {
  static const char *(*const checks[KEYS])(const char *) = {
      [KEY_PROVIDER] = check_provider,
      [KEY_CLOUD] = check_cloud,
      [KEY_TENANT] = check_tenant,
      [KEY_AUTHORIZE_URL] = check_url,
      [KEY_TOKEN_URL] = check_url,
      [KEY_DEVICE_URL] = check_url,
      [KEY_REVOCATION_URL] = check_url,
      [KEY_INTROSPECTION_URL] = check_url,
      [KEY_USERINFO_URL] = check_url,
      [KEY_CLIENT_ID] = check_visible,
      [KEY_AUTH] = check_auth,
      [KEY_SECRET_FILE] = check_secret_file,
      [KEY_SECRET_EXPIRES] = check_date,
      [KEY_KEY_ALGORITHM] = check_algorithm,
      [KEY_KEY_ID] = check_visible,
      [KEY_ASSERTION_AUDIENCE] = check_visible,
      [KEY_CLIENT_CERTIFICATE] = check_secret_file,
      [KEY_CLIENT_KEY] = check_secret_file,
      [KEY_CLIENT_ASSERTION] = check_secret_file,
      [KEY_GRANT] = check_grant,
      [KEY_ASSERTION_FILE] = check_secret_file,
      [KEY_SUBJECT_TYPE] = check_visible,
      [KEY_SERVICE_ACCOUNT] = check_secret_file,
      [KEY_SUBJECT] = check_visible,
      [KEY_SCOPE] = check_scope,
      [KEY_REDIRECT_URI] = check_redirect,
      [KEY_ISSUER] = check_url,
      [KEY_DISCOVERY] = check_url,
      [KEY_CA] = check_path,
      [KEY_PROXY] = check_proxy,
      [KEY_PROXY_CREDENTIALS] = check_secret_file,
      [KEY_EXTRA] = check_extra,
      [KEY_DEVICE_EXTRA] = check_extra,
      [KEY_TOKEN_EXTRA] = check_extra,
      [KEY_REFRESH_EXTRA] = check_extra,
      [KEY_SHARED] = check_shared,
      [KEY_KEEP_DAYS] = check_days,
      [KEY_ON_TROUBLE] = check_path,
      [KEY_EXPORT] = check_export,
      [KEY_GIT_HOSTS] = check_hosts};
  if (strlen(value) >= VALUE_SIZE) return "is too long";
  return *value ? checks[key](value) : NULL;
}
