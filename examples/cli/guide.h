/* The set-up guide: what a person is asked to make a profile, and told on the way. */
#ifndef GUIDE_H
#define GUIDE_H

#include "account.h"

/* Whether the command line leaves a question open that somebody is there to answer. `given` is what
 * it says. */
bool guide_is_needed(const account *a, const profile *given);

/* Asks what the command line does not say, into `given`; nothing is written. A secret that was
 * typed lies in a buffer of secret.c. What a profile of that name had is what Enter takes. A CLI_
 * status. */
int guide_run(account *a, profile *given, moat_span *secret);

/* What was made of it, to stdout. */
int guide_show(const account *a, bool stored_secret);

#endif
