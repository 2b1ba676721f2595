/* Collects what goes into an export, and says why it may not. */
#include "gather.h"

#include "../profile/secret.h"
#include "../report/report.h"
#include "../terminal/hide.h"
#include "../terminal/term.h"
#include "../terminal/utf8.h"

enum { SCOPE_SIZE = 65536 };

/* Such a program would refuse the file when it starts, so it is not written. */
static int check_secret(const account *a, const export_format *f) {
  const char *name = a->options.name;
  if (account_sends_secret(a, moat_account_record(&a->moat)->how)) return CLI_OK;
  say(CLI_PROFILE, "the grant of %s uses no client secret, and %s needs one", name, f->name);
  hint("Its OAuth client refuses an empty secret. Register a Web platform with a secret,");
  hint("then: moat secret %s FILE, and sign in again.", name);
  return CLI_PROFILE;
}

/* The secret would have no place in its files, and its requests would be refused without. */
static int check_public(const account *a, const export_format *f) {
  const char *name = a->options.name;
  if (!account_sends_secret(a, moat_account_record(&a->moat)->how)) return CLI_OK;
  say(CLI_PROFILE, "the grant of %s uses a client secret, and %s knows none", name, f->name);
  hint("Register a public client (platform Mobile and desktop), and sign in with that.");
  return CLI_PROFILE;
}

/* Another program asks for tokens by itself, and has neither the key nor the certificate. */
static int check_proof(const account *a, const export_format *f) {
  const char *name = a->options.name;
  const char *proof = account_proof(a, moat_account_record(&a->moat)->how);
  if (!proof) return CLI_OK;
  say(CLI_PROFILE, "the client of %s proves itself by %s, and %s cannot do that", name, proof,
      f->name);
  hint("Let the other program call `moat token %s`, which prints a valid access token.", name);
  return CLI_PROFILE;
}

static int no_refresh_token(const account *a) {
  const char *name = a->options.name;
  if (a->config.unattended) {
    say(CLI_PROFILE, "%s needs no sign-in, so it has no refresh token to export", name);
    hint("Let the other program call `moat token %s`, which prints a valid access token.", name);
    return CLI_PROFILE;
  }
  say(CLI_SIGN_IN, "the grant of %s has no refresh token to export", name);
  hint("Ask for one (offline_access in the scope) and sign in again: moat login %s", name);
  return CLI_SIGN_IN;
}

/* With a format that can do without a refresh token, a fresh access token alone is of use. */
static int check_tokens(const account *a, const export_format *f, bool is_fresh) {
  bool has_one = moat_account_record(&a->moat)->refresh_token.n > 0;
  return has_one || (is_fresh && !f->needs_refresh_token) ? CLI_OK : no_refresh_token(a);
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

/* A refresh token may serve only once. Then the second of two programs that use it ends the grant
 * for both. */
static int check_sharing(const account *a) {
  if (!profile_provider(&a->profile)->is_one_time || a->config.shared) return CLI_OK;
  if (!moat_account_record(&a->moat)->refresh_token.n) return CLI_OK;
  say(CLI_PROFILE,
      "the refresh tokens of %s can be used once only, so two programs cannot both "
      "refresh the grant",
      a->options.name);
  hint("Let the other program call `moat token %s`. If only that program refreshes, say so in the",
       a->options.name);
  hint("profile (shared = yes): Moat then takes over what it finds in the file.");
  return CLI_PROFILE;
}

/* Other bytes would have to be changed to fit, and the server would refuse the changed secret. */
static int check_text(const account *a, const export_format *f, moat_span secret) {
  if (!f->is_utf8 || utf8_ok(secret)) return CLI_OK;
  say(CLI_PROFILE, "the client secret of %s is not UTF-8, and %s can hold nothing else",
      a->options.name, f->name);
  hint("Correct the file that holds it, or take --format env.");
  return CLI_PROFILE;
}

/* The secret is read last, after everything that can be refused without it. */
int gather(account *a, const export_format *f, bool with_access, bool for_screen, exported *e) {
  static char scope[SCOPE_SIZE]; /* a copy without what could drive a terminal */
  const moat_record *r = moat_account_record(&a->moat);
  bool is_fresh = with_access && r->access_token.n && moat_account_is_valid(&a->moat);
  moat_span secret = {NULL, 0};
  int status = check_life(a);
  if (!status) status = check_tokens(a, f, is_fresh);
  if (!status) status = check_sharing(a);
  if (!status && f->needs_refresh_token) status = check_proof(a, f);
  if (!status && f->needs_secret) status = check_secret(a, f);
  if (!status && f->is_public) status = check_public(a, f);
  if (!status && account_sends_secret(a, r->how))
    status = secret_read(&a->profile, &a->paths, &secret);
  if (!status) status = check_text(a, f, secret);
  if (status) return status;
  if (for_screen) hide_secret(secret);
  term_clean(r->scope, scope, sizeof scope);
  *e = (exported){.name = a->options.name,
                  .refresh_token = r->refresh_token,
                  .client_id = moat_str(a->profile.value[KEY_CLIENT_ID]),
                  .client_secret = secret,
                  .token_url = moat_str(a->profile.value[KEY_TOKEN_URL]),
                  .scope = moat_str(scope)};
  if (is_fresh) e->access_token = r->access_token, e->expires = r->expires;
  return CLI_OK;
}
