/* The library reads the challenge. Here it comes from the command line, and goes to the requests
 * that answer it: to the authorize URL, and for claims to the request for a token as well. */
#include "challenge.h"

#include "../account/asked_claims.h"
#include "../terminal/term.h"

#include <moat/challenge.h>

#include <stdio.h>
#include <string.h>
#include <strings.h>

static char text[2 * VALUE_SIZE];

static int misuse(const account *a, const char *why) {
  int status = options_misuse(&a->options, "--challenge %s", why);
  hint("Give it the whole value of WWW-Authenticate from the service's answer, in single quotes.");
  return status;
}

/* Takes the value of the header, or the whole line. */
static int read(const account *a, moat_challenge *c) {
  static const char name[] = "WWW-Authenticate:";
  const char *given = a->options.challenge;
  if (strncasecmp(given, name, sizeof name - 1) == 0) given += sizeof name - 1;
  size_t n = strlen(given);
  if (n >= sizeof text) return misuse(a, "is too long");
  memcpy(text, given, n);
  switch (moat_challenge_read(c, text, n)) {
  case MOAT_OK: return CLI_OK;
  case MOAT_E_EMPTY: return misuse(a, "asks for nothing that a sign-in answers");
  default: return misuse(a, "is not whole, or damaged");
  }
}

/* Entra sends challenges by claims to clients that declare they answer them, and this one does. */
static void declare(const account *a, moat_challenge *c) {
  static const char begin[] = "{\"access_token\":{", cp1[] = "\"xms_cc\":{\"values\":[\"cp1\"]}";
  static char claims[sizeof text + sizeof cp1];
  size_t at = sizeof begin - 1;
  bool fits = profile_provider(&a->profile)->has_tenants && c->claims.n > at &&
              memcmp(c->claims.p, begin, at) == 0 && c->claims.p[at] == '"';
  if (!fits) return;
  int n = snprintf(claims, sizeof claims, "%s%s,%.*s", begin, cp1, (int)(c->claims.n - at),
                   c->claims.p + at);
  c->claims = (moat_span){claims, (size_t)n};
}

static bool put(account *a, int key, moat_span *parameters, const moat_challenge *c) {
  static char fields[VALUE_SIZE];
  char *value = a->profile.value[key];
  int n = moat_challenge_extra(c, moat_str(value), fields, sizeof fields);
  if (n < 0) return false;
  memcpy(value, fields, (size_t)n + 1);
  *parameters = (moat_span){value, (size_t)n};
  return true;
}

/* A service's challenge is newer than what the provider said with its last refusal. */
static int find(const account *a, moat_challenge *c) {
  static char words[VALUE_SIZE];
  *c = (moat_challenge){.claims = {NULL, 0}};
  if (!a->options.challenge) {
    c->claims = asked_claims_read(a);
    if (c->claims.n) hint("The sign-in carries the claims that the provider asked for.");
    return CLI_OK;
  }
  int status = read(a, c);
  if (status) return status;
  (void)term_clean(c->description, words, sizeof words);
  if (*words) hint("The service says: %s", words);
  return CLI_OK;
}

int challenge_ask(account *a) {
  moat_challenge c;
  int status = find(a, &c);
  if (status) return status;
  declare(a, &c);
  const moat_challenge claims = {.claims = c.claims};
  bool fits = put(a, KEY_EXTRA, &a->config.extra, &c) &&
              put(a, KEY_DEVICE_EXTRA, &a->config.device_extra, &c) &&
              put(a, KEY_TOKEN_EXTRA, &a->config.token_extra, &claims);
  if (fits) return CLI_OK;
  if (a->options.challenge) return misuse(a, "asks for too much");
  hint("They are too long for a request of this profile, so the provider may ask again.");
  return CLI_OK;
}
