/* Looks for what is wrong, and says what to do about it. */
#include "doctor.h"

#include "../terminal/term.h"
#include "commands.h"
#include "finding.h"
#include "run_command.h"

/* The port takes a date before its own time for none. */
static int check_clock(account *a) {
  char time[TIME_SIZE];
  int64_t now = account_now(a);
  finding_begin("clock");
  int status = now ? CLI_OK : say(CLI_LATER, "the clock of this machine is not set");
  if (status) hint("Certificates cannot be judged, nor can ages. Set it, or let NTP do so.");
  finding_end(status, "%s", time_text(now, time));
  return status;
}

/* Names what is read, also if it cannot be. */
static int check_profile(account *a) {
  finding_begin("profile");
  int status = account_open_profile(a);
  finding_end(status, "%s", a->paths.conf);
  return status;
}

/* It runs only when there is trouble, and then nobody would hear of that. */
static void check_command(account *a) {
  if (!a->profile.value[KEY_ON_TROUBLE][0]) return;
  finding_begin("on_trouble");
  int status = run_command_check(a);
  if (status)
    hint("Put it there, or name another: moat set %s on_trouble=COMMAND", a->options.name);
  finding_end(status, "%s can be run", a->profile.value[KEY_ON_TROUBLE]);
}

/* There is nothing else to look at without a profile, and no server can be judged without a clock.
 */
int cmd_doctor(account *a) {
  findings_begin(a->options.json);
  int no_clock = check_clock(a), status = check_profile(a);
  if (!status) check_command(a);
  if (!status) status = doctor_look_at_state(a);
  if (!status && !no_clock) doctor_look_at_servers(a);
  return findings_end();
}
