/* Nothing is asked of the provider before all else is known to be right: a client that was made
 * cannot be had twice. */
#include "init_register.h"

#include <errno.h>
#include <moat/registration.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../account/client.h"
#include "../files.h"
#include "../profile/check_value.h"
#include "../profile/registration.h"
#include "../profile/secret.h"
#include "../report/report.h"
#include "../terminal/hide.h"
#include "../terminal/term.h"
#include "discover.h"

enum { TOKEN_SIZE = SECRET_SIZE, DAY_S = 86400 };

/* The methods by the names of RFC 7591 2. What a key or a certificate proves is not registered. */
static const struct {
  const char *auth, *name;
} methods[] = {{"none", "none"},
               {"post", "client_secret_post"},
               {"basic", "client_secret_basic"},
               {"basic-raw", "client_secret_basic"}};

/* NULL: Moat does not register clients for this method. */
static const char *method_name(const char *auth) {
  for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
    if (strcmp(methods[i].auth, auth) == 0) return methods[i].name;
  return NULL;
}

/* NULL: Moat has no such method, or nothing to prove the client by. */
static const char *method_auth(moat_span name) {
  for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
    if (moat_span_equal(moat_str(methods[i].name), name)) return methods[i].auth;
  return NULL;
}

/* ---- Before ---- */

/* A profile that is there has a client, or the remains of one. */
int register_check_options(const account *a, const profile *given) {
  static const int others[] = {KEY_CLIENT_ID, KEY_SECRET_FILE, KEY_SECRET_EXPIRES,
                               KEY_CLIENT_CERTIFICATE, KEY_CLIENT_KEY};
  const options *o = &a->options;
  static profile none; /* not const: it would be 80 KB of zeros in the program */
  if (o->initial_token && !o->registers)
    return options_misuse(o, "--initial-token-file goes with --register");
  if (!o->registers) return CLI_OK;
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    if (o->key[others[i]])
      return options_misuse(o, "--register does without %s", profile_option(others[i]));
  if (!discover_is_asked(o, &none))
    return options_misuse(o, "--register needs --issuer, and neither a provider nor its URLs");
  const char *auth = given->value[KEY_AUTH];
  if (*auth && !method_name(auth))
    return options_misuse(o, "--register is for auth none, post, basic and basic-raw");
  if (file_exists(a->paths.conf))
    return options_misuse(o, "--register makes a client for a new profile, and %s is there already",
                          a->paths.conf);
  return CLI_OK;
}

static char token[TOKEN_SIZE];
static moat_span initial_token;

/* A token is one word. Its owner decides who may read the file, which is often mounted. */
static int read_token(const char *path) {
  size_t n = 0;
  secret_warn_of_readers(path);
  int error = secret_read_file(path, FILE_ANY, token, sizeof token, &n);
  while (n > 0 && strchr(" \r\n\t", token[n - 1]))
    n--;
  for (size_t i = 0; !error && i < n; i++)
    if (token[i] <= ' ' || token[i] > '~') n = 0;
  initial_token = (moat_span){token, n};
  hide_secret(initial_token);
  if (!error && n) return CLI_OK;
  say(CLI_MISUSE, "there is no initial access token in %s%s%s", path, error ? ": " : "",
      error ? file_error(error) : "");
  hint("It has to hold the token that the provider gave out for registrations, and nothing else.");
  return CLI_MISUSE;
}

/* The checks of a profile want an ID, and a dash stands for the one that the provider will give.
 * The secret comes with it, so none is asked for. */
int register_prepare(account *a, const profile *given) {
  const options *o = &a->options;
  const char *auth = given->value[KEY_AUTH];
  if (!*discover_registration_url()) {
    say(CLI_PROFILE, "%s registers no clients by itself", given->value[KEY_DISCOVERY]);
    hint("Its metadata has no registration_endpoint. Register the client by hand, and give its ID: "
         "--client-id");
    return CLI_PROFILE;
  }
  if (!*auth) {
    say(CLI_PROFILE, "%s takes clients neither with a secret nor without one",
        given->value[KEY_DISCOVERY]);
    hint("Moat registers clients for client_secret_post, client_secret_basic and none.");
    return CLI_PROFILE;
  }
  a->profile = *given;
  memcpy(a->profile.value[KEY_CLIENT_ID], "-", sizeof "-");
  int status = o->initial_token ? read_token(o->initial_token) : CLI_OK;
  return status ? status : profile_resolve(&a->profile, o);
}

