#include "account.h"

#include "console.h"
#include "settings.h"
#include "trouble.h"

static int run(int begun) {
  return begun == MOAT_OK ? account_run() : begun;
}

static int sign_in(void) {
  bool goes_on = moat_account_pending(&account.moat) == MOAT_PENDING_DEVICE;
  say(goes_on ? "sign-in: goes on with the code that is pending\n"
              : "sign-in: asking for a code\n");
  int r = run(moat_account_sign_in(&account.moat));
  if (r == MOAT_OK)
    say("sign-in: done, and the grant is stored\n");
  else
    trouble("sign-in", r);
  return r;
}

/* With settings.rounds, each round asks the server, which the tests need. A real device asks only
 * when it has to. */
static int refresh(void) {
  const moat_record *record = moat_account_record(&account.moat);
  uint32_t before = record->sequence;
  if (moat_account_note(&account.moat)->marked) say("refresh: the last one was cut short\n");
  int r = run(settings.rounds ? moat_account_refresh(&account.moat)
                              : moat_account_token(&account.moat));
  if (r == MOAT_OK && record->sequence != before)
    say("refresh: a new access token, and the grant is stored\n");
  return r;
}

static bool needs_sign_in(void) {
  return moat_judge(moat_account_error(&account.moat)).need == MOAT_NEED_SIGN_IN;
}

/* A person is asked only if a sign-in is needed. Other errors pass or are reported. The refresh
 * meets all other errors of the load again. */
int token(void) {
  if (moat_account_load(&account.moat) != MOAT_OK && needs_sign_in()) return sign_in();
  int r = refresh();
  if (r == MOAT_OK) return r;
  trouble("refresh", r);
  if (!needs_sign_in()) return r;
  say("refresh: the grant is of no more use, somebody has to sign in again\n");
  return sign_in();
}

int refuse(void) {
  return run(moat_account_refused(&account.moat, moat_account_access(&account.moat)));
}
