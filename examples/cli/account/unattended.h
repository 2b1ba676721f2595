/* Tokens without a person, as a profile's `grant` says. */
#ifndef UNATTENDED_H
#define UNATTENDED_H

#include <moat/account.h>

#include "../profile/profile.h"

/* Each begins with the first. */
typedef union {
  moat_unattended kind;
  moat_unattended_assertion assertion;
  moat_unattended_exchange exchange;
} unattended;

/* Returns what the library's configuration takes, or NULL if somebody has to sign in. */
const moat_unattended *unattended_set(unattended *u, const profile *p);
/* Reads the file of the assertion, if the profile has one. Reports what is wrong and returns a CLI_
 * status. */
int unattended_prepare(unattended *u, const profile *p);
/* Wipes what was read. */
void unattended_wipe(void);

#endif
