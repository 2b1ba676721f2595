/* The questions follow the pages of Entra's portal, so that a person can go through both side by
 * side. */
#include "init_questions.h"

#include "../files.h"
#include "../profile/check_profile.h"
#include "../profile/check_value.h"
#include "../terminal/ask.h"
#include "../terminal/term.h"
#include "discover.h"
#include "init_guide.h"

#include <string.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static profile start; /* what is known before the first question */

bool guide_is_open(const guide *g, int key) {
  return !g->a->options.key[key];
}

bool init_is_same_provider(const profile *p, const profile *old) {
  const char *is = p->value[KEY_PROVIDER], *was = old->value[KEY_PROVIDER];
  return !*is || strcmp(is, *was ? was : "entra") == 0;
}

static const char *of_before(const guide *g, int key, const char *otherwise) {
  bool had = init_is_same_provider(g->given, g->before) && g->before->value[key][0];
  return had ? g->before->value[key] : otherwise;
}

const char *guide_known(const guide *g, int key, const char *otherwise) {
  const char *answer = g->given->value[key];
  return *answer ? answer : of_before(g, key, otherwise);
}

const char *guide_grant(const guide *g) {
  return guide_is_open(g, KEY_GRANT) ? guide_known(g, KEY_GRANT, "") : g->given->value[KEY_GRANT];
}

bool guide_needs_nobody(const guide *g) {
  return *guide_grant(g) != '\0';
}

void guide_step(const char *text) {
  (void)write_all(STDERR_FILENO, "\n", 1);
  hint("%s", text);
}

/* A person has to be at both ends: the questions go to stderr, the answers come from stdin. */
bool init_must_ask(const account *a, const profile *given) {
  bool unknown = profile_provider(given)->is_unknown, nobody = profile_is_unattended(given);
  bool secret = a->options.key[KEY_SECRET_FILE] && *a->options.key[KEY_SECRET_FILE];
  bool open = !given->value[KEY_CLIENT_ID][0];
  open = open || (unknown && !given->value[KEY_TOKEN_URL][0]);
  open = open || (unknown && !nobody && !given->value[KEY_AUTHORIZE_URL][0]);
  open = open || (!secret && profile_has_secret(given) && !profile_method(given));
  return open && isatty(STDERR_FILENO) && ask_begin();
}

/* ---- Provider ---- */

/* The check of a secret depends on the provider. Of another provider, no answer so far counts. */
static void take_provider(guide *g, const char *last) {
  profile *p = g->given;
  if (*last && strcmp(last, p->value[KEY_PROVIDER]) != 0)
    for (int key = KEY_PROVIDER + 1; key < KEYS; key++)
      if (guide_is_open(g, key)) p->value[key][0] = '\0';
  memcpy(g->a->profile.value[KEY_PROVIDER], p->value[KEY_PROVIDER], VALUE_SIZE);
}

static int ask_provider(guide *g) {
  static const ask_choice choices[] = {
      {.name = "entra", .text = "Microsoft Entra ID: OneDrive, Outlook, all of Graph"},
      {.name = "google", .text = "Google"},
      {.name = "github", .text = "GitHub, an OAuth app"},
      {.name = "custom", .text = "any other, by its URLs"}};
  static char last[VALUE_SIZE];
  if (!guide_is_open(g, KEY_PROVIDER)) return GUIDE_SKIPPED;
  memcpy(last, g->given->value[KEY_PROVIDER], sizeof last);
  guide_step("Whose accounts are they?");
  int status = ask_one("Provider", *last ? last : g->before->value[KEY_PROVIDER], choices,
                       COUNT(choices), NULL, g->given->value[KEY_PROVIDER]);
  if (!status) take_provider(g, last);
  return status;
}

/* ---- What there is to ask ---- */

/* If all URLs are given, those of the preset are not used, so no tenant is asked for. */
static bool has_place(const guide *g) {
  bool no_token_url = !*guide_known(g, KEY_TOKEN_URL, "");
  bool no_authorize_url = !guide_needs_nobody(g) && !*guide_known(g, KEY_AUTHORIZE_URL, "");
  return profile_provider(g->given)->has_tenants && (no_token_url || no_authorize_url);
}

/* Whether a question is about the value. Only custom is asked for URLs and roots, and where nobody
 * signs in, no page of a sign-in matters. */
bool guide_is_asked(const guide *g, int key) {
  switch (key) {
  case KEY_CLOUD:
  case KEY_TENANT: return has_place(g);
  case KEY_AUTHORIZE_URL:
  case KEY_DEVICE_URL: return profile_provider(g->given)->is_unknown && !guide_needs_nobody(g);
  case KEY_TOKEN_URL:
  case KEY_CA: return profile_provider(g->given)->is_unknown;
  case KEY_CLIENT_CERTIFICATE: return guide_is_by_certificate(g->given);
  case KEY_CLIENT_KEY: return guide_is_by_key(g->given);
  case KEY_REDIRECT_URI: return !guide_needs_nobody(g);
  default:
    return key == KEY_PROVIDER || key == KEY_CLIENT_ID || key == KEY_AUTH ||
           key == KEY_SECRET_FILE || key == KEY_SECRET_EXPIRES || key == KEY_SCOPE;
  }
}

/* ---- The client ---- */

