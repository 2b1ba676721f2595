/* One account, kept alive: what nearly every program needs.
 *
 * An account is the life of one grant. It signs in and hands out the access token while that is
 * valid. It renews the token in time, with one request among all tasks and processes. Each new
 * refresh token is durable before the caller sees the access token. After a restart the account
 * resumes a pending sign-in, and it remembers a grant that the server has ended. It owns every slot
 * of its platform.
 *
 * Call a verb to begin, then moat_account_step() or moat_account_run() until it is done:
 *
 *   if (!moat_account_open(&account, &config, memory, sizeof memory) &&
 *       !moat_account_token(&account) && !moat_account_run(&account))
 *     use(moat_account_access(&account));
 *
 * After an error, moat_judge(moat_account_error(&account)) tells what is needed. */
#ifndef MOAT_ACCOUNT_H
#define MOAT_ACCOUNT_H

#include "jose.h"
#include "store.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Without a person ----
 *
 * Each kind has a table and may have a struct that begins with a moat_unattended. Spans are read
 * after `prepare`, so a file that rotates can be read anew each time. */
typedef struct moat_unattended_ops moat_unattended_ops; /* private: src/account/account.h */

typedef struct {
  const moat_unattended_ops *ops;
} moat_unattended;

/* Client credentials (RFC 6749 4.4), in a moat_unattended. */
extern const moat_unattended_ops moat_unattended_client_credentials;

/* An assertion as the grant (RFC 7523 2.1), in a moat_unattended_assertion. */
extern const moat_unattended_ops moat_unattended_jwt_bearer;
typedef struct {
  moat_unattended unattended;
  moat_span assertion; /* a JWT that somebody else has signed */
} moat_unattended_assertion;

/* The same with an assertion that the client signs, in a moat_unattended_signed. The scope is a
 * claim. */
extern const moat_unattended_ops moat_unattended_signed_jwt;
typedef struct {
  moat_unattended unattended;
  const moat_signer *signer; /* as in moat_signed_jwt_grant, like the rest */
  moat_span issuer, subject, audience, key_id;
  uint32_t lifetime;
} moat_unattended_signed;

/* Token exchange (RFC 8693), in a moat_unattended_exchange. */
extern const moat_unattended_ops moat_unattended_token_exchange;
typedef struct {
  moat_unattended unattended;
  moat_span subject_token, subject_token_type; /* as in moat_token_exchange_grant */
  moat_span actor_token, actor_token_type;
  moat_span requested_token_type;
} moat_unattended_exchange;

/* The configuration may lie in flash. Everything in it stays borrowed while the account is in
 * use. */
