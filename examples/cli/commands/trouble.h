/* Remembers the trouble that `moat keep` has told, in the file `keep` of the state. */
#ifndef TROUBLE_H
#define TROUBLE_H

#include "../account/account.h"

/* Reads what was told before. Call it when the grant has been loaded, or could not be. */
void trouble_begin(account *a);

/* Takes the exit status that the account came to, and the line that said why. If it is another
 * status than the last time, the profile's command is told. */
int trouble_status(account *a, int status, const char *line);

/* Warns of what ends soon, once at each of 30, 14, 3 and 1 days before. */
int trouble_ahead(account *a);

/* Remembers what was told. */
int trouble_end(account *a);

#endif
