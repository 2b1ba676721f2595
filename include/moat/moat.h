/* Moat: a minimal OAuth 2.0 client for devices.
 *
 * Nothing here touches a socket, a clock, a file or a heap: moat_step() moves bytes between a
 * client and the stream it was lent, and returns. Memory is the caller's throughout:
 *
 *   - Spans passed in (client id, secret, code, refresh token …) are borrowed until the exchange
 * ends and must not lie in the client's own buffers. They are not wiped: they are yours.
 *   - Spans handed out are views into the buffers lent to the client, not NUL-terminated, and valid
 *     until the next begin or cancel on it.
 *   - One client serves one exchange at a time and is used by one thread at a time. */
#ifndef MOAT_H
#define MOAT_H

#include <stdbool.h>

#include "config.h"
#include "port.h"

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define MOAT_NODISCARD __attribute__((warn_unused_result))
#else
#define MOAT_NODISCARD
#endif

#define MOAT_VERSION "0.1.0"

/* Bytes with a length. {NULL, 0} is "absent"; so is any empty span (RFC 6749 3.1). */
typedef struct {
  const char *p;
  size_t n;
} moat_span;

moat_span moat_str(const char *z); /* a NUL-terminated string as a span; NULL is absent */
bool moat_span_equal(moat_span a, moat_span b);
/* Overwrites n bytes in a way no compiler removes. */
void moat_wipe(void *p, size_t n);

/* ---- Endpoints --------------------------------------------------------------------------------
 * Where a request goes: https, always. Constant in flash, or made once by moat_url_split(). An
 * endpoint stays in place and unchanged as long as a client may have a connection to it open. */
typedef struct {
  const char *host; /* a name or an address, IPv6 without brackets; NUL-terminated */
  uint16_t port;
  const char *path; /* begins with '/', query included, percent-encoding as it came */
} moat_endpoint;

/* Splits an absolute https URL (RFC 3986) into `memory` (n + 2 bytes always suffice) and fills `e`.
 * Refuses with MOAT_E_URL: any other scheme, userinfo, a fragment, port 0 or over 65535, an empty
 * or malformed host, bytes outside visible ASCII. MOAT_E_SPACE when `memory` is too small. */
MOAT_NODISCARD int moat_url_split(const char *url, size_t n, char *memory, size_t size,
                                  moat_endpoint *e);

/* ---- The client ------------------------------------------------------------------------------ */

/* Smallest work buffer that a begin accepts. What an exchange needs depends on the provider: the
 * request, and then the answer's body. 8 KB serves Entra.
 */
#define MOAT_WORK_MIN 1024

typedef struct {
  const moat_platform
      *platform; /* ticks_ms is needed; random and slots only where a call says so */
  void *platform_ctx;
  const moat_stream_ops *stream; /* usually moat_tls_stream (tls.h) */
  void *io;
  void *work; /* the one work buffer: request, then answer. Any alignment. */
  size_t work_size;
  uint32_t timeout_ms; /* for one exchange; 0 means MOAT_TIMEOUT_MS */
} moat_config;

/* What a request asked the server for. */
enum {
  MOAT_ASKED_NOTHING, /* no request was written yet */
  MOAT_ASKED_REFRESH,
  MOAT_ASKED_CODE,   /* tokens for an authorization code */
  MOAT_ASKED_DEVICE, /* a device code */
  MOAT_ASKED_POLL    /* tokens for a device code */
};

/* What the body of an answer is. */
enum {
  MOAT_BODY_NONE,   /* empty, or there is no answer */
  MOAT_BODY_OBJECT, /* a JSON object, or a form that says something known */
  MOAT_BODY_OTHER,  /* a page, plain text, broken JSON */
  MOAT_BODY_DROPPED /* it did not fit */
};

/* What went wrong, after a call returned an error. Spans are what the server sent: raw, untrusted,
 * possibly with control characters. What it means is for moat_judge() to say. */
