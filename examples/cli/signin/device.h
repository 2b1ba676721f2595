/* A sign-in by device code (RFC 8628): begun here, done on a phone or any other machine. */
#ifndef DEVICE_H
#define DEVICE_H

#include "../account/account.h"

/* Whether the profile's provider is known to have it for a client like this one. */
bool device_offered(const account *a);

/* All of it, from the code to the stored grant; a code that is still good from an earlier start is
 * taken up again. A CLI_ status, with what is wrong said. */
int device_sign_in(account *a);

#endif
