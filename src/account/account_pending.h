/* The record of an authorization that waits for its redirect, in MOAT_SLOT_PENDING and in the
 * account's memory: "MAUT", version, when it began, whose it is, state and code verifier with a NUL
 * each, redirect URI and scope with a NUL each, and the end of a record. */
#ifndef MOAT__ACCOUNT_PENDING_H
#define MOAT__ACCOUNT_PENDING_H

#include "account.h"

/* Whose a pending sign-in is: checksums of client and provider, and of the device endpoint and the
 * scope, which matter for a device code alone. They guard against a configuration that has changed,
 * not against an attacker. */
enum { MOAT__CLIENT = 8, MOAT__OWNER = 16 };
moat_span moat__account_owner(const moat_account *a, char out[MOAT__OWNER]);

/* Makes one in the account's memory. 0, MOAT_E_SPACE, or the port's error. */
int moat__authorization_make(moat_account *a);
/* Makes it durable: 0, MOAT_WANT_TIME, or the port's error. */
int moat__authorization_save(moat_account *a);
/* Reads the one that is stored into `p`, and its size into *n. 0, MOAT_E_EMPTY, MOAT_E_STORE,
 * MOAT_E_FOREIGN, MOAT_E_EXPIRED, or the port's error. */
int moat__authorization_read(moat_account *a, char *p, size_t size, size_t *n);
/* There is none at hand. */
void moat__authorization_forget(moat_account *a);
/* Its parts. */
const char *moat__authorization_state(const moat_account *a);
const char *moat__authorization_verifier(const moat_account *a);
const char *moat__authorization_redirect_uri(const moat_account *a);
const char *moat__authorization_scope(const moat_account *a);

#endif
