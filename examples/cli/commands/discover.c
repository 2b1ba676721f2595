/* The metadata is read when a profile is made or somebody asks for it, and never by a timer: a
 * provider whose metadata changes overnight does not take the grant elsewhere. */
#include "discover.h"

#include <moat/discovery.h>

#include "../account/client.h"
#include "../report/report.h"
#include "../terminal/term.h"

#include <stdio.h>
#include <string.h>

enum { TEXT_SIZE = 1024 };

bool discover_is_asked(const options *o, const profile *before) {
  const char *name = o->key[KEY_PROVIDER], *issuer = o->key[KEY_ISSUER];
  if (!name) name = before->value[KEY_PROVIDER];
  bool unknown = !*name || strcmp(name, "custom") == 0;
  return issuer && *issuer && unknown && !o->key[KEY_TOKEN_URL] && !o->key[KEY_AUTHORIZE_URL];
}

void discover_forget(const options *o, profile *p) {
  static const int keys[] = {KEY_AUTHORIZE_URL,  KEY_TOKEN_URL,         KEY_DEVICE_URL,
                             KEY_REVOCATION_URL, KEY_INTROSPECTION_URL, KEY_USERINFO_URL,
                             KEY_ISSUER,         KEY_DISCOVERY};
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
    if (!o->key[keys[i]]) p->value[keys[i]][0] = '\0';
}

/* ---- What the metadata says ---- */

/* The URLs that a client with a certificate may have others for. */
static const int twins[] = {KEY_TOKEN_URL, KEY_DEVICE_URL, KEY_REVOCATION_URL,
                            KEY_INTROSPECTION_URL, KEY_USERINFO_URL};
enum { TWINS = sizeof twins / sizeof *twins };

/* Both are empty unless the metadata has both. */
static char plain_url[TWINS][VALUE_SIZE], mtls_url[TWINS][VALUE_SIZE];
static char registration_url[VALUE_SIZE];

static bool copy(char out[VALUE_SIZE], moat_span value) {
  if (value.n >= VALUE_SIZE) return false;
  if (value.n) memcpy(out, value.p, value.n);
  out[value.n] = '\0';
  return true;
}

static bool take(profile *p, int key, moat_span value) {
  return copy(p->value[key], value);
}

bool discover_has_word(moat_span list, const char *word) {
  size_t n = strlen(word);
  while (list.n >= n) {
    const char *space = memchr(list.p, ' ', list.n);
    size_t length = space ? (size_t)(space - list.p) : list.n;
    if (length == n && memcmp(list.p, word, n) == 0) return true;
    if (!space) return false;
    list = (moat_span){space + 1, list.n - length - 1};
  }
  return false;
}

/* A client that is registered may choose. Without a list it is client_secret_basic alone (RFC 8414
 * 2). */
static void choose_new_method(profile *p, moat_span methods) {
  static const struct {
    const char *name, *auth;
  } known[] = {{"client_secret_post", "post"}, {"client_secret_basic", "basic"}, {"none", "none"}};
  if (!methods.n) methods = moat_str("client_secret_basic");
  for (size_t i = 0; i < sizeof known / sizeof *known && !*p->value[KEY_AUTH]; i++)
    if (discover_has_word(methods, known[i].name)) (void)take(p, KEY_AUTH, moat_str(known[i].auth));
}

/* The body is the default place for a secret. Not every server looks there. */
static void choose_method(const options *o, profile *p, const profile *before, moat_span methods) {
  bool has_secret = o->key[KEY_SECRET_FILE] && *o->key[KEY_SECRET_FILE];
  bool had_method = *before->value[KEY_AUTH] && profile_has_secret(before);
  if (o->registers) choose_new_method(p, methods);
  if (has_secret && !had_method && !o->key[KEY_AUTH] &&
      discover_has_word(methods, "client_secret_basic") &&
      !discover_has_word(methods, "client_secret_post"))
    (void)take(p, KEY_AUTH, moat_str("basic"));
}

static bool remember(const options *o, const moat_metadata *m) {
  const moat_span plain[TWINS] = {m->token_endpoint, m->device_authorization_endpoint,
                                  m->revocation_endpoint, m->introspection_endpoint,
                                  m->userinfo_endpoint};
  const moat_span mtls[TWINS] = {m->mtls_token_endpoint, m->mtls_device_authorization_endpoint,
                                 m->mtls_revocation_endpoint, m->mtls_introspection_endpoint,
                                 m->mtls_userinfo_endpoint};
  const moat_span none = {NULL, 0};
  for (size_t i = 0; i < TWINS; i++) {
    bool has_both = plain[i].n && mtls[i].n && !o->key[twins[i]];
    if (!copy(plain_url[i], has_both ? plain[i] : none) ||
        !copy(mtls_url[i], has_both ? mtls[i] : none))
      return false;
  }
  return copy(registration_url, m->registration_endpoint);
}

const char *discover_registration_url(void) {
  return registration_url;
}

