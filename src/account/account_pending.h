/* The record of an authorization that waits for its redirect, in MOAT_SLOT_PENDING and in the
 * account's memory: "MAUT", version, the time when it began, the client, state, code verifier,
 * redirect URI and scope (each of these four with a NUL), and the end of a record. */
#ifndef MOAT__ACCOUNT_PENDING_H
#define MOAT__ACCOUNT_PENDING_H

#include "account.h"

/* The owner of a pending sign-in: checksums of client and provider, and of device endpoint and
 * scope. The last two matter only for a device code. The checksums guard against a changed
 * configuration, not against an attacker. */
enum { MOAT__CLIENT = 8, MOAT__OWNER = 16 };
moat_span moat__account_owner(const moat_account *a, char out[MOAT__OWNER]);

/* Makes an authorization in the account's memory. Returns 0, MOAT_E_SPACE, or the port's error. */
int moat__authorization_make(moat_account *a);
/* Makes the authorization durable. Returns 0, MOAT_WANT_TIME, or the port's error. */
int moat__authorization_save(moat_account *a);
/* Reads the stored authorization into `p`, and its size into *n. Returns 0, MOAT_E_EMPTY,
 * MOAT_E_STORE, MOAT_E_FOREIGN, MOAT_E_EXPIRED, or the port's error. */
int moat__authorization_read(moat_account *a, char *p, size_t size, size_t *n);
/* Wipes the authorization in the account's memory. */
void moat__authorization_forget(moat_account *a);
/* The parts of the authorization in the account's memory. */
const char *moat__authorization_state(const moat_account *a);
const char *moat__authorization_verifier(const moat_account *a);
const char *moat__authorization_redirect_uri(const moat_account *a);
const char *moat__authorization_scope(const moat_account *a);

#endif
