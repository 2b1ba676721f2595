/* Most formats are a language and a list of keys. */
#include "formats.h"

#include "../terminal/term.h"

#include <string.h>

/* A value without bytes is missing. */
typedef struct {
  const char *key;
  moat_span value;
} pair;

/* The order is that of a new file. */
static bool put_pairs(document *d, const language *l, const pair *pairs, size_t n) {
  for (size_t i = 0; i < n; i++) {
    bool goes = !pairs[i].value.n && l->remove;
    const char *after = i ? pairs[i - 1].key : NULL;
    if (goes ? !l->remove(d, pairs[i].key) : !l->set(d, pairs[i].key, after, pairs[i].value))
      return false;
  }
  return true;
}

/* The end of an access token says nothing without the token. */
static moat_span stamp(const exported *e, char text[TIME_SIZE]) {
  text[0] = '\0';
  if (e->access_token.n) (void)time_stamp(e->expires, text);
  return moat_str(text);
}

/* ---- Config.toml of Ballerina's OneDrive connector ---- */

static bool put_ballerina(document *d, const exported *e) {
  const pair pairs[] = {{"refreshToken", e->refresh_token},
                        {"clientId", e->client_id},
                        {"clientSecret", e->client_secret}};
  d->anchor = pairs[0].key;
  return put_pairs(d, &language_toml, pairs, sizeof pairs / sizeof *pairs);
}

/* Reading begins with the same key, so that it finds the same table. */
static int get_ballerina(document *d, const exported *e, char *out, size_t size, size_t *n) {
  (void)e;
  d->anchor = "refreshToken";
  return language_toml.get(d, d->anchor, out, size, n);
}

static int get_ballerina_client(document *d, char *out, size_t size, size_t *n) {
  return language_toml.get(d, "clientId", out, size, n);
}

/* In the connector's sample, refreshUrl keeps its default: Entra's common tenant. */
static void advise_ballerina(const exported *e) {
  static const char usual[] = "https://login.microsoftonline.com/common/oauth2/v2.0/token";
  if (moat_span_equal(e->token_url, moat_str(usual))) return;
  say(CLI_OK, "warning: the program must set refreshUrl, for this is not Entra's common tenant:");
  hint("refreshUrl: \"%.*s\"", (int)e->token_url.n, e->token_url.p);
}

/* ---- Assignments for a shell ---- */

/* Each variable is set each time, so that none keeps its value from another grant. */
static bool put_env(document *d, const exported *e) {
  char expires[TIME_SIZE];
  const pair pairs[] = {{"REFRESH_TOKEN", e->refresh_token},
                        {"CLIENT_ID", e->client_id},
                        {"CLIENT_SECRET", e->client_secret},
                        {"TOKEN_URL", e->token_url},
                        {"SCOPE", e->scope},
                        {"ACCESS_TOKEN", e->access_token},
                        {"EXPIRES_AT", stamp(e, expires)}};
  return put_pairs(d, &language_env, pairs, sizeof pairs / sizeof *pairs);
}

static int get_env(document *d, const exported *e, char *out, size_t size, size_t *n) {
  (void)e;
  return language_env.get(d, "REFRESH_TOKEN", out, size, n);
}

/* ---- A JSON object ---- */

/* The members have the names of RFC 6749 (2.3.1, 5.1), where it has them. There is no expires_in:
 * it would count from a time that the file does not tell. */
static bool put_json(document *d, const exported *e) {
  char expires[TIME_SIZE];
  const pair pairs[] = {{"client_id", e->client_id},
                        {"client_secret", e->client_secret},
                        {"token_url", e->token_url},
                        {"refresh_token", e->refresh_token},
                        {"access_token", e->access_token},
                        {"token_type", moat_str(e->access_token.n ? "Bearer" : "")},
                        {"expires_at", stamp(e, expires)},
                        {"scope", e->scope}};
  return put_pairs(d, &language_json, pairs, sizeof pairs / sizeof *pairs);
}

static int get_json(document *d, const exported *e, char *out, size_t size, size_t *n) {
  (void)e;
  return language_json.get(d, "refresh_token", out, size, n);
}

static int get_json_client(document *d, char *out, size_t size, size_t *n) {
  return language_json.get(d, "client_id", out, size, n);
}

/* ---- The file refresh_token of the OneDrive client for Linux (abraunegg) ---- */

/* JSON without blanks is no token: it would be overwritten, and an import would send all of it to
 * the provider. */
static bool is_token(const char *p, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (p[i] <= ' ' || p[i] > '~') return false;
  return !n || !strchr("{[\"", *p);
}

/* The length of the token in the document, which has nothing else. */
static bool find_onedrive(document *d, size_t *n) {
  static const char space[] = " \t\r\n";
  for (*n = d->n; *n && strchr(space, d->p[*n - 1]);)
    --*n;
  return is_token(d->p, *n) ? true : document_wrong(d, 0, "it is no refresh token");
}

/* A token that could not be read again is not written. */
static bool put_onedrive(document *d, const exported *e) {
  size_t n;
  if (!is_token(e->refresh_token.p, e->refresh_token.n))
    return document_wrong(d, 0, "the token of the grant has blanks, or looks like JSON");
  return find_onedrive(d, &n) && document_replace(d, 0, n, e->refresh_token);
}

static int get_onedrive(document *d, const exported *e, char *out, size_t size, size_t *n) {
  (void)e;
  if (!find_onedrive(d, n)) return -1;
  if (*n > size) return 0;
  memcpy(out, d->p, *n);
  return *n > 0;
}

/* The token is of no use to another client. */
static void advise_onedrive(const exported *e) {
  hint("Its config must have the same client: application_id = \"%.*s\"", (int)e->client_id.n,
       e->client_id.p);
}

/* ---- The table ---- */

static const export_format formats[] = {
    {.name = "ballerina",
     .needs_refresh_token = true,
     .needs_secret = true,
     .is_utf8 = true,
     .put = put_ballerina,
     .get = get_ballerina,
     .get_client = get_ballerina_client,
     .advise = advise_ballerina},
    {.name = "env", .put = put_env, .get = get_env},
    {.name = "json",
     .is_utf8 = true,
     .put = put_json,
     .get = get_json,
     .get_client = get_json_client},
    {.name = "onedrive",
     .needs_refresh_token = true,
     .is_public = true,
     .put = put_onedrive,
     .get = get_onedrive,
     .advise = advise_onedrive},
};

/* Names are few, so they are compared one by one. */
const export_format *format_find(const char *name) {
  for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
    if (strcmp(name, formats[i].name) == 0) return &formats[i];
  return strcmp(name, format_rclone.name) == 0 ? &format_rclone : NULL;
}
