/* The grant as another program's configuration: what goes into it, and who may see it. */
#include "export.h"

#include "../profile/secret.h"
#include "../report/report.h"
#include "../terminal/hide.h"
#include "../terminal/term.h"
#include "../terminal/utf8.h"
#include "../terminal/write_output.h"
#include "commands.h"

#include <string.h>
#include <unistd.h>

enum { SHOWN = 4, SHOWN_LEAST = 40, MASK_SIZE = SHOWN + 8, SCOPE_SIZE = 65536 };

/* ---- What cannot be exported ---- */

/* There is no default format, because no format is the usual one. */
static int find_format(const account *a, const export_format **format) {
  static const export_format *const formats[] = {&export_ballerina, &export_env, &export_json};
  const char *name = a->options.format;
  if (!name) return options_misuse(&a->options, "export needs --format ballerina, env or json");
  for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
    if (strcmp(name, formats[i]->name) == 0) *format = formats[i];
  return *format ? CLI_OK : options_misuse(&a->options, "there is no format '%s'", name);
}

/* Ballerina's program would refuse such a file when it starts, so it is not written. */
static int check_secret(const account *a) {
  const char *name = a->options.name;
  if (account_sends_secret(a, moat_account_record(&a->moat)->how)) return CLI_OK;
  say(CLI_PROFILE, "the grant of %s uses no client secret, and Ballerina needs one", name);
  hint("Its OAuth client refuses an empty clientSecret. Register a Web platform with a secret,");
  hint("then: moat init %s --force --secret-file FILE, and sign in again.", name);
  return CLI_PROFILE;
}

/* With a format that can do without a refresh token, a fresh access token alone is of use. */
static int check_tokens(const account *a, const export_format *f, bool is_fresh) {
  const char *name = a->options.name;
  if (moat_account_record(&a->moat)->refresh_token.n || (is_fresh && !f->is_complete))
    return CLI_OK;
  say(CLI_SIGN_IN, "the grant of %s has no refresh token to export", name);
  hint("Ask for one (offline_access in the scope) and sign in again: moat login %s", name);
  return CLI_SIGN_IN;
}

/* The server would refuse any software that got a dead grant. Some providers ban clients that go on
 * asking. */
static int check_life(const account *a) {
  const moat_note *n = moat_account_note(&a->moat);
  char time[TIME_SIZE];
  if (!n->dead_code || a->options.anyway) return CLI_OK;
  say(CLI_SIGN_IN, "the provider has ended the grant of %s: that was found at %s", a->options.name,
      time_text(n->since, time));
  if (*report_reason(a)) hint("%s", report_reason(a));
  hint("Sign in again: moat login %s. To export it all the same: --anyway", a->options.name);
  return CLI_SIGN_IN;
}

/* Other bytes would have to be changed to fit, and the server would refuse the changed secret. */
static int check_text(const account *a, const export_format *f, moat_span secret) {
  if (!f->is_utf8 || utf8_ok(secret)) return CLI_OK;
  say(CLI_PROFILE, "the client secret of %s is not UTF-8, and %s can hold nothing else",
      a->options.name, f->name);
  hint("Correct the file that holds it, or take --format env.");
  return CLI_PROFILE;
}

/* ---- Output ---- */

/* Shows enough of a long secret to tell it from another, and nothing of a short one. */
static void mask(moat_span *secret, char text[MASK_SIZE]) {
  size_t n = secret->n >= SHOWN_LEAST ? SHOWN : 0;
  if (!secret->n) return;
  memcpy(text, secret->p, n);
  memcpy(text + n, "********", 8);
  *secret = (moat_span){text, n + 8};
}

static bool is_masked(const account *a) {
  return !a->options.output && !a->options.show_secrets && isatty(STDOUT_FILENO);
}

static int show(const account *a, const export_format *f, exported *e) {
  const char *path = a->options.output;
  char masks[3][MASK_SIZE];
  bool masked = is_masked(a);
  if (masked) {
    mask(&e->refresh_token, masks[0]);
    mask(&e->access_token, masks[1]);
    mask(&e->client_secret, masks[2]);
  }
  f->put(e);
  if (masked)
    hint("Masked, because this is a terminal: --show-secrets shows all, -o FILE writes it.");
  int status = output_write(path);
  if (status) return status;
  if (f->advise) f->advise(e);
  if (path) hint("No newer refresh token will be written to it: export again within 90 days.");
  return CLI_OK;
}

/* The secret is read last, after everything that can be refused without it. */
int cmd_export(account *a) {
  static char scope[SCOPE_SIZE]; /* a copy without what could drive a terminal */
  const export_format *f = NULL;
  const moat_record *r = moat_account_record(&a->moat);
  moat_span secret = {NULL, 0};
  int status = find_format(a, &f);
  if (!status) status = account_open(a);
  if (!status) status = account_load(a);
  if (status) return status;
  bool is_fresh = r->access_token.n && moat_account_is_valid(&a->moat);
  status = check_life(a);
  if (!status) status = check_tokens(a, f, is_fresh);
  if (!status && f->is_complete) status = check_secret(a);
  if (!status && account_sends_secret(a, r->how))
    status = secret_read(&a->profile, &a->paths, &secret);
  if (!status) status = check_text(a, f, secret);
  if (status) return status;
  if (is_masked(a)) hide_secret(secret);
  term_clean(r->scope, scope, sizeof scope);
  exported e = {.refresh_token = r->refresh_token,
                .client_id = moat_str(a->profile.value[KEY_CLIENT_ID]),
                .client_secret = secret,
                .token_url = moat_str(a->profile.value[KEY_TOKEN_URL]),
                .scope = moat_str(scope)};
  if (is_fresh) e.access_token = r->access_token, e.expires = r->expires;
  return show(a, f, &e);
}
