/* A sign-in by authorization code, from its URL to the stored grant: what `url`, `exchange` and
 * `login` share. All statuses are CLI_, with what is wrong said. */
#ifndef SIGNIN_H
#define SIGNIN_H

#include "paste.h"
#include "pending.h"

enum { SIGNIN_URL_SIZE = 5 * VALUE_SIZE };

/* Makes a pending sign-in that comes back to `redirect_uri`, durable before anybody sees its URL,
 * which is written to `url` with a NUL. Takes the lock and gives it back. */
int signin_begin(account *a, pending *p, const char *redirect_uri, char url[SIGNIN_URL_SIZE]);

/* The pending sign-in as it is stored now: there, not too old, and of the client of the profile. */
int signin_pending(account *a, pending *p);

/* Judges what was pasted against `p`; decoded in place. `*again`: another paste could be right. */
int signin_judge(account *a, const pending *p, paste *text, moat_redirect *out, bool *again);

/* Exchanges the code for a grant and stores it. Takes the lock and keeps it. `p` must still be what
 * is stored. */
int signin_redeem(account *a, const pending *p, moat_span code);

/* Erases `p`, unless another one took its place, or another moat is about to use it. */
void signin_forget(account *a, const pending *p);

/* Tells what came of it, and what of `scope`, which was asked for, was not granted. */
int signin_show(account *a, const char *scope);

#endif
