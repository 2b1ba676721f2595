/* The questions that `moat init` asks a person, and what it says on the way. */
#ifndef INIT_QUESTIONS_H
#define INIT_QUESTIONS_H

#include "../account/account.h"

/* Whether the command line leaves a question open that somebody is there to answer. `given` is what
 * it says. */
bool init_must_ask(const account *a, const profile *given);

/* Asks what the command line does not say, into `given`; nothing is written. A secret that was
 * typed lies in a buffer of secret.c. What a profile of that name had is what Enter takes. A CLI_
 * status. */
int init_ask(account *a, profile *given, moat_span *secret);

/* Prints the profile that was made. */
int init_show_answers(const account *a, bool stored_secret);

#endif