typedef struct {
  int code;           /* MOAT_E_…; 0 while all is well */
  int status;         /* HTTP status, or 0 when no answer was read */
  uint8_t asked;      /* MOAT_ASKED_… */
  uint8_t body;       /* MOAT_BODY_… */
  bool secret;        /* the request carried a client secret */
  uint8_t remembered; /* with MOAT_E_LATER: MOAT_CAUSE_… of the refusal that the pause is for */
  int32_t provider_code; /* Entra's AADSTS number, or 0 */
  int32_t port_code;     /* the platform's own number, or 0 */
  uint32_t retry_after;  /* seconds the server asks to wait, or 0 */
  size_t needed;         /* with MOAT_E_SPACE: the size that would have done, where known */
  int32_t interval;      /* with an OAuth error: the seconds between polls it asks for; < 1: none */
  bool sent;             /* a byte of the request may have reached the server */
  moat_span error;       /* OAuth `error` */
  moat_span description; /* `error_description` */
} moat_error_info;

typedef struct moat_client moat_client;
typedef struct moat_writer moat_writer; /* private: src/text/text.h */

/* A complete answer, as a grant sees it. */
typedef struct {
  int status;
  char *body; /* may be changed in place */
  size_t body_size;
  void *scratch; /* the unused rest of the work buffer, for JSON tokens */
  size_t scratch_size;
  bool dropped; /* the body did not fit and was dropped; the status decides */
} moat_reply;

enum { MOAT_REPLAY_NEVER, MOAT_REPLAY_UNSENT, MOAT_REPLAY_SAFE };

/* A grant: how to write its request and read its answer. The tables are private to src/, one file a
 * grant; the struct a table works on is lent by the caller. */
typedef struct {
  const char *const
      *keep_headers; /* MOAT_KEPT_MAX at most, NULL-ended; lower case, up to 19 letters */
  /* Pure and repeatable: the same request again after a reconnect. */
  int (*build)(moat_client *c, void *grant, moat_writer *w);
  /* The connection is up and no byte of the request is out. 0, MOAT_WANT_TIME, or an error. */
  int (*before_send)(moat_client *c, void *grant);
  /* 0 done, an error, or MOAT_WANT_TIME: called again with the same answer, or, after
   * moat__again(), another request follows. */
  int (*reply)(moat_client *c, void *grant, const moat_reply *r);
  /* The exchange ends with `error`, which may be one of `reply` or MOAT_E_CANCEL. The result it is
   * to have or, where there was no answer yet, moat__again(). May be NULL. */
  int (*failed)(moat_client *c, void *grant, int error);
  /* When an open connection turns out dead. NEVER: give up. UNSENT: reconnect while no byte of the
   * request is out. SAFE: reconnect and send again. */
  int replay;
} moat_grant_ops;

#define MOAT_KEPT_MAX 4 /* headers a grant can ask for */

/* The HTTP response reader; private (src/http/response.c). Small members first: they are cheap to
 * reach there. What is before `buffer` is of one answer, and forgotten with an interim one. */
typedef struct {
  uint8_t state, next, field, name_size;
  bool has_length, chunked, old, closes, past_head;
  bool dropped;        /* the body did not fit */
  bool status_decides; /* not the body: no 2xx, or a page that did not fit */
  bool in_trailers;    /* the last chunk has come */
  uint16_t status;
  uint32_t left;      /* bytes to come of the body or of the chunk */
  uint32_t discarded; /* bytes of a dropped body */
  size_t kept;        /* bytes of kept headers at the front of the buffer */
  size_t held;        /* decoded bytes behind them: a value being read, then the body */
  moat_span kept_values[MOAT_KEPT_MAX];
  char *buffer;
  size_t size;            /* of the buffer */
  size_t limit;           /* held + kept may not pass it; the rest is room to read framing into */
  uint32_t framing_bytes; /* of the head, then of each chunk-size line and of the trailers */
  size_t needed;          /* for a body that did not fit: the size of buffer that would have done,
                             or as much of it as is known */
  const char *const *keep_headers;
  char name[21]; /* of the header */
} moat_http;

/* Private members; the struct is here so that a client can be static. 512 bytes at most on a 32-bit
 * target. */
