/* The questions follow the pages of Entra's portal, so that a person can go through both side by
 * side. */
#include "init_questions.h"

#include "../files.h"
#include "../profile/check_value.h"
#include "../profile/date.h"
#include "../profile/secret.h"
#include "../terminal/ask.h"
#include "../terminal/term.h"
#include "rewrite.h"

#include <string.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* The checks of answers are not given an account, so it stands here. */
static account *asked_for;
static const profile *before; /* the one that --force changes, or empty */

/* An option answers its question, even with an empty value. */
static bool is_open(int key) {
  return !asked_for->options.key[key];
}

bool init_is_same_provider(const profile *p, const profile *old) {
  const char *is = p->value[KEY_PROVIDER], *was = old->value[KEY_PROVIDER];
  return !*is || strcmp(is, *was ? was : "entra") == 0;
}

/* The value that the profile had before, if it had the same provider; else the usual one. */
static const char *known(const profile *p, int key, const char *otherwise) {
  bool had = init_is_same_provider(p, before) && before->value[key][0];
  return had ? before->value[key] : otherwise;
}

/* Begins a new question, or several that belong together. */
static void step(const char *text) {
  (void)write_all(STDERR_FILENO, "\n", 1);
  hint("%s", text);
}

/* A person has to be at both ends: the questions go to stderr, the answers come from stdin. */
bool init_must_ask(const account *a, const profile *given) {
  static const int urls[] = {KEY_AUTHORIZE_URL, KEY_TOKEN_URL};
  bool unknown = profile_provider(given)->is_unknown;
  bool secret = a->options.key[KEY_SECRET_FILE] && *a->options.key[KEY_SECRET_FILE];
  bool open = !given->value[KEY_CLIENT_ID][0];
  for (size_t i = 0; i < COUNT(urls); i++)
    open = open || (unknown && !given->value[urls[i]][0]);
  open = open || (!secret && !profile_is_public(given));
  return open && isatty(STDERR_FILENO) && ask_begin();
}

/* ---- Provider ---- */

static int ask_provider(profile *p) {
  static const ask_choice choices[] = {
      {.name = "entra", .text = "Microsoft Entra ID: OneDrive, Outlook, all of Graph"},
      {.name = "google", .text = "Google"},
      {.name = "github", .text = "GitHub, an OAuth app"},
      {.name = "custom", .text = "any other, by its URLs"}};
  if (!is_open(KEY_PROVIDER)) return CLI_OK;
  step("Whose accounts are they?");
  return ask_one("Provider", before->value[KEY_PROVIDER], choices, COUNT(choices),
                 p->value[KEY_PROVIDER]);
}

/* ---- Where the client is registered ---- */

static int ask_cloud(profile *p) {
  static const ask_choice choices[] = {
      {.name = "global", .text = "login.microsoftonline.com; nearly everybody, GCC too"},
      {.name = "usgov", .text = "login.microsoftonline.us; US Government, GCC High and DoD"},
      {.name = "china", .text = "login.partner.microsoftonline.cn; operated by 21Vianet"}};
  if (!is_open(KEY_CLOUD)) return CLI_OK;
  step("Which cloud is the app registered in?");
  return ask_one("Cloud", known(p, KEY_CLOUD, ""), choices, COUNT(choices), p->value[KEY_CLOUD]);
}

static int ask_tenant(profile *p) {
  if (!is_open(KEY_TENANT)) return CLI_OK;
  step("The registration's `Supported account types` say which tenant to sign in at:");
  hint("  any organizational directory, and personal accounts  common");
  hint("  any organizational directory                         organizations");
  hint("  personal Microsoft accounts only                     consumers");
  hint("  this organizational directory only (single tenant)   its ID or domain");
  hint("The ID is the GUID at Overview, `Directory (tenant) ID`.");
  return ask_text("Tenant", known(p, KEY_TENANT, "common"), check_value, KEY_TENANT,
                  p->value[KEY_TENANT]);
}

/* If both URLs are given, those of the preset are not used, so nothing is asked. */
static int ask_tenant_place(profile *p) {
  if (p->value[KEY_AUTHORIZE_URL][0] && p->value[KEY_TOKEN_URL][0]) return CLI_OK;
  int status = ask_cloud(p);
  return status ? status : ask_tenant(p);
}

static int ask_urls(profile *p) {
  int status = CLI_OK;
  step("The provider's documentation has its URLs; https, each of them.");
  if (!p->value[KEY_AUTHORIZE_URL][0])
    status = ask_text("Authorize URL, where a person signs in", known(p, KEY_AUTHORIZE_URL, NULL),
                      check_value, KEY_AUTHORIZE_URL, p->value[KEY_AUTHORIZE_URL]);
  if (!status && !p->value[KEY_TOKEN_URL][0])
    status = ask_text("Token URL, where codes are exchanged", known(p, KEY_TOKEN_URL, NULL),
                      check_value, KEY_TOKEN_URL, p->value[KEY_TOKEN_URL]);
  if (!status && is_open(KEY_DEVICE_URL))
    status =
        ask_text("Device authorization URL; Enter if there is none", known(p, KEY_DEVICE_URL, ""),
                 check_value, KEY_DEVICE_URL, p->value[KEY_DEVICE_URL]);
  return status;
}

