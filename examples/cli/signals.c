/* A signal ends the wait and not the process, so that the program leaves by its own way and wipes
 * its secrets. */
#include "signals.h"

#include <stddef.h>

volatile sig_atomic_t signal_caught;

static void cancel(int signal) {
  signal_caught = signal;
}

/* A signal that was ignored when the program was started, for example by nohup, stays ignored.
 * There is no SA_RESTART: a signal has to end a read. */
void signals_catch(void) {
  static const int ends[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP};
  struct sigaction ignore = {.sa_handler = SIG_IGN}, end = {.sa_handler = cancel};
  struct sigaction before;
  (void)sigaction(SIGPIPE, &ignore, NULL);
  (void)sigaction(SIGXFSZ, &ignore, NULL); /* the write fails instead, and that is reported */
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
    if (sigaction(ends[i], &end, &before) == 0 && before.sa_handler == SIG_IGN)
      (void)sigaction(ends[i], &ignore, NULL);
}

void signals_die(void) {
  if (!signal_caught) return;
  (void)signal(signal_caught, SIG_DFL);
  (void)raise(signal_caught);
}

static void go_on(int signal) {
  (void)signal;
}

void signals_wake(void) {
  struct sigaction resume = {.sa_handler = go_on};
  (void)sigaction(SIGCONT, &resume, NULL);
}
