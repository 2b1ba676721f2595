/* Moat: a minimal OAuth 2.0 client for devices.
 *
 * Nothing here touches a socket, a clock, a file or a heap. moat_step() moves bytes between a
 * client and the stream lent to it, and returns. The caller owns all memory:
 *
 *   - Spans passed in (client id, secret, code, refresh token …) are borrowed until the exchange
 *     ends. They must not lie in the client's own buffers. Moat does not wipe them.
 *   - Spans handed out are views into the buffers lent to the client. They are not NUL-terminated,
 *     and are valid until the next begin or cancel on that client.
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

/* Bytes with a length. An empty span, such as {NULL, 0}, means "absent" (RFC 6749 3.1). */
typedef struct {
  const char *p;
  size_t n;
} moat_span;

moat_span moat_str(const char *z); /* a NUL-terminated string as a span; NULL is absent */
bool moat_span_equal(moat_span a, moat_span b);
/* Overwrites n bytes in a way that no compiler removes. */
void moat_wipe(void *p, size_t n);

/* ---- Endpoints --------------------------------------------------------------------------------
 *
 * The address of a request, always https. It is constant in flash, or made once by
 * moat_url_split(). It must stay in place and unchanged while a client may have a connection to it
 * open. */
typedef struct {
  const char *host; /* a name or an address, IPv6 without brackets; NUL-terminated */
  uint16_t port;
  const char *path; /* begins with '/'; includes the query; percent-encoded as given */
} moat_endpoint;

/* Splits an absolute https URL (RFC 3986) into `memory`, of which n + 2 bytes always suffice, and
 * fills `e`. Refuses any other scheme, userinfo, a fragment, port 0 or above 65535, an empty or
 * malformed host, and bytes outside visible ASCII with MOAT_E_URL. Returns MOAT_E_SPACE if `memory`
 * is too small. */
MOAT_NODISCARD int moat_url_split(const char *url, size_t n, char *memory, size_t size,
                                  moat_endpoint *e);

/* ---- The client ------------------------------------------------------------------------------ */

/* Smallest size in bytes of a work buffer that a begin accepts. The buffer holds the request, and
 * then the body of the answer. The size needed depends on the provider: 8 KB serves Entra. */
#define MOAT_WORK_MIN 1024

typedef struct {
  const moat_platform *platform; /* ticks_ms is required; random and slots only if a call says so */
  void *platform_ctx;
  const moat_stream_ops *stream; /* usually moat_tls_stream (tls.h) */
  void *io;
  void *work; /* the only work buffer: request, then answer. Any alignment. */
  size_t work_size;
  uint32_t timeout_ms; /* for one exchange; 0 means MOAT_TIMEOUT_MS */
} moat_config;

/* What the request asked the server for. */
enum {
  MOAT_ASKED_NOTHING, /* no request has been written yet */
  MOAT_ASKED_REFRESH,
  MOAT_ASKED_CODE,          /* tokens for an authorization code */
  MOAT_ASKED_DEVICE,        /* a device code */
  MOAT_ASKED_POLL,          /* tokens for a device code */
  MOAT_ASKED_DISCOVERY,     /* the metadata of an issuer (discovery.h) */
  MOAT_ASKED_REVOCATION,    /* to revoke a token (token.h) */
  MOAT_ASKED_INTROSPECTION, /* what a token is good for */
  MOAT_ASKED_USERINFO,      /* whose token it is */
  MOAT_ASKED_UNATTENDED,    /* a token without a person */
  MOAT_ASKED_REGISTRATION,  /* to register or delete a client (registration.h) */
};

/* What the body of an answer is. */
enum {
  MOAT_BODY_NONE,   /* the body is empty, or there is no answer */
  MOAT_BODY_OBJECT, /* a JSON object, or a form with a known name */
  MOAT_BODY_OTHER,  /* a page, plain text, broken JSON */
  MOAT_BODY_DROPPED /* the body did not fit */
};

