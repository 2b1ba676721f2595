/* A request of a command's own to an endpoint of the provider, besides those of the account. */
#ifndef CLIENT_H
#define CLIENT_H

#include "account.h"

/* In place of a MOAT_HOW_: the client does not prove itself. */
enum { CLIENT_UNKNOWN = 255 };

/* Points the account's connection at `url`, which is the value of a KEY_. `how` (MOAT_HOW_) decides
 * whether the request carries the secret. The library's account is cancelled: views into its memory
 * end, but its access token stays. Reports what is wrong and returns a CLI_ status. The client and
 * the endpoint are a->client and a->client_endpoint. */
int client_open(account *a, int key, const char *url, uint8_t how);

/* How the client proves itself for a grant that was obtained in this way. */
const moat_auth *client_auth(const account *a, uint8_t how);

/* Runs the request; `begun` is what its begin returned. Returns 0 or an error of the library, which
 * is not reported, in moat_error(). */
int client_run(account *a, int begun);

/* Wipes the answer, and closes the connection. */
void client_close(account *a);

#endif
