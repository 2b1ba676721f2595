/* Asks the server what it thinks of the access token (RFC 7662). */
#include "commands.h"

#include <moat/token.h>

#include "../account/client.h"
#include "../report/report.h"
#include "../terminal/term.h"
#include "../terminal/write_json.h"
#include "../terminal/write_output.h"
#include "adopt.h"

#include <stdlib.h>
#include <string.h>

enum { NUMBER_SIZE = 24, TEXT_SIZE = 4096 };

/* Seconds since 1970; a fraction is dropped. 0: absent. */
static int64_t seconds(moat_span s) {
  char text[NUMBER_SIZE];
  if (s.n >= sizeof text) return 0;
  if (s.n) memcpy(text, s.p, s.n);
  text[s.n] = '\0';
  return strtoll(text, NULL, 10);
}

/* A member that is a text: its name, and what the server sent. */
typedef struct {
  const char *name;
  moat_span value;
} member;

/* Members as the server named them, and only those that came. */
static int show_json(const moat_introspection *i, const member *texts, size_t n) {
  json_begin();
  json_bool("active", i->active);
  for (size_t k = 0; k < n; k++)
    if (texts[k].value.n) json_text(texts[k].name, texts[k].value);
  if (i->exp.n) json_number("exp", seconds(i->exp));
  if (i->iat.n) json_number("iat", seconds(i->iat));
  if (i->nbf.n) json_number("nbf", seconds(i->nbf));
  json_end();
  return output_print();
}

/* The server counts in seconds since 1970, and people do not. */
static void show_time(const char *name, moat_span value) {
  char time[TIME_SIZE];
  if (value.n) (void)print("%s: %s", name, time_text(seconds(value), time));
}

/* For a person: what could drive the terminal is taken out. */
static int show_text(const moat_introspection *i, const member *texts, size_t n) {
  static char text[TEXT_SIZE];
  int status = print("active: %s", i->active ? "yes" : "no");
  for (size_t k = 0; k < n; k++) {
    if (!texts[k].value.n) continue;
    term_clean(texts[k].value, text, sizeof text);
    (void)print("%s: %s", texts[k].name, text);
  }
  show_time("exp", i->exp);
  show_time("iat", i->iat);
  show_time("nbf", i->nbf);
  return status;
}

/* A server may say so of a token that is good to the letter: its owner may have revoked it. */
static int show(const account *a, const moat_introspection *i) {
  const member texts[] = {{"scope", i->scope},
                          {"client_id", i->client_id},
                          {"username", i->username},
                          {"token_type", i->token_type},
                          {"sub", i->sub},
                          {"aud", i->aud},
                          {"iss", i->iss}};
  size_t n = sizeof texts / sizeof *texts;
  int status = a->options.json ? show_json(i, texts, n) : show_text(i, texts, n);
  if (status || i->active) return status;
  say(CLI_FAILED, "%s: the access token is not active there", a->options.name);
  hint("A newer one may be: moat refresh %s", a->options.name);
  return CLI_FAILED;
}

/* The token that is asked about is the one that `moat token` prints. */
int cmd_introspect(account *a) {
  int status = account_open(a);
  if (!status) status = account_needs_url(a, KEY_INTROSPECTION_URL);
  if (!status) status = adopt_and_fetch(a, false);
  if (status) return status;
  uint8_t how = (uint8_t)moat_account_record(&a->moat)->how;
  status = client_open(a, KEY_INTROSPECTION_URL, a->profile.value[KEY_INTROSPECTION_URL], how);
  if (status) return status;
  moat_introspection i = {.query = {.endpoint = &a->client_endpoint,
                                    .auth = client_auth(a, how),
                                    .token = moat_account_access(&a->moat),
                                    .token_type_hint = moat_str("access_token")}};
  int r = client_run(a, moat_introspect_begin(&a->client, &i));
  if (a->prepared > CLI_OK) return a->prepared;
  return r ? report_failure(a, moat_error(&a->client)) : show(a, &i);
}
