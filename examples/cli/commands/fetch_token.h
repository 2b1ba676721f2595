/* Fetches an access token from the stored grant. */
#ifndef FETCH_TOKEN_H
#define FETCH_TOKEN_H

#include "../account/account.h"

/* The one at hand while it is good, unless `now`, or else a refresh. A CLI_ status, with what is
 * wrong said; after CLI_OK moat_account_access() has it. */
int fetch_token(account *a, bool now);

#endif
