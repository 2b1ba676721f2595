/* The questions that `moat init` asks a person, and what it says on the way. */
#ifndef INIT_QUESTIONS_H
#define INIT_QUESTIONS_H

#include "../account/account.h"

/* Whether a value is missing that a person at the terminal can be asked for. `given` has the values
 * of the command line. */
bool init_must_ask(const account *a, const profile *given);

/* Whether a profile that is changed keeps its provider. Of another one no value is kept. */
bool init_is_same_provider(const profile *p, const profile *old);

/* Asks for what the command line does not say, and writes the answers to `given` but to no file. A
 * secret that was typed lies in a buffer of secret.c; it is empty if the old one is kept. Enter
 * takes what `old` has of the old profile, which may be empty. Returns a CLI_ status. */
int init_ask(account *a, profile *given, const profile *old, moat_span *secret);

#endif
