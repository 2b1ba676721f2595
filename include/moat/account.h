/* One account, kept alive: what nearly everybody needs.
 *
 * An account is the life of one grant. It signs in, hands out an access token as long as that is
 * good, renews it in time with one request among all tasks and processes, makes each new refresh
 * token durable before anybody sees the access token, takes up after a restart whatever was
 * pending, and remembers a grant that the server has ended. It owns every slot of its platform.
 *
 * Each verb begins; then moat_account_step() or moat_account_run() until it is done:
 *
 *   if (!moat_account_open(&account, &config, memory, sizeof memory) &&
 *       !moat_account_token(&account) && !moat_account_run(&account))
 *     use(moat_account_access(&account));
 *
 * After an error moat_judge(moat_account_error(&account)) tells what is needed. */
#ifndef MOAT_ACCOUNT_H
#define MOAT_ACCOUNT_H

#include "store.h"

#ifdef __cplusplus
extern "C" {
#endif

/* May lie in flash. Everything in it stays borrowed as long as the account is used. */
typedef struct {
  const moat_platform *platform;
  void *platform_ctx;
  const moat_stream_ops *stream; /* usually moat_tls_stream or moat_tls_resuming_stream (tls.h) */
  void *io;
  const moat_crypto *crypto; /* for moat_account_authorize(); else may be NULL */
  void *crypto_ctx;
  const moat_endpoint *token_endpoint;
  const moat_endpoint *device_endpoint; /* NULL: no sign-in by device code */
  moat_span provider; /* whose the grant is, the token endpoint's URL say: it goes to no other */
  moat_span authorize_url, redirect_uri; /* for moat_account_authorize() */
  moat_span extra;                       /* further parameters of the authorize URL, form-encoded */
  moat_span scope;              /* asked for at a sign-in; a refresh asks for the same again */
  const moat_auth *auth;        /* its client_id is read at any time, its secret after `prepare` */
  const moat_auth *device_auth; /* of a grant by device code, and its refreshes; NULL: the same */
  /* Before a connection is made: what is needed for it may be made ready (a secret read, roots
   * loaded). `how` is how the grant was or will be obtained (MOAT_HOW_). 0 or an error, which ends
   * the verb; nothing was sent then. May be NULL. */
  int (*prepare)(void *ctx, uint8_t how);
  /* Shows a device code that is durable already; called again for one that was taken up. 0,
   * MOAT_WANT_TIME (call again), or an error, which ends the sign-in. */
  int (*show)(void *ctx, const moat_device_prompt *prompt);
  void *ctx;
  uint32_t timeout_ms; /* for one exchange with the wait for the lock; 0 means MOAT_TIMEOUT_MS */
  /* Changes with anything that the server judges: a secret, a scope, an URL. A pause after a
   * refusal ends when it does. Constant where the configuration is. */
  uint32_t revision;
  /* Sizes of the largest access token, refresh token, and other texts together (provider, client
   * id, scope, a device code's texts); the memory is split by them. */
  uint16_t access_size, refresh_size, text_size;
  bool keep_access; /* store the access token too, so that a restart costs no refresh */
  /* Other software refreshes the same grant. After an answer that may have been lost, to try again
   * could end its grant as well: MOAT_E_LOST then, and nothing is sent. */
  bool shared;
} moat_account_config;

/* Bytes of one block of memory, of any alignment, for a work buffer (moat.h, MOAT_WORK_MIN), an
 * access token, a record and a pending sign-in; with keep_access as many more as an access token
 * has. What the block has besides goes to the work buffer. */
#define MOAT_ACCOUNT_MEMORY(work, access, refresh, text)                                           \
  ((work) + (access) + 1 + (refresh) + 2 * (text) + MOAT_RECORD_OVERHEAD + MOAT_PENDING_OVERHEAD)
/* Bytes of a pending sign-in, besides its texts. */
#define MOAT_PENDING_OVERHEAD 160

/* A sign-in that was begun and may be finished. */
enum { MOAT_PENDING_NONE, MOAT_PENDING_DEVICE, MOAT_PENDING_CODE };

/* How long after its begin an authorization is taken up. */
#define MOAT_PENDING_SECONDS 600

/* An authorization that waits for its redirect. NUL-terminated. */
typedef struct {
  const char *state;         /* what the redirect must bring back */
  const char *redirect_uri;  /* where it goes */
  const char *scope;         /* what was asked for */
  const char *code_verifier; /* a secret, for whoever keeps it off a screen */
} moat_authorization;

typedef struct moat__verb moat__verb; /* private: src/account/account.h */

/* Private members; static or on a stack, used by one task at a time. 1 KB at most. */
typedef struct moat_account {
  const moat_account_config *config;
  moat_client client;
  moat_store store;
  moat_error_info error;
  moat_authorization authorization;
  union {
    moat_grant grant; /* each begins with it */
    moat_refresh_grant refresh;
    moat_code_grant code;
    moat_device_grant device;
  } grant;
  char *access, *pending; /* parts of the memory; the store's buffer is another */
  size_t access_length, pending_size;
  size_t authorization_size; /* bytes of an authorization's record in `pending`; 0: none */
  const void *input;         /* of the verb at hand */
  size_t input_size;
  int result;      /* of the last verb, or the last WANT */
  int early_error; /* what moat_account_early() returns */
  uint32_t timeout_ms;
  uint32_t began; /* ticks at the begin of the verb, or of its last writes */
  /* The token at hand: what is stored may be another's by now, or unreadable. */
  uint32_t sequence;            /* of its record; 0: none */
  uint32_t life;                /* in seconds; 0: nobody knows */
  uint32_t born;                /* its date; 0: unknown */
  uint32_t last_ticks;          /* up to which age_s is counted */
  uint32_t age_s;               /* UINT32_MAX: nobody knows */
  uint32_t refused;             /* checksum of the token that an API refused */
  uint32_t paused_at, pause_ms; /* in ticks, for where the date does not tell */
  const moat__verb *verb;
  uint8_t stage, how;
  uint8_t pending_kind; /* MOAT_PENDING_… */
  bool locked;          /* the lock is held */
  bool saved;           /* the step that may have to be repeated has begun */
  bool exchanged;       /* the connection was used */
  bool was_marked;      /* before this request */
  bool resumes;         /* the stored TLS session was loaded */
  bool replaces;
  bool renewable; /* a refresh token came with the token at hand */
} moat_account;

/* Splits the memory and sends nothing. Once, before all else. 0, MOAT_E_MISUSE, or MOAT_E_SPACE
 * with the size needed in moat_account_error()->needed. */
MOAT_NODISCARD int moat_account_open(moat_account *a, const moat_account_config *config,
                                     void *memory, size_t size);

/* ---- Verbs ----
 *
 * Each returns 0 once it has begun, or MOAT_E_MISUSE while another is under way or where the
 * configuration lacks what it needs. Spans and buffers passed in stay borrowed until it has ended.
 * Results that every one of them can have: those of moat_step(), MOAT_E_BUSY (another held the lock
 * until the deadline; nothing was sent), and the port's. */

/* An access token that is good for more than min(300 s, a fifth of its life), from memory where
 * there is one; else a refresh. When that fails for a reason that passes, the token at hand serves
 * to its end. Further results:
 *   MOAT_E_EMPTY    nobody has signed in, or there is no refresh token and the access token is over
 *   MOAT_E_FOREIGN  the stored grant is another client's or provider's
 *   MOAT_E_LOST     an answer was lost, and the server no longer takes the refresh token before it
 *   MOAT_E_CLOCK    how old the token is cannot be told, and nothing can replace it
 *   MOAT_E_LATER    there was a pause to keep: the server was not asked
 * Of a grant that the server has ended (RFC 6749 5.2, invalid_grant) the refusal is repeated from
 * memory, also after a restart, and nothing is sent. */
MOAT_NODISCARD int moat_account_token(moat_account *a);
/* Asks the server whatever the token's age and the pause, and the one call that asks it for a grant
 * that it has ended. */
MOAT_NODISCARD int moat_account_refresh(moat_account *a);
/* After an API refused `token` with 401: a newer one, from another task where that has one already.
 * Not more than one request in 30 s: MOAT_E_LATER. */
MOAT_NODISCARD int moat_account_refused(moat_account *a, moat_span token);

/* Signs in by device code (RFC 8628), with the code that is pending or a new one. The lock is not
 * held while a person takes their time. */
MOAT_NODISCARD int moat_account_sign_in(moat_account *a);

/* Begins a sign-in by authorization code: makes state and verifier, makes them durable, and writes
 * the URL to open in a browser, with a NUL (RFC 6749 4.1.1, RFC 7636 4.3). Forgets one begun
 * before.
 */
MOAT_NODISCARD int moat_account_authorize(moat_account *a, char *url, size_t size);
/* Gives what the redirect is to be judged against (moat_redirect_url() and its like): the
 * authorization of this object, or after a restart the one that is stored. Not a verb: it ends at
 * once. 0, MOAT_E_EMPTY, MOAT_E_EXPIRED (begun over ten minutes ago), MOAT_E_FOREIGN (for another
 * client or provider), MOAT_E_STORE. */
MOAT_NODISCARD int moat_account_authorization(moat_account *a, const moat_authorization **out);
/* Exchanges the code of a redirect, once. MOAT_E_STATE: another sign-in has been begun meanwhile;
 * nothing was sent. */
MOAT_NODISCARD int moat_account_redeem(moat_account *a, moat_span code);

/* Stores a refresh token from elsewhere: the factory, another tool. `how` says how it was obtained
 * (MOAT_HOW_). Unless `replace`, MOAT_E_EXISTS over a grant that lives, and over this token where
 * the server has ended it the refusal, from memory: so firmware may call it at every boot. */
MOAT_NODISCARD int moat_account_adopt(moat_account *a, moat_span refresh_token, uint8_t how,
                                      bool replace);
/* Erases every slot. */
MOAT_NODISCARD int moat_account_forget(moat_account *a);
/* Erases a sign-in that is pending, unless it is another object's by now. */
MOAT_NODISCARD int moat_account_give_up(moat_account *a);

/* ---- Going on ---- */

/* As moat_step() and moat_run(): 0 done, MOAT_WANT_*, or an error, which stays until the next verb.
 */
MOAT_NODISCARD int moat_account_step(moat_account *a);
MOAT_NODISCARD int moat_account_run(moat_account *a);
uint32_t moat_account_wait_ms(const moat_account *a);
/* Ends what is under way with MOAT_E_CANCEL, closes the connection and wipes what was lent, but for
 * the access token at hand and an authorization that waits for its redirect. Any number of times.
 */
void moat_account_cancel(moat_account *a);

/* ---- What came of it ---- */

/* The access token; NUL follows. Valid after a 0, until the next verb. */
moat_span moat_account_access(const moat_account *a);
/* The ID token that came with it (OpenID Connect Core 3.1.3.3), or absent; valid as long. */
moat_span moat_account_id_token(const moat_account *a);
/* The error of an early refresh that failed while the token was still valid, or 0. Read it after a
 * result of 0. */
int moat_account_early(const moat_account *a);
const moat_error_info *moat_account_error(const moat_account *a);

/* Reads the slots, without the lock and without a request. 0, or what is wrong with the stored
 * grant: MOAT_E_EMPTY, MOAT_E_FOREIGN, MOAT_E_STORE, … moat_account_error() has it as well. Not
 * while a verb is under way. */
MOAT_NODISCARD int moat_account_load(moat_account *a);
/* The stored grant and what is remembered beside it (store.h), as last read or written; views until
 * the next verb. */
const moat_record *moat_account_record(const moat_account *a);
const moat_note *moat_account_note(const moat_account *a);
/* Seconds for which the server is not asked, because of what the note says. */
uint32_t moat_account_pause(const moat_account *a);
/* MOAT_PENDING_…, as last read by moat_account_load(). */
int moat_account_pending(const moat_account *a);
/* Whether the access token that is stored or at hand has not reached its end. */
bool moat_account_is_valid(moat_account *a);

#ifdef __cplusplus
}
#endif
#endif
