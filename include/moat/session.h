/* The one call a device makes: an access token that is valid, or what is needed to have one.
 *
 * A session hands out the access token of the stored grant (store.h) as long as it is good, and
 * refreshes it when that nears its end: by the platform's lock one at a time, and with one request
 * for all who wait. The new refresh token is durable before anybody sees the access token. */
#ifndef MOAT_SESSION_H
#define MOAT_SESSION_H

#include "store.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Lent by the caller, zero but for what the first part of each struct asks for; used by one client,
 * and kept from begin to begin: it knows how old the token in `grant.access` is, which stays the
 * session's. The store's buffer lies outside the work buffer. */
typedef struct moat_session {
  moat_grant grant; /* endpoint, auth, access and access_size are the caller's. Its token is the
                       result: access_token, and expires_in seconds from received_ms */
  moat_span refresh_token; /* private */
  moat_span scope;         /* absent: the same scope again */
  moat_store *store; /* after moat_store_init(); with keep_access a restart costs no refresh */
  int early; /* with a result of 0: what the early refresh of a token still valid failed with, or 0
              */
  /* Private; here, within the reach of short instructions */
  int stage;
  uint32_t began;
  uint32_t sequence; /* of the record whose token is in grant.access */
  int locked, was_marked;
  /* The caller's again */
  /* Before a refresh: what is needed for it may be made ready, and grant.auth changed to fit how
   * the grant was obtained (MOAT_HOW_). 0 or an error, which ends it. May be NULL. */
  int (*prepare)(void *ctx, uint8_t how);
  void *prepare_ctx;
  /* Set to have the server asked whatever the token's age and the pause, after a 401 of an API say;
   * the stored token is not handed out. Cleared by the refresh that succeeds. */
  bool refresh_now;
  /* Other software refreshes the same grant. After an answer that may have been lost, to try again
   * could end its grant as well: MOAT_E_LOST then, and nothing is sent. */
  bool shared;
  moat_span provider; /* as in moat_store_renew(); the stored grant goes to no other */
} moat_session;

/* Then step or run the client, as with any grant. 0: grant.token is valid, for more than
 * min(300 s, a fifth of its life) unless its refresh failed early for a reason that passes. An
 * error: see moat_judge(). Of its own there are
 *   MOAT_E_EMPTY    nobody has signed in, or there is no refresh token and the access token is over
 *   MOAT_E_FOREIGN  the stored grant is another client's or provider's
 *   MOAT_E_LOST     a refresh was interrupted, its answer was lost, and the server no longer takes
 *                   the refresh token before it
 *   MOAT_E_LATER    the server asked for a pause, 30 s at least, that is not over; nothing was sent
 *   MOAT_E_BUSY     another held the lock until the deadline; nothing was sent
 *
 * How old a token is tells the monotonic clock, and the date where the token was stored by an
 * earlier start: a date that is unknown or went back tells nothing, and the token is refreshed.
 * Ask once in 22 days at least, for ticks wrap. */
MOAT_NODISCARD int moat_session_begin(moat_client *c, moat_session *s);

#ifdef __cplusplus
}
#endif
#endif
