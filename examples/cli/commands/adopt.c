/* Anything may stand in a file: a word, an old token from a backup, another account's. So a refresh
 * has to prove it before the stored grant is given up. */
#include "adopt.h"

#include "../export/export.h"
#include "../terminal/hide.h"
#include "../terminal/term.h"
#include "fetch_token.h"
#include "replace.h"

/* The token is not tried again, and the next export overwrites it. */
static int refuse(account *a, const char *path, const char *why, bool *asked) {
  int status = replace_undo(a);
  if (!status) status = export_settle(a);
  if (status) return status;
  say(CLI_OK, "the refresh token in %s is not taken over: %s", path, why);
  hint("The grant of before is stored again.");
  status = fetch_token(a, true);
  *asked = !status;
  return status;
}

/* Nothing tells whether the token in the file is good, so the next call tries it again. A new token
 * that came in spite of the error is good. */
static int put_off(account *a, const char *path, moat_span found, int result) {
  int status = fetch_failed(a, result);
  bool unproved =
      account_read(a) < 0 || moat_span_equal(moat_account_record(&a->moat)->refresh_token, found);
  if (!unproved) return export_settle(a) ? CLI_FAILED : status;
  if (!replace_undo(a)) hint("%s has another refresh token; it is not taken over yet.", path);
  return status;
}

/* Over a grant that has ended there is nothing to lose. */
static int prove(account *a, const char *path, moat_span found, bool *asked) {
  int r = moat_account_refresh(&a->moat);
  if (r == MOAT_OK) r = account_run(a);
  bool refused = a->prepared <= CLI_OK && r < 0 &&
                 moat_judge(moat_account_error(&a->moat)).need == MOAT_NEED_SIGN_IN;
  *asked = r == MOAT_OK;
  if (*asked && replace_can_undo() && !replace_same_person(a))
    return refuse(a, path, "it is another account's", asked);
  if (*asked) {
    account_hide_tokens(a);
    return export_settle(a);
  }
  if (refused && replace_can_undo()) return refuse(a, path, "the provider refuses it", asked);
  if (replace_can_undo()) return put_off(a, path, found, r);
  int status = fetch_failed(a, r);
  return export_settle(a) ? CLI_FAILED : status;
}

int adopt_renewed(account *a, const char *path, bool *asked) {
  moat_span found;
  *asked = false;
  path = export_renewed(a, path, &found);
  if (!path) return CLI_OK;
  hide_secret(found);
  replace_begin(a);
  int status = replace_store(a, found, (uint8_t)moat_account_record(&a->moat)->how, true);
  if (!status) status = replace_carry(a);
  if (!status) status = prove(a, path, found, asked);
  replace_wipe();
  export_wipe();
  return status;
}

int adopt_and_fetch(account *a, bool now) {
  bool asked = false;
  int status = a->config.shared ? adopt_renewed(a, NULL, &asked) : CLI_OK;
  return status ? status : fetch_token(a, now && !asked);
}

int adopt_and_export(account *a, const char *format, const char *path, bool with_access,
                     bool *changed) {
  bool asked;
  int status = adopt_renewed(a, path, &asked);
  return status ? status : export_file(a, format, path, with_access, changed);
}