typedef struct {
  const moat_platform *platform;
  void *platform_ctx;
  const moat_stream_ops *stream; /* usually moat_tls_stream or moat_tls_resuming_stream (tls.h) */
  void *io;
  const moat_crypto *crypto; /* needed by moat_account_authorize(); otherwise may be NULL */
  void *crypto_ctx;
  const moat_endpoint *token_endpoint;
  const moat_endpoint *device_endpoint; /* NULL: no sign-in by device code */
  moat_span provider; /* the issuer of the grant, such as the token endpoint's URL: the refresh
                         token goes to no other */
  moat_span authorize_url, redirect_uri; /* for moat_account_authorize() */
  /* Further parameters, form-encoded, such as "audience=a&resource=b" (RFC 8707): of the authorize
   * URL, of the request for a device code, of a request for a new token (with a code, a device
   * code, or without a person), and of a refresh. */
  moat_span extra, device_extra, token_extra, refresh_extra;
  moat_span scope;       /* requested at a sign-in; a refresh keeps the same scope */
  const moat_auth *auth; /* client_id is read at any time, client_secret only after `prepare` */
  const moat_auth *device_auth; /* for device-code sign-ins and their refreshes; NULL: `auth` */
  /* Called before a connection is made, to read a secret or load roots, for example. `how`
   * (MOAT_HOW_…) is how the grant was or will be obtained. Returns 0, or an error that ends the
   * verb before anything is sent. May be NULL. */
  int (*prepare)(void *ctx, uint8_t how);
  /* Shows a device code. The code is already durable. Called again when a later sign-in resumes it.
   * Returns 0, MOAT_WANT_TIME to be called again, or an error that ends the sign-in. */
  int (*show)(void *ctx, const moat_device_prompt *prompt);
  void *ctx;
  uint32_t timeout_ms; /* for one exchange and the wait for the lock; 0: MOAT_TIMEOUT_MS */
  /* Change this number whenever a setting that the server judges changes: a secret, a scope, a URL.
   * The change ends a pause after a refusal. A fixed configuration can leave it constant. */
  uint32_t revision;
  /* Largest sizes in bytes: of an access token, of a refresh token, and of the other texts together
   * (provider, client id, scope, the texts of a device code). The memory is divided by them. */
  uint16_t access_size, refresh_size, text_size;
  /* How the account gets tokens without a person; NULL: with the refresh token of a sign-in. The
   * verbs of a sign-in are then MOAT_E_MISUSE. Set keep_access as well: then the stored token
   * serves after a restart and in other processes, as long as provider, client id and `revision`
   * stay the same. Then a load never gives MOAT_E_EMPTY or MOAT_E_STORE. */
  const moat_unattended *unattended;
  bool keep_access; /* store the access token too, so that a restart needs no refresh */
  /* Set when other software refreshes the same grant. If an answer may have been lost, a retry
   * could end the other software's grant as well. The verb then fails with MOAT_E_LOST and sends
   * nothing. */
  bool shared;
} moat_account_config;

/* Size in bytes of the account's memory, which may have any alignment. It holds a work buffer
 * (moat.h, MOAT_WORK_MIN), an access token, a record and a pending sign-in. With keep_access, add
 * the size of an access token once more. Any extra bytes enlarge the work buffer. */
#define MOAT_ACCOUNT_MEMORY(work, access, refresh, text)                                           \
  ((work) + (access) + 1 + (refresh) + 2 * (text) + MOAT_RECORD_OVERHEAD + MOAT_PENDING_OVERHEAD)
/* Bytes of a pending sign-in in addition to its texts. */
#define MOAT_PENDING_OVERHEAD 160

/* The kinds of sign-in that can be pending. */
enum { MOAT_PENDING_NONE, MOAT_PENDING_DEVICE, MOAT_PENDING_CODE };

/* A pending authorization expires after this many seconds. */
#define MOAT_PENDING_SECONDS 600

/* An authorization that waits for its redirect. All texts are NUL-terminated. */
typedef struct {
  const char *state;         /* the redirect must carry the same value */
  const char *redirect_uri;  /* where the browser is sent back to */
  const char *scope;         /* the requested scope */
  const char *code_verifier; /* a secret: never show it */
} moat_authorization;

typedef struct moat__verb moat__verb; /* private: src/account/account.h */

/* The members are private. The struct may be static or on a stack, and is used by one task at a
 * time. Its size is 1 KB at most. */
