/* An access token from the stored grant. */
#ifndef REDEEM_H
#define REDEEM_H

#include "account.h"

/* The one at hand while it is good, unless `now`, or else a refresh. A CLI_ status, with what is
 * wrong said; after CLI_OK moat_account_access() has it. */
int redeem_stored(account *a, bool now);

#endif