static int ask_place(profile *p) {
  if (profile_provider(p)->has_tenants) return ask_tenant_place(p);
  return profile_provider(p)->is_unknown ? ask_urls(p) : CLI_OK;
}

/* ---- The client ---- */

static const char *check_guid(int key, const char *answer) {
  (void)key;
  if (is_guid(moat_str(answer))) return NULL;
  return "is not a GUID, like 00000000-1111-2222-3333-444444444444";
}

static int ask_client(profile *p) {
  bool guid = profile_provider(p)->has_guids;
  if (p->value[KEY_CLIENT_ID][0]) return CLI_OK;
  step(guid ? "On the registration's Overview page. Not the Object ID, which looks the same."
            : "The ID that the provider gave to the app when it was registered.");
  return ask_text(guid ? "Application (client) ID" : "Client ID", known(p, KEY_CLIENT_ID, NULL),
                  guid ? check_guid : check_value, KEY_CLIENT_ID, p->value[KEY_CLIENT_ID]);
}

/* At Entra the platform of the redirect URI decides whether the client has a secret. */
static int ask_platform(profile *p) {
  static const ask_choice choices[] = {
      {.name = "web", .text = "Web: has a client secret", .value = "post"},
      {.name = "desktop", .text = "Mobile and desktop: no secret", .value = "none"},
      {.name = "spa",
       .text = "Single-page application: does not work",
       .refusal = "does not work: such tokens are for pages in a browser alone.\n"
                  "Add web or desktop to the registration, and take that"}};
  step("Authentication: which platform is the redirect URI under? That decides");
  hint("whether the client has a secret. With desktop, and `Allow public client");
  hint("flows` set to Yes, a person can also sign in by a code on a phone.");
  return ask_one("Platform", known(p, KEY_AUTH, ""), choices, COUNT(choices), p->value[KEY_AUTH]);
}

static int ask_method(profile *p) {
  static const ask_choice choices[] = {
      {.name = "none", .text = "a public client, without a secret"},
      {.name = "post", .text = "a secret, sent in the body (client_secret_post)"},
      {.name = "basic", .text = "a secret, sent in a header (client_secret_basic)"},
      {.name = "basic-raw", .text = "the same for servers that do not decode what basic encodes"}};
  step("How does the client prove itself at the token URL?");
  return ask_one("Method", known(p, KEY_AUTH, ""), choices, COUNT(choices), p->value[KEY_AUTH]);
}

static const char *check_future(int key, const char *answer) {
  int64_t day, now = account_now(asked_for);
  const char *wrong = check_value(key, answer);
  if (wrong || !date_day(answer, &day) || now <= 0 || day >= now / 86400) return wrong;
  return "has passed, and a secret that has ended is refused.\nMake a new one, or correct the date";
}

static int ask_expiry(profile *p) {
  if (!is_open(KEY_SECRET_EXPIRES)) return CLI_OK;
  step("The last day of the secret: `moat status` warns 30 days ahead of it.");
  return ask_text("Expires on, YYYY-MM-DD; Enter if that is not known", "", check_future,
                  KEY_SECRET_EXPIRES, p->value[KEY_SECRET_EXPIRES]);
}

/* A secret of before is used on if a person gives no other. Its last day stays with it. */
static bool had_secret(const profile *p) {
  return before->value[KEY_CLIENT_ID][0] && init_is_same_provider(p, before) &&
         is_open(KEY_SECRET_FILE) &&
         (before->value[KEY_SECRET_FILE][0] || rewrite_has_stored(asked_for));
}

/* Nothing about the secret changes, so its file is not even read. */
static int keep_secret(profile *p) {
  memcpy(p->value[KEY_SECRET_FILE], before->value[KEY_SECRET_FILE], VALUE_SIZE);
  if (is_open(KEY_SECRET_EXPIRES))
    memcpy(p->value[KEY_SECRET_EXPIRES], before->value[KEY_SECRET_EXPIRES], VALUE_SIZE);
  return CLI_OK;
}

static int ask_entra_secret(profile *p, moat_span *secret) {
  bool had = had_secret(p);
  step("Certificates & secrets, `New client secret`: copy the Value, which is shown");
  hint("only once, and not the Secret ID. It is kept in a file for you alone.");
  int status = secret_ask(&asked_for->profile,
                          had ? "Client secret, its Value (not shown; Enter keeps the old one)"
                              : "Client secret, its Value (not shown)",
                          had, secret);
  if (!status && !secret->n) return keep_secret(p);
  return status ? status : ask_expiry(p);
}