struct moat_client {
  uint8_t state;
  bool reused; /* the connection is from an earlier exchange */
  int result;  /* of the last step: sticky when 0 or an error */
  int send_error;
  moat_config config;
  const moat_endpoint *endpoint;  /* of this exchange */
  const moat_endpoint *connected; /* of the open connection, or NULL */
  const moat_grant_ops *ops;
  void *grant;
  size_t used, sent; /* bytes of the request; the part that is out */
  uint32_t started;  /* ticks at the begin of the exchange, or of the delay before the next */
  uint32_t delay;    /* milliseconds before the next request */
  moat_error_info error;
  moat_http http;
};

/* Fills `c` from `config`, whose tables and buffers stay borrowed. MOAT_E_MISUSE when something
 * needed is missing; MOAT_E_SPACE for a work buffer below MOAT_WORK_MIN. */
MOAT_NODISCARD int moat_init(moat_client *c, const moat_config *config);

/* Moves what can be moved and returns: 0 done, MOAT_WANT_* (see moat_wait_ms), or an error, which
 * stays until the next begin. Takes at most one step of the TLS handshake. */
MOAT_NODISCARD int moat_step(moat_client *c);

/* Whether a result is one of the MOAT_WANT_: nothing failed, call again. */
bool moat_is_want(int result);

/* After a MOAT_WANT_*: how long at most to wait before the next step. 0 means there is work now. */
uint32_t moat_wait_ms(const moat_client *c);

/* moat_step() and the stream's wait in turn, until 0 or an error. MOAT_E_PORT without a wait. */
MOAT_NODISCARD int moat_run(moat_client *c);

/* Ends whatever is going on and wipes the work buffer: closes the connection, forgets the views.
 * Allowed at any time, any number of times; a running exchange ends with MOAT_E_CANCEL. */
void moat_cancel(moat_client *c);

const moat_error_info *moat_error(const moat_client *c);

/* ---- What a failure means -----------------------------------------------------------------------
 *
 * One table judges every answer: moat_judge() reads it, and the library, the program `moat` and the
 * firmware image all go by what it says. tests/field/README.md shows the table. */

/* What has to happen before there can be a token. */
enum {
  MOAT_NEED_NOTHING,
  MOAT_NEED_SIGN_IN, /* a person signs in (again) */
  MOAT_NEED_WAIT,    /* it may pass by itself: network, TLS, a busy server, a portal in the way */
  MOAT_NEED_CLOCK,   /* the date, so that certificates can be checked */
  MOAT_NEED_PROFILE, /* another client id, secret, scope, URL or root certificate */
  MOAT_NEED_DEVICE,  /* work on the device: a buffer, its port, its storage, its memory */
  /* Of a poll for a device code (RFC 8628 3.5): it goes on. */
  MOAT_NEED_PENDING,
  MOAT_NEED_SLOW_DOWN
};

