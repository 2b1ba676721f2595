/* The questions that `moat init` asks a person, and what it says on the way. */
#ifndef INIT_QUESTIONS_H
#define INIT_QUESTIONS_H

#include "../account/account.h"

/* Whether a value is missing that a person at the terminal can be asked for. `given` has the values
 * of the command line. */
bool init_must_ask(const account *a, const profile *given);

/* Asks for what the command line does not say, and writes the answers to `given` but to no file. A
 * secret that was typed lies in a buffer of secret.c. Enter takes what an older profile of that
 * name had. Returns a CLI_ status. */
int init_ask(account *a, profile *given, moat_span *secret);

/* Prints the profile that was made. */
int init_show_answers(const account *a, bool stored_secret);

#endif
