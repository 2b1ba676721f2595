/* One table describes the options: their names, where their values go, and which commands take
 * them. The parser and --help both read it. */
#include "option_table.h"

#include <string.h>

/* The commands that sign in or ask the server, and those that build an authorize URL. */
enum {
  SIGN_IN_COMMANDS = CMD_INIT | CMD_LOGIN | CMD_URL | CMD_EXCHANGE | CMD_REFRESH | CMD_TOKEN,
  URL_COMMANDS = CMD_INIT | CMD_LOGIN | CMD_URL
};

/* Options that stand for a value of the profile lie in one array, so that profile_apply() can go
 * through them. */
#define AT(member) offsetof(options, member)
#define AT_KEY(k) (offsetof(options, key) + (k) * sizeof(const char *))

const option option_table[] = {
    {"--provider", "NAME", AT_KEY(KEY_PROVIDER), CMD_INIT,
     "entra (the default), google, github or custom"},
    {"--cloud", "NAME", AT_KEY(KEY_CLOUD), SIGN_IN_COMMANDS,
     "Entra's cloud: global (the default), usgov or china"},
    {"--tenant", "T", AT_KEY(KEY_TENANT), SIGN_IN_COMMANDS, "Entra's tenant; by default common"},
    {"--authorize-url", "URL", AT_KEY(KEY_AUTHORIZE_URL), SIGN_IN_COMMANDS,
     "where a person signs in"},
    {"--token-url", "URL", AT_KEY(KEY_TOKEN_URL), SIGN_IN_COMMANDS,
     "where codes and refresh tokens are exchanged"},
    {"--device-url", "URL", AT_KEY(KEY_DEVICE_URL), CMD_INIT | CMD_LOGIN,
     "where a device code is asked for"},
    {"--client-id", "ID", AT_KEY(KEY_CLIENT_ID), SIGN_IN_COMMANDS,
     "the client's ID in its registration"},
    {"--secret-file", "FILE", AT_KEY(KEY_SECRET_FILE), SIGN_IN_COMMANDS,
     "file with the client secret; with init, - asks for it or reads stdin"},
    {"--secret-expires", "DATE", AT_KEY(KEY_SECRET_EXPIRES), CMD_INIT | CMD_SECRET,
     "last day of the secret, YYYY-MM-DD; status warns 30 days ahead"},
    {"--auth", "METHOD", AT_KEY(KEY_AUTH), SIGN_IN_COMMANDS,
     "none, omitted, post, basic, basic-raw, tls, private-key-jwt, client-secret-jwt, federated"},
    {"--client-certificate", "FILE", AT_KEY(KEY_CLIENT_CERTIFICATE), SIGN_IN_COMMANDS,
     "PEM file with the client's certificate for TLS, and its issuers'"},
    {"--client-key", "FILE", AT_KEY(KEY_CLIENT_KEY), SIGN_IN_COMMANDS,
     "its key, or that of private-key-jwt: no passphrase, and nobody else may read it"},
    {"--key-algorithm", "ALG", AT_KEY(KEY_KEY_ALGORITHM), CMD_INIT,
     "how the key signs: ES256, ES384, RS256 or PS256"},
    {"--key-id", "ID", AT_KEY(KEY_KEY_ID), CMD_INIT, "the name that the key has at the server"},
    {"--assertion-audience", "TEXT", AT_KEY(KEY_ASSERTION_AUDIENCE), CMD_INIT,
     "the audience of what it signs; by default the issuer, or else the token URL"},
    {"--client-assertion", "FILE", AT_KEY(KEY_CLIENT_ASSERTION), CMD_INIT,
     "file with another issuer's token for federated, read anew each time"},
    {"--grant", "KIND", AT_KEY(KEY_GRANT), CMD_INIT,
     "client-credentials, jwt-bearer or token-exchange: nobody signs in"},
    {"--assertion-file", "FILE", AT_KEY(KEY_ASSERTION_FILE), CMD_INIT,
     "file with the JWT or the token that is exchanged, read anew each time"},
    {"--subject-type", "URI", AT_KEY(KEY_SUBJECT_TYPE), CMD_INIT,
     "the type of the token that is exchanged; a JWT by default"},
    {"--service-account", "FILE", AT_KEY(KEY_SERVICE_ACCOUNT), CMD_INIT,
     "JSON file of a service account, which signs for jwt-bearer"},
    {"--subject", "ADDRESS", AT_KEY(KEY_SUBJECT), CMD_INIT,
     "whom the service account asks for, if not for itself"},
    {"--scope", "\"S ...\"", AT_KEY(KEY_SCOPE), URL_COMMANDS, "the scopes to ask for"},
    {"--redirect-uri", "URI", AT_KEY(KEY_REDIRECT_URI), URL_COMMANDS,
     "as registered; the default is http://localhost"},
    {"--issuer", "URL", AT_KEY(KEY_ISSUER), CMD_INIT | CMD_LOGIN | CMD_EXCHANGE,
     "init reads its metadata, if no URL is given; else what redirects have as iss"},
    {"--extra", "FIELDS", AT_KEY(KEY_EXTRA), URL_COMMANDS,
     "further parameters of the authorize URL, form-encoded"},
    {"--device-extra", "FIELDS", AT_KEY(KEY_DEVICE_EXTRA), CMD_INIT | CMD_LOGIN,
     "the same for the request for a device code"},
    {"--token-extra", "FIELDS", AT_KEY(KEY_TOKEN_EXTRA), CMD_INIT | CMD_LOGIN | CMD_EXCHANGE,
     "the same for requests for new tokens: audience=A&resource=R"},
    {"--refresh-extra", "FIELDS", AT_KEY(KEY_REFRESH_EXTRA), CMD_INIT, "the same for a refresh"},
    {"--shared", "ANSWER", AT_KEY(KEY_SHARED), CMD_INIT | CMD_REFRESH | CMD_TOKEN,
     "yes or no: does other software refresh the same grant"},
    {"--ca", "FILE", AT_KEY(KEY_CA), SIGN_IN_COMMANDS, "PEM file of the roots to trust"},
    {"--proxy", "URL", AT_KEY(KEY_PROXY), SIGN_IN_COMMANDS,
     "the HTTP proxy, http://HOST:PORT, or none; else that of the environment"},
    {"--proxy-credentials", "FILE", AT_KEY(KEY_PROXY_CREDENTIALS), SIGN_IN_COMMANDS,
     "file with user:password for the proxy"},
    {"--force", NULL, AT(force), CMD_INIT | CMD_IMPORT,
     "change an existing profile, or replace a living grant"},
    {"--yes", NULL, AT(yes), CMD_REMOVE, "do not ask"},
    {"--account", "NAME", AT(who), CMD_LOGIN | CMD_URL | CMD_EXCHANGE,
     "who is to sign in, such as an address; select: the provider lets one choose"},
    {"--challenge", "HEADER", AT(challenge), CMD_LOGIN | CMD_URL | CMD_EXCHANGE,
     "the WWW-Authenticate of a service that wants another sign-in"},
    {"--browser", NULL, AT(browser), CMD_LOGIN, "open a browser, even if no display is known"},
    {"--paste", NULL, AT(paste), CMD_LOGIN,
     "open no browser and do not listen; the address is pasted"},
    {"--device", NULL, AT(device), CMD_LOGIN, "sign in on a phone or another computer, by a code"},
    {"--no-qr", NULL, AT(no_qr), CMD_LOGIN, "draw no QR code"},
    {"--wait", "SECONDS", AT(wait), CMD_LOGIN,
     "time to sign in; the default is 300, or the life of the device code"},
    {"--json", NULL, AT(json), CMD_TOKEN | CMD_STATUS | CMD_LIST | CMD_DOCTOR | CMD_INTROSPECT,
     "print JSON; with --version too"},
    {"--format", "FORMAT", AT(format), CMD_EXPORT | CMD_IMPORT | CMD_TOKEN, NULL},
    {"--user", "ADDRESS", AT(user), CMD_TOKEN, "whose mailbox it is, for xoauth2"},
    {"-o", "FILE", AT(output), CMD_EXPORT,
     "write to FILE; of an existing file, only Moat's keys are changed"},
    {"--show-secrets", NULL, AT(show_secrets), CMD_EXPORT, "show secrets even on a terminal"},
    {"--anyway", NULL, AT(anyway), CMD_EXPORT, "export even a grant that the provider has ended"},
    {"--rediscover", NULL, AT(rediscover), CMD_SET,
     "read the URLs anew from the issuer's metadata"},
    {"--register", NULL, AT(registers), CMD_INIT,
     "let the issuer make the client, and store its ID and its secret"},
    {"--initial-token-file", "FILE", AT(initial_token), CMD_INIT,
     "file with the access token that the issuer wants for that"},
    {"--local", NULL, AT(local), CMD_LOGOUT | CMD_REMOVE, "do not tell the provider"},
    {"--timeout", "SECONDS", AT(timeout), CMD_ALL,
     "limit for a whole exchange with the server; the default is 30"},
    {"-v", NULL, AT(verbose), CMD_ALL, "show on stderr what is asked of the server"},
    {"-vv", NULL, AT(very_verbose), CMD_ALL, "the same, with headers and form fields"},
    {"--help", NULL, AT(help), CMD_ALL, "this text"},
    {"--version", NULL, AT(version), CMD_ALL, "the version"},
    {.name = NULL},
};

/* The one option whose values are each command's own. */
const char *option_help(const option *o, int bit) {
  if (o->help) return o->help;
  return bit == CMD_TOKEN    ? "header or xoauth2"
         : bit == CMD_IMPORT ? "ballerina, json, rclone or token"
                             : "ballerina, env, json, onedrive or rclone";
}

/* Only whole names count: an abbreviation would break when an option is added. -h is not in the
 * table, so --help shows one name for one thing. */
const option *option_find(const char *argument) {
  size_t n = strcspn(argument, "=");
  for (const option *o = option_table; o->name; o++)
    if (strlen(o->name) == n && strncmp(o->name, argument, n) == 0) return o;
  return strcmp(argument, "-h") == 0 ? option_find("--help") : NULL;
}
