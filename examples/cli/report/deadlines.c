/* The day of each deadline comes from another place: the profile, the date of the last refresh, and
 * the certificates. */
#include "deadlines.h"

#include "../terminal/term.h"
#include "secret_expiry.h"

#include <stdio.h>

enum { DAY_S = 86400 };

/* With each refresh, the provider gives as many days again. Without a refresh token the grant lasts
 * as long as its access token. A token that came without a person is no grant: it is replaced. */
static bool grant_end(const account *a, int64_t *day) {
  const moat_record *r = moat_account_record(&a->moat);
  if (a->config.unattended || r->how == MOAT_HOW_UNATTENDED) return false;
  int idle_days = profile_provider(&a->profile)->idle_days;
  int64_t end = !r->refresh_token.n             ? r->expires
                : r->refreshed && idle_days > 0 ? r->refreshed + (int64_t)idle_days * DAY_S
                                                : 0;
  *day = end / DAY_S;
  return end > 0;
}

static void count_days(deadline all[DEADLINES], int64_t today) {
  for (int i = 0; i < DEADLINES; i++)
    all[i].days_left = all[i].day - today;
}

void deadlines_of_grant(account *a, deadline all[DEADLINES]) {
  int64_t today = account_now(a) / DAY_S;
  expiry secret = expiry_find(a);
  for (int i = 0; i < DEADLINES; i++)
    all[i] = (deadline){.known = false};
  if (today <= 0) return;
  all[DEADLINE_SECRET] = (deadline){.known = secret.known, .day = today + secret.days_left};
  all[DEADLINE_GRANT].known = grant_end(a, &all[DEADLINE_GRANT].day);
  count_days(all, today);
}

int deadlines_find(account *a, bool reads, deadline all[DEADLINES]) {
  int64_t today = account_now(a) / DAY_S, roots_day = 0, own_day = 0;
  deadlines_of_grant(a, all);
  if (today <= 0) return CLI_OK;
  int no_roots = account_roots_end(a, reads, &roots_day);
  int status = account_certificate_end(a, reads, &own_day);
  all[DEADLINE_ROOTS] = (deadline){.known = !no_roots && roots_day > 0, .day = roots_day};
  all[DEADLINE_CERTIFICATE] = (deadline){.known = !status && own_day > 0, .day = own_day};
  count_days(all, today);
  return no_roots ? no_roots : status;
}

/* A day is over at midnight in UTC. */
const char *deadline_text(const deadline *d) {
  static char text[TIME_SIZE + 64];
  char time[TIME_SIZE];
  long long n = d->days_left < 0 ? -d->days_left : d->days_left;
  (void)snprintf(text, sizeof text, "%s on %.10s, %s%lld day%s%s",
                 d->days_left < 0 ? "ended" : "ends", time_text(d->day * DAY_S, time),
                 d->days_left < 0 ? "" : "in ", n, n == 1 ? "" : "s",
                 d->days_left < 0 ? " ago" : "");
  return text;
}

void deadline_warn(const account *a, int which, const deadline *d) {
  const char *name = a->options.name;
  if (which == DEADLINE_SECRET) {
    expiry_warn(a, (expiry){.known = true, .days_left = d->days_left});
  } else if (which == DEADLINE_CERTIFICATE) {
    say(CLI_OK, "warning: the client certificate %s", deadline_text(d));
    hint("The server refuses one that has ended. Put the next one into %s.",
         a->profile.value[KEY_CLIENT_CERTIFICATE]);
  } else if (which == DEADLINE_ROOTS) {
    say(CLI_OK, "warning: a root of trust %s", deadline_text(d));
    hint("Put the one that follows it into %s.", a->profile.value[KEY_CA]);
  } else if (moat_account_record(&a->moat)->refresh_token.n) {
    say(CLI_OK, "warning: a grant that nobody refreshes %s", deadline_text(d));
    hint("Every refresh gives it %d days more. See what stops that: moat refresh %s",
         profile_provider(&a->profile)->idle_days, name);
  } else {
    say(CLI_OK, "warning: the sign-in %s", deadline_text(d));
    hint("There is no refresh token. Sign in again before: moat login %s", name);
  }
}
