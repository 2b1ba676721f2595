/* A sign-in by device code as a person sees it: the prompt, the countdown and the result. The
 * library stores the code, so a restart goes on with it. It holds no lock while a person signs
 * in. */
#include "device.h"

#include "../account/history.h"

#include "../report/report.h"
#include "../signals.h"
#include "../terminal/term.h"
#include "show_code.h"
#include "signin.h"
#include "who.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SECOND_MS = 1000 };

/* The countdown and the reports need this. The prompt itself is gone when the sign-in ends. */
static bool shown, taken_up;
static uint32_t shown_at, life;

bool device_offered(const account *a) {
  /* At Entra a client that has a secret is of the platform Web, which has no device codes. */
  bool refused = profile_provider(&a->profile)->device_is_public && profile_has_secret(&a->profile);
  return a->profile.value[KEY_DEVICE_URL][0] && !refused;
}

static uint32_t ticks(void) {
  return moat_posix_platform.ticks_ms(NULL);
}

/* The library calls this after the code is durable. From now on the token endpoint is asked. */
static int show(void *ctx, const moat_device_prompt *prompt) {
  account *a = ctx;
  if (taken_up) hint("This goes on with the sign-in that was begun before.");
  a->server = &a->token_endpoint;
  a->server_key = KEY_TOKEN_URL;
  if (show_code(prompt, !a->options.no_qr)) return MOAT_E_PORT;
  shown = true;
  shown_at = ticks();
  life = (uint32_t)prompt->expires_in;
  return MOAT_OK;
}

/* ---- The wait ---- */

/* --wait can make the time of the code shorter, but not longer. */
static uint32_t seconds_left(const account *a) {
  uint32_t all = life, spent = (ticks() - shown_at) / SECOND_MS;
  if (a->options.wait && a->options.wait_s < all) all = a->options.wait_s;
  return spent < all ? all - spent : 0;
}

/* Whether a poll was sent and is not answered yet. Its answer may have the tokens, and the server
 * sends them only once. */
static bool poll_is_out(const account *a) {
  return shown && moat_account_error(&a->moat)->sent;
}

/* The first SIGTERM or SIGHUP only ends the wait for the person, and the poll may still be
 * answered. A second one ends that, too. Returns whether there was a first one. */
static bool take_signal(int *taken) {
  bool waits = signal_caught == SIGTERM || signal_caught == SIGHUP;
  if (*taken || !waits) return false;
  *taken = signal_caught;
  signal_caught = 0;
  show_code_end();
  hint("The answer to a poll is waited for, as it may be the grant. A second signal ends that.");
  return true;
}

/* Waits at most a second at a time, because of the countdown. Returns MOAT_E_TIMEOUT when the
 * person's time is over. A poll that was sent is waited for before the end. */
static int wait_for_it(account *a) {
  bool in_place = isatty(STDERR_FILENO) && !a->options.verbose && !a->options.very_verbose;
  for (int taken = 0, end = 0;;) {
    int r = moat_account_step(&a->moat);
    if (!moat_is_want(r)) return r;
    uint32_t left = shown ? seconds_left(a) : 1, ms = moat_account_wait_ms(&a->moat);
    if (!end && !left && a->options.wait) end = MOAT_E_TIMEOUT;
    if (end && !poll_is_out(a)) {
      if (taken) signal_caught = taken;
      return end;
    }
    if (shown && !end) show_code_time(left, in_place);
    r = account_wait(a, r, ms < SECOND_MS ? ms : SECOND_MS);
    if (r == MOAT_E_CANCEL && poll_is_out(a) && take_signal(&taken))
      end = r;
    else if (r < 0 && r != MOAT_WANT_TIME)
      return r;
  }
}

/* ---- How it ended ---- */

static void hint_other_way(const account *a) {
  hint("Where this way is not allowed, another may be: moat login %s --browser, or --paste",
       a->options.name);
}

static int refused(account *a) {
  const moat_error_info *e = moat_account_error(&a->moat);
  const char *advice = moat_provider_advice(e->provider_code, e->asked);
  say(CLI_SIGN_IN, "%s: the sign-in was refused, by the person or by a policy", a->options.name);
  if (advice) hint("%s", advice);
  hint("Nothing was changed. Begin anew: moat login %s --device", a->options.name);
  hint_other_way(a);
  return CLI_SIGN_IN;
}

static int expired(const account *a) {
  say(CLI_SIGN_IN, "nobody signed in while the code was valid");
  hint("Nothing was changed. Begin anew: moat login %s --device", a->options.name);
  return CLI_SIGN_IN;
}

static int time_is_over(const account *a) {
  say(CLI_SIGN_IN, "nobody signed in within %lu s", (unsigned long)a->options.wait_s);
  hint("The code is still valid. Go on with it: moat login %s --device", a->options.name);
  return CLI_SIGN_IN;
}

/* After Ctrl-C or Ctrl-\ nobody can finish the sign-in. After a signal from outside, such as a
 * shutdown, the next start goes on with the code, if it was shown. */
static int cancelled(account *a) {
  bool gives_up = signal_caught == SIGINT || signal_caught == SIGQUIT;
  moat_account_cancel(&a->moat);
  if (gives_up) signin_forget(a);
  say(CLI_FAILED, "cancelled");
  if (gives_up || !shown)
    hint("Nothing was changed. Begin anew: moat login %s --device", a->options.name);
  else
    hint("The code is still valid. Go on with it: moat login %s --device", a->options.name);
  return CLI_FAILED;
}

static int bad_address(const account *a) {
  say(CLI_PROFILE, "%s wants people sent to an address that is not https, or not plain text",
      a->server->host);
  hint("It was not shown, and nothing was changed. Check device_url in the profile.");
  return CLI_PROFILE;
}

static int failed(account *a, int result) {
  if (a->accepted) return a->accepted;
  switch (result) {
  case MOAT_E_CANCEL: return cancelled(a);
  case MOAT_E_TIMEOUT:
    if (shown) return time_is_over(a);
    break;
  case MOAT_E_BUSY: return account_busy(a);
  case MOAT_E_DENIED: return refused(a);
  case MOAT_E_EXPIRED: return expired(a);
  case MOAT_E_URL: return bad_address(a);
  default: break;
  }
  if (a->prepared > CLI_OK) return a->prepared;
  int status = report_exchange(a, result);
  if (result == MOAT_E_OAUTH) hint_other_way(a);
  return status;
}

int device_sign_in(account *a) {
  who_guard(a, account_read(a));
  taken_up = moat_account_pending(&a->moat) == MOAT_PENDING_DEVICE;
  a->config.show = show;
  a->server = &a->device_endpoint;
  a->server_key = KEY_DEVICE_URL;
  a->posix.error = 0;
  int r = moat_account_sign_in(&a->moat);
  if (r == MOAT_OK) r = wait_for_it(a);
  show_code_end();
  history_add(a, r);
  return r < 0 ? failed(a, r) : signin_show(a, a->profile.value[KEY_SCOPE]);
}
