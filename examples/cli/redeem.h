/* One exchange at the token endpoint, with the stored grant. */
#ifndef REDEEM_H
#define REDEEM_H

#include "account.h"
#include "pending.h"

/* Both with the lock held. A CLI_ status, with what is wrong said. After CLI_OK the record is
 * stored and account_access has the access token. */

/* The code of `p`, which is consumed once the request goes out. */
int redeem_code(account *a, const pending *p, moat_span code);
/* The refresh token of the loaded grant. */
int redeem_refresh(account *a);

#endif
