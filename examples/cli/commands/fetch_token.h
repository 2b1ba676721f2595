/* Fetches an access token from the stored grant. */
#ifndef FETCH_TOKEN_H
#define FETCH_TOKEN_H

#include "../account/account.h"

/* Takes the stored token while it is good, or refreshes; with `now` it always refreshes. Reports
 * what is wrong and returns a CLI_ status. After CLI_OK moat_account_access() has the token. */
int fetch_token(account *a, bool now);
/* Reports a refresh that ended with an error, and what became of the grant. */
int fetch_failed(account *a, int result);

#endif
