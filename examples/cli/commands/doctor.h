/* The checks of `moat doctor`. None of them asks the provider for anything or changes a file. */
#ifndef DOCTOR_H
#define DOCTOR_H

#include "../account/account.h"

/* Looks at the stored grant, the secret, the files and what ends, after the profile was read.
 * Returns a CLI_ status: whether the servers can be judged. */
int doctor_look_at_state(account *a);

/* Looks at the client's certificate, if it has one. Returns a CLI_ status: without one that can be
 * used, no server is asked. */
int doctor_look_at_certificate(account *a);

/* Looks at the key that signs for the client, if it has one. */
void doctor_look_at_key(account *a);

/* Looks at the files with assertions, and at that of a service account, as far as the profile has
 * some. */
void doctor_look_at_assertion(account *a);

/* Connects to the servers of the profile, as far as a handshake of TLS. */
void doctor_look_at_servers(account *a);

#endif
