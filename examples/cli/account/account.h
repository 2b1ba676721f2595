/* The account that one command works with: the library's, with the profile and the files of this
 * machine around it. */
#ifndef ACCOUNT_H
#define ACCOUNT_H

#include <moat/account.h>
#include <moat/tls.h>
#include <moat_posix.h>

#include "../profile/options.h"
#include "../profile/paths.h"
#include "../profile/profile.h"

typedef struct account {
  options options;
  paths paths;
  profile profile;
  moat_posix posix;
  moat_account moat;
  moat_account_config config;
  moat_auth auth, device_auth;
  moat_endpoint token_endpoint, device_endpoint;
  moat_posix_net net;
  moat_tls_context roots;
  moat_tls tls;
  bool has_roots, has_tls;
  /* The CLI_ status that account_prepare() returned, or less than 0 if it was not called. */
  int prepared;
  /* The server of the current exchange, and the key of its URL in the profile. */
  const moat_endpoint *server;
  int server_key;
} account;

/* All but account_read() return a CLI_ status, with what is wrong said. */

/* Profile, state folder and account. */
int account_open(account *a);
/* The state folder and the account, for a profile that is being made. */
int account_open_state(account *a);
/* Reads the stored grant, which has to be there and of the client that the profile names. */
int account_load(account *a);
/* Reads it whatever its state, and keeps its tokens off the screen. The library's result. */
int account_read(account *a);
/* Waits for another moat that works with this account, --timeout at most. For files beside the
 * slots: the library takes the lock itself. */
int account_lock(account *a);
/* Makes ready what a connection needs: the secret, if a grant that is obtained this way (MOAT_HOW_)
 * goes with one, and the roots. Once. */
int account_prepare(account *a, uint8_t how);
/* The roots of the profile or of the system. */
int account_trust(account *a);
/* Says what a failing slot or lock means. */
int account_state_failed(account *a, int result);
/* The same for a grant that could not be loaded, or is another client's. */
int account_load_failed(account *a, int result);
/* That another moat kept the lock for too long. */
int account_busy(const account *a);

/* Runs the verb that has begun. 0 or an error of the library's, of which nothing is said. */
int account_run(account *a);
/* Waits for what a step of it wants, `ms` at most. 0, MOAT_WANT_TIME, or an error. */
int account_wait(account *a, int want, uint32_t ms);

/* From now on no line shows the tokens at hand. */
void account_hide_tokens(account *a);

/* Whether the secret goes with a grant that was obtained this way (MOAT_HOW_). */
bool account_sends_secret(const account *a, uint32_t how);
/* Seconds since 1970, or 0 while the clock is not set. */
int64_t account_now(account *a);
/* Lets go of everything and wipes it. */
void account_close(account *a);

#endif
