/* port_check on this machine: the set-up that the ports here have in common. */
#ifndef HOST_H
#define HOST_H

#include "port_check.h"

/* A name that is longer than the room that some ports have for one. */
#define HOST_FOUND "late.a-name-that-is-longer-than-sixty-three-letters.in-all-its-labels.test"

/* Sets the date by a clock of its own, and has tasks. A port adds how its slots fail. */
extern port_check_board host_board;

/* Runs port_check against the peer at PORT, as the program does whose arguments these are: FOLDER
 * PORT CLOSED_PORT. The setup has the port in it; all else comes from here. Returns an exit status.
 */
int host_check(port_check_setup *setup, char **argv);

#endif
