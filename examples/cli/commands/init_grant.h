/* The stored grant, when its profile is written anew. */
#ifndef INIT_GRANT_H
#define INIT_GRANT_H

#include "../account/account.h"

/* Erases a grant that is of no use any more, gives the lock back, and says what became of the
 * grant. Returns a CLI_ status. */
int init_settle_grant(account *a);

/* Says what to do next. */
void init_hint_next(const account *a);

#endif
