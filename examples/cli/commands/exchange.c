/* From the redirect to a stored grant, for a sign-in that `moat url` or `moat login` began. */
#include "commands.h"

#include "../signals.h"
#include "../signin/challenge.h"
#include "../signin/judge_paste.h"
#include "../signin/signin.h"
#include "../signin/who.h"
#include "../terminal/read_paste.h"
#include "../terminal/term.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

static paste text;
static const moat_authorization *p;

/* A person can paste again, but a pipe has only one try. */
static int read_redirect(account *a, moat_redirect *redirect) {
  for (bool again = true;;) {
    int r = paste_wait(&text);
    if (r == -EINTR) return say_cancelled();
    if (r < 0) {
      say(CLI_FAILED, "cannot read stdin: %s", strerror(-r));
      hint("Give the address that the browser ended at on stdin.");
      return CLI_FAILED;
    }
    int status = judge_paste(a, p, &text, redirect, &again);
    if (!status || !again || !text.raw || r == PASTE_END) return status;
    paste_again(&text);
    hint("Paste it again, then press Enter:");
  }
}

static int exchange(account *a) {
  moat_redirect redirect = {.code = {NULL, 0}};
  text.whole_input = true;
  paste_begin(&text);
  if (text.terminal) hint("Paste the address that the browser ended at, then press Enter:");
  int status = read_redirect(a, &redirect);
  if (!status) status = signin_redeem(a, redirect.code);
  paste_end(&text);
  return status ? status : signin_show(a, signin_asked());
}

/* In a pipeline `moat url` runs at the same time, and begins the sign-in before an address comes.
 */
static int await_input(void) {
  struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
  while (!isatty(STDIN_FILENO) && !signal_caught && poll(&in, 1, 500) == 0)
    ;
  return signal_caught ? say_cancelled() : CLI_OK;
}

/* The pending sign-in is looked at before the paste, so that nobody pastes for nothing. The library
 * looks at it again under the lock. */
int cmd_exchange(account *a) {
  if (who_selects(a))
    return options_misuse(&a->options, "the sign-in is over: here --account takes a name");
  int status = account_open(a);
  if (!status) status = account_needs_person(a);
  if (!status) status = challenge_ask(a);
  if (!status) status = await_input();
  if (!status) status = signin_pending(a, &p);
  return status ? status : exchange(a);
}
