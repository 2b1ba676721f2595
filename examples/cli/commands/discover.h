/* Fills a profile from the metadata of its issuer (RFC 8414). */
#ifndef DISCOVER_H
#define DISCOVER_H

#include "../account/account.h"

/* Whether init is to ask the issuer: there is one, and no URL or preset of a provider. `before` is
 * the profile that --force changes, or empty. */
bool discover_is_asked(const options *o, const profile *before);

/* Forgets what the metadata speaks for, but for what was given as options or pairs: the tokens of
 * one issuer must not go to another. */
void discover_forget(const options *o, profile *p);

/* Asks `issuer` for its metadata and sets the URLs of `p`, but those that were given as options or
 * pairs. What the metadata lacks stays. `p` says which roots and proxy to use, or else `before`
 * does. a->profile becomes a copy of it. A method for the secret that the profile had `before`
 * stays. Reports what is wrong
 * and returns a CLI_ status; p is unchanged then. */
int discover(account *a, profile *p, const profile *before, const char *issuer);

/* An issuer may have URLs of their own for clients with a certificate (RFC 8705 5). Once it is
 * known how the client proves itself, this takes the right ones, where p has one of the two. */
void discover_settle(profile *p);

/* The registration endpoint of the last discovery's issuer, or "". */
const char *discover_registration_url(void);
/* Whether a list, separated by spaces, has a word. */
bool discover_has_word(moat_span list, const char *word);

#endif
