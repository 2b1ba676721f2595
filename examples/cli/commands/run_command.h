/* The command of a profile that tells somebody of trouble. */
#ifndef RUN_COMMAND_H
#define RUN_COMMAND_H

#include "../account/account.h"

/* Runs the profile's on_trouble, if there is one, with the line as MOAT_TROUBLE. It has 60 seconds.
 * Says if it failed, and returns a CLI_ status. */
int run_command(account *a, const char *line);

/* Whether its program is there and can be run; says so if not, and returns a CLI_ status. */
int run_command_check(const account *a);

#endif