/* Details of an error that a call returned. The spans are the server's text: raw, untrusted,
 * possibly with control characters. moat_judge() tells what the error means. */
typedef struct {
  int code;              /* MOAT_E_…; 0: no error */
  int status;            /* HTTP status; 0: no answer was read */
  uint8_t asked;         /* MOAT_ASKED_… */
  uint8_t body;          /* MOAT_BODY_… */
  bool secret;           /* the request carried a client secret, or an assertion in its place */
  uint8_t remembered;    /* with MOAT_E_LATER: MOAT_CAUSE_… of the refusal behind the pause */
  int32_t provider_code; /* Entra's AADSTS number, or 0 */
  int32_t port_code;     /* the platform's own number, or 0 */
  uint32_t retry_after;  /* seconds that the server asks to wait, or 0 */
  size_t needed;         /* with MOAT_E_SPACE: the size needed, if known */
  int32_t interval;      /* with an OAuth error: the new polling interval in seconds; < 1: none */
  bool sent;             /* a byte of the request may have reached the server */
  moat_span error;       /* OAuth `error` */
  moat_span description; /* `error_description` */
  moat_span claims; /* at Entra: a JSON object that the next sign-in has to ask for (challenge.h) */
} moat_error_info;

/* One client. Its struct is in private.h, so that it can be static. Its size is 512 bytes at most
 * on a 32-bit target. */
typedef struct moat_client moat_client;

/* Fills `c` from `config`, whose tables and buffers stay borrowed. Returns 0, MOAT_E_MISUSE if
 * something required is missing, or MOAT_E_SPACE if the work buffer is smaller than
 * MOAT_WORK_MIN. */
MOAT_NODISCARD int moat_init(moat_client *c, const moat_config *config);

/* Does what can be done at once and returns 0 when the exchange is done, MOAT_WANT_* (see
 * moat_wait_ms), or an error, which stays until the next begin. Takes at most one step of the TLS
 * handshake. */
MOAT_NODISCARD int moat_step(moat_client *c);

/* Whether a result is one of MOAT_WANT_*: nothing failed, call again. */
bool moat_is_want(int result);

/* After a MOAT_WANT_*: the longest wait before the next step, in milliseconds. 0 means that there
 * is work now. */
uint32_t moat_wait_ms(const moat_client *c);

/* Calls moat_step() and the stream's wait in turn until the result is 0 or an error. The error is
 * MOAT_E_PORT if the stream has no wait. */
MOAT_NODISCARD int moat_run(moat_client *c);

/* Ends a running exchange with MOAT_E_CANCEL, closes the connection and wipes the work buffer.
 * Views into the buffer become invalid. May be called at any time, any number of times. */
void moat_cancel(moat_client *c);

const moat_error_info *moat_error(const moat_client *c);

/* ---- What a failure means -----------------------------------------------------------------------
 *
 * One table judges every answer, and moat_judge() reads it. The library, the program `moat` and the
 * firmware image all follow it. tests/field/README.md shows the table. */

/* What has to happen before a token can be had. */
enum {
  MOAT_NEED_NOTHING,
  MOAT_NEED_SIGN_IN, /* a person signs in (again) */
  MOAT_NEED_WAIT,    /* the trouble may pass by itself: network, TLS, a busy server, a portal */
  MOAT_NEED_CLOCK,   /* the clock has to be set, so that certificates can be checked */
  MOAT_NEED_PROFILE, /* the client id, secret, scope, URL or root certificate has to change */
  MOAT_NEED_DEVICE,  /* the device needs work: a buffer, its port, its storage, its memory */
  /* After a poll for a device code (RFC 8628 3.5): polling goes on. */
  MOAT_NEED_PENDING,
  MOAT_NEED_SLOW_DOWN
};

/* The cause of a failure, to tell a person. moat_cause_text() has a sentence for most of them.
 * Slots hold these numbers, so a new one comes last. */
