/* A sign-in by authorization code, from its URL to the stored grant: what `url`, `exchange` and
 * `login` share. All functions that return a CLI_ status report what is
 * wrong. */
#ifndef SIGNIN_H
#define SIGNIN_H

#include "../account/account.h"

enum { SIGNIN_URL_SIZE = 5 * VALUE_SIZE };

/* Makes a pending sign-in that comes back to `redirect_uri`, durable before anybody sees its URL,
 * which is written to `url` with a NUL. */
int signin_begin(account *a, const char *redirect_uri, char url[SIGNIN_URL_SIZE]);

/* Reads the pending sign-in. It must not be too old, and must belong to the profile's client. */
int signin_pending(account *a, const moat_authorization **p);
/* The scope that it asks for. Still valid after it is redeemed. */
const char *signin_asked(void);

/* The state and `iss` that its redirect must have. If the metadata do not say that redirects have
 * an `iss`, the redirect may lack it. An `iss` of another server is refused even then, since its
 * code would go to the wrong server (RFC 9207 1). */
moat_expect signin_expect(const account *a, const char *state);

/* Exchanges the code of the sign-in that signin_pending() read last, and stores the grant. Fails if
 * another sign-in has been begun meanwhile. */
int signin_redeem(account *a, moat_span code);

/* Erases the pending sign-in, unless another one has taken its place or another moat is about to
 * use it. */
void signin_forget(account *a);

/* Prints the result, and what was asked for in `scope` but not granted. */
int signin_show(account *a, const char *scope);

#endif
