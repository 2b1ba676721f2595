/* Everything one command needs to work with one account. */
#ifndef ACCOUNT_H
#define ACCOUNT_H

#include <moat/session.h>
#include <moat/tls.h>
#include <moat_posix.h>

#include "files.h"
#include "options.h"
#include "profile.h"

typedef struct account {
  options options;
  paths paths;
  profile profile;
  moat_posix posix;
  moat_store store;
  uint32_t started; /* ticks when the time of the exchange began */
  /* Ready after account_connect(). */
  moat_tls_context roots;
  bool has_roots, has_session;
  moat_tls tls;
  moat_tls_session session;
  moat_posix_net net;
  moat_client client;
  moat_endpoint token_endpoint;
  moat_auth auth;
  moat_session stored;
  int prepared; /* by the session: a CLI_ status, or less than 0 when it did not come to that */
  const moat_endpoint
      *server; /* whom the exchange at hand is with, and what the profile calls it */
  int server_key;
} account;

/* All these are CLI_ statuses, with what is wrong said. */

/* Profile, state folder and store. */
int account_open(account *a);
/* The state folder and the store alone, for a profile that is being made. */
int account_open_state(account *a);
/* Waits for another moat that works with this account, --timeout at most; that time counts. */
int account_lock(account *a);
/* Reads the stored grant, which has to be there and of the client that the profile names. */
int account_load(account *a);
/* Reads the grant that a sign-in will replace, which may be damaged or absent: then only its number
 * would matter. MOAT_OK, or what keeps it from being replaced. */
int account_load_old(account *a);
/* Reads what a connection will need: the secret, if this grant goes with one, and the roots. */
int account_prepare(account *a, bool secret);
/* Makes the client ready for one exchange; prepares first where that was not done. */
int account_connect(account *a, bool secret);
/* The same in two parts: the client, for the wait for a lock, and what a connection needs. */
int account_client(account *a);
int account_secure(account *a, bool secret);
/* The roots of the profile or of the system. */
int account_trust(account *a);

/* What a failing slot or lock means. */
int account_state_failed(account *a, int result);
/* The same for a grant that could not be loaded, or is another client's. */
int account_load_failed(account *a, int result);
/* That another moat kept the lock for too long. */
int account_busy(const account *a);
/* Whether the stored access token has not expired yet. */
bool account_is_valid(account *a);
/* Whether the grant that was loaded is of the client that the profile names. */
bool account_fits(const account *a);
/* Whether the secret goes with a grant that was got this way (MOAT_HOW_). */
bool account_sends_secret(const account *a, uint32_t how);
/* Seconds since 1970, or 0 while the clock is not set. */
int64_t account_now(account *a);
/* Lets go of everything and wipes it. */
void account_close(account *a);

/* Set by a signal: whatever waits ends. */
extern volatile sig_atomic_t account_cancelled;

/* Receives the access token, NUL-terminated. */
extern char account_access[16384];

#endif
