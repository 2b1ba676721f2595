/* The questions of `moat init` about the secret. Without a method that was given or asked for, the
 * secret decides: a client without one is public. */
#include "../profile/check_value.h"
#include "../profile/date.h"
#include "../profile/secret.h"
#include "../terminal/ask.h"
#include "../terminal/term.h"
#include "init_guide.h"
#include "init_questions.h"
#include "rewrite.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- How the client proves itself ---- */

/* At Entra the platform of the redirect URI decides whether the client has a secret. */
static int ask_platform(guide *g) {
  static const ask_choice choices[] = {
      {.name = "web", .text = "Web: has a client secret", .value = "post"},
      {.name = "desktop", .text = "Mobile and desktop: no secret", .value = "none"},
      {.name = "spa",
       .text = "Single-page application: does not work",
       .refusal = "does not work: such tokens are for pages in a browser alone. Add web or "
                  "desktop to the registration, and take that"}};
  guide_step("Authentication: which platform is the redirect URI under? That decides whether the "
             "client has a secret. With desktop, and `Allow public client flows` set to Yes, a "
             "person can also sign in by a code on a phone.");
  return ask_one("Platform", guide_known(g, KEY_AUTH, ""), choices, COUNT(choices), NULL,
                 g->given->value[KEY_AUTH]);
}

/* Client credentials are of no use to a client that anybody can be. */
static int ask_method(guide *g) {
  static ask_choice choices[] = {
      {.name = "none", .text = "a public client, without a secret"},
      {.name = "post", .text = "a secret, sent in the body (client_secret_post)"},
      {.name = "basic", .text = "a secret, sent in a header (client_secret_basic)"},
      {.name = "basic-raw", .text = "the same for servers that do not decode what basic encodes"},
      {.name = "tls", .text = "a certificate of the client, shown in TLS (RFC 8705)"},
      {.name = "private-key-jwt", .text = "a key of the client, which signs (RFC 7523)"},
      {.name = "client-secret-jwt", .text = "a secret, which signs and is never sent"}};
  bool proves = strcmp(guide_grant(g), "client-credentials") == 0;
  choices[0].refusal = proves ? "does not do for client-credentials" : NULL;
  guide_step("How does the client prove itself at the token URL?");
  return ask_one("Method", guide_known(g, KEY_AUTH, proves ? "post" : ""), choices, COUNT(choices),
                 NULL, g->given->value[KEY_AUTH]);
}

static bool has_file(const guide *g) {
  const char *file = g->a->options.key[KEY_SECRET_FILE];
  return file && *file;
}

static bool secret_decides(const guide *g) {
  const provider *of = profile_provider(g->given);
  return guide_is_open(g, KEY_AUTH) && !has_file(g) && !of->has_platforms && !of->is_unknown &&
         !guide_needs_nobody(g);
}

/* With --secret-file the method has been chosen. A platform is that of a redirect URI, and where
 * nobody signs in there is none. */
int guide_ask_auth(guide *g) {
  if (!guide_is_open(g, KEY_AUTH) || has_file(g) || secret_decides(g)) return GUIDE_SKIPPED;
  bool by_platform = profile_provider(g->given)->has_platforms && !guide_needs_nobody(g);
  return by_platform ? ask_platform(g) : ask_method(g);
}

/* ---- The secret ---- */

/* A secret of before is used on if a person gives no other. Its last day stays with it. */
static bool had_secret(const guide *g) {
  return g->before->value[KEY_CLIENT_ID][0] && init_is_same_provider(g->given, g->before) &&
         guide_is_open(g, KEY_SECRET_FILE) &&
         (g->before->value[KEY_SECRET_FILE][0] || rewrite_has_stored(g->a));
}

/* Whether a person types it: not if it is in a file. */
static bool is_typed(const guide *g) {
  return !has_file(g) || strcmp(g->a->options.key[KEY_SECRET_FILE], "-") == 0;
}

/* Nothing about the secret changes, so its file is not even read. */
static void keep_secret(guide *g) {
  memcpy(g->given->value[KEY_SECRET_FILE], g->before->value[KEY_SECRET_FILE], VALUE_SIZE);
  if (guide_is_open(g, KEY_SECRET_EXPIRES))
    memcpy(g->given->value[KEY_SECRET_EXPIRES], g->before->value[KEY_SECRET_EXPIRES], VALUE_SIZE);
}

/* A public client has none. What was typed before the person went back is dropped as well. */
static int drop_secret(guide *g) {
  if (g->a->options.key[KEY_SECRET_EXPIRES] && g->given->value[KEY_SECRET_EXPIRES][0])
    hint("Without a secret, --secret-expires is of no use, and left out.");
  g->given->value[KEY_SECRET_EXPIRES][0] = '\0';
  if (is_typed(g)) *g->secret = (moat_span){NULL, 0};
  return GUIDE_SKIPPED;
}

static const char *question(const guide *g, bool had, bool may_skip) {
  if (profile_provider(g->given)->has_platforms)
    return had ? "Client secret, its Value (not shown; Enter keeps the old one)"
               : "Client secret, its Value (not shown)";
  return had        ? "Client secret (not shown; Enter keeps the old one)"
         : may_skip ? "Client secret (not shown; Enter if there is none)"
                    : "Client secret (not shown)";
}

int guide_ask_secret(guide *g) {
  char *method = g->given->value[KEY_AUTH];
  bool decides = secret_decides(g), had = had_secret(g), may_skip = had || decides;
  if (!decides && !profile_has_secret(g->given)) return drop_secret(g);
  if (!is_typed(g)) return GUIDE_SKIPPED;
  guide_step(profile_provider(g->given)->has_platforms
                 ? "Certificates & secrets, `New client secret`: copy the Value, which is shown "
                   "only once, and not the Secret ID. It is kept in a file for you alone."
                 : "The secret that belongs to the client ID. It is kept in a file for you alone.");
  *g->secret = (moat_span){NULL, 0};
  int status = secret_ask(&g->a->profile, question(g, had, may_skip), may_skip, g->secret);
  if (status) return status;
  if (guide_is_open(g, KEY_SECRET_EXPIRES)) g->given->value[KEY_SECRET_EXPIRES][0] = '\0';
  if (decides) memcpy(method, had || g->secret->n ? "post" : "none", sizeof "post");
  if (had && !g->secret->n) keep_secret(g);
  return CLI_OK;
}

/* ---- Its last day ---- */

static const guide *asking; /* for check_future(), which is given no guide */

static const char *check_future(int key, const char *answer) {
  int64_t day, now = account_now(asking->a);
  const char *wrong = check_value(key, answer);
  if (wrong || !date_day(answer, &day) || now <= 0 || day >= now / 86400) return wrong;
  return "has passed, and a secret that has ended is refused. Make a new one, or correct the date";
}

/* Only of a new secret, and where providers let secrets end. */
int guide_ask_expiry(guide *g) {
  const provider *of = profile_provider(g->given);
  bool is_new = g->secret->n || !is_typed(g);
  if (!guide_is_open(g, KEY_SECRET_EXPIRES) || !profile_has_secret(g->given) || !is_new ||
      !(of->has_platforms || of->is_unknown))
    return GUIDE_SKIPPED;
  asking = g;
  guide_step("The last day of the secret: `moat status` warns 30 days ahead of it.");
  char *answer = g->given->value[KEY_SECRET_EXPIRES];
  return ask_text("Expires on, YYYY-MM-DD; Enter if that is not known", answer, check_future,
                  KEY_SECRET_EXPIRES, answer);
}
