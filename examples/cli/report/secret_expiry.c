/* No answer of a server tells when a secret ends. So a person writes the day into the profile, and
 * Moat counts the days in UTC. */
#include "secret_expiry.h"

#include "../profile/date.h"
#include "../terminal/term.h"

#include <stdio.h>

enum { DAY_S = 86400, SOON_DAYS = 30 };

expiry expiry_find(account *a) {
  expiry e = {.known = false};
  int64_t day, now = account_now(a);
  if (!profile_has_secret(&a->profile) || now <= 0) return e;
  e.known = date_day(a->profile.value[KEY_SECRET_EXPIRES], &day);
  if (e.known) e.days_left = day - now / DAY_S;
  return e;
}

const char *expiry_text(const account *a, expiry e) {
  static char text[96];
  const char *date = a->profile.value[KEY_SECRET_EXPIRES];
  long long days = e.days_left < 0 ? -e.days_left : e.days_left;
  const char *s = days == 1 ? "" : "s";
  if (e.days_left < 0)
    (void)snprintf(text, sizeof text, "EXPIRED on %.10s, %lld day%s ago", date, days, s);
  else if (days == 0)
    (void)snprintf(text, sizeof text, "expires today, on %.10s", date);
  else if (days <= SOON_DAYS)
    (void)snprintf(text, sizeof text, "expires on %.10s, in %lld day%s", date, days, s);
  else
    (void)snprintf(text, sizeof text, "until %.10s", date);
  return text;
}

void expiry_warn(const account *a, expiry e) {
  if (!e.known || e.days_left > SOON_DAYS) return;
  say(CLI_OK, "warning: the client secret %s", expiry_text(a, e));
  hint("The provider refuses a secret that has ended. Make a new one in the portal.");
  hint("Give it to Moat with its date: moat secret %s --secret-expires DATE", a->options.name);
}
