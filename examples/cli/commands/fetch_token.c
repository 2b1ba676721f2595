/* Gets an access token from the stored grant. Half of the work is to say after a failure whether
 * anything was sent, and whether the grant is still good. */
#include "fetch_token.h"

#include "../log/log.h"
#include "../report/report.h"
#include "../terminal/term.h"

#include <string.h>

static int no_refresh_token(const account *a) {
  say(CLI_SIGN_IN, "the grant of %s has no refresh token", a->options.name);
  hint("The provider gave none; many want offline_access in the scope, or access_type=offline.");
  hint("Then sign in again: moat login %s", a->options.name);
  return CLI_SIGN_IN;
}

/* MOAT_E_EMPTY also stands for a record without a refresh token. Such a record names its
 * provider. */
static int report(account *a, int result) {
  switch (result) {
  case MOAT_E_BUSY: return account_busy(a);
  case MOAT_E_EMPTY:
    if (moat_account_record(&a->moat)->provider.n) return no_refresh_token(a);
    break;
  case MOAT_E_FOREIGN:
  case MOAT_E_NEWER:
  case MOAT_E_STORE: break;
  default: return report_exchange(a, result);
  }
  return account_load_failed(a, result);
}

/* Once a grant has ended, only `moat refresh` tries it again. */
static void hint_marked(const account *a) {
  hint("It is not known whether the server used up the refresh token.");
  if (moat_account_note(&a->moat)->dead_code) return;
  if (a->config.shared)
    hint("Other software shares the grant, so the next call does not try it once more by itself.");
  else
    hint("The next call tries it once more.");
}

/* A cancel wipes what was read, so the slots tell whether there was time to store the answer. */
static void hint_cancelled(account *a) {
  const moat_note *n = moat_account_note(&a->moat);
  int r = account_read(a);
  if (r < 0)
    hint("It is not known whether the server used up the refresh token.");
  else if (n->marked)
    hint_marked(a);
  else if (!n->dead_code)
    hint("The refresh token of the answer is stored: the grant is good.");
}

/* The server may have used up the refresh token and issued a new one that never arrived. Only a
 * definite answer rules that out. */
static void hint_grant(account *a, const moat_error_info *e, int result, int error) {
  bool marked = moat_account_note(&a->moat)->marked;
  /* MOAT_E_LOST is found by a refusal, which is definite as well. */
  bool definite = moat_judge(e).definite || result == MOAT_E_LOST;
  if (!e->sent)
    hint("Nothing was sent, and the stored grant is as it was.");
  else if (e->code == MOAT_E_CANCEL)
    hint_cancelled(a);
  else if (!definite && !marked)
    hint("The refresh token of the answer is stored: the grant is good.");
  else if (definite && marked && error)
    hint("The mark of this refresh could not be removed: %s", strerror(error));
  else if (marked)
    hint_marked(a);
}

/* A failed prepare() has reported its error itself. If the connection was never prepared, no
 * request was made: the grant needs no further word. */
int fetch_failed(account *a, int result) {
  if (a->prepared > CLI_OK) return a->prepared;
  int error = a->posix.error, status = report(a, result);
  if (a->prepared == CLI_OK && !a->config.unattended)
    hint_grant(a, moat_account_error(&a->moat), result, error);
  return status;
}

/* A token that is still valid is handed out even if the server could not be asked for the next one.
 */
int fetch_token(account *a, bool now) {
  int r = now ? moat_account_refresh(&a->moat) : moat_account_token(&a->moat);
  if (r == MOAT_OK) r = account_run(a);
  if (a->prepared > CLI_OK || r < 0) return fetch_failed(a, r);
  account_hide_tokens(a);
  if (a->prepared < 0) log_line(LOG_BRIEF, "the stored token is good, and nothing was asked");
  int early = moat_account_early(&a->moat);
  if (early)
    say(CLI_OK, "%s: no newer token (%s); this one is still valid", a->options.name,
        moat_error_text(early));
  return CLI_OK;
}
