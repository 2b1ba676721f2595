/* What it costs: instructions by the board's counter, stack and pool at their highest. */
#ifndef FIGURES_H
#define FIGURES_H

#include <stdint.h>

/* Around each step of the client. */
void figures_step_begins(void);
void figures_step_ends(void);
/* Moat's events: a handshake is the steps from a connection's begin to the request. */
void figures_event(int event, int32_t value);
/* One line each: of the last handshake, if there was one since the last time, and of the rest. */
void figures_show(void);

#endif
