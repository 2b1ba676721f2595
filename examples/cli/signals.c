#include "signals.h"

#include <stddef.h>

volatile sig_atomic_t signal_caught;

static void cancel(int signal) {
  signal_caught = signal;
}

/* Ends a wait as well: who was stopped has to look after the terminal. */
static void go_on(int signal) {
  (void)signal;
}

/* Signals end what waits, and the program ends by its own way out, which wipes. A signal that was
 * ignored when the program was started, as by nohup, stays ignored. */
void signals_catch(void) {
  static const int ends[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP};
  struct sigaction ignore = {.sa_handler = SIG_IGN}, end = {.sa_handler = cancel};
  struct sigaction resume = {.sa_handler = go_on}, before;
  (void)sigaction(SIGPIPE, &ignore, NULL);
  (void)sigaction(SIGCONT, &resume, NULL);
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
    if (sigaction(ends[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
      (void)sigaction(ends[i], &end, NULL);
}
