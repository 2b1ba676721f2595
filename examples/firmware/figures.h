/* The cost of a refresh or sign-in: instructions by the board's counter, and the highest use of
 * stack and pool. */
#ifndef FIGURES_H
#define FIGURES_H

#include <stdint.h>

/* Call these before and after each step of the client. */
void figures_step_begins(void);
void figures_step_ends(void);
/* Takes Moat's events. A handshake is counted from the begin of the connection to the request. */
void figures_event(int event, int32_t value);
/* Print one line each: about the last handshake, if there was a new one, and about the rest. */
void figures_show(void);

#endif
