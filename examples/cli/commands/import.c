/* Takes over a grant that another program has. A refresh shows that the provider agrees. */
#include "commands.h"

#include "../export/export.h"
#include "../terminal/hide.h"
#include "../terminal/term.h"
#include "fetch_token.h"

#include <string.h>

enum { TOKEN_SIZE = 16384 };

static char token[TOKEN_SIZE], before[TOKEN_SIZE];
static size_t before_n;
static uint8_t before_how;

/* The library refuses to replace a grant that is alive. */
static int store(account *a, moat_span text, uint8_t how, bool replace) {
  int r = moat_account_adopt(&a->moat, text, how, replace);
  if (r == MOAT_OK) r = account_run(a);
  if (r == MOAT_E_BUSY) return account_busy(a);
  if (r == MOAT_E_CANCEL) return say_cancelled();
  if (r == MOAT_E_EXISTS) {
    say(CLI_FAILED, "%s has a grant that is alive", a->options.name);
    hint("To put this one in its place: --force. The other one is forgotten here, not ended.");
    return CLI_FAILED;
  }
  return r < 0 ? account_state_failed(a, r) : CLI_OK;
}

/* Keeps what is stored, in case that the new one is refused. */
static void keep_old(account *a) {
  const moat_record *r = moat_account_record(&a->moat);
  before_n = 0;
  if (account_read(a) != MOAT_OK || moat_account_note(&a->moat)->dead_code) return;
  if (r->refresh_token.n > sizeof before) return;
  memcpy(before, r->refresh_token.p, r->refresh_token.n);
  before_n = r->refresh_token.n;
  before_how = (uint8_t)r->how;
}

/* The message about the refusal is out already. */
static int put_back(account *a, int refused) {
  if (before_n) {
    int status = store(a, (moat_span){before, before_n}, before_how, true);
    if (!status) hint("The grant of before is stored again.");
    return refused;
  }
  int r = moat_account_forget(&a->moat);
  if (r == MOAT_OK) r = account_run(a);
  if (r == MOAT_OK) hint("It was not stored.");
  return refused;
}

/* After a lost answer the new one stays: it may have been used up, and its successor may come. */
static int prove(account *a) {
  int status = fetch_token(a, true);
  if (!status)
    return print("%s has taken the grant over, and the provider agrees.", a->options.name);
  if (status == CLI_SIGN_IN || status == CLI_PROFILE) return put_back(a, status);
  hint("It is stored, but not proved. Run later: moat refresh %s", a->options.name);
  return status;
}

/* All that can be found without the server is found before anything is stored. */
int cmd_import(account *a) {
  size_t n = 0;
  int status = account_open(a);
  if (!status) status = import_read(a, a->options.format, token, sizeof token, &n);
  moat_span text = {token, n};
  if (!status) hide_secret(text);
  if (!status) keep_old(a);
  if (!status) status = store(a, text, MOAT_HOW_CODE, a->options.force);
  if (!status) status = prove(a);
  import_wipe();
  moat_wipe(token, sizeof token);
  moat_wipe(before, sizeof before);
  return status;
}