enum {
  MOAT_CAUSE_NONE,
  MOAT_CAUSE_GRANT,        /* the refresh token, code or device code is not valid, or no longer */
  MOAT_CAUSE_EXPIRED,      /* the device code has expired */
  MOAT_CAUSE_PERSON,       /* the provider wants a person to sign in */
  MOAT_CAUSE_CONSENT,      /* the provider wants somebody's consent */
  MOAT_CAUSE_REFUSED,      /* a person or a policy refused the sign-in */
  MOAT_CAUSE_CLIENT,       /* client id, secret, or the way it is sent */
  MOAT_CAUSE_REGISTRATION, /* the same, or the registration does not allow this grant */
  MOAT_CAUSE_SCOPE,
  MOAT_CAUSE_GRANT_TYPE,  /* the registration does not allow this grant, or the URL is not that of
                             the endpoint */
  MOAT_CAUSE_REQUEST,     /* profile and registration differ */
  MOAT_CAUSE_DEVICE_FLOW, /* the registration does not allow the device flow */
  MOAT_CAUSE_BUSY,        /* the server is in trouble or asks for a pause */
  MOAT_CAUSE_PENDING,     /* a poll: nobody has signed in yet */
  MOAT_CAUSE_SLOW_DOWN,   /* a poll came too early */
  /* The causes below have no OAuth error name. */
  MOAT_CAUSE_UNKNOWN,     /* an unclear refusal: most likely the grant has ended, or the profile is
                             wrong */
  MOAT_CAUSE_URL,         /* the URL seems not to be that of the endpoint */
  MOAT_CAUSE_PORTAL,      /* a portal or a proxy answered, or the URL is wrong */
  MOAT_CAUSE_TLS,         /* the server refuses this client's TLS */
  MOAT_CAUSE_CERTIFICATE, /* the server's certificate cannot be trusted */
  MOAT_CAUSE_DATE,        /* the server's certificate is not valid at the clock's date */
  MOAT_CAUSE_CLOCK,       /* the date is not known */
  MOAT_CAUSE_NETWORK,     /* the network failed, or another process was busy for too long */
  MOAT_CAUSE_EMPTY,       /* no grant is stored, or the record is damaged */
  MOAT_CAUSE_FOREIGN,     /* the stored grant is another client's or provider's */
  MOAT_CAUSE_LOST,        /* the answer of an earlier refresh was lost */
  MOAT_CAUSE_DEVICE,      /* a buffer, the port, the storage or the memory */
  MOAT_CAUSE_PROXY,       /* the proxy does not allow this connection */
  MOAT_CAUSE_PROXY_LOGIN, /* the proxy wants credentials, or others */
  MOAT_CAUSES             /* number of causes */
};

typedef struct {
  uint8_t need;     /* MOAT_NEED_… */
  uint8_t cause;    /* MOAT_CAUSE_… */
  bool definite;    /* the server issued no token: none can have been lost on the way */
  bool dead;        /* the server will never accept the refresh token again */
  uint32_t seconds; /* with MOAT_NEED_WAIT: the shortest wait */
} moat_verdict;

/* Judges the error of an exchange. To judge an error from elsewhere (a redirect), write it into a
 * moat_error_info of its own. */
moat_verdict moat_judge(const moat_error_info *e);

/* ---- Client authentication (RFC 6749 2.3), one method for each request ---- */

typedef struct moat_auth_ops moat_auth_ops;

typedef struct {
  const moat_auth_ops *ops;
  moat_span client_id;
  moat_span client_secret; /* absent with moat_auth_none */
} moat_auth;

/* Only client_id, in the body: a public client, or one that proves itself by the certificate of its
 * TLS connection (RFC 8705 2: tls_client_auth and self_signed_tls_client_auth; tls.h). */
extern const moat_auth_ops moat_auth_none;
/* Nothing is sent: the grant tells who asks (RFC 7523 3.1). */
extern const moat_auth_ops moat_auth_omitted;
extern const moat_auth_ops moat_auth_post; /* client_secret_post */
extern const moat_auth_ops
    moat_auth_basic; /* client_secret_basic, id and secret form-encoded first (2.3.1) */
