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

/* ---- What the metadata says ---- */

static bool take(profile *p, int key, moat_span value) {
  if (value.n >= VALUE_SIZE) return false;
  if (value.n) memcpy(p->value[key], value.p, value.n);
  p->value[key][value.n] = '\0';
  return true;
}

static bool has_word(moat_span list, const char *word) {
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

/* The body is the default place for a secret. Not every server looks there. */
static void choose_method(const options *o, profile *p, moat_span methods) {
  bool has_secret = o->key[KEY_SECRET_FILE] && *o->key[KEY_SECRET_FILE];
  if (has_secret && !o->key[KEY_AUTH] && has_word(methods, "client_secret_basic") &&
      !has_word(methods, "client_secret_post"))
    (void)take(p, KEY_AUTH, moat_str("basic"));
}

/* PKCE is used whatever the metadata says of it: Entra's says nothing, and has it. */
static bool fill(const options *o, profile *p, const char *issuer, const moat_metadata *m) {
  bool by_certificate = strcmp(p->value[KEY_AUTH], "tls") == 0 && m->mtls_token_endpoint.n;
  const struct {
    int key;
    moat_span value;
  } urls[] = {
      {KEY_AUTHORIZE_URL, m->authorization_endpoint},
      {KEY_TOKEN_URL, by_certificate ? m->mtls_token_endpoint : m->token_endpoint},
      {KEY_DEVICE_URL, m->device_authorization_endpoint},
      {KEY_REVOCATION_URL, m->revocation_endpoint},
      {KEY_INTROSPECTION_URL, m->introspection_endpoint},
      {KEY_USERINFO_URL, m->userinfo_endpoint},
  };
  bool requires_iss = m->authorization_response_iss_parameter_supported;
  for (size_t i = 0; i < sizeof urls / sizeof *urls; i++)
    if (!o->key[urls[i].key] && !take(p, urls[i].key, urls[i].value)) return false;
  choose_method(o, p, m->token_endpoint_auth_methods_supported);
  return take(p, KEY_DISCOVERY, moat_str(issuer)) &&
         take(p, KEY_ISSUER, moat_str(requires_iss ? issuer : NULL));
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
  hint("Nothing of it is used. The URLs can be given one by one: --token-url and others.");
  return CLI_PROFILE;
}

static int ask(account *a, profile *p, const char *issuer) {
  moat_discovery d = {.issuer = moat_str(issuer), .endpoint = &a->client_endpoint};
  int status = client_open(a, KEY_ISSUER, issuer, CLIENT_UNKNOWN);
  if (status) return status;
  int r = client_run(a, moat_discovery_begin_all(&a->client, &d));
  if (r) return failed(a, issuer, &d, r);
  return fill(&a->options, p, issuer, &d.metadata)
             ? CLI_OK
             : say(CLI_PROFILE, "the metadata of %s has a value that is too long", issuer);
}

/* Nothing of the connection is left: the profile that is made may want another one. */
int discover(account *a, profile *p, const char *issuer) {
  static profile found;
  found = *p;
  a->profile = *p;
  (void)take(&a->profile, KEY_ISSUER, moat_str(issuer)); /* for what is reported */
  int status = ask(a, &found, issuer);
  client_close(a);
  if (a->has_tls) moat_tls_close(&a->tls);
  a->has_tls = false;
  account_distrust(a);
  if (!status) *p = found;
  return status;
}
