/* The keys of a profile, and what the file says about each. */
#include "keys.h"

#include <stdio.h>
#include <string.h>

static const struct {
  const char *name;
  const char *comment;
  bool preset; /* the provider's preset may have it, so the file need not */
} keys[KEYS] = {
    [KEY_PROVIDER] = {"provider", "entra, google, github or custom.", false},
    [KEY_CLOUD] = {"cloud", "Entra's cloud: global, usgov or china.", false},
    [KEY_TENANT] = {"tenant",
                    "Entra's tenant: common, organizations, consumers, a GUID or a domain.", false},
    [KEY_AUTHORIZE_URL] = {"authorize_url", "Where a person signs in.", true},
    [KEY_TOKEN_URL] = {"token_url", "Where codes and refresh tokens are exchanged.", true},
    [KEY_DEVICE_URL] = {"device_url",
                        "Where a device code is asked for, to sign in without a browser.", true},
    /* Three endpoints that a grant can do without. Discovery fills them in. */
    [KEY_REVOCATION_URL] = {"revocation_url", "Where logout revokes the grant.", true},
    [KEY_INTROSPECTION_URL] = {"introspection_url",
                               "Where moat introspect asks about the access token.", true},
    [KEY_USERINFO_URL] = {"userinfo_url", "Where moat userinfo asks whose grant it is.", true},
    [KEY_CLIENT_ID] = {"client_id", "The application (client) id of the registration.", false},
    [KEY_AUTH] =
        {"auth",
         "How the client proves itself: none (public client), post, basic, basic-raw\n"
         "# for servers that do not decode what basic encodes, tls, by a certificate,\n"
         "# private-key-jwt, by an assertion that client_key signs, client-secret-jwt, by\n"
         "# one that the secret signs, or federated, by the one in client_assertion.",
         false},
    [KEY_SECRET_FILE] =
        {"secret_file",
         "The file that holds the client secret, in one line; with systemd it may be\n"
         "# $CREDENTIALS_DIRECTORY/ID. Without it the secret is the file `secret` in the state "
         "folder.",
         false},
    [KEY_SECRET_EXPIRES] =
        {"secret_expires",
         "The last day of the client secret, YYYY-MM-DD: status warns ahead of it.", false},
    [KEY_CLIENT_CERTIFICATE] =
        {"client_certificate",
         "The file with the client's own certificate for TLS, and those of its issuers.", false},
    [KEY_CLIENT_KEY] =
        {"client_key",
         "The file with its key, or the key of private-key-jwt, which nobody else may read.",
         false},
    [KEY_KEY_ALGORITHM] =
        {"key_algorithm",
         "How client_key signs: ES256, ES384, RS256 or PS256. If not given, as its curve has\n"
         "# it, by PS256 at Entra, and by RS256 elsewhere.",
         false},
    [KEY_KEY_ID] = {"key_id", "The name that the key has at the server (kid).", false},
    [KEY_ASSERTION_AUDIENCE] =
        {"assertion_audience",
         "Whom an assertion is for (aud). If not given, the issuer, or else the token URL;\n"
         "# at Entra, and for a service account, the token URL.",
         false},
    [KEY_CLIENT_ASSERTION] =
        {"client_assertion",
         "The file with a token of another issuer's, which proves the client (federated). It\n"
         "# is read anew each time.",
         false},
    [KEY_GRANT] = {"grant",
                   "How tokens come without a person: client-credentials, jwt-bearer or\n"
                   "# token-exchange. Without it somebody signs in.",
                   false},
    [KEY_ASSERTION_FILE] = {"assertion_file",
                            "The file with the JWT of jwt-bearer, or the token to exchange. It is\n"
                            "# read anew each time.",
                            false},
    [KEY_SUBJECT_TYPE] =
        {"subject_type",
         "The type of the token to exchange, a URI (RFC 8693 3); a JWT if not given.", false},
    [KEY_SERVICE_ACCOUNT] =
        {"service_account",
         "The JSON file with the key of a service account, which signs for jwt-bearer; nobody\n"
         "# else may read it.",
         false},
    [KEY_SUBJECT] = {"subject", "Whom the service account asks for, if not for itself.", false},
    [KEY_SCOPE] = {"scope", "What is asked for, separated by spaces.", false},
    [KEY_REDIRECT_URI] = {"redirect_uri", "As registered, to the letter.", false},
    [KEY_ISSUER] = {"issuer", "What the provider sends as `iss`: then every redirect must have it.",
                    true},
    [KEY_DISCOVERY] =
        {"discovery",
         "The issuer whose metadata had the URLs; moat set NAME --rediscover reads it.", false},
    [KEY_CA] = {"ca", "PEM file of the roots to trust, in place of the system's.", false},
    [KEY_PROXY] = {"proxy",
                   "The HTTP proxy to go through, http://HOST:PORT, or none. Without it, that of\n"
                   "# the environment: https_proxy, all_proxy and no_proxy.",
                   false},
    [KEY_PROXY_CREDENTIALS] =
        {"proxy_credentials",
         "The file that holds user:password for this proxy, in one line; or a credential,\n"
         "# as for secret_file.",
         false},
    [KEY_EXTRA] = {"extra", "Further parameters of the authorize URL, form-encoded.", true},
    [KEY_DEVICE_EXTRA] = {"device_extra", "The same for the request for a device code.", false},
    [KEY_TOKEN_EXTRA] =
        {"token_extra",
         "The same for a request for new tokens, such as audience=... or resource=...", false},
    [KEY_REFRESH_EXTRA] = {"refresh_extra", "The same for a refresh.", false},
    [KEY_SHARED] = {"shared",
                    "yes: other software refreshes the same grant. A refresh token that may be\n"
                    "# spent is then not tried again, for that could end the grant for both.",
                    false},
    [KEY_ON_TROUBLE] =
        {"on_trouble",
         "A command of moat keep's, with its whole path and no shell: it is run once\n"
         "# for each new trouble, with the text in MOAT_TROUBLE.",
         false},
    [KEY_EXPORT] = {"export",
                    "FORMAT:PATH of a file that moat keep brings up to date; a line for each file.",
                    false},
    [KEY_GIT_HOSTS] = {"git_hosts",
                       "The hosts that git may send the token to, separated by spaces.", false},
    [KEY_KEEP_DAYS] = {"keep_days", "moat keep refreshes after so many days; 1 if not given.",
                       false},
};

const char *profile_key(int key) {
  return keys[key].name;
}

const char *profile_option(int key) {
  static char text[32];
  (void)snprintf(text, sizeof text, "--%s", keys[key].name);
  for (char *c = text; *c; c++)
    if (*c == '_') *c = '-';
  return text;
}

int profile_find_key(moat_span name) {
  int key = 0;
  while (key < KEYS &&
         (strlen(keys[key].name) != name.n || memcmp(keys[key].name, name.p, name.n) != 0))
    key++;
  return key;
}

const char *key_comment(int key) {
  return keys[key].comment;
}

bool key_is_preset(int key) {
  return keys[key].preset;
}
