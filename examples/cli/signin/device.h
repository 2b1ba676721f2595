/* A sign-in by device code (RFC 8628): begun here, done on a phone or any other machine. */
#ifndef DEVICE_H
#define DEVICE_H

#include "../account/account.h"

/* Whether the provider is known to offer device codes to a client like this one. */
bool device_offered(const account *a);

/* The whole sign-in, from the code to the stored grant. It goes on with a code of an earlier start
 * that is still good. Reports what is wrong and returns a CLI_ status. */
int device_sign_in(account *a);

#endif
