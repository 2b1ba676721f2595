/* A profile with right values can still be one that never works. */
#include "check_profile.h"

#include "providers.h"

#include <stdio.h>
#include <string.h>

/* Personal accounts are in the global cloud alone. URLs of the profile's own need no tenant. */
static bool is_without_accounts(const char *cloud, const char *url) {
  static char start[VALUE_SIZE];
  if (!*cloud || strcmp(cloud, "global") == 0) return false;
  int n = snprintf(start, sizeof start, "https://%s/consumers/", provider_cloud_host(cloud));
  return n > 0 && strncmp(url, start, (size_t)n) == 0;
}

const char *check_endpoints(const char *cloud, const char *tenant, const char *authorize_url,
                            const char *token_url, int *key) {
  *key = KEY_TOKEN_URL;
  if (*token_url && strcmp(authorize_url, token_url) == 0)
    return "is the authorize URL and the token URL at once. Codes are exchanged at another one";
  *key = KEY_TENANT;
  if (strcmp(tenant, "consumers") == 0 &&
      (is_without_accounts(cloud, authorize_url) || is_without_accounts(cloud, token_url)))
    return "is not for a national cloud, which has no personal accounts";
  return NULL;
}

/* Nobody's tenant is known from these: AADSTS9001023. A URL of the profile's own needs none. */
static bool asks_any_tenant(const char *tenant, const char *url) {
  char segment[sizeof "/organizations/"];
  bool is_any = strcmp(tenant, "common") == 0 || strcmp(tenant, "consumers") == 0 ||
                strcmp(tenant, "organizations") == 0;
  (void)snprintf(segment, sizeof segment, "/%s/", tenant);
  return is_any && strstr(url, segment);
}

const char *check_grant_fits(const char *grant, const char *auth, const char *file,
                             const char *tenant, const char *token_url, int *key) {
  bool by_credentials = strcmp(grant, "client-credentials") == 0;
  *key = KEY_GRANT;
  bool is_bearer = strcmp(grant, "jwt-bearer") == 0;
  if (is_bearer && !*file) return "needs an assertion_file or a service_account";
  if (*grant && !by_credentials && !*file) return "needs an assertion_file";
  if (by_credentials && (strcmp(auth, "none") == 0 || strcmp(auth, "omitted") == 0))
    return "needs a client that proves itself, by a secret for example";
  *key = KEY_TENANT;
  return *grant && asks_any_tenant(tenant, token_url)
             ? "has to be your own, because nobody signs in"
             : NULL;
}

const char *check_grant_uses(const char *grant, const char *file, const char *type, int *key) {
  bool exchanges = strcmp(grant, "token-exchange") == 0;
  *key = KEY_SUBJECT_TYPE;
  if (*type && !exchanges) return "is for the grant token-exchange alone";
  *key = KEY_ASSERTION_FILE;
  return *file && !exchanges && strcmp(grant, "jwt-bearer") != 0
             ? "is for the grants jwt-bearer and token-exchange alone"
             : NULL;
}

/* RFC 6749 allows these, but providers do not have them, and a command that was pasted does. Some
 * scopes of FHIR have a '|'. */
const char *check_scope_text(const char *scope) {
  return strpbrk(scope, "$`;<>(){}'") ? "has characters of a shell, and no scope has those" : NULL;
}
