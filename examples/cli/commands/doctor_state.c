/* Looks at what is stored on this machine: files, grant, secret, ends. */
#include "doctor.h"

#include "../account/history.h"
#include "../account/identity.h"
#include "../files.h"
#include "../profile/change.h"
#include "../profile/secret.h"
#include "../report/deadlines.h"
#include "../report/report.h"
#include "../terminal/hide.h"
#include "../terminal/term.h"
#include "finding.h"
#include "grant_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Files ---- */

/* The sign-in makes it. */
static void check_place(const account *a) {
  const char *folder = a->paths.state;
  int status = CLI_OK, error = folder_check_for(folder);
  if (error) {
    status = say(CLI_FAILED, "the folder %s cannot be made: %s", folder, file_error(error));
    hint("The one above it has to be yours to write to. MOAT_HOME names another place.");
  }
  finding_end(status, "%s is not there yet", folder);
}

/* A folder that is not there is not made. Returns whether it is open. */
static bool check_files(account *a) {
  finding_begin("files");
  if (file_is_missing(a->paths.state)) {
    check_place(a);
    return false;
  }
  int status = account_open_folder(a);
  bool is_open = !status;
  if (!status) status = account_check_files(a);
  finding_end(status, "%s is for this user alone", a->paths.state);
  return is_open;
}

/* The interrupted change has files of its own, which the next command removes. */
static void check_leftovers(account *a) {
  finding_begin("leftovers");
  if (change_is_pending(&a->paths)) {
    say(CLI_OK, "warning: a change of the profile was interrupted");
    hint("The next command ends it, such as: moat status %s", a->options.name);
  } else {
    (void)account_tell_leftovers(a);
  }
  finding_end(CLI_OK, "none");
}

/* ---- The grant ---- */

/* Says what grant_look() did not say itself. */
static int tell_grant(const account *a, const grant_state *s) {
  char time[TIME_SIZE];
  const char *name = a->options.name, *reason = report_reason(a);
  if (s->dead)
    say(CLI_SIGN_IN, "the provider has ended the grant, as was found at %s",
        time_text(moat_account_note(&a->moat)->since, time));
  else if (s->asks)
    say(CLI_SIGN_IN, "the last refresh was interrupted, and the grant is shared");
  else
    say(CLI_SIGN_IN, "the provider refused the last refresh");
  if (*reason) hint("%s", reason);
  if (s->asks) hint("To try again: moat refresh %s --shared no", name);
  hint("Sign in again: moat login %s", name);
  return CLI_SIGN_IN;
}

/* While it pauses, nobody has to do anything: the grant may be good. */
static int judge_grant(account *a, const grant_state *s) {
  if (s->damaged) return CLI_SIGN_IN;
  if (!s->stored) return account_load_failed(a, MOAT_E_EMPTY);
  if (!s->fits) return account_load_failed(a, MOAT_E_FOREIGN);
  if (!s->usable) return tell_grant(a, s);
  if (!s->pause) return CLI_OK;
  say(CLI_OK, "warning: the server is not asked for another %lu s", (unsigned long)s->pause);
  if (*report_reason(a)) hint("%s", report_reason(a));
  hint("To ask it now: moat refresh %s", a->options.name);
  return CLI_OK;
}

/* A folder that is not open has been told. Without one nobody has signed in, where that is needed.
 */
static void check_grant(account *a, bool is_open) {
  grant_state s = {.stored = false};
  identity who;
  char time[TIME_SIZE];
  finding_begin("grant");
  int status = is_open ? grant_look(a, &s) : CLI_OK;
  if (!status && (is_open || !a->config.unattended)) status = judge_grant(a, &s);
  if (!status && a->config.unattended) {
    finding_end(status, "nobody has to sign in (%s)", a->profile.value[KEY_GRANT]);
    return;
  }
  bool known = s.stored && identity_read(a, &who);
  finding_end(status, "%s%s, since %s", known ? "signed in as " : "signed in",
              known ? who.name : "", time_text(moat_account_record(&a->moat)->signed_in, time));
}

/* A date before the last refresh shows that the clock is wrong, or was. */
static void check_date(account *a) {
  char time[TIME_SIZE];
  int64_t now = account_now(a), refreshed = moat_account_record(&a->moat)->refreshed;
  if (!now || refreshed <= now) return;
  finding_begin("clock");
  say(CLI_OK, "warning: the last refresh was at %s, which is still to come",
      time_text(refreshed, time));
  hint("The clock is slow, or it was fast then. Let NTP set it.");
  finding_end(CLI_OK, " ");
}