typedef struct moat_account {
  const moat_account_config *config;
  moat_client client;
  moat_store store;
  moat_error_info error;
  moat_authorization authorization;
  union {
    moat_grant grant; /* every grant begins with it */
    moat_refresh_grant refresh;
    moat_code_grant code;
    moat_device_grant device;
    moat_client_credentials_grant client_credentials;
    moat_jwt_bearer_grant jwt_bearer;
    moat_signed_jwt_grant signed_jwt;
    moat_token_exchange_grant token_exchange;
  } grant;
  char *access, *pending; /* two parts of the memory; the store's buffer is a third */
  size_t access_length, pending_size;
  size_t authorization_size; /* bytes of the authorization's record in `pending`; 0: none */
  const void *input;         /* of the current verb */
  size_t input_size;
  int result;      /* the result of the last verb, or the last MOAT_WANT_… */
  int early_error; /* of a failed early refresh */
  uint32_t timeout_ms;
  uint32_t began; /* ticks when the verb, or its final writes, began */
  /* The token in memory. The stored record may be newer by now, or unreadable. */
  uint32_t sequence;            /* of the token's record; 0: none */
  uint32_t life;                /* in seconds; 0: unknown */
  uint32_t born;                /* unix time at which the token was issued; 0: unknown */
  uint32_t last_ticks;          /* age_s is counted up to these ticks */
  uint32_t age_s;               /* age in seconds; UINT32_MAX: unknown */
  uint32_t refused;             /* checksum of the token that the API refused */
  uint32_t paused_at, pause_ms; /* the pause in ticks, used while the date is unknown */
  const moat__verb *verb;
  uint8_t stage, how;
  uint8_t pending_kind; /* MOAT_PENDING_… */
  bool locked;          /* the lock is held */
  bool saved;           /* the first part of the current step is done; a repeated step skips it */
  bool exchanged;       /* the connection was used */
  bool was_marked;      /* the store was marked before this request */
  bool prepared;        /* the client was made ready to connect, with the stored TLS session */
  bool replaces;
  bool renewable; /* a refresh token belongs to the token in memory */
} moat_account;

/* Divides the memory and sends nothing. Call it once, before all other functions. Returns 0,
 * MOAT_E_MISUSE, or MOAT_E_SPACE with the size needed in moat_account_error()->needed. */
MOAT_NODISCARD int moat_account_open(moat_account *a, const moat_account_config *config,
                                     void *memory, size_t size);

/* ---- Verbs ----
 *
 * Each verb returns 0 when it has begun. It returns MOAT_E_MISUSE while another verb is under way,
 * or when the configuration lacks something it needs. Spans and buffers passed in stay borrowed
 * until the verb has ended. Every verb can end with a result of moat_step(), with MOAT_E_BUSY
 * (another task held the lock until the deadline; nothing was sent), or with an error of the
 * port. */

/* Gets an access token that stays valid for more than min(300 s, a fifth of its life). It comes
 * from memory if possible, otherwise from a refresh. If the refresh fails for a reason that passes,
 * the current token serves to its end. Further results:
 *   MOAT_E_EMPTY    nobody has signed in, or the access token is over and there is no refresh token
 *   MOAT_E_FOREIGN  the stored grant belongs to another client or provider
 *   MOAT_E_LOST     an answer was lost, and the server refuses the refresh token before it
 *   MOAT_E_CLOCK    the age of the token is unknown, and nothing can replace the token
 *   MOAT_E_LATER    a pause is not over yet: the server was not asked
 * After the server has ended the grant (RFC 6749 5.2, invalid_grant), the refusal is repeated from
 * memory, also after a restart. Nothing is sent. */
MOAT_NODISCARD int moat_account_token(moat_account *a);
/* Asks the server, whatever the token's age and whatever pause is left. Only this verb asks again
 * for a grant that the server has ended. */
MOAT_NODISCARD int moat_account_refresh(moat_account *a);
/* Call this after an API refused `token` with 401. It gets a newer token, which may be one that
 * another task has already stored. It sends at most one request in 30 s; before that it ends with
 * MOAT_E_LATER. */
MOAT_NODISCARD int moat_account_refused(moat_account *a, moat_span token);

/* Signs in by device code (RFC 8628), with the pending code or a new one. The lock is not held
 * while a person signs in. */
MOAT_NODISCARD int moat_account_sign_in(moat_account *a);

/* Begins a sign-in by authorization code. It makes state and code verifier, makes them durable, and
 * writes the URL to open in a browser, with a NUL (RFC 6749 4.1.1, RFC 7636 4.3). An earlier
 * authorization is forgotten. */
MOAT_NODISCARD int moat_account_authorize(moat_account *a, char *url, size_t size);
/* Gives the values for judging the redirect (moat_redirect_url() and the like). They are those of
 * this object or, after a restart, the stored ones. This is no verb: it is complete when it
 * returns. Returns 0, MOAT_E_EMPTY, MOAT_E_EXPIRED (begun more than ten minutes ago),
 * MOAT_E_FOREIGN (for another client or provider), or MOAT_E_STORE. */
