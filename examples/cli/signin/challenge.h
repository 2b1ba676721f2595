/* A service that wants another sign-in than the last one, by the header of its 401. */
#ifndef CHALLENGE_H
#define CHALLENGE_H

#include "../account/account.h"

/* Adds what --challenge asks for, or else the claims that the provider wanted with its last
 * refusal, to the parameters of the sign-in. Reports what is wrong and returns a CLI_ status. */
int challenge_ask(account *a);

#endif
