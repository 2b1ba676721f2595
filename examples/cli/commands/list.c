/* All profiles of a user, a line each. One that is wrong has a line as well, and costs the others
 * nothing. */
#include "commands.h"

#include "../account/identity.h"
#include "../files.h"
#include "../report/deadlines.h"
#include "../terminal/term.h"
#include "../terminal/write_json.h"
#include "../terminal/write_output.h"
#include "grant_state.h"
#include "rewrite.h"

#include <stdio.h>
#include <string.h>

enum { DAY_S = 86400, DATE_LENGTH = 10, COLUMN = 24 };

typedef struct {
  bool readable; /* the profile is right, and its state could be read */
  grant_state grant;
  int64_t deadline; /* or 0 */
  const char *what; /* ends then */
  bool has_owner;
  identity owner;
} row;

/* ---- One profile ---- */

/* A folder that is not there is not made. Without one there is no token yet, and a profile that
 * needs nobody can do without. */
static int look(account *a, row *r) {
  int status = account_open_profile(a);
  if (!status) rewrite_end(a);
  if (!status && file_is_missing(a->paths.state)) {
    bool is_good = profile_is_unattended(&a->profile);
    r->grant = (grant_state){.stored = is_good, .fits = is_good, .usable = is_good};
  } else if (!status) {
    status = account_open_state(a);
    if (!status) status = grant_look(a, &r->grant);
    r->has_owner = !status && r->grant.stored && identity_read(a, &r->owner);
  }
  if (!status) r->grant.secret = expiry_find(a);
  return status;
}

/* The nearest of several ends counts. */
static void take_deadline(row *r, int64_t time, const char *what) {
  if (!time || (r->deadline && r->deadline <= time)) return;
  r->deadline = time;
  r->what = what;
}

/* An access token that can be renewed has no end that matters: its grant has. */
static void find_deadline(account *a, row *r) {
  const moat_record *record = moat_account_record(&a->moat);
  deadline all[DEADLINES];
  deadlines_of_grant(a, all);
  if (all[DEADLINE_SECRET].known)
    take_deadline(r, all[DEADLINE_SECRET].day * DAY_S, "client secret");
  if (!r->grant.usable || !all[DEADLINE_GRANT].known) return;
  if (record->refresh_token.n)
    take_deadline(r, all[DEADLINE_GRANT].day * DAY_S, "unused grant");
  else
    take_deadline(r, record->expires, "access token");
}

/* A failure is reported on stderr, and shows in the row as well. */
static row read_row(account *a, const char *name) {
  row r = {.readable = false};
  a->options.name = name;
  r.readable = !look(a, &r);
  if (r.readable) find_deadline(a, &r);
  return r;
}

/* ---- Showing ---- */

/* The words that `status --json` has for `grant`, except for those that say nothing to a person. */
static const char *state_word(const account *a, const row *r) {
  if (!r->readable) return "not readable";
  if (r->grant.usable && profile_is_unattended(&a->profile)) return "needs no sign-in";
  if (r->grant.usable) return "signed in";
  return r->grant.stored || r->grant.damaged ? grant_word(&r->grant) : "signed out";
}

static int show(const account *a, const row *r, int width) {
  char time[TIME_SIZE], state[sizeof r->owner.name + 32];
  (void)snprintf(state, sizeof state, r->has_owner ? "%s (%s)" : "%s", state_word(a, r),
                 r->owner.name);
  const char *whose = r->readable ? a->profile.value[KEY_PROVIDER] : "-";
  if (!r->deadline) return print("%-*s  %-8s  %s", width, a->options.name, whose, state);
  return print("%-*s  %-8s  %-17s  %s ends %.*s", width, a->options.name, whose, state, r->what,
               DATE_LENGTH, time_text(r->deadline, time));
}

/* All members are written each time. Those of a profile that cannot be read are null or false. */
static int show_json(const account *a, const row *r, bool is_first) {
  output_string(is_first ? "[" : ",");
  json_begin();
  json_text("name", moat_str(a->options.name));
  json_text("profile", moat_str(a->paths.conf));
  json_text_or_null("provider", r->readable ? a->profile.value[KEY_PROVIDER] : NULL);
  json_text_or_null("account", r->has_owner ? r->owner.name : NULL);
  json_bool("signed_in", r->grant.usable);
  json_text_or_null("grant", r->readable ? grant_word(&r->grant) : NULL);
  json_time("deadline", r->deadline);
  json_text_or_null("deadline_of", r->what);
  json_text("problem", moat_str(r->readable ? "" : term_said()));
  json_end();
  return output_print();
}

/* The names are aligned, so that a person can read the rest as columns. A long one pushes only its
 * own row to the right. */
static int widest(int count) {
  size_t width = 0;
  for (int i = 0; i < count; i++) {
    size_t n = strlen(paths_listed(i));
    if (n > width && n <= COLUMN) width = n;
  }
  return (int)width;
}

static int end(const account *a, int count) {
  if (a->options.json) return print(count ? "]" : "[]");
  if (!count) hint("There is no profile yet. Make one: moat init NAME");
  return CLI_OK;
}

/* A change that was begun for a NAME without a profile shows nowhere else. */
static int end_all(account *a) {
  int count, status = paths_list_unfinished(&count);
  for (int i = 0; i < count && !status; i++) {
    status = paths_find(&a->paths, paths_listed(i));
    if (!status) rewrite_end(a);
  }
  return status;
}

/* The exit status says that the list is complete, whatever is in it. One account serves for all
 * profiles, one after another. */
int cmd_list(account *a) {
  int count = 0, status = end_all(a);
  if (!status) status = paths_list(&count);
  int width = widest(count);
  for (int i = 0; i < count && !status; i++) {
    row r = read_row(a, paths_listed(i));
    status = a->options.json ? show_json(a, &r, i == 0) : show(a, &r, width);
    account_close(a);
  }
  return status ? status : end(a, count);
}
