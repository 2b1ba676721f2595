/* Takes over a grant that another program has. A refresh shows that the provider agrees. */
#include "commands.h"

#include "../export/export.h"
#include "../terminal/hide.h"
#include "../terminal/term.h"
#include "fetch_token.h"
#include "replace.h"

enum { TOKEN_SIZE = 16384 };

static char token[TOKEN_SIZE];

/* The message about the refusal is out already. */
static int put_back(account *a, int refused) {
  if (replace_can_undo()) {
    if (!replace_undo(a)) hint("The grant of before is stored again.");
    return refused;
  }
  int r = moat_account_forget(&a->moat);
  if (r == MOAT_OK) r = account_run(a);
  if (r == MOAT_OK) hint("It was not stored.");
  return refused;
}

/* After a lost answer the new one stays: it may have been used up, and its successor may come. If
 * the server was not asked, the one before is as good as it was. */
static int prove(account *a) {
  int status = fetch_token(a, true);
  bool unasked = a->prepared > CLI_OK || !moat_account_error(&a->moat)->sent;
  if (!status)
    return print("%s has taken the grant over, and the provider agrees.", a->options.name);
  if (status == CLI_SIGN_IN || status == CLI_PROFILE || (unasked && replace_can_undo()))
    return put_back(a, status);
  hint("It is stored, but not proved. Run later: moat refresh %s", a->options.name);
  return status;
}

/* All that can be found without the server is found before anything is stored. */
int cmd_import(account *a) {
  size_t n = 0;
  int status = account_open(a);
  if (!status) status = account_needs_person(a);
  if (!status) status = import_read(a, a->options.format, token, sizeof token, &n);
  moat_span text = {token, n};
  if (!status) hide_secret(text);
  if (!status) replace_begin(a);
  if (!status) status = replace_store(a, text, MOAT_HOW_CODE, a->options.force);
  if (!status) status = prove(a);
  import_wipe();
  moat_wipe(token, sizeof token);
  replace_wipe();
  return status;
}
