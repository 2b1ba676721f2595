/* A sign-in by authorization code, from its URL to the stored grant: what `url`, `exchange` and
 * `login` share. All statuses are CLI_, with what is wrong said. */
#ifndef SIGNIN_H
#define SIGNIN_H

#include "../account/account.h"
#include "../terminal/read_paste.h"

enum { SIGNIN_URL_SIZE = 5 * VALUE_SIZE };

/* Makes a pending sign-in that comes back to `redirect_uri`, durable before anybody sees its URL,
 * which is written to `url` with a NUL. */
int signin_begin(account *a, const char *redirect_uri, char url[SIGNIN_URL_SIZE]);

/* The pending sign-in: there, not too old, and of the client of the profile. */
int signin_pending(account *a, const moat_authorization **p);
/* The scope that it asks for; stays once it is redeemed. */
const char *signin_asked(void);

/* Judges what was pasted against `p`; decoded in place. `*again`: another paste could be right. */
int signin_judge(account *a, const moat_authorization *p, paste *text, moat_redirect *out,
                 bool *again);

/* Exchanges the code of what signin_pending() gave last for a grant and stores it, where the
 * sign-in is still what is pending. */
int signin_redeem(account *a, moat_span code);

/* Erases the pending sign-in, unless another one took its place, or another moat is about to use
 * it. */
void signin_forget(account *a);

/* Tells what came of it, and what of `scope`, which was asked for, was not granted. */
int signin_show(account *a, const char *scope);

#endif
