/* Everything that differs between providers is a fact in this table. No other code asks for a name.
 * A new provider is a new entry; check_value.c and init_questions.c list the names for people. */
#include "providers.h"

#include <string.h>

static const provider providers[] = {
    {.name = "entra",
     .authorize_url = "/oauth2/v2.0/authorize",
     .token_url = "/oauth2/v2.0/token",
     .device_url = "/oauth2/v2.0/devicecode",
     .scope = "offline_access files.read files.read.all files.readwrite files.readwrite.all",
     .unattended_scope = "https://graph.microsoft.com/.default",
     .extra = "response_mode=query",
     .cannot_revoke = true,
     .revoke =
         "Personal account: https://account.live.com/consent/Manage; at work an admin revokes "
         "it.",
     .scope_hint = "offline_access brings the refresh token; the others are permissions.",
     .idle_days = 90,
     .has_tenants = true,
     .has_guids = true,
     .has_platforms = true,
     .device_is_public = true,
     .ignores_port = true},
    /* Google gives a refresh token only with access_type=offline, and a second one only after
     * another consent. */
    {.name = "google",
     .authorize_url = "https://accounts.google.com/o/oauth2/v2/auth",
     .token_url = "https://oauth2.googleapis.com/token",
     .device_url = "https://oauth2.googleapis.com/device/code",
     .revocation_url = "https://oauth2.googleapis.com/revoke",
     .userinfo_url = "https://openidconnect.googleapis.com/v1/userinfo",
     .scope = "openid email profile",
     .issuer = "https://accounts.google.com",
     .extra = "access_type=offline&prompt=consent",
     .idle_days = 180},
    /* Tokens of a GitHub OAuth app do not expire, so there is no refresh token to ask for. A GitHub
     * App may have some. */
    {.name = "github",
     .authorize_url = "https://github.com/login/oauth/authorize",
     .token_url = "https://github.com/login/oauth/access_token",
     .device_url = "https://github.com/login/device/code",
     .is_one_time = true},
    {.name = "custom", .is_unknown = true},
};

const provider *provider_find(const char *name) {
  for (size_t i = 0; i < sizeof providers / sizeof *providers; i++)
    if (strcmp(providers[i].name, name) == 0) return &providers[i];
  return NULL;
}

static const char *const clouds[][2] = {{"global", "login.microsoftonline.com"},
                                        {"usgov", "login.microsoftonline.us"},
                                        {"china", "login.partner.microsoftonline.cn"}};

const char *provider_cloud_host(const char *cloud) {
  for (size_t i = 0; i < sizeof clouds / sizeof *clouds; i++)
    if (strcmp(clouds[i][0], cloud) == 0) return clouds[i][1];
  return NULL;
}

/* The slash ends the host, so that no longer name passes for one of them. A port would be another
 * server's. */
bool provider_is_entra(const char *url) {
  static const char scheme[] = "https://";
  if (strncmp(url, scheme, sizeof scheme - 1) != 0) return false;
  const char *host = url + sizeof scheme - 1;
  for (size_t i = 0; i < sizeof clouds / sizeof *clouds; i++) {
    size_t n = strlen(clouds[i][1]);
    if (strncmp(host, clouds[i][1], n) == 0 && host[n] == '/') return true;
  }
  return false;
}
