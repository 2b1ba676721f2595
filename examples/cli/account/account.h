/* The account that one command works with: that of the library, with the profile and the files of
 * this machine. */
#ifndef ACCOUNT_H
#define ACCOUNT_H

#include <moat/account.h>
#include <moat/tls.h>
#include <moat_posix.h>

#include "../profile/options.h"
#include "../profile/paths.h"
#include "../profile/profile.h"
#include "client_certificate.h"
#include "client_key.h"
#include "proxy.h"
#include "roots.h"
#include "unattended.h"

typedef struct account {
  options options;
  paths paths;
  profile profile;
  moat_posix posix;
  moat_account moat;
  moat_account_config config;
  moat_jwt_auth auth, device_auth; /* the first member serves all methods */
  client_key key;
  unattended unattended; /* how tokens come without a person */
  moat_endpoint token_endpoint, device_endpoint;
  moat_posix_net net;
  proxy proxy;
  moat_tls_context context;
  client_certificate certificate;
  roots roots;
  moat_tls tls;
  bool has_context, has_roots, has_tls;
  /* The CLI_ status that account_prepare() returned, or less than 0 if it was not called. */
  int prepared;
  /* Asked before a grant is written, unless NULL: its answer has come, and moat_account_id_token()
   * tells whose it is. With any CLI_ status but CLI_OK, which it has reported and which is kept,
   * the grant is not written. */
  int (*accept)(struct account *a);
  int accepted;
  /* A request besides those of the account (client.h). */
  moat_client client;
  moat_endpoint client_endpoint;
  bool has_client, client_sent; /* a byte of the last one was sent */
  /* The server of the current exchange, and the key of its URL in the profile. */
  const moat_endpoint *server;
  int server_key;
} account;

/* All but account_read() report what is wrong and return a CLI_ status. */

/* Reads the profile, and opens the state folder and the account. */
int account_open(account *a);
/* Reads the profile alone. */
int account_open_profile(account *a);
/* Opens the state folder, which gives the lock, and then the account in it; or both. */
int account_open_folder(account *a);
int account_open_grant(account *a);
int account_open_state(account *a);
/* Reads the stored grant, which has to exist and belong to the profile's client. */
int account_load(account *a);
/* Reads the grant whatever its state, and keeps its tokens off the screen. Returns the library's
 * result. */
int account_read(account *a);
/* Takes the account's lock, which another moat may hold, and waits at most --timeout for it. Needed
 * only for files beside the slots: for the slots the library takes it. */
int account_lock(account *a);
/* Writes a file of the state, as file_write() does, but under the lock: whoever has that removes
 * the unfinished files of others. Reports nothing, and returns the same, or EBUSY if another moat
 * keeps the lock for longer than `ms`. */
int account_write(account *a, const char *path, const char *p, size_t n, uint32_t ms);
/* Prepares what a connection needs: the roots and, if grants that are obtained in this way
 * (MOAT_HOW_) need one, the secret. */
int account_prepare(account *a, uint8_t how);
/* The log sees what passes over the stream of the configuration, with -vv. */
void account_set_tap(account *a);
/* The connection alone, for a request that carries nothing of the client's. */
int account_prepare_connection(account *a);
/* Sets TLS up with the client's own certificate, if the profile has one. */
int account_identify(account *a);
/* The same, and reads the key that signs for the client, if the profile has one. */
int account_read_key(account *a);
/* Reads what a grant without a person takes from a file, if it takes something. */
int account_prepare_grant(account *a);
/* Opens the roots of the profile or of the system, once. They are read when a server has to be
 * judged. */
int account_open_roots(account *a);
/* Both. */
int account_trust(account *a);
/* Closes them, for others. No connection uses them yet. */
void account_distrust(account *a);
/* Prepares the connection itself, after the proxy and the roots are known. */
int account_set_tls(account *a);
/* Finds the last day (since 1970) of the profile's own root that ends first; 0: there is none, or
 * they have not been read. With `reads` they are. */
int account_roots_end(account *a, bool reads, int64_t *day);
/* Finds the last day of the client's own certificate in the same way. */
int account_certificate_end(account *a, bool reads, int64_t *day);
/* Says what a failing slot or lock means. */
int account_state_failed(account *a, int result);
/* The same for a grant that could not be loaded, or is another client's. */
int account_load_failed(account *a, int result);
/* Says which file of the state is another user's, a link, or open to others. The first is to be
 * called after the port refused one of them, the second at any time. */
int account_tell_whose(const account *a);
int account_check_files(const account *a);
/* Says which files in the folder of the state were left over, or are not Moat's, and returns how
 * many. */
int account_tell_leftovers(const account *a);
/* Says that another moat kept the lock for too long. */
int account_busy(const account *a);

/* Says so and returns CLI_PROFILE if this KEY_ has no value. */
int account_needs_url(const account *a, int key);

/* If nobody has to sign in for the profile, says so and returns CLI_MISUSE. */
int account_needs_person(const account *a);
/* Whether the grant that was read is a person's, and the profile needs nobody now. */
bool account_has_person(const account *a);
/* Writes a hint: what to do about it. */
void account_hint_person(const account *a);

/* Runs the verb that has begun. Returns 0, or an error of the library, which is not reported. */
int account_run(account *a);
/* Waits at most `ms` for what a step wants. Returns 0, MOAT_WANT_TIME, or an error. */
int account_wait(account *a, int want, uint32_t ms);

/* From now on no line shows the current tokens. */
void account_hide_tokens(account *a);

/* Whether requests for a grant that was obtained in this way (MOAT_HOW_) carry the secret. */
bool account_sends_secret(const account *a, uint32_t how);
/* Words for a proof of the client that no other program can give, or NULL. */
const char *account_proof(const account *a, uint32_t how);
/* Seconds since 1970, or 0 while the clock is not set. */
int64_t account_now(account *a);
/* Closes and wipes everything. */
void account_close(account *a);

#endif