extern const moat_auth_ops moat_auth_basic_raw; /* client_secret_basic without that encoding, for
                                                   servers that want it so */

/* ---- Tokens ---------------------------------------------------------------------------------- */

/* A token answer (RFC 6749 5.1). */
typedef struct {
  moat_span access_token;  /* in the buffer lent for it, NUL-terminated */
  moat_span refresh_token; /* absent: keep the old one */
  moat_span token_type;    /* as sent; absent means Bearer */
  moat_span scope;         /* absent: the requested scope */
  moat_span id_token;
  moat_span issued_token_type; /* of a token exchange (RFC 8693 2.2.1) */
  int32_t expires_in;          /* seconds from received_ms; -1: the answer does not say */
  uint32_t received_ms;        /* ticks_ms() when the request was sent, so that the age is never
                                  underestimated */
} moat_token;

/* The keeper makes the refresh token durable. Both functions may return MOAT_WANT_TIME to be called
 * again. */
typedef struct {
  /* Called before the first byte of the request. An error stops the request, and nothing is
   * sent. */
  int (*mark)(void *ctx);
  /* Called for every answer with a token, before the access token is handed out. The refresh token
   * may be absent. An error ends the exchange with that error. */
  int (*save)(void *ctx, const moat_token *token);
} moat_keeper_ops;

/* Input and result of every grant that ends in a token answer. */
typedef struct {
  const moat_endpoint *endpoint; /* the token endpoint */
  const moat_auth *auth;
  char *access; /* receives the access token and a NUL; lies outside the work buffer */
  size_t access_size;
  moat_span
      extra; /* further parameters, form-encoded, such as "audience=a&resource=b" (RFC 8707 2) */
  const moat_keeper_ops *keeper; /* NULL: the caller has to store token.refresh_token */
  void *keeper_ctx;
  moat_token token; /* the result, after moat_step() has returned 0 */
  /* Private. access_error: why the answer has no usable access token, or 0. answer_read: the answer
   * has been read into `token`. */
  int access_error;
  uint32_t sent_ms;
  bool answer_read;
} moat_grant;

/* Smallest size of an access token's buffer that a begin accepts. Entra's tokens have 1.5 to 3
 * KB. */
#define MOAT_ACCESS_MIN 64

/* Authorization code with PKCE (RFC 6749 4.1.3, RFC 7636 4.5). A code is sent once and never
 * again. */
typedef struct {
  moat_grant grant;
  moat_span code;
  moat_span code_verifier; /* from the moat_authorization_keys of the authorize URL */
  moat_span redirect_uri;  /* exactly as sent in the authorize URL */
} moat_code_grant;

MOAT_NODISCARD int moat_code_begin(moat_client *c, moat_code_grant *g);

/* Refresh (RFC 6749 6). */
typedef struct {
  moat_grant grant;
  moat_span refresh_token;
  moat_span scope; /* absent: the scope does not change */
} moat_refresh_grant;

MOAT_NODISCARD int moat_refresh_begin(moat_client *c, moat_refresh_grant *g);

/* ---- Without a person -------------------------------------------------------------------------
 *
 * The client itself gets a token, as often as it likes. If a connection breaks, a request is sent
 * again, but for an assertion that somebody else has signed. */

/* Client credentials (RFC 6749 4.4). */
typedef struct {
  moat_grant grant;
  moat_span scope; /* absent: the server's default */
} moat_client_credentials_grant;

MOAT_NODISCARD int moat_client_credentials_begin(moat_client *c, moat_client_credentials_grant *g);

/* An assertion that somebody else has signed, as the grant (RFC 7523 2.1). */
typedef struct {
  moat_grant grant;
  moat_span assertion; /* a JWT */
  moat_span scope;     /* absent: the server's default, or the assertion says */
} moat_jwt_bearer_grant;

MOAT_NODISCARD int moat_jwt_bearer_begin(moat_client *c, moat_jwt_bearer_grant *g);