/* ---- The request ---- */

/* Any port of localhost is for native applications (RFC 8252 7.3, OpenID Connect Registration 2). A
 * client without a person has no redirect, and its lists are empty: absent ones have defaults. */
static moat_registration request_of(const account *a, const profile *p) {
  static char name[NAME_SIZE + 8], types[VALUE_SIZE + 64];
  const char *grant = p->value[KEY_GRANT];
  bool by_code = !*grant, by_device = *p->value[KEY_DEVICE_URL];
  (void)snprintf(name, sizeof name, "moat %s", a->options.name);
  if (by_code)
    (void)snprintf(types, sizeof types, "authorization_code refresh_token%s",
                   by_device ? " urn:ietf:params:oauth:grant-type:device_code" : "");
  else if (strcmp(grant, "client-credentials") == 0)
    (void)snprintf(types, sizeof types, "client_credentials");
  else
    (void)snprintf(types, sizeof types, "urn:ietf:params:oauth:grant-type:%s", grant);
  return (moat_registration){
      .endpoint = &a->client_endpoint,
      .initial_access_token = initial_token,
      .asked = {.redirect_uris = moat_str(by_code ? p->value[KEY_REDIRECT_URI] : NULL),
                .client_name = moat_str(name),
                .token_endpoint_auth_method = moat_str(method_name(p->value[KEY_AUTH])),
                .grant_types = moat_str(types),
                .response_types = moat_str(by_code ? "code" : NULL)},
      .extra = moat_str(by_code ? "\"application_type\":\"native\""
                                : "\"redirect_uris\":[],\"response_types\":[]")};
}

/* The request proves nothing but that somebody has the token, so a refusal of the client or of a
 * token is about this one. */
static void hint_token(const moat_error_info *e) {
  uint8_t cause = moat_judge(e).cause;
  if (cause != MOAT_CAUSE_GRANT && cause != MOAT_CAUSE_CLIENT) return;
  hint(initial_token.n ? "The provider does not take the initial access token, or not any more."
                       : "The provider wants an initial access token: --initial-token-file FILE");
}

/* A request that went out may have made a client, unless the server has said that it did not. */
static int failed(account *a) {
  const moat_error_info *e = moat_error(&a->client);
  if (a->prepared > CLI_OK) return a->prepared;
  bool is_open = a->client_sent && !moat_judge(e).definite;
  int status = e->code == MOAT_E_CANCEL ? say_cancelled() : report_failure(a, e);
  hint_token(e);
  if (is_open)
    hint("The provider may have made a client that nobody knows. It was not asked again.");
  return status;
}

/* ---- The answer ---- */

/* The client exists, and what is kept of it is all that it takes to delete it. It is not deleted
 * here: a person may want to see it at the provider first. */
static int unusable(const account *a) {
  hint("The profile is not written. To delete the client at the provider: moat remove %s",
       a->options.name);
  return CLI_PROFILE;
}

/* The provider's text is checked like a person's. */
static bool set(profile *p, int key, moat_span value) {
  static char text[VALUE_SIZE];
  if (value.n >= sizeof text) return false;
  (void)snprintf(text, sizeof text, "%.*s", (int)value.n, value.n ? value.p : "");
  if (check_value(key, text)) return false;
  memcpy(p->value[key], text, value.n + 1);
  return true;
}

/* The last day is one on which the secret is good. */
static void set_expiry(profile *p, moat_span seconds) {
  char text[24], time[TIME_SIZE];
  (void)snprintf(text, sizeof text, "%.*s", (int)(seconds.n < sizeof text ? seconds.n : 0),
                 seconds.n ? seconds.p : "");
  int64_t end = strtoll(text, NULL, 10);
  if (end > 1) (void)set(p, KEY_SECRET_EXPIRES, (moat_span){time_text(end - 1, time), 10});
}

