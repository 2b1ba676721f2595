/* Asks for a person in the authorize URL, and compares who signed in with the owner of the stored
 * grant. */
#ifndef WHO_H
#define WHO_H

#include "../account/account.h"

/* Whether --account has the provider let the person choose. */
bool who_selects(const account *a);

/* Adds what --account says to the parameters of the authorize URL. Reports what is wrong and
 * returns a CLI_ status. */
int who_ask(account *a);

/* From now on a grant of another person than expected is not stored, unless somebody at the
 * terminal says so. `result` is that of the account_read() before. */
void who_guard(account *a, int result);

/* Remembers whose the grant is that was just stored. Returns a name for it, or NULL if that is not
 * known. */
const char *who_remember(account *a);

#endif
