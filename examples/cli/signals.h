/* The signals that end a wait. */
#ifndef SIGNALS_H
#define SIGNALS_H

#include <signal.h>

/* The signal that asked the program to end, or 0. Every wait looks at it. */
extern volatile sig_atomic_t signal_caught;

void signals_catch(void);
/* Ends the process by the signal that was caught, if one was. A shell ends a loop, and systemd
 * names the signal, only if the program has died of it. */
void signals_die(void);
/* From now on a SIGCONT ends a wait, too: after a stop, the terminal's mode has to be looked at. */
void signals_wake(void);

#endif