/* What a failure is about, to tell a person; moat_cause_text() has a sentence for each. */
enum {
  MOAT_CAUSE_NONE,
  MOAT_CAUSE_GRANT,        /* the refresh token, code or device code is not valid (any more) */
  MOAT_CAUSE_EXPIRED,      /* the device code is over */
  MOAT_CAUSE_PERSON,       /* the provider wants to see a person */
  MOAT_CAUSE_CONSENT,      /* the provider wants somebody's consent */
  MOAT_CAUSE_REFUSED,      /* a person or a policy said no */
  MOAT_CAUSE_CLIENT,       /* client id, secret, or the way it is sent */
  MOAT_CAUSE_REGISTRATION, /* the same, or the registration does not allow the grant */
  MOAT_CAUSE_SCOPE,
  MOAT_CAUSE_GRANT_TYPE,  /* the registration, or the URL of the endpoint */
  MOAT_CAUSE_REQUEST,     /* profile and registration differ */
  MOAT_CAUSE_DEVICE_FLOW, /* the registration does not allow the device flow */
  MOAT_CAUSE_BUSY,        /* the server is in trouble or asks for a pause */
  MOAT_CAUSE_PENDING,     /* of a poll: nobody has signed in yet */
  MOAT_CAUSE_SLOW_DOWN,   /* of a poll: it came too early */
  /* Not by a name */
  MOAT_CAUSE_UNKNOWN,     /* a refusal: the grant is over most likely, or the profile is wrong */
  MOAT_CAUSE_URL,         /* the URL is not that of the endpoint */
  MOAT_CAUSE_PORTAL,      /* a portal or a proxy answered, or the URL is wrong */
  MOAT_CAUSE_TLS,         /* the server refuses this client's TLS */
  MOAT_CAUSE_CERTIFICATE, /* the server's certificate cannot be trusted */
  MOAT_CAUSE_DATE,        /* it is not valid at the date that the clock shows */
  MOAT_CAUSE_CLOCK,       /* the date is not known */
  MOAT_CAUSE_NETWORK,     /* the network, or another process that was busy for too long */
  MOAT_CAUSE_EMPTY,       /* no grant is stored, or a damaged one */
  MOAT_CAUSE_FOREIGN,     /* the stored grant is another client's or provider's */
  MOAT_CAUSE_LOST,        /* the answer of an earlier refresh was lost */
  MOAT_CAUSE_DEVICE,      /* a buffer, the port, the storage, the memory */
  MOAT_CAUSES             /* how many there are */
};

typedef struct {
  uint8_t need;     /* MOAT_NEED_… */
  uint8_t cause;    /* MOAT_CAUSE_… */
  bool definite;    /* the server issued no token: nothing can have been lost on the way */
  bool dead;        /* the refresh token will never be taken again */
  uint32_t seconds; /* with MOAT_NEED_WAIT: how long to wait at least */
} moat_verdict;

/* Judges an exchange that has ended with an error, or an error of another origin (a redirect) that
 * is written into an info of its own. */
moat_verdict moat_judge(const moat_error_info *e);

/* ---- Client authentication (RFC 6749 2.3), one method a request ------------------------------ */

typedef struct moat_auth_ops moat_auth_ops;

typedef struct {
  const moat_auth_ops *ops;
  moat_span client_id;
  moat_span client_secret; /* absent with moat_auth_none */
} moat_auth;

extern const moat_auth_ops moat_auth_none;  /* a public client: client_id in the body */
extern const moat_auth_ops moat_auth_post;  /* client_secret_post */
extern const moat_auth_ops moat_auth_basic; /* client_secret_basic, form-encoded first (2.3.1) */
extern const moat_auth_ops
    moat_auth_basic_raw; /* the same without encoding, for servers that differ */

/* ---- Tokens ---------------------------------------------------------------------------------- */

/* A token answer (RFC 6749 5.1). */
typedef struct {
  moat_span access_token;  /* in the buffer lent for it, NUL-terminated there */
  moat_span refresh_token; /* absent: keep the one you have */
  moat_span token_type;    /* as sent; absent is taken for Bearer */
  moat_span scope;         /* absent: what was asked for */
  moat_span id_token;
  int32_t expires_in; /* seconds from received_ms; -1 when the answer does not say */
  uint32_t
      received_ms; /* ticks_ms() when the request went out, so that the token is never too old */
} moat_token;

/* Where the refresh token is made durable. Both may be called again after a MOAT_WANT_TIME. */
typedef struct {
  /* Before the first byte of the request. An error stops the request; nothing was sent. */
  int (*mark)(void *ctx);
  /* For every answer with a token in it, before the access token is handed out. The refresh token
   * may be absent. An error ends the exchange with that error. */
  int (*save)(void *ctx, const moat_token *token);
} moat_keeper_ops;

/* What every grant that ends in a token answer is given, and gives back. */
typedef struct {
  const moat_endpoint *endpoint; /* the token endpoint */
  const moat_auth *auth;
  char *access; /* receives the access token and a NUL; not inside the work buffer */
  size_t access_size;
  const moat_keeper_ops *keeper; /* NULL: the caller stores token.refresh_token itself */
  void *keeper_ctx;
  moat_token token; /* the result, once moat_step() returned 0 */
  /* Private: what is wrong with an answer whose refresh token was good, and how far it got. */
  int access_error;
  uint32_t sent_ms;
  bool answer_read;
} moat_grant;

