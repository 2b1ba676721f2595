/* How an account stands, from what is stored: the server is not asked. */
#include "commands.h"

#include "../account/identity.h"
#include "../report/report.h"
#include "../terminal/term.h"
#include "../terminal/write_json.h"
#include "../terminal/write_output.h"
#include "grant_state.h"
#include "rewrite.h"

#include <stdio.h>

static bool has_reason(const grant_state *s) {
  return s->dead || s->refused || s->pause;
}

/* ---- For people ---- */

/* Only a date that has passed shows that the token has ended. The clock may be slow, or was not set
 * when the token came. */
static const char *access_word(const grant_state *s, uint32_t expires) {
  if (s->valid) return "valid until";
  if (!s->fits) return "of no use here; ends at";
  if (!expires || expires > s->now) return "of unknown age, for the clock is or was wrong; ends at";
  return "expired at";
}

static int show_access(const moat_record *r, const grant_state *s) {
  char time[TIME_SIZE];
  if (!r->life) return print("access token:  its end is not known");
  return print("access token:  %s %s", access_word(s, r->expires), time_text(r->expires, time));
}

/* Shows why the server is not asked. */
static int show_reason(const account *a, const grant_state *s) {
  char time[TIME_SIZE];
  const char *reason = report_reason(a);
  int status = CLI_OK;
  if (s->dead)
    status = print("ended:         the provider has ended this grant, as was found at %s",
                   time_text(moat_account_note(&a->moat)->since, time));
  if (s->refused) status = print("refused:       the last refresh: somebody has to sign in again");
  if (!status && s->pause)
    status =
        print("pause:         the server is not asked for another %lu s", (unsigned long)s->pause);
  if (!status && has_reason(s) && *reason) status = print("reason:        %s", reason);
  return status;
}

static int show_note(const account *a, const grant_state *s) {
  int status = show_reason(a, s);
  if (status || s->dead || !moat_account_note(&a->moat)->marked) return status;
  if (!s->asks)
    return print("interrupted:   the last refresh; the next one tells whether its answer was lost");
  status =
      print("interrupted:   the last refresh; its answer may be lost, and the grant is shared");
  if (!status) status = print("to try again:  moat refresh %s --shared no", a->options.name);
  return status;
}

/* Nobody signs in, so only the last token is shown. */
static int show_unattended(const account *a, const grant_state *s) {
  char time[TIME_SIZE];
  const moat_record *r = moat_account_record(&a->moat);
  int status = print("signed in:     not needed (%s)", a->profile.value[KEY_GRANT]);
  if (!status)
    status = print("last token:    %s", r->sequence ? time_text(r->refreshed, time) : "none");
  if (!status && r->sequence) status = show_access(r, s);
  if (!status && r->scope.n) status = print("scope:         %.*s", (int)r->scope.n, r->scope.p);
  return status ? status : show_reason(a, s);
}

static const char *why_unfit(const grant_state *s) {
  if (s->fits) return "";
  return s->persons ? " (the profile needs no sign-in now: erase that grant)"
                    : " (as another client than the profile's: sign in again)";
}

static int show_grant(const account *a, const grant_state *s) {
  if (a->config.unattended && s->fits) return show_unattended(a, s);
  identity who;
  char time[TIME_SIZE];
  const moat_record *r = moat_account_record(&a->moat);
  int status = print("signed in:     %s%s", time_text(r->signed_in, time), why_unfit(s));
  if (!status && identity_read(a, &who)) status = print("account:       %s", who.name);
  if (!status) status = print("last refresh:  %s", time_text(r->refreshed, time));
  if (!status) status = show_access(r, s);
  if (!status) status = print("refresh token: %s", r->refresh_token.n ? "stored" : "none");
  if (!status && r->scope.n) status = print("scope:         %.*s", (int)r->scope.n, r->scope.p);
  return status ? status : show_note(a, s);
}

static int show_pending(const grant_state *s) {
  if (s->pending == MOAT_PENDING_NONE) return CLI_OK;
  return print("sign-in:       begun, waits for %s",
               s->pending == MOAT_PENDING_CODE ? "its redirect" : "the code to be entered");
}

