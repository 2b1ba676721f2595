/* Ends a grant: at the provider if that is possible (RFC 7009), and on this machine in any case. */
#include "commands.h"

#include <moat/token.h>

#include "../account/client.h"
#include "../account/asked_claims.h"
#include "../account/identity.h"
#include "../report/report.h"
#include "../terminal/hide.h"
#include "../terminal/term.h"
#include "rewrite.h"

#include <string.h>

enum { TOKEN_SIZE = 16384 };

/* The end of the grant at the provider. */
enum { UNTOLD, REVOKED, NOT_REVOKED, CANCELLED };

/* Names only what there is. */
static void hint_rest(const account *a) {
  const char *file = a->profile.value[KEY_SECRET_FILE];
  if (*file)
    hint("The profile stays, and the file with the client secret: %s", file);
  else if (rewrite_has_stored(a))
    hint("The profile and the stored client secret stay.");
  else
    hint("The profile stays.");
}

/* ---- At the provider ---- */

static char token[TOKEN_SIZE]; /* a copy: the account's memory is used for other things */

/* A refresh token stands for the whole grant. Where there is none, the access token is all. */
static moat_token_query query_of(const account *a) {
  const moat_record *r = moat_account_record(&a->moat);
  bool refreshes = r->refresh_token.n > 0;
  moat_span what = refreshes ? r->refresh_token : r->access_token;
  if (what.n > sizeof token) what.n = 0;
  if (what.n) memcpy(token, what.p, what.n);
  return (moat_token_query){.token = {token, what.n},
                            .token_type_hint =
                                moat_str(refreshes ? "refresh_token" : "access_token")};
}

/* A token that is not valid any more cannot be revoked, and need not be. A server says so with 400:
 * what it says with 401 is about the client (RFC 6749 5.2). */
static bool is_over(const moat_error_info *e) {
  return e->status == 400 && moat_judge(e).cause == MOAT_CAUSE_GRANT;
}

/* A signal ends the command before anything is erased: whoever is in a hurry has --local. */
static int ask(account *a, moat_token_query *q, uint8_t how) {
  int status = client_open(a, KEY_REVOCATION_URL, a->profile.value[KEY_REVOCATION_URL], how);
  if (status) return NOT_REVOKED;
  q->endpoint = &a->client_endpoint;
  q->auth = client_auth(a, how);
  int r = client_run(a, moat_revoke_begin(&a->client, q));
  if (r == MOAT_E_CANCEL) return CANCELLED;
  if (r == MOAT_OK || is_over(moat_error(&a->client))) return REVOKED;
  if (a->prepared <= CLI_OK) (void)report_failure(a, moat_error(&a->client));
  return NOT_REVOKED;
}

/* A grant may be of no use to the profile and of the same client all the same. No other client's
 * token goes to this provider. */
static bool is_ours(const account *a) {
  const moat_record *r = moat_account_record(&a->moat);
  return moat_span_equal(r->provider, a->config.provider) &&
         moat_span_equal(r->client_id, a->auth.auth.client_id);
}

/* Also where there is an endpoint, --local is a choice: the grant may go on elsewhere. */
static int revoke(account *a) {
  if (!is_ours(a) || a->options.local || !*a->profile.value[KEY_REVOCATION_URL]) return UNTOLD;
  moat_token_query q = query_of(a);
  if (!q.token.n) return UNTOLD;
  hide_secret(q.token);
  int told = ask(a, &q, (uint8_t)moat_account_record(&a->moat)->how);
  client_close(a);
  moat_wipe(token, sizeof token);
  return told;
}

/* ---- What to say ---- */

/* Says how a person can end the grant. */
static void hint_provider(const account *a, int told) {
  const provider *p = profile_provider(&a->profile);
  if (told == REVOKED) return;
  if (told == NOT_REVOKED)
    hint("It may still be good. To end it, withdraw the consent in the account.");
  else if (p->cannot_revoke && !a->options.local)
    hint(
        "The provider was not told, for it has no endpoint to revoke a grant: withdraw the consent "
        "in the account.");
  else
    hint("The provider was not told: to revoke the grant, withdraw the consent in the account.");
  if (p->revoke) hint("%s", p->revoke);
}

/* The files that `moat keep` writes. Others are not known. */
static void hint_exports(const account *a, int told) {
  for (const char *line = a->profile.value[KEY_EXPORT]; *line;) {
    size_t n = strcspn(line, "\n"), name = strcspn(line, ":");
    if (name < n)
      hint("%.*s has the grant as well%s", (int)(n - name - 1), line + name + 1,
           told == REVOKED ? ", and it is of no use there now." : ": erase it there, too.");
    line += n + (line[n] != '\0');
  }
}

/* Nobody gave a consent, and no other program has it. */
static int show_token(const account *a, int told) {
  const char *name = a->options.name;
  if (told == NOT_REVOKED)
    say(CLI_LATER, "the token of %s is erased here, but it could not be revoked", name);
  else if (print(told == REVOKED ? "The token of %s is revoked, and is erased here."
                                 : "The token of %s is erased here.",
                 name))
    return CLI_FAILED;
  if (a->config.unattended) hint("The next `moat token %s` gets a new one.", name);
  hint_rest(a);
  return told == NOT_REVOKED ? CLI_LATER : CLI_OK;
}

/* The exit status tells a script that the grant may still be good somewhere. */
static int show(const account *a, int told) {
  const char *name = a->options.name;
  if (told == NOT_REVOKED)
    say(CLI_LATER, "the tokens of %s are erased here, but the grant could not be revoked", name);
  else if (print(told == REVOKED ? "The grant of %s is revoked, and its tokens are erased here."
                                 : "The tokens of %s are erased here.",
                 name))
    return CLI_FAILED;
  hint_provider(a, told);
  hint_exports(a, told);
  hint_rest(a);
  return told == NOT_REVOKED ? CLI_LATER : CLI_OK;
}

/* ---- On this machine ---- */

/* Whoever the grant belonged to is forgotten with it. A failure leaves the stored tokens as they
 * are, and is reported here. */
static int forget(account *a) {
  int r = moat_account_forget(&a->moat);
  if (r == MOAT_OK) r = account_run(a);
  if (r == MOAT_E_BUSY) return account_busy(a);
  if (r == MOAT_E_CANCEL) return say_cancelled();
  if (r < 0) return account_state_failed(a, r);
  identity_save(a, NULL);
  asked_claims_erase(a);
  return CLI_OK;
}

static int cancelled(const account *a) {
  int status = say_cancelled();
  if (a->client_sent)
    hint("The provider may have revoked the grant already. Here its tokens are still stored.");
  return status;
}

/* The lock keeps another moat from a refresh, whose new token would not be revoked. A grant that is
 * damaged or another client's is erased as well, so only an empty store had none. */
int cmd_logout(account *a) {
  int status = account_open(a);
  if (!status) status = account_lock(a);
  if (status) return status;
  int r = moat_account_load(&a->moat);
  const moat_record *record = moat_account_record(&a->moat);
  bool had_none = r == MOAT_E_EMPTY || (r == MOAT_OK && !record->sequence);
  bool is_token = record->how == MOAT_HOW_UNATTENDED;
  int told = revoke(a);
  if (told == CANCELLED) return cancelled(a);
  status = forget(a);
  if (status) return status;
  if (had_none) return print("%s had no tokens.", a->options.name);
  return is_token ? show_token(a, told) : show(a, told);
}
