/* Trouble is told once. What was told is kept in lines of `key = day days` or `key = number`, which
 * hold no secret. A file that is missing or damaged only makes keep tell things again. */
#include "trouble.h"

#include "../files.h"
#include "../profile/read_pairs.h"
#include "../report/deadlines.h"
#include "../terminal/term.h"
#include "run_command.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_SIZE = 1024, NOTHING_TOLD = DEADLINE_SOON + 1 };

typedef struct {
  int64_t signed_in; /* of the grant that the rest is about */
  int64_t status;
  int64_t day[DEADLINES];  /* of the deadline that was told */
  int64_t left[DEADLINES]; /* days left when it was told last: a threshold, or NOTHING_TOLD */
} memory;

static memory before, now;
static char path[PATH_SIZE + sizeof "/keep"];

static const char *const keys[DEADLINES] = {"secret", "grant", "certificate", "roots"};

/* Anything that does not look like a line of this file's counts as not there. */
static void take_pair(const char *key, const char *value) {
  char *end, *last;
  int64_t day = strtoll(value, &end, 10), left = strtoll(end, &last, 10);
  int n = (end > value) + (last > end);
  if (n == 1 && strcmp(key, "signed_in") == 0) before.signed_in = day;
  if (n == 1 && strcmp(key, "status") == 0) before.status = day;
  for (int i = 0; i < DEADLINES; i++)
    if (n == 2 && strcmp(key, keys[i]) == 0) before.day[i] = day, before.left[i] = left;
}

/* A new sign-in is a new grant, about which nothing was told. */
void trouble_begin(account *a) {
  static char text[TEXT_SIZE];
  size_t n;
  (void)snprintf(path, sizeof path, "%s/keep", a->paths.state);
  pair_reader l = {.next = text};
  if (file_read(path, FILE_PRIVATE, text, sizeof text, &n) == 0)
    while (read_pair(&l) > 0)
      take_pair(l.key, l.value);
  now = before;
  now.signed_in = moat_account_record(&a->moat)->signed_in;
  if (now.signed_in == before.signed_in) return;
  now.status = CLI_OK;
  now.day[DEADLINE_GRANT] = 0;
}

/* ---- Telling ---- */

/* Only the status is compared: the same trouble may come in other words the next day. */
int trouble_status(account *a, int status, const char *line) {
  int told = CLI_OK;
  if (status != now.status && status && line) told = run_command(a, line);
  if (!told) now.status = status; /* else it is told again the next time */
  return told;
}

/* The smallest threshold that is reached, or NOTHING_TOLD. */
static int64_t threshold(int64_t days_left) {
  static const int64_t days[] = {1, 3, 14, DEADLINE_SOON};
  for (size_t i = 0; i < sizeof days / sizeof *days; i++)
    if (days_left <= days[i]) return days[i];
  return NOTHING_TOLD;
}

/* A deadline that has moved is a new one. If more days are left than when it was told, the clock
 * was wrong then, and it will be told again on its day. */
static int warn(account *a, int which, const deadline *d) {
  int64_t reached = threshold(d->days_left);
  int64_t told_at = now.day[which] == d->day ? now.left[which] : NOTHING_TOLD;
  if (reached < told_at) {
    deadline_warn(a, which, d);
    int told = run_command(a, term_flush());
    if (told) return told;
  }
  now.day[which] = d->day;
  now.left[which] = reached;
  return CLI_OK;
}

/* One deadline that cannot be told does not keep the others from being told. */
int trouble_ahead(account *a) {
  deadline all[DEADLINES];
  int status = deadlines_find(a, true, all);
  for (int i = 0; i < DEADLINES; i++) {
    int told = all[i].known ? warn(a, i, &all[i]) : CLI_OK;
    if (!status) status = told;
  }
  return status;
}

/* The file changes only when something was told or was new, so not with each run. */
int trouble_end(account *a) {
  char text[TEXT_SIZE];
  if (memcmp(&now, &before, sizeof now) == 0) return CLI_OK;
  int n = snprintf(text, sizeof text, "signed_in = %" PRId64 "\nstatus = %" PRId64 "\n",
                   now.signed_in, now.status);
  for (int i = 0; i < DEADLINES; i++)
    n += snprintf(text + n, sizeof text - (size_t)n, "%s = %" PRId64 " %" PRId64 "\n", keys[i],
                  now.day[i], now.left[i]);
  int error = account_write(a, path, text, (size_t)n, a->options.timeout_ms);
  if (!error) return CLI_OK;
  int status = error == EBUSY ? CLI_LATER : CLI_FAILED;
  say(status, "cannot remember in %s what was told: %s", path,
      error == EBUSY ? "another moat is busy there" : file_error(error));
  hint("It is told again the next time.");
  if (error != EBUSY) hint("See to %s and its disk.", a->paths.state);
  return status;
}