/* The provider may have chosen another method (RFC 7591 3.2.1). */
static int take_method(const account *a, profile *p, const moat_registered *r, moat_span *secret) {
  static char shown[VALUE_SIZE];
  moat_span name = r->metadata.token_endpoint_auth_method;
  char *auth = p->value[KEY_AUTH];
  const char *granted = name.n ? method_auth(name) : auth;
  term_clean(name, shown, sizeof shown);
  if (!granted) {
    say(CLI_PROFILE, "the provider wants the client to prove itself by %s, and Moat asked for %s",
        shown, method_name(auth));
    return unusable(a);
  }
  if (strcmp(method_name(granted), method_name(auth)) != 0) {
    hint("The provider chose auth %s, and not %s.", granted, auth);
    memcpy(auth, granted, strlen(granted) + 1);
  }
  if (!profile_has_secret(p)) return CLI_OK;
  set_expiry(p, r->client_secret_expires_at);
  if (r->client_secret.n && !secret_take_text(r->client_secret, secret)) return CLI_OK;
  say(CLI_PROFILE, "the provider gave no client secret that could be used");
  return unusable(a);
}

/* Any one of several will do: the first is as good as the others. A provider that sends none has
 * registered what it was asked for. */
static int take_redirect(const account *a, profile *p, moat_span granted) {
  const char *asked = a->profile.value[KEY_REDIRECT_URI];
  if (*p->value[KEY_GRANT] || !granted.n || discover_has_word(granted, asked)) return CLI_OK;
  const char *space = memchr(granted.p, ' ', granted.n);
  moat_span first = {granted.p, space ? (size_t)(space - granted.p) : granted.n};
  if (set(p, KEY_REDIRECT_URI, first)) {
    hint("The provider chose the redirect URI %s, and not %s.", p->value[KEY_REDIRECT_URI], asked);
    return CLI_OK;
  }
  say(CLI_PROFILE, "the provider chose a redirect URI that Moat cannot use, and not %s", asked);
  return unusable(a);
}

/* The ID comes first: without it nothing else is of use. */
static int take_answer(const account *a, profile *given, const moat_registered *r,
                       moat_span *secret) {
  if (!set(given, KEY_CLIENT_ID, r->client_id)) {
    say(CLI_PROFILE, "the provider gave a client ID that Moat cannot use");
    return unusable(a);
  }
  int status = take_method(a, given, r, secret);
  if (!status) status = take_redirect(a, given, r->metadata.redirect_uris);
  if (!status) hint("The provider has registered the client %s.", given->value[KEY_CLIENT_ID]);
  return status;
}

/* A URI without https and a token of two words are of no use: neither would be sent. */
static registration kept_of(const moat_registered *r) {
  const moat_span none = {NULL, 0};
  moat_endpoint unused;
  moat_span uri = r->registration_client_uri, proof = r->registration_access_token;
  bool is_https = moat_url_split(uri.p, uri.n, NULL, 0, &unused) == MOAT_E_SPACE;
  bool is_word = proof.n && !memchr(proof.p, ' ', proof.n);
  return (registration){.client_id = r->client_id,
                        .client_uri = is_https ? uri : none,
                        .access_token = is_word ? proof : none,
                        .client_secret = r->client_secret};
}

/* Only the record comes before what is said about the answer: whoever is killed from then on can
 * still delete the client. */
static int ask(account *a, profile *given, moat_span *secret) {
  int status = registration_check_room(&a->paths);
  if (!status) status = client_open(a, KEY_DISCOVERY, discover_registration_url(), CLIENT_UNKNOWN);
  if (status) return status;
  moat_registration g = request_of(a, &a->profile);
  if (client_run(a, moat_register_begin(&a->client, &g))) return failed(a);
  registration kept = kept_of(&g.registered);
  status = registration_write(&a->paths, &kept, &a->profile);
  hide_secret(kept.client_secret);
  hide_secret(kept.access_token);
  if (status)
    hint("The provider has a client now, which has to be deleted there: %.*s",
         (int)kept.client_id.n, kept.client_id.p);
  return status ? status : take_answer(a, given, &g.registered, secret);
}

/* A registration without a profile is what a moat that was killed has left. Another one would make
 * the first client unknown. */
int register_client(account *a, profile *given, moat_span *secret) {
  if (!a->options.registers) return registration_keep(&a->paths, &a->profile, a->options.name);
  if (registration_exists(&a->paths)) {
    say(CLI_PROFILE, "a client was registered for %s before, and its profile was not written",
        a->options.name);
    hint("To delete it at the provider first: moat remove %s", a->options.name);
    return CLI_PROFILE;
  }
  int status = ask(a, given, secret);
  client_close(a);
  moat_wipe(token, sizeof token);
  a->profile = *given;
  profile_fill(&a->profile);
  return status;
}