/* Smallest buffer for an access token that a begin accepts. Entra's are 1.5 to 3 KB. */
#define MOAT_ACCESS_MIN 64

/* Authorization code with PKCE (RFC 6749 4.1.3, RFC 7636 4.5). A code goes out once, never again.
 */
typedef struct {
  moat_grant grant;
  moat_span code;
  moat_span code_verifier; /* as in the moat_authorization_keys the authorize URL was made from */
  moat_span redirect_uri;  /* exactly as sent in the authorize URL */
} moat_code_grant;

MOAT_NODISCARD int moat_code_begin(moat_client *c, moat_code_grant *g);

/* Refresh (RFC 6749 6). */
typedef struct {
  moat_grant grant;
  moat_span refresh_token;
  moat_span scope; /* absent: the same scope again */
} moat_refresh_grant;

MOAT_NODISCARD int moat_refresh_begin(moat_client *c, moat_refresh_grant *g);

/* ---- Without a browser: device authorization grant (RFC 8628) ---------------------------------
 *
 * One begin asks for a code, has it shown, and polls until the person has signed in on another
 * device: moat_wait_ms() tells how long each pause is. Network trouble between polls only slows
 * them down. It ends with tokens, or with
 *   MOAT_E_DENIED    the person said no
 *   MOAT_E_EXPIRED   nobody signed in in time: begin anew
 *   MOAT_E_OAUTH     the server refused in another way, a policy perhaps
 *   MOAT_E_URL       the address to show is not https, or not one that is safe to show
 * or with what is wrong with the first request's exchange, or the certificate of a later one. */

/* What a person needs to sign in, and what polling needs. All texts came from the server: raw,
 * untrusted, possibly with control characters. Only the addresses are https with a host, without
 * userinfo, and visible ASCII, and the user code has no control character and shows something. */
typedef struct {
  moat_span device_code;               /* a secret, never to be shown */
  moat_span user_code;                 /* always to be shown (RFC 8628 3.3.1) */
  moat_span verification_uri;          /* where to enter it */
  moat_span verification_uri_complete; /* the same with the code in it, for a QR code; or absent */
  moat_span message;                   /* instructions of the server's own; or absent */
  int32_t expires_in;                  /* seconds from now */
  int32_t interval;                    /* seconds between two polls, at least */
  bool other_host;   /* verification_uri_complete leads to another host than verification_uri: tell
                        the person */
  uint32_t deadline; /* private: of moat_device_save(), unix time */
} moat_device_prompt;

typedef struct {
  moat_grant grant;                     /* its endpoint and auth are those of the polls, too */
  const moat_endpoint *device_endpoint; /* the device authorization endpoint */
  /* Private; here, within the reach of short instructions */
  int stage;
  unsigned failures;
  uint32_t began; /* ticks when the code was asked for */
  /* The caller's again */
  moat_span scope;
  char *memory; /* lent, outside the work buffer: the server's answer, with the prompt's texts in
                   it. 1 KB serves all known providers. Wiped when the sign-in is over. */
  size_t memory_size;
  /* Called once the code is there: show it, and make it durable where a restart should take it up
   * (moat_device_save in store.h). 0; MOAT_WANT_TIME: call again; or an error, which ends it. */
  int (*show)(void *ctx, moat_device_prompt *prompt);
  void *show_ctx;
  moat_device_prompt prompt;
} moat_device_grant;

/* Without a device code in g->prompt, asks for one. With one, goes on polling for it, after a
 * restart (moat_device_load in store.h), a cancel, or an error of this side's own such as
 * MOAT_E_CERT; `show` is not called then, and the prompt's texts must stay in place. There is none
 * once the sign-in has ended with an answer, with MOAT_E_EXPIRED, or before `show` was done. */
