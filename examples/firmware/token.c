#include "account.h"

#include "console.h"
#include "settings.h"
#include "trouble.h"

static int run(int begun) {
  return begun == MOAT_OK ? account_run() : begun;
}

/* With settings.rounds, each round asks the server, which the tests need. A real device asks only
 * when it has to. */
int refresh(void) {
  const moat_record *record = moat_account_record(&account.moat);
  uint32_t before = record->sequence;
  if (moat_account_note(&account.moat)->marked) say("refresh: the last one was cut short\n");
  int r = run(settings.rounds ? moat_account_refresh(&account.moat)
                              : moat_account_token(&account.moat));
  if (r != MOAT_OK)
    trouble("refresh", r);
  else if (record->sequence != before)
    say("refresh: a new access token, and its record is stored\n");
  return r;
}

int refuse(void) {
  return run(moat_account_refused(&account.moat, moat_account_access(&account.moat)));
}
