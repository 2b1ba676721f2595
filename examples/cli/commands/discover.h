/* Fills a profile from the metadata of its issuer (RFC 8414). */
#ifndef DISCOVER_H
#define DISCOVER_H

#include "../account/account.h"

/* Whether init is to ask the issuer: there is one, and no URL or preset of a provider. `before` is
 * the profile that --force changes, or empty. */
bool discover_is_asked(const options *o, const profile *before);

/* Asks `issuer` for its metadata and sets the URLs of `p`, but those that were given as options or
 * pairs. `p` says which roots and proxy to use. a->profile becomes a copy of it. Reports what is
 * wrong and returns a CLI_ status; p is unchanged then. */
int discover(account *a, profile *p, const char *issuer);

#endif