static const char *check_guid(int key, const char *answer) {
  (void)key;
  if (is_guid(moat_str(answer))) return NULL;
  return "is not a GUID, like 00000000-1111-2222-3333-444444444444";
}

static int ask_client(guide *g) {
  bool guid = profile_provider(g->given)->has_guids;
  if (!guide_is_open(g, KEY_CLIENT_ID)) return GUIDE_SKIPPED;
  guide_step(guid ? "On the registration's Overview page. Not the Object ID, which looks the same."
                  : "The ID that the provider gave to the app when it was registered.");
  return ask_text(guid ? "Application (client) ID" : "Client ID",
                  guide_known(g, KEY_CLIENT_ID, NULL), guid ? check_guid : check_value,
                  KEY_CLIENT_ID, g->given->value[KEY_CLIENT_ID]);
}

/* ---- What is asked for ---- */

static int ask_redirect(guide *g) {
  if (!guide_is_asked(g, KEY_REDIRECT_URI) || !guide_is_open(g, KEY_REDIRECT_URI))
    return GUIDE_SKIPPED;
  guide_step("The redirect URI, exactly as registered: where the browser ends its visit. "
             "http://localhost is the machine of the browser: Moat listens there, or takes the "
             "address, pasted, where the browser is on another machine.");
  if (profile_provider(g->given)->ignores_port)
    hint("Entra ignores the port, so Moat takes one that is free. It does not ignore the path: "
         "http://localhost/callback is another redirect URI.");
  else
    hint("The port counts. Without one it is 80, where only root may listen.");
  return ask_text("Redirect URI", guide_known(g, KEY_REDIRECT_URI, "http://localhost"), check_value,
                  KEY_REDIRECT_URI, g->given->value[KEY_REDIRECT_URI]);
}

static const char *check_scope(int key, const char *answer) {
  const char *wrong = check_scope_text(answer);
  return wrong ? wrong : check_value(key, answer);
}

static int ask_scope(guide *g) {
  const provider *preset = profile_provider(g->given);
  bool nobody = guide_needs_nobody(g);
  const char *usual = nobody ? preset->unattended_scope : preset->scope;
  if (!guide_is_open(g, KEY_SCOPE)) return GUIDE_SKIPPED;
  guide_step("Scopes, separated by spaces: what tokens will be good for.");
  if (preset->scope_hint && !nobody) hint("%s", preset->scope_hint);
  return ask_text(usual ? "Scopes" : "Scopes; Enter for the provider's own choice",
                  guide_known(g, KEY_SCOPE, usual ? usual : ""), check_scope, KEY_SCOPE,
                  g->given->value[KEY_SCOPE]);
}

/* ---- Review ---- */

/* Values that are not asked for stay as they were. */
static void keep_the_rest(guide *g) {
  for (int key = 0; key < KEYS; key++) {
    const char *kept = *start.value[key] ? start.value[key] : of_before(g, key, "");
    if (guide_is_open(g, key) && !guide_is_asked(g, key))
      memcpy(g->given->value[key], kept, strlen(kept) + 1);
  }
}

/* Shows where the secret will be stored, but never the secret. */
static int ask_review(guide *g) {
  static const ask_choice choices[] = {{.name = "write", .text = "writes the profile"},
                                       {.name = "back", .text = "goes back by a question"},
                                       {.name = "quit", .text = "writes nothing"}};
  static profile whole;
  char answer[VALUE_SIZE];
  keep_the_rest(g);
  discover_settle(g->given);
  whole = *g->given;
  profile_fill(&whole);
  guide_step("This will be the profile:");
  for (int key = 0; key < KEYS; key++)
    if (whole.value[key][0]) hint("  %-18s  %s", profile_key(key), whole.value[key]);
  if (profile_has_secret(&whole) && !whole.value[KEY_SECRET_FILE][0])
    hint("  %-18s  in %s", "the secret", g->a->paths.secret);
  int status = ask_one("What next", "write", choices, COUNT(choices), NULL, answer);
  if (!status && strcmp(answer, "quit") == 0) return say_cancelled();
  return !status && strcmp(answer, "back") == 0 ? ASK_BACK : status;
}

/* The first question has none before it, so going back from there asks it again. */
int init_ask(account *a, profile *given, const profile *old, moat_span *secret) {
  static guide_question *const questions[] = {
      ask_provider,        guide_ask_cloud,      guide_ask_tenant, guide_ask_authorize_url,
      guide_ask_token_url, guide_ask_device_url, guide_ask_roots,  ask_client,
      guide_ask_auth,      guide_ask_secret,     guide_ask_expiry, guide_ask_certificate,
      guide_ask_key,       ask_redirect,         ask_scope,        ask_review};
  static guide now; /* the checks of answers refer to it */
  now = (guide){a, given, old, secret};
  start = *given;
  take_provider(&now, "");
  hint("Moat asks for what it needs. Enter takes what is in brackets, < goes back by a question, "
       "and Ctrl-C gives up. Until the end nothing is written.");
  ask_allow_back();
  int step = 1, last = COUNT(questions);
  for (int i = 0; i < last; i += step) {
    int status = questions[i](&now);
    if (status == ASK_BACK || status == CLI_OK) step = status == CLI_OK ? 1 : -1;
    if (status > CLI_OK) return status;
    if (i + step < 0) step = 1, i = -1;
  }
  (void)write_all(STDERR_FILENO, "\n", 1);
  return CLI_OK;
}
