/* One exchange at the token endpoint, with the stored grant. */
#ifndef REDEEM_H
#define REDEEM_H

#include "account.h"
#include "pending.h"

/* A CLI_ status, with what is wrong said. After CLI_OK the record is stored and account_access has
 * the access token. */

/* The code of `p`, which is consumed once the request goes out. With the lock held. */
int redeem_code(account *a, const pending *p, moat_span code);
/* What is stored: the access token while it is good, unless `now`, or else the refresh token. Takes
 * the lock and gives it back. */
int redeem_stored(account *a, bool now);

#endif