/* ---- What the provider said last ---- */

/* "invalid_client 7000215": takes the number off the error that it follows. */
static int32_t take_number(const char *text, size_t *n) {
  size_t at = *n, end = *n;
  while (at > 0 && text[at - 1] >= '0' && text[at - 1] <= '9')
    at--;
  if (at == end || end - at > 9 || at < 2 || text[at - 1] != ' ') return 0;
  *n = at - 1;
  return (int32_t)atol(text + at);
}

static bool is_sign_in(char *const field[HISTORY_FIELDS]) {
  return strcmp(field[HISTORY_COMMAND], "login") == 0 ||
         strcmp(field[HISTORY_COMMAND], "exchange") == 0;
}

/* The history has the words of the answer: its error, the provider's number, and its status. */
static moat_error_info answer_of(const account *a, char *const field[HISTORY_FIELDS]) {
  const char *detail = field[HISTORY_DETAIL], *status = strstr(detail, "HTTP ");
  size_t n = status == detail ? 0 : strcspn(detail, ",");
  int32_t number = take_number(detail, &n);
  moat_error_info e = {.code = n ? MOAT_E_OAUTH : MOAT_E_STATUS,
                       .status = status ? atoi(status + sizeof "HTTP " - 1) : 0,
                       .asked = is_sign_in(field)      ? MOAT_ASKED_CODE
                                : a->config.unattended ? MOAT_ASKED_UNATTENDED
                                                       : MOAT_ASKED_REFRESH,
                       .secret = profile_has_secret(&a->profile),
                       .provider_code = number,
                       .error = {detail, n}};
  return e;
}

static bool was_changed_since(const account *a) {
  static const int files[] = {KEY_CLIENT_CERTIFICATE, KEY_CLIENT_KEY, KEY_CLIENT_ASSERTION,
                              KEY_ASSERTION_FILE, KEY_SERVICE_ACCOUNT};
  bool is_changed = history_is_older(a, a->paths.conf);
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    const char *file = a->profile.value[files[i]];
    is_changed |= *file && history_is_older(a, secret_path(file));
  }
  return is_changed || (profile_has_secret(&a->profile) &&
                        history_is_older(a, secret_file(&a->profile, &a->paths)));
}

/* Only a fault of the profile or the registration is a problem of its own, until the profile or the
 * secret is another. All others show in what else is checked, or have passed. */
static int tell_answer(const account *a, char *const field[HISTORY_FIELDS]) {
  const char *need = field[HISTORY_NEED];
  if (strcmp(need, "good") == 0) return CLI_OK;
  bool is_profile = strcmp(need, "profile") == 0;
  say(CLI_OK, "%s at %s: %s", field[HISTORY_COMMAND], field[HISTORY_TIME], field[HISTORY_DETAIL]);
  /* No server answered if there is no status, so the profile alone is wrong. */
  if (is_profile && strstr(field[HISTORY_DETAIL], "HTTP ")) {
    moat_error_info e = answer_of(a, field);
    report_advice(a, &e);
  }
  if (*field[HISTORY_CORRELATION])
    hint("Correlation id for support: %s", field[HISTORY_CORRELATION]);
  bool is_changed = is_profile && was_changed_since(a);
  if (is_changed)
    hint("Since then the profile or one of its files was changed. To try it: moat %s %s",
         is_sign_in(field) ? "login" : "refresh", a->options.name);
  hint("What came before it: moat history %s", a->options.name);
  return is_profile && !is_changed ? CLI_PROFILE : CLI_OK;
}

/* The lines before it do not count: what was wrong then may be right by now. */
static void check_last_answer(account *a) {
  static char text[HISTORY_SIZE];
  char *line = history_read(a, text), *field[HISTORY_FIELDS];
  size_t n = line ? strlen(line) : 0;
  if (!n) return;
  line[n - 1] = '\0';
  char *last = strrchr(line, '\n');
  if (!history_split(last ? last + 1 : line, field)) return;
  finding_begin("last answer");
  int status = tell_answer(a, field);
  finding_end(status, "%s at %s: %s", field[HISTORY_COMMAND], field[HISTORY_TIME],
              field[HISTORY_NEED]);
}