MOAT_NODISCARD int moat_device_begin(moat_client *c, moat_device_grant *g);

/* ---- The way to a code: authorize URL and redirect ------------------------------------------- */

/* 32 random bytes each, base64url (RFC 7636 4.1), NUL-terminated. Fresh for each request; keep it
 * until the redirect came back, and no longer. */
typedef struct {
  char state[44];
  char code_verifier[44];
} moat_authorization_keys;

MOAT_NODISCARD int moat_authorization_keys_make(moat_authorization_keys *p,
                                                const moat_platform *platform, void *ctx);

typedef struct {
  moat_span url; /* the authorization endpoint, https; a query it has is kept */
  moat_span client_id;
  moat_span redirect_uri;
  moat_span scope;
  moat_span
      extra; /* further parameters, already form-encoded: "prompt=consent&access_type=offline" */
} moat_authorize;

/* Writes the URL to open in a browser (RFC 6749 4.1.1, RFC 7636 4.3 with S256) and a NUL. Returns
 * its length, or MOAT_E_SPACE, MOAT_E_URL, or the crypto's error. */
MOAT_NODISCARD int moat_authorize_url(const moat_authorize *a, const moat_authorization_keys *p,
                                      const moat_crypto *crypto, void *crypto_ctx, char *out,
                                      size_t size);

typedef struct {
  moat_span state; /* what was sent */
  moat_span
      issuer; /* not absent: the provider sends `iss`, so it must be there and equal (RFC 9207) */
} moat_expect;

/* Views into the text given, decoded in place. */
typedef struct {
  moat_span code;
  moat_span error, description; /* with MOAT_E_OAUTH */
} moat_redirect;

/* Judges a redirect URL, or its query alone (RFC 6749 4.1.2). `text` is decoded in place. In this
 * order: MOAT_E_DUPLICATE, MOAT_E_STATE, MOAT_E_ISSUER, MOAT_E_OAUTH, MOAT_E_CODE. */
MOAT_NODISCARD int moat_redirect_url(char *text, size_t n, const moat_expect *expect,
                                     moat_redirect *out);

/* A code alone, as people copy it; percent-decoded once if it has %XX. Without a state to compare,
 * PKCE is what binds it. Refused with MOAT_E_ISSUER where the provider sends `iss`. */
MOAT_NODISCARD int moat_redirect_code(char *text, size_t n, const moat_expect *expect,
                                      moat_redirect *out);

/* Judges what a browser sent to the loopback listener (RFC 8252 7.3): `request` up to the end of
 * its head. `port` 0 means that the Host need not carry one. A target in absolute-form counts in
 * place of the Host. Returns 0 with the code, MOAT_WANT_READ while the head is incomplete, or the
 * HTTP status to answer with (400, 404, 405, 431), `error` set where the redirect itself carried
 * one. */
MOAT_NODISCARD int moat_redirect_request(char *request, size_t n, moat_span path, uint16_t port,
                                         const moat_expect *expect, moat_redirect *out);

/* ---- Text for people; its own file, so firmware that prints none links none -------------------
 */

const char *moat_error_name(int code); /* "timeout" for MOAT_E_TIMEOUT; "unknown" for no code */
const char *moat_error_text(int code); /* one short English clause */

/* What a person can do, by a MOAT_CAUSE_; NULL for those that say nothing more than the code. */
const char *moat_cause_text(int cause);

/* After a MOAT_E_TLS with a positive port_code, what the server means by that alert: a clause about
 * "it", or NULL for one that says nothing of use. A file of its own as well. */
const char *moat_tls_alert_text(int32_t alert);

/* Entra's number that an error description begins with ("AADSTS" and digits), or 0. A redirect
 * (moat_redirect) has it there alone; moat_error_info has it already. */
int32_t moat_provider_code(moat_span description);

/* What a person can do about an Entra error number (AADSTS…), or NULL; a file of its own as well.
 * For people only: programs branch on the OAuth error. */
const char *moat_provider_advice(int32_t provider_code);

#ifdef __cplusplus
}
#endif
#endif