/* The last line is the one command to type next. Only a warning may come after it. */
static int show(const account *a, const grant_state *s) {
  const char *name = a->options.name;
  int status = print("profile:       %s", a->paths.conf);
  if (!status) status = print("provider:      %s", a->profile.value[KEY_PROVIDER]);
  if (!status) status = print("token url:     %s", a->profile.value[KEY_TOKEN_URL]);
  if (!status) status = print("client:        %s", a->profile.value[KEY_CLIENT_ID]);
  if (!status && s->secret.known) status = print("client secret: %s", expiry_text(a, s->secret));
  if (!status) status = s->stored ? show_grant(a, s) : print("signed in:     no");
  if (!status) status = show_pending(s);
  if (!status) status = print("next:          moat %s %s", s->next, name);
  expiry_warn(a, s->secret);
  return status;
}

/* ---- For programs ---- */

/* Writes the last day as the profile has it, and the number of days left, which is negative
 * afterwards. What is unknown is null. */
static void put_expiry(const account *a, expiry e) {
  const char *date = a->profile.value[KEY_SECRET_EXPIRES];
  json_text_or_null("secret_expires", *date ? date : NULL);
  if (e.known)
    json_number("secret_days_left", e.days_left);
  else
    json_null("secret_days_left");
}

/* Writes whether a refresh was interrupted, and why the server is not asked. */
static void put_note(const account *a, const grant_state *s) {
  const moat_note *n = moat_account_note(&a->moat);
  json_bool("interrupted", s->fits && n->marked);
  if (s->dead)
    json_time("ended_at", n->since);
  else
    json_null("ended_at");
  json_number("pause_seconds", s->pause);
  json_text("reason", moat_str(has_reason(s) ? report_reason(a) : ""));
}

/* Writes a name to show, which may change, and what stays the same. */
static void put_account(const account *a, const grant_state *s) {
  identity who;
  bool known = s->stored && identity_read(a, &who);
  json_text_or_null("account", known ? who.name : NULL);
  json_text_or_null("account_issuer", known ? who.issuer : NULL);
  json_text_or_null("account_subject", known ? who.subject : NULL);
}

/* All members are written each time, so that a script need not ask whether one is there. */
static int show_json(const account *a, const grant_state *s) {
  static char next[NAME_SIZE + 32];
  static const moat_record none;
  const moat_record *r = s->stored ? moat_account_record(&a->moat) : &none;
  (void)snprintf(next, sizeof next, "moat %s %s", s->next, a->options.name);
  json_begin();
  json_text("name", moat_str(a->options.name));
  json_text("profile", moat_str(a->paths.conf));
  json_text("provider", moat_str(a->profile.value[KEY_PROVIDER]));
  json_text("token_url", moat_str(a->profile.value[KEY_TOKEN_URL]));
  json_text("client_id", moat_str(a->profile.value[KEY_CLIENT_ID]));
  json_bool("signed_in", s->usable);
  json_text("grant", moat_str(grant_word(s)));
  json_bool("unattended", a->config.unattended != NULL);
  put_account(a, s);
  json_time("signed_in_at", r->signed_in);
  json_time("refreshed_at", r->refreshed);
  json_time("expires_at", r->expires);
  json_bool("access_token_valid", s->fits && s->valid);
  json_bool("refresh_token", r->refresh_token.n > 0);
  json_text("scope", term_without_secrets(r->scope));
  put_note(a, s);
  put_expiry(a, s->secret);
  json_bool("sign_in_pending", s->pending != MOAT_PENDING_NONE);
  json_text("next", moat_str(next));
  json_end();
  return output_print();
}

/* The exit status is that of `moat token`: it tells whether somebody has to sign in, not whether
 * the last token is still valid. */
int cmd_status(account *a) {
  grant_state s;
  int status = account_open_profile(a);
  if (!status) rewrite_end(a);
  if (!status) status = account_open_state(a);
  if (!status) status = grant_look(a, &s);
  if (status) return status;
  status = a->options.json ? show_json(a, &s) : show(a, &s);
  if (status) return status;
  return s.usable ? CLI_OK : s.persons ? CLI_PROFILE : CLI_SIGN_IN;
}