/* ---- What ends ---- */

/* Returns what the end means for the exit status, and says so if it is near or has passed. That of
 * the roots is the end of one that has not ended. */
static int judge_end(account *a, int which, const deadline *d) {
  if (!d->known || d->days_left > DEADLINE_SOON) return CLI_OK;
  deadline_warn(a, which, d);
  return d->days_left >= 0 ? CLI_OK : which == DEADLINE_SECRET ? CLI_PROFILE : CLI_SIGN_IN;
}

static int check_secret_itself(account *a, bool end_is_known) {
  moat_span secret;
  finding_begin("client secret");
  int status = secret_read(&a->profile, &a->paths, &secret);
  if (!status) hide_client(a->auth.auth.client_id, secret);
  finding_end(status, "it is there%s",
              end_is_known ? "" : "; the profile does not say when it ends (secret_expires)");
  return status;
}

/* Each has a finding of its own, so that none hides another. */
static void check_secret(account *a, const deadline *end) {
  const char *file = a->profile.value[KEY_SECRET_FILE];
  if (!profile_has_secret(&a->profile)) return;
  bool is_read = !check_secret_itself(a, end->known);
  if (is_read && *file) {
    finding_begin("secret file");
    secret_warn_of_readers(secret_path(file));
    finding_end(CLI_OK, "%s", secret_path(file));
  }
  if (!end->known) return;
  finding_begin("secret expiry");
  int status = judge_end(a, DEADLINE_SECRET, end);
  finding_end(status, "it %s", deadline_text(end));
}

/* A grant without a refresh token ends with its access token. */
static void check_end_of_grant(account *a, const deadline *end) {
  bool is_renewed = moat_account_record(&a->moat)->refresh_token.n > 0;
  if (!end->known) return;
  finding_begin(is_renewed ? "idle limit" : "access token");
  int status = judge_end(a, DEADLINE_GRANT, end);
  finding_end(status, is_renewed ? "without a refresh the grant %s" : "it %s", deadline_text(end));
}

/* The roots of the system are its own affair. One that has ended does no harm beside others. */
static void tell_ended_roots(const account *a, int ended, int count) {
  const char *file = a->profile.value[KEY_CA];
  int status = ended < count ? CLI_OK : CLI_PROFILE;
  finding_begin("ended roots");
  say(status, "%s%d of %d in %s %s ended", status ? "" : "warning: ", ended, count, file,
      ended == 1 ? "has" : "have");
  hint("Put those that follow them into %s, and take these out.", file);
  finding_end(status, " ");
}

/* The roots of the profile's own file are read for their end. */
static int check_roots(account *a) {
  deadline all[DEADLINES];
  int count, ended;
  finding_begin("roots");
  int status = account_trust(a);
  if (!status) status = roots_read(&a->roots);
  if (!status) status = deadlines_find(a, true, all);
  if (status) {
    finding_end(status, " ");
    return status;
  }
  count = roots_count(&a->roots, account_now(a), &ended);
  const deadline *end = &all[DEADLINE_ROOTS];
  status = judge_end(a, DEADLINE_ROOTS, end);
  finding_end(status, "%d in %s%s%s%s%s", count, a->roots.path, a->roots.variable ? ", by $" : "",
              a->roots.variable ? a->roots.variable : "", end->known ? "; the first " : "",
              end->known ? deadline_text(end) : "");
  if (*a->profile.value[KEY_CA] && ended) tell_ended_roots(a, ended, count);
  return CLI_OK;
}

/* The order is that in which a person would set things right. */
int doctor_look_at_state(account *a) {
  deadline all[DEADLINES];
  bool is_open = check_files(a);
  finding_begin("profile");
  int status = account_open_grant(a);
  if (status) finding_end(status, " ");
  if (status) return status;
  check_grant(a, is_open);
  check_date(a);
  check_last_answer(a);
  deadlines_of_grant(a, all);
  check_end_of_grant(a, &all[DEADLINE_GRANT]);
  check_secret(a, &all[DEADLINE_SECRET]);
  doctor_look_at_assertion(a);
  if (is_open) check_leftovers(a);
  status = doctor_look_at_certificate(a);
  if (!status) doctor_look_at_key(a);
  return status ? status : check_roots(a);
}
