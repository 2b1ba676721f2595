/* Tokens without a person, as a profile's `grant` says. */
#ifndef UNATTENDED_H
#define UNATTENDED_H

#include <moat/account.h>

#include "service_account.h"

typedef struct {
  union { /* each begins with the first */
    moat_unattended kind;
    moat_unattended_assertion assertion;
    moat_unattended_signed signs;
    moat_unattended_exchange exchange;
  } as;
  service_account service;
} unattended;

/* Returns what the library's configuration takes, or NULL if somebody has to sign in. */
const moat_unattended *unattended_set(unattended *u, const profile *p);
/* Reads the file of the assertion, or of what signs it, if the profile has one. Reports what is
 * wrong and returns a CLI_ status. */
int unattended_prepare(unattended *u, const profile *p, const moat_platform *platform,
                       void *platform_ctx);
/* Wipes what was read. */
void unattended_close(unattended *u);

#endif
