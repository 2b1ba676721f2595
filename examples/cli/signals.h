/* The signals that end what waits. */
#ifndef SIGNALS_H
#define SIGNALS_H

#include <signal.h>

/* The signal that asked the program to end, or 0. Whatever waits looks at it and ends. */
extern volatile sig_atomic_t signal_caught;

void signals_catch(void);

#endif
