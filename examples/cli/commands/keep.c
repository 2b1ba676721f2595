/* Keeps grants alive, for a timer. Each profile has a process of its own, so nothing of one account
 * is left in memory when the next one is opened. */
#include "commands.h"

#include "../export/export.h"
#include "../report/report.h"
#include "../signals.h"
#include "../terminal/term.h"
#include "adopt.h"
#include "fetch_token.h"
#include "trouble.h"
#include "worse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int ended(int status) {
  (void)term_flush();
  return status;
}

/* A timer that runs daily, and a little early one day, still finds a refresh due. */
enum { DAY_S = 86400, EARLY_S = 4 * 3600 };

/* A date before the last refresh shows that the clock is wrong, or was. */
static bool is_due(account *a) {
  const char *days = a->profile.value[KEY_KEEP_DAYS];
  int64_t now = account_now(a), refreshed = moat_account_record(&a->moat)->refreshed;
  int64_t limit = (*days ? strtol(days, NULL, 10) : 1) * DAY_S - EARLY_S;
  return !now || !refreshed || now < refreshed || now - refreshed >= limit;
}

/* Only a person's `moat refresh` asks the server again for a grant that has ended, or during a
 * pause. MOAT_E_SPACE is remembered as well: each try could cost a refresh token. */
static int keep_grant(account *a) {
  if (!moat_account_record(&a->moat)->refresh_token.n) return fetch_token(a, false);
  moat_verdict v = moat_account_need(&a->moat);
  int code = moat_account_error(&a->moat)->code;
  if (moat_account_note(&a->moat)->dead_code || moat_account_pause(&a->moat) ||
      code == MOAT_E_SPACE)
    return report_exchange(a, code);
  return v.need != MOAT_NEED_NOTHING || is_due(a) ? fetch_token(a, true) : CLI_OK;
}

/* ---- Exports ---- */

static int keep_export(account *a, char *line) {
  char *path = strchr(line, ':'); /* check_value() has seen to it */
  *path++ = '\0';
  if (export_knows(line)) return adopt_and_export(a, line, path, false, NULL);
  say(CLI_PROFILE, "export: there is no format '%s'", line);
  hint("Correct the profile: %s", a->paths.conf);
  return CLI_PROFILE;
}

/* All of them, because each belongs to another program. An access token in a file would be over
 * long before the next run. */
static int keep_exports(account *a) {
  static char lines[VALUE_SIZE];
  int status = CLI_OK;
  memcpy(lines, a->profile.value[KEY_EXPORT], sizeof lines);
  for (char *line = strtok(lines, "\n"); line; line = strtok(NULL, "\n"))
    status = worse(status, keep_export(a, line));
  return status;
}

/* A program that renewed the refresh token in its file may have made the stored one void. */
static int keep_all(account *a) {
  bool asked = false;
  int status = adopt_renewed(a, NULL, &asked);
  if (!status) status = account_load(a);
  trouble_begin(a);
  if (!status && !asked) status = keep_grant(a);
  return status ? status : keep_exports(a);
}

/* One profile, in its own process. Without a state that could be opened nothing can be remembered,
 * so then on_trouble is not run either. */
static int keep(account *a, const char *name) {
  a->options.name = name;
  term_one_line(name);
  int status = account_open(a);
  if (status) return ended(status);
  status = keep_all(a);
  int told = trouble_status(a, status, term_flush());
  if (moat_account_record(&a->moat)->provider.n) told = worse(told, trouble_ahead(a));
  return ended(worse(status, worse(told, trouble_end(a))));
}

/* ---- All of them ---- */

static int lost(const char *name, const char *why) {
  term_one_line(name);
  say(CLI_FAILED, "%s", why);
  (void)term_flush();
  return CLI_FAILED;
}

/* A signal to this process alone ends the profile's, which cleans up as any command does. */
static int wait_for(pid_t child, const char *name) {
  int status;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR)
    if (signal_caught) (void)kill(child, signal_caught);
  if (WIFEXITED(status) && WEXITSTATUS(status) <= CLI_PROFILE) return WEXITSTATUS(status);
  if (WIFSIGNALED(status) && signal_caught) return CLI_FAILED;
  return lost(name, "the process that keeps it did not end by itself");
}

static int no_profiles(void) {
  say(CLI_PROFILE, "there is no profile to keep");
  hint("Make one with `moat init`; MOAT_HOME, XDG_CONFIG_HOME and HOME say where they are.");
  return CLI_PROFILE;
}

/* In the profile's process this returns as any other command does. */
int cmd_keep(account *a) {
  const options *o = &a->options;
  int count = o->name_count, worst = CLI_OK;
  int status = count ? CLI_OK : paths_list(&count);
  if (status) return status;
  if (!count) return no_profiles();
  for (int i = 0; i < count && !signal_caught; i++) {
    const char *name = o->name_count ? o->names[i] : paths_listed(i);
    pid_t child = fork();
    if (child == 0) return keep(a, name);
    status = child > 0 ? wait_for(child, name) : lost(name, strerror(errno));
    worst = worse(worst, status);
  }
  return signal_caught ? worse(worst, CLI_FAILED) : worst;
}