/* Token exchange (RFC 8693 2.1): a token of one provider for one of another. For several values of
 * `resource` and `audience` there is grant.extra. The types are URIs (RFC 8693 3), such as
 * "urn:ietf:params:oauth:token-type:jwt". */
typedef struct {
  moat_grant grant;
  moat_span subject_token, subject_token_type;
  moat_span actor_token, actor_token_type; /* both or none */
  moat_span requested_token_type;          /* absent: the server decides */
  moat_span scope;
} moat_token_exchange_grant;

MOAT_NODISCARD int moat_token_exchange_begin(moat_client *c, moat_token_exchange_grant *g);

/* ---- Without a browser: device authorization grant (RFC 8628) ---------------------------------
 *
 * One begin asks for a code, has it shown, and polls until the person has signed in on another
 * device. moat_wait_ms() tells the length of each pause. Network trouble between polls only slows
 * them down. The sign-in ends with tokens, or with
 *   MOAT_E_DENIED    the person refused
 *   MOAT_E_EXPIRED   nobody signed in in time: begin anew
 *   MOAT_E_OAUTH     the server refused in another way, perhaps because of a policy
 *   MOAT_E_URL       the address to show is not https, or is not safe to show
 * or with an error of the first exchange, or an error of a later one that does not pass (a
 * certificate). */

/* What a person needs to sign in, and what polling needs. All texts come from the server: raw,
 * untrusted, possibly with control characters. Only two things are checked. The addresses are https
 * URLs with a host, without userinfo, in visible ASCII. The user code is not blank and has no
 * control character. */
typedef struct {
  moat_span device_code;               /* a secret: never show it */
  moat_span user_code;                 /* always show it (RFC 8628 3.3.1) */
  moat_span verification_uri;          /* where to enter the user code */
  moat_span verification_uri_complete; /* the same with the code in it, for a QR code, or absent */
  moat_span message;                   /* the server's own instructions, or absent */
  int32_t expires_in;                  /* seconds from now */
  int32_t interval;                    /* shortest time between two polls, in seconds */
  bool other_host;   /* the host of verification_uri_complete differs from that of verification_uri:
                        tell the person */
  uint32_t deadline; /* private: set by moat_device_save(), unix time */
} moat_device_prompt;

typedef struct {
  moat_grant grant;                     /* endpoint and auth serve the polls, too */
  const moat_endpoint *device_endpoint; /* the device authorization endpoint */
  /* Private. They stand here so that short instructions reach them. */
  int stage;
  unsigned failures;
  uint32_t began; /* ticks when the sign-in began */
  /* The members below are the caller's. */
  moat_span scope;
  moat_span extra; /* further parameters of the request for a code; grant.extra is for the polls */
  char *memory;    /* lent, outside the work buffer: holds the server's answer, and so the prompt's
                      texts. 1 KB serves all known providers. Wiped when the sign-in is over. */
  size_t memory_size;
  /* Called with the code. Show it, and make it durable (moat_device_save in store.h) if a restart
   * should resume the sign-in. Returns 0, MOAT_WANT_TIME to be called again, or an error that ends
   * the sign-in. */
  int (*show)(void *ctx, moat_device_prompt *prompt);
  void *show_ctx;
  moat_device_prompt prompt;
} moat_device_grant;

/* Asks for a device code if g->prompt has none, and polls for it. Otherwise goes on polling for the
 * code in g->prompt: after a restart (moat_device_load in store.h), a cancel, or a local error such
 * as MOAT_E_CERT. `show` is not called then, and the prompt's texts must stay in place. The prompt
 * has no code any more after an answer or MOAT_E_EXPIRED has ended the sign-in, or if it ended
 * before `show` was done. */
MOAT_NODISCARD int moat_device_begin(moat_client *c, moat_device_grant *g);

/* ---- The way to a code: authorize URL and redirect ------------------------------------------- */

/* State and code verifier of one authorization request: 32 random bytes each in base64url (RFC 7636
 * 4.1), NUL-terminated. Make new ones for each request. Keep them until the redirect has come back,
 * and no longer. */