/* PKCE is used whatever the metadata says of it: Entra's says nothing, and has it. */
static bool fill(const options *o, profile *p, const char *issuer, const moat_metadata *m) {
  const struct {
    int key;
    moat_span value;
  } urls[] = {
      {KEY_AUTHORIZE_URL, m->authorization_endpoint},
      {KEY_TOKEN_URL, m->token_endpoint},
      {KEY_DEVICE_URL, m->device_authorization_endpoint},
      {KEY_REVOCATION_URL, m->revocation_endpoint},
      {KEY_INTROSPECTION_URL, m->introspection_endpoint},
      {KEY_USERINFO_URL, m->userinfo_endpoint},
      {KEY_ISSUER, moat_str(m->authorization_response_iss_parameter_supported ? issuer : NULL)},
  };
  for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
    bool is_new = urls[i].value.n && !o->key[urls[i].key];
    if (is_new && !take(p, urls[i].key, urls[i].value)) return false;
  }
  return take(p, KEY_DISCOVERY, moat_str(issuer)) && remember(o, m);
}

void discover_settle(profile *p) {
  static profile whole;
  whole = *p;
  profile_fill(&whole);
  bool by_certificate = strcmp(whole.value[KEY_AUTH], "tls") == 0;
  for (size_t i = 0; i < TWINS; i++) {
    char *url = p->value[twins[i]];
    const char *other = by_certificate ? plain_url[i] : mtls_url[i];
    const char *right = by_certificate ? mtls_url[i] : plain_url[i];
    if (*url && strcmp(url, other) == 0) memcpy(url, right, strlen(right) + 1);
  }
}

/* ---- Asking ---- */

/* A slash too many is another issuer, so a person is told which one it is. */
static int other_issuer(const char *issuer, moat_span named) {
  static char text[TEXT_SIZE];
  term_clean(named, text, sizeof text);
  say(CLI_PROFILE, "the metadata at %s is of another issuer: %s", issuer, *text ? text : "of none");
  hint("It does not count then. Give the issuer as the provider writes it, to the letter.");
  return CLI_PROFILE;
}

static int failed(account *a, const char *issuer, const moat_discovery *d, int result) {
  if (a->prepared > CLI_OK) return a->prepared;
  if (result == MOAT_E_ISSUER) return other_issuer(issuer, d->metadata.issuer);
  if (result != MOAT_E_URL) return report_failure(a, moat_error(&a->client));
  say(CLI_PROFILE, "the metadata of %s has an endpoint that is no https URL", issuer);
  hint("Nothing of it is used. Give the URLs one by one: --authorize-url and --token-url to init, "
       "and others, such as revocation_url, to `moat set`.");
  return CLI_PROFILE;
}

/* RFC 8414 2. */
static int has_query(const char *issuer) {
  say(CLI_PROFILE, "%s has a query, and no issuer has one", issuer);
  hint("Give the issuer as the provider writes it, to the letter.");
  return CLI_PROFILE;
}

static int ask(account *a, profile *p, const profile *before, const char *issuer) {
  moat_discovery d = {.issuer = moat_str(issuer), .endpoint = &a->client_endpoint};
  if (strchr(issuer, '?')) return has_query(issuer);
  int status = client_open(a, KEY_ISSUER, issuer, CLIENT_UNKNOWN);
  if (status) return status;
  int r = client_run(a, moat_discovery_begin_all(&a->client, &d));
  if (r) return failed(a, issuer, &d, r);
  if (!fill(&a->options, p, issuer, &d.metadata))
    return say(CLI_PROFILE, "the metadata of %s has a value that is too long", issuer);
  choose_method(&a->options, p, before, d.metadata.token_endpoint_auth_methods_supported);
  discover_settle(p);
  return CLI_OK;
}

/* Roots and proxy of before serve where the options name no others. Credentials belong to the proxy
 * that they were given with. */
static void keep_way(account *a, const profile *before) {
  static const int keys[] = {KEY_PROXY_CREDENTIALS, KEY_PROXY, KEY_CA};
  char(*value)[VALUE_SIZE] = a->profile.value;
  for (size_t i = *value[KEY_PROXY] ? 2 : 0; i < sizeof keys / sizeof *keys; i++)
    if (!a->options.key[keys[i]] && !*value[keys[i]])
      memcpy(value[keys[i]], before->value[keys[i]], VALUE_SIZE);
}

/* Nothing of the connection is left: the profile that is made may want another one. */
int discover(account *a, profile *p, const profile *before, const char *issuer) {
  static profile found;
  found = *p;
  a->profile = *p;
  keep_way(a, before);
  (void)take(&a->profile, KEY_ISSUER, moat_str(issuer)); /* for what is reported */
  int status = ask(a, &found, before, issuer);
  client_close(a);
  if (a->has_tls) moat_tls_close(&a->tls);
  a->has_tls = false;
  account_distrust(a);
  if (!status) *p = found;
  return status;
}
