/* The stored grant, when its profile is written anew. */
#ifndef INIT_GRANT_H
#define INIT_GRANT_H

#include "../account/account.h"

/* Erases a grant that is of no use any more, gives the lock back, and says what became of the
 * grant. Returns a CLI_ status. */
int init_settle_grant(account *a);

/* Says what to do next. */
void init_hint_next(const account *a);

/* Takes the client's ID and the provider from the file of a service account, if there is one and
 * they are not given. `before` is the profile that --force changes, or empty. */
int init_take_service_account(account *a, profile *given, const profile *before);

#endif
