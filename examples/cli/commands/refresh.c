/* A refresh on demand: whatever the age of the access token, the server is asked. */
#include "commands.h"

#include "../report/deadlines.h"
#include "../terminal/term.h"
#include "adopt.h"

/* A refresh from a timer is the one command that its owner sees anything of. */
static void warn_of_deadlines(account *a) {
  deadline all[DEADLINES];
  (void)deadlines_find(a, false, all);
  for (int i = 0; i < DEADLINES; i++)
    if (all[i].known && all[i].days_left <= DEADLINE_SOON) deadline_warn(a, i, &all[i]);
}

int cmd_refresh(account *a) {
  char until[TIME_SIZE];
  int status = account_open(a);
  if (!status) status = adopt_and_fetch(a, true);
  if (status) return status;
  warn_of_deadlines(a);
  uint32_t expires = moat_account_record(&a->moat)->expires;
  if (!expires) return print("%s is refreshed.", a->options.name);
  return print("%s is refreshed; the access token is valid until %s.", a->options.name,
               time_text(expires, until));
}