typedef struct {
  char state[44];
  char code_verifier[44];
} moat_authorization_keys;

MOAT_NODISCARD int moat_authorization_keys_make(moat_authorization_keys *p,
                                                const moat_platform *platform, void *ctx);

typedef struct {
  moat_span url; /* the authorization endpoint, https; its query is kept */
  moat_span client_id;
  moat_span redirect_uri;
  moat_span scope;
  moat_span extra; /* further parameters, form-encoded: "prompt=consent&access_type=offline" */
} moat_authorize;

/* Writes the URL to open in a browser (RFC 6749 4.1.1, RFC 7636 4.3 with S256) and a NUL. Returns
 * the length of the URL, MOAT_E_SPACE, MOAT_E_URL, or the error of `crypto`. */
MOAT_NODISCARD int moat_authorize_url(const moat_authorize *a, const moat_authorization_keys *p,
                                      const moat_crypto *crypto, void *crypto_ctx, char *out,
                                      size_t size);

typedef struct {
  moat_span state;   /* the state that was sent */
  moat_span issuer;  /* if not absent, the redirect must have an `iss` that is equal (RFC 9207) */
  bool iss_optional; /* it may also have none: the provider does not say that it sends one */
} moat_expect;

/* The result. Spans are views into the text passed in, decoded in place. */
typedef struct {
  moat_span code;
  moat_span error, description; /* with MOAT_E_OAUTH */
} moat_redirect;

/* Judges a redirect URL, or only its query (RFC 6749 4.1.2). `text` is decoded in place. Returns 0,
 * or the first error in this order: MOAT_E_DUPLICATE, MOAT_E_STATE, MOAT_E_ISSUER, MOAT_E_OAUTH,
 * MOAT_E_CODE. */
MOAT_NODISCARD int moat_redirect_url(char *text, size_t n, const moat_expect *expect,
                                     moat_redirect *out);

/* Judges a code alone, as people copy it. It is percent-decoded once if it has an escape (%XX).
 * There is no state to compare: PKCE binds the code to this client. Returns MOAT_E_ISSUER if an
 * `iss` is required. */
MOAT_NODISCARD int moat_redirect_code(char *text, size_t n, const moat_expect *expect,
                                      moat_redirect *out);

/* Judges a request that a browser sent to the loopback listener (RFC 8252 7.3). `request` holds the
 * bytes up to the end of the head. `port` 0 means that the Host header needs no port. The authority
 * of a target in absolute-form overrules the Host header. Returns 0 with the code, MOAT_WANT_READ
 * while the head is incomplete, or the HTTP status to answer with (400, 404, 405, 431). `error` is
 * set if the redirect itself had one. */
MOAT_NODISCARD int moat_redirect_request(char *request, size_t n, moat_span path, uint16_t port,
                                         const moat_expect *expect, moat_redirect *out);

/* ---- Texts for people; firmware that calls none of these links none ---- */

const char *
moat_error_name(int code); /* "timeout" for MOAT_E_TIMEOUT; "unknown" for any other number */
const char *moat_error_text(int code); /* one short English clause */

/* A sentence about a MOAT_CAUSE_…: what is wrong, and what a person can do. NULL if it would say no
 * more than the text of the error. */
const char *moat_cause_text(int cause);

/* The meaning of a TLS alert, after a MOAT_E_TLS with a positive port_code. The text is a clause in
 * which "it" is the server. NULL for an alert that says nothing useful. */
const char *moat_tls_alert_text(int32_t alert);

/* Entra's number at the start of an error description ("AADSTS" and digits), or 0. Use it for a
 * redirect (moat_redirect): moat_error_info has the number already. */
int32_t moat_provider_code(moat_span description);

/* Returns what a person can do about an Entra error number (AADSTS…) in the answer to
 * MOAT_ASKED_…, or NULL. It is for people only: programs branch on the OAuth error. */
const char *moat_provider_advice(int32_t provider_code, int asked);

#ifdef __cplusplus
}
#endif

#include "private.h"

#endif
