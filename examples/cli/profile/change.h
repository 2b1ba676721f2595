/* Changes a profile and its stored secret together.
 *
 * Whoever is killed, or loses power, leaves the old pair or the new one. change_secret() finds the
 * secret that belongs to the profile, and change_recover() removes what else is left. */
#ifndef CHANGE_H
#define CHANGE_H

#include "paths.h"

/* All but change_secret() need the account's lock. They report what is wrong and return a CLI_
 * status. */

/* Writes a profile of n bytes, or none if `text` is NULL. Stores a secret; an empty one is erased,
 * and NULL leaves it as it is. */
int change_write(const paths *p, const char *text, size_t n, const moat_span *secret);
/* Takes the profile away, and all that the state folder holds. */
int change_remove(const paths *p);
/* Ends what another moat has begun. */
int change_recover(const paths *p);
/* Whether there is something to end. */
bool change_is_pending(const paths *p);

/* The file with the stored secret. Valid until the next call. */
const char *change_secret(const paths *p);

#endif
