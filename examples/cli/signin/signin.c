/* The library keeps what a sign-in needs. Here it is begun and ended, and failures are told. */
#include "signin.h"

#include "../account/asked_claims.h"
#include "../report/report.h"
#include "../report/scope.h"
#include "../terminal/hide.h"
#include "../terminal/term.h"
#include "who.h"

#include <stdio.h>
#include <string.h>

static char asked[VALUE_SIZE];

/* A redirect that no pending sign-in asked for could come from anybody (RFC 6749 10.12). */
static int no_pending(account *a, const char *what) {
  say(CLI_SIGN_IN, "%s for %s", what, a->options.name);
  hint("Begin a new one: moat login %s", a->options.name);
  return CLI_SIGN_IN;
}

/* Besides the slots, only the profile or a lack of randomness can be at fault. */
static int authorize_failed(account *a, int result) {
  if (result == MOAT_E_BUSY) return account_busy(a);
  if (result == MOAT_E_CANCEL) return say_cancelled();
  if (a->posix.error) return account_state_failed(a, result);
  say(CLI_FAILED, "the authorize URL cannot be made: %s", moat_error_text(result));
  hint("Check authorize_url, scope and extra in the profile.");
  return CLI_FAILED;
}

int signin_begin(account *a, const char *redirect_uri, char url[SIGNIN_URL_SIZE]) {
  a->config.redirect_uri = moat_str(redirect_uri);
  int status = who_ask(a);
  if (status) return status;
  a->posix.error = 0;
  int r = moat_account_authorize(&a->moat, url, SIGNIN_URL_SIZE);
  if (r == MOAT_OK) r = account_run(a);
  return r < 0 ? authorize_failed(a, r) : CLI_OK;
}

/* The profile may have changed since the sign-in was begun. Then the code is for another client. */
static int pending_failed(account *a, int result) {
  switch (result) {
  case MOAT_E_EMPTY: return no_pending(a, "no sign-in is under way");
  case MOAT_E_STORE:
    if (a->posix.error) break;
    return no_pending(a, "the record of the sign-in is damaged");
  case MOAT_E_EXPIRED: return no_pending(a, "the sign-in was begun too long ago");
  case MOAT_E_FOREIGN:
    say(CLI_PROFILE, "the sign-in for %s was begun for another client, token URL or scope",
        a->options.name);
    hint("The profile has changed since. Begin a new one: moat login %s", a->options.name);
    return CLI_PROFILE;
  default: break;
  }
  return account_state_failed(a, result);
}

/* The library forgets the authorization after its code has been sent. The scope is needed after
 * that, so it is copied. */
int signin_pending(account *a, const moat_authorization **p) {
  a->posix.error = 0;
  int r = moat_account_authorization(&a->moat, p);
  if (r < 0) return pending_failed(a, r);
  hide_secret(moat_str((*p)->code_verifier));
  (void)snprintf(asked, sizeof asked, "%s", (*p)->scope);
  return CLI_OK;
}

const char *signin_asked(void) {
  return asked;
}

moat_expect signin_expect(const account *a, const char *state) {
  const char *required = a->profile.value[KEY_ISSUER], *known = a->profile.value[KEY_DISCOVERY];
  return (moat_expect){.state = moat_str(state),
                       .issuer = moat_str(*required ? required : known),
                       .iss_optional = !*required};
}

/* ---- The grant ---- */

/* After a code was sent it is used up, whatever the answer was. */
static int redeem_failed(account *a, int result) {
  const char *name = a->options.name;
  if (a->prepared > CLI_OK) return a->prepared;
  if (a->accepted) return a->accepted;
  bool sent = moat_account_error(&a->moat)->sent;
  if (result == MOAT_E_BUSY) return account_busy(a);
  if (result == MOAT_E_STATE && !sent) {
    say(CLI_FAILED, "another sign-in for %s was begun meanwhile", name);
    hint("Finish that one, or begin anew: moat login %s", name);
    return CLI_FAILED;
  }
  bool over = result == MOAT_E_EMPTY || result == MOAT_E_EXPIRED || result == MOAT_E_FOREIGN;
  if (over && !sent) return pending_failed(a, result);
  int status = report_exchange(a, result);
  if (!sent)
    hint("The code was not sent: the same redirect can be given to `moat exchange %s` again.",
         name);
  else if (status != CLI_SIGN_IN)
    hint("The code is used up. Sign in again: moat login %s", name);
  return status;
}

int signin_redeem(account *a, moat_span code) {
  hide_secret(code);
  who_guard(a, account_read(a)); /* the stored tokens are hidden now */
  a->posix.error = 0;
  int r = moat_account_redeem(&a->moat, code);
  if (r == MOAT_OK) r = account_run(a);
  return r < 0 ? redeem_failed(a, r) : CLI_OK;
}

/* Does not wait: another moat that holds the lock is about to use the sign-in. */
void signin_forget(account *a) {
  if (moat_account_give_up(&a->moat) == MOAT_OK && moat_is_want(moat_account_step(&a->moat)))
    moat_account_cancel(&a->moat);
}

/* OAuth alone tells where somebody signed in and for what. Who it was, an ID token tells. */
int signin_show(account *a, const char *scope) {
  static char missing[VALUE_SIZE];
  char until[TIME_SIZE];
  const moat_record *r = moat_account_record(&a->moat);
  account_hide_tokens(a);
  asked_claims_erase(a);
  const char *who = who_remember(a);
  int status = print("%s is signed in at %s%s%s.", a->options.name, a->token_endpoint.host,
                     who ? " as " : "", who ? who : "");
  if (!status && r->scope.n) status = print("Scope: %.*s", (int)r->scope.n, r->scope.p);
  if (!status && r->expires)
    status = print("The access token is valid until %s.", time_text(r->expires, until));
  if (!status && r->refresh_token.n) status = print("The refresh token is stored.");
  if (scope_missing(moat_str(scope), r->scope, missing, sizeof missing))
    hint("Asked for, but not granted: %s", missing);
  if (!r->refresh_token.n) {
    hint("No refresh token came, so this ends with the access token.");
    hint("Many providers want offline_access in the scope, Google access_type=offline.");
  }
  hint("From now on: moat token %s", a->options.name);
  return status;
}
