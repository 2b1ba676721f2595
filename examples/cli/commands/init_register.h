/* The client of a new profile, registered by Moat itself (RFC 7591). */
#ifndef INIT_REGISTER_H
#define INIT_REGISTER_H

#include "../account/account.h"

/* Each of these reports what is wrong and returns a CLI_ status. */

/* Whether the options go together. `given` has their values. */
int register_check_options(const account *a, const profile *given);
/* Sees that the issuer registers clients in the way that `given` asks for, and reads the initial
 * access token. After the discovery. a->profile is `given` with the values of the preset, but for
 * what the provider has not said yet. */
int register_prepare(account *a, const profile *given);
/* Registers the client, under the lock. What came is durable before anything else can fail. Then
 * `given` has what the provider granted, and `secret` the client's, in a buffer of secret.c.
 * Without --register it sees that a client which Moat has registered is not replaced. */
int register_client(account *a, profile *given, moat_span *secret);

#endif