static int ask_other_secret(profile *p, moat_span *secret) {
  bool had = had_secret(p), may_skip = had || !p->value[KEY_AUTH][0];
  step("The secret that belongs to the client ID. It is kept in a file for you alone.");
  int status = secret_ask(&asked_for->profile,
                          had        ? "Client secret (not shown; Enter keeps the old one)"
                          : may_skip ? "Client secret (not shown; Enter if there is none)"
                                     : "Client secret (not shown)",
                          may_skip, secret);
  if (!p->value[KEY_AUTH][0]) memcpy(p->value[KEY_AUTH], had || secret->n ? "post" : "none", 5);
  if (!status && had && !secret->n) return keep_secret(p);
  return status || !profile_provider(p)->is_unknown ? status : ask_expiry(p);
}

static int drop_expiry(profile *p) {
  if (!p->value[KEY_SECRET_EXPIRES][0]) return CLI_OK;
  hint("Without a secret, --secret-expires is of no use, and left out.");
  p->value[KEY_SECRET_EXPIRES][0] = '\0';
  return CLI_OK;
}

/* Asks how the client proves itself, and for its secret. If no method was given or asked for, the
 * secret decides: a client without one is public. */
static int ask_credentials(profile *p, moat_span *secret) {
  const char *file = asked_for->options.key[KEY_SECRET_FILE];
  bool platforms = profile_provider(p)->has_platforms, unknown = profile_provider(p)->is_unknown;
  int status = CLI_OK;
  if (!p->value[KEY_AUTH][0] && platforms) status = ask_platform(p);
  if (!p->value[KEY_AUTH][0] && unknown) status = ask_method(p);
  if (status) return status;
  if (profile_is_public(p)) return drop_expiry(p);
  if (file && *file && strcmp(file, "-") != 0) return platforms || unknown ? ask_expiry(p) : CLI_OK;
  if (platforms) return ask_entra_secret(p, secret);
  return ask_other_secret(p, secret);
}

/* ---- What is asked for ---- */

static int ask_redirect(profile *p) {
  if (!is_open(KEY_REDIRECT_URI)) return CLI_OK;
  step("The redirect URI, exactly as registered: where the browser ends its visit.");
  hint("http://localhost is the machine of the browser: Moat listens there, or takes");
  hint("the address, pasted, where the browser is on another machine.");
  if (profile_provider(p)->ignores_port) {
    hint("Entra ignores the port, so Moat takes one that is free. It does not ignore");
    hint("the path: http://localhost/callback is another redirect URI.");
  } else {
    hint("The port counts. Without one it is 80, where only root may listen.");
  }
  return ask_text("Redirect URI", known(p, KEY_REDIRECT_URI, "http://localhost"), check_value,
                  KEY_REDIRECT_URI, p->value[KEY_REDIRECT_URI]);
}

static int ask_scope(profile *p) {
  const provider *preset = profile_provider(p);
  if (!is_open(KEY_SCOPE)) return CLI_OK;
  step("Scopes, separated by spaces: what tokens will be good for.");
  if (preset->scope_hint) hint("%s", preset->scope_hint);
  return ask_text(preset->scope ? "Scopes" : "Scopes; Enter for the provider's own choice",
                  known(p, KEY_SCOPE, preset->scope ? preset->scope : ""), check_value, KEY_SCOPE,
                  p->value[KEY_SCOPE]);
}

/* Whether a question is about the value. Only custom is asked for URLs. */
static bool is_asked(const profile *p, int key) {
  if (key == KEY_AUTHORIZE_URL || key == KEY_TOKEN_URL || key == KEY_DEVICE_URL)
    return profile_provider(p)->is_unknown;
  return key <= KEY_REDIRECT_URI; /* the last one in the order of the file */
}

/* Values that are not asked for stay as they were. */
static void keep_the_rest(profile *p) {
  for (int key = 0; key < KEYS; key++)
    if (is_open(key) && !is_asked(p, key))
      memcpy(p->value[key], known(p, key, ""), strlen(known(p, key, "")) + 1);
}

int init_ask(account *a, profile *given, const profile *old, moat_span *secret) {
  asked_for = a;
  before = old;
  hint("Moat asks for what it needs. Enter takes what is in brackets. Ctrl-C gives");
  hint("up; until the last answer nothing is written.");
  int status = ask_provider(given);
  /* The check of a secret depends on the provider. */
  memcpy(a->profile.value[KEY_PROVIDER], given->value[KEY_PROVIDER], VALUE_SIZE);
  keep_the_rest(given);
  if (!status) status = ask_place(given);
  if (!status) status = ask_client(given);
  if (!status) status = ask_credentials(given, secret);
  if (!status) status = ask_redirect(given);
  if (!status) status = ask_scope(given);
  (void)write_all(STDERR_FILENO, "\n", 1);
  return status;
}