MOAT_NODISCARD int moat_account_authorization(moat_account *a, const moat_authorization **out);
/* Exchanges the code of a redirect for tokens, once. Ends with MOAT_E_STATE, sending nothing, if
 * another sign-in has been begun meanwhile. */
MOAT_NODISCARD int moat_account_redeem(moat_account *a, moat_span code);

/* Stores a refresh token from the factory or from another tool. `how` (MOAT_HOW_…) is how the token
 * was obtained. Without `replace`, a grant that is still alive is kept: MOAT_E_EXISTS. If the
 * server has already ended this very token, its refusal is repeated from memory. So firmware may
 * call this at every boot. */
MOAT_NODISCARD int moat_account_adopt(moat_account *a, moat_span refresh_token, uint8_t how,
                                      bool replace);
/* Erases every slot. */
MOAT_NODISCARD int moat_account_forget(moat_account *a);
/* Erases the pending sign-in, unless another object has replaced it meanwhile. */
MOAT_NODISCARD int moat_account_give_up(moat_account *a);

/* ---- Stepping ---- */

/* Like moat_step() and moat_run(): 0 done, MOAT_WANT_*, or an error, which stays until the next
 * verb. */
MOAT_NODISCARD int moat_account_step(moat_account *a);
MOAT_NODISCARD int moat_account_run(moat_account *a);
uint32_t moat_account_wait_ms(const moat_account *a);
/* Ends the current verb with MOAT_E_CANCEL, closes the connection and wipes what was written to the
 * lent memory. The access token and an authorization that waits for its redirect are kept. May be
 * called any number of times. */
void moat_account_cancel(moat_account *a);
/* Does the same, and wipes the access token and the authorization too. The lent memory then holds
 * nothing of the account. */
void moat_account_wipe(moat_account *a);

/* ---- Results ---- */

/* The access token, followed by a NUL. Valid after a result of 0, until the next verb. */
moat_span moat_account_access(const moat_account *a);
/* The ID token of the same answer (OpenID Connect Core 3.1.3.3), or absent. Valid as long as the
 * access token, and already while the port writes the slot of the grant: by it a port can refuse
 * the grant of somebody else, and the stored one stays. */
moat_span moat_account_id_token(const moat_account *a);
/* The error of an early refresh that failed while the token was still valid, or 0. Read it after a
 * result of 0. */
int moat_account_early(const moat_account *a);
const moat_error_info *moat_account_error(const moat_account *a);

/* Reads the slots, without the lock and without a request. Returns 0, or what is wrong with the
 * stored grant: MOAT_E_EMPTY, MOAT_E_FOREIGN, MOAT_E_STORE, … The same code is in
 * moat_account_error(). Not allowed while a verb is under way. */
MOAT_NODISCARD int moat_account_load(moat_account *a);
/* The stored grant and the notes beside it (store.h), as last read or written. Views until the next
 * verb. */
const moat_record *moat_account_record(const moat_account *a);
const moat_note *moat_account_note(const moat_account *a);
/* Seconds that are left of the pause in the note. The server is not asked before. */
uint32_t moat_account_pause(const moat_account *a);
/* Tells what is needed, as far as the slots that moat_account_load() read can say. A refusal that
 * was remembered still counts after its pause, until a refresh succeeds or the configuration
 * changes. MOAT_NEED_NOTHING: moat_account_token() has nothing against it. Afterwards
 * moat_account_error() has what was judged. Not allowed while a verb is under way. */
moat_verdict moat_account_need(moat_account *a);
/* The pending sign-in (MOAT_PENDING_…) that moat_account_load() found last. */
int moat_account_pending(const moat_account *a);
/* Whether the access token, stored or in memory, has not reached its end. */
bool moat_account_is_valid(moat_account *a);

#ifdef __cplusplus
}
#endif
#endif
