/* What a platform supplies: a byte stream, a clock, randomness and durable slots.
 *
 * A port includes this header and no other header of Moat. Every table is const and can lie in
 * flash. The `void *` beside it belongs to the port and is handed back untouched. Moat calls from
 * one thread at a time per client, never from an interrupt, and never re-enters.
 *
 * Results are the same everywhere in Moat: 0 is success, a positive number is a count of bytes, a
 * negative number is an error. MOAT_WANT_* are negative too, but have a range of their own: nothing
 * failed, call again later. */
#ifndef MOAT_PORT_H
#define MOAT_PORT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  MOAT_OK = 0,

  /* Not done yet: call again when the stream can be read or written, or after moat_wait_ms(). */
  MOAT_WANT_READ = -1,
  MOAT_WANT_WRITE = -2,
  MOAT_WANT_TIME = -3,

  /* Errors have numbers that no platform uses: not errno, lwIP, file systems or Mbed TLS. */

  /* The caller, the port, the clock */
  MOAT_E_MISUSE = -200,  /* the caller broke the contract of a header; nothing was done */
  MOAT_E_SPACE = -201,   /* a lent buffer is too small; moat_error()->needed, if known */
  MOAT_E_PORT = -202,    /* the port cannot do this, or failed; see port_code */
  MOAT_E_CANCEL = -203,  /* moat_cancel() was called, or the port's wait was interrupted */
  MOAT_E_TIMEOUT = -204, /* the deadline of the exchange passed */
  MOAT_E_CLOCK = -205,   /* the date is not known, so no certificate can be judged, nor an
                            assertion dated */
  MOAT_E_RANDOM = -206,  /* there is no strong randomness; nothing was sent */
  MOAT_E_MEMORY = -207,  /* Mbed TLS ran out of heap or pool */
  MOAT_E_EMPTY = -208,   /* the slot holds nothing */
  MOAT_E_STORE = -209,   /* a slot could not be written durably, or holds a damaged record */
  MOAT_E_NEWER = -210,   /* a newer Moat wrote the stored record; it is left alone */
  MOAT_E_BUSY = -211,    /* another task held the account's lock until the deadline */

  /* The network */
  MOAT_E_PROXY = -199,   /* the proxy answered, but made no connection; port_code: see proxy.h */
  MOAT_E_DNS = -212,     /* the name does not resolve */
  MOAT_E_CONNECT = -213, /* no address of the host took the connection */
  MOAT_E_NETWORK = -214, /* the connection was reset, or ended without close_notify */
  MOAT_E_EOF = -215,     /* the peer closed the stream before the answer was complete */
  MOAT_E_TLS = -216,     /* the handshake or a record failed; port_code: see tls.h */
  MOAT_E_CERT = -217,    /* the server's certificate was refused; port_code: see tls.h */
  MOAT_E_CERT_DATE =
      -218, /* the server's certificate is wrong only in its dates: not valid yet, or expired */

  /* Moat's own results: a port must not return one of them or of those below. Nothing was sent. */
  MOAT_E_FOREIGN = -219, /* the stored grant belongs to another client or provider */
  MOAT_E_EXISTS = -220,  /* a grant is stored already and is still alive */
  MOAT_E_LOST = -221,    /* the answer of an earlier refresh was lost, and the grant with it */
  MOAT_E_LATER = -222,   /* a pause is not over yet; moat_error()->retry_after */

  /* What the server said */
  MOAT_E_HTTP = -223,    /* not HTTP/1.1 (RFC 9112), or framing with two possible readings */
  MOAT_E_STATUS = -224,  /* an HTTP status other than 2xx, without an OAuth error */
  MOAT_E_JSON = -225,    /* the body is neither a JSON object (RFC 8259) nor a form */
  MOAT_E_REPLY = -226,   /* a required member is missing or not usable */
  MOAT_E_TYPE = -227,    /* Moat cannot use this token_type (RFC 6749 7.1) */
  MOAT_E_OAUTH = -228,   /* an OAuth error (RFC 6749 4.1.2.1, 5.2); moat_error()->error names it */
  MOAT_E_DENIED = -229,  /* the person refused on the other device (RFC 8628 3.5) */
  MOAT_E_EXPIRED = -230, /* nobody signed in while the device code was valid (RFC 8628 3.5) */

  /* What a person or a browser brought */
  MOAT_E_URL = -231,       /* Moat does not connect to such a URL */
  MOAT_E_DUPLICATE = -232, /* a parameter of the redirect came twice (RFC 6749 3.1) */
  MOAT_E_STATE = -233,     /* `state` is missing or not the one sent (RFC 6749 10.12) */
  MOAT_E_ISSUER = -234,    /* `iss` of a redirect, or the issuer of metadata, is missing or not the
                              provider's (RFC 9207 2.4, RFC 8414 3.3) */
  MOAT_E_CODE = -235,      /* the redirect has no authorization code */
  MOAT_E_KEY = -236,       /* Moat cannot sign with this key, or not by this algorithm (key.h) */
  MOAT_E_ENCRYPTED = -237  /* the private key is encrypted */
};

/* A byte stream. Every function but wait returns at once. A stream over another stream (TLS) has
 * the same shape. */
typedef struct {
  /* Connects. Returns 0 when connected, an error, or MOAT_WANT_* to be called again with the same
   * host. MOAT_WANT_TIME means that some work was done and more can be done at once. Name
   * resolution is part of it and does not block. `host` is a name, or an address without
   * brackets. */
  int (*connect)(void *io, const char *host, uint16_t port);
  /* Sends. Returns the number of bytes taken, MOAT_WANT_*, or an error; never 0. After a
   * MOAT_WANT_* the next call has the same pointer and length. */
  int (*send)(void *io, const void *p, size_t n);
  /* Receives. Returns the number of bytes given, MOAT_WANT_*, MOAT_E_EOF after an orderly end, or
   * an error; never 0. */
  int (*recv)(void *io, void *p, size_t cap);
  /* Closes and forgets the connection. May be called any number of times, at any time. */
  void (*close)(void *io);
  /* Waits up to `ms` milliseconds for `want` (a MOAT_WANT_*). Returns 0 when ready, MOAT_WANT_TIME
   * when the time is over, MOAT_E_CANCEL, or an error. May be NULL: then only moat_step() works. */
  int (*wait)(void *io, int want, uint32_t ms);
  /* The platform's own number (errno, Mbed TLS) of the last error, or 0. May be NULL. */
  int32_t (*detail)(void *io);
  /* For a stream that can resume sessions. session_load() takes the stored session before a
   * connect. session_save() makes the last session durable, whether the connection is open or
   * closed. `p` is working memory of n bytes. Results are those of slot_read and slot_write, but
   * nothing depends on them. Both may be NULL. */
  int (*session_load)(void *io, void *p, size_t n);
  int (*session_save)(void *io, void *p, size_t n);
} moat_stream_ops;

/* Slots of one account. The port gives each slot a file or an erase block of its own.
 *
 * A record in MOAT_SLOT_MARK has 44 bytes, or 72 with a `mac`. Those of the other slots are as long
 * as the server's tokens, codes and tickets.
 *
 * What protects them:
 *   - Moat encrypts nothing in them. Whoever can read them has the grant and the keys of the TLS
 *     session.
 *   - Without a `mac` (below), whoever can write them owns the account. Such a writer can plant a
 *     grant or a device code, or a forged TLS session. The session would be resumed with a server
 *     whose certificate nobody has checked, and that server would get the refresh token and the
 *     client's secret.
 *   - With a `mac`, a writer can neither make nor change a record. Nor can they use a record of
 *     another device, or one kind of record in another kind of slot. They can still erase records
 *     and put back older ones of the same device. Nothing detects that. An older record can bring
 *     back a used refresh token (after which some servers end the grant), a slot without its mark,
 *     or a TLS session of the last seven days. */
enum { MOAT_SLOT_A, MOAT_SLOT_B, MOAT_SLOT_MARK, MOAT_SLOT_PENDING, MOAT_SLOT_TLS, MOAT_SLOTS };

/* Events, for a watchdog and for logs. Values are integers only, so an event cannot leak a
 * secret. */
enum {
  MOAT_EVENT_CONNECT,   /* a connection is being made; value: port */
  MOAT_EVENT_HANDSHAKE, /* a step of the TLS handshake is done; value: Mbed TLS's state number */
  MOAT_EVENT_SEND,      /* the connection is up and the request is about to be sent; value: bytes */
  MOAT_EVENT_STATUS,    /* the head of the answer was read; value: HTTP status */
  MOAT_EVENT_REPLY,     /* the answer is complete; value: bytes of body */
  MOAT_EVENT_RECONNECT, /* the reused connection was dead; value: the error */
  MOAT_EVENT_CLOSE,     /* the exchange is over; value: its result */
  MOAT_EVENT_AGAIN      /* the exchange is over, and another one follows; value: after so many
                           milliseconds */
};

/* A platform has one context per account. A function may be NULL where its comment says so.
 *
 * Errors are the numbers above that belong to the caller, the port, the clock or the network. Any
 * other number, such as an errno or a number above 0, becomes MOAT_E_PORT and is shown as
 * port_code. */
typedef struct {
  /* Milliseconds of a monotonic clock that also counts while the device sleeps. May wrap. */
  uint32_t (*ticks_ms)(void *ctx);
  /* Seconds since 1970-01-01 UTC. Returns MOAT_E_CLOCK while the date is unknown. */
  int (*unix_time)(void *ctx, int64_t *seconds);
  /* Fills p with n strong random bytes, or returns an error. There is no weak fallback. An Mbed TLS
   * with TLS 1.3 also draws from a source of its own: see moat_tls_init() in tls.h. */
  int (*random)(void *ctx, void *p, size_t n);
  /* Reads a slot into p, at most cap bytes. Returns 0 with *n set to the number of bytes,
   * MOAT_E_EMPTY, MOAT_E_SPACE with *n set to the size needed, or an error. It never returns
   * MOAT_WANT_TIME, because reading takes little time. */
  int (*slot_read)(void *ctx, int slot, void *p, size_t cap, size_t *n);
  /* Writes a slot. Returns 0 once the bytes are durable, an error, or MOAT_WANT_TIME to be called
   * again with the same slot and the same bytes. The bytes may lie elsewhere by then: p is valid
   * for one call only. Moat may also give up and not call again; the next call then begins anew. A
   * power loss in between may spoil this slot and no other. MOAT_SLOT_TLS is a cache, so what is
   * written to it need not be durable. */
  int (*slot_write)(void *ctx, int slot, const void *p, size_t n);
  /* Erases a slot. Returns 0 once it is erased, also if it was empty, an error, or MOAT_WANT_TIME
   * as above. */
  int (*slot_erase)(void *ctx, int slot);
  /* The account's lock. lock() returns 0 when the lock is held, MOAT_WANT_TIME while another task
   * holds it, or an error. The lock of a holder that dies is released. Both may be NULL only if a
   * single task of a single process uses the account. Without a lock two tasks can send the same
   * refresh token. If the server accepts it only once, it then ends the grant. */
  int (*lock)(void *ctx);
  void (*unlock)(void *ctx);
  /* Told of each event. Must return soon and must not call Moat. May be NULL. */
  void (*event)(void *ctx, int event, int32_t value);
  /* HMAC-SHA-256 (RFC 2104) of n bytes, under a key of this device: 32 random bytes that never
   * leave it and serve nothing else. An HMAC engine or a secure element can keep the key. Accounts
   * that must not accept each other's records need a key each. Returns 0 or an error. After an
   * error nothing is written, and a record that was read counts as unreadable, not as damaged. May
   * be NULL: records then end in a CRC-32, which only detects accidents.
   *
   * After the key is changed or lost, the stored records count as damaged (MOAT_E_STORE), and
   * somebody has to sign in again. The same holds for records from before there was a key. */
  int (*mac)(void *ctx, const void *p, size_t n, uint8_t out[32]);
} moat_platform;

/* Hashes that the core needs: those of Mbed TLS (moat_crypto_mbedtls, tls.h), or a board's own
 * engine. All return 0 or an error. */
typedef struct {
  int (*sha256)(void *ctx, const void *p, size_t n, uint8_t out[32]);
  /* Only for signatures (jose.h): NULL where no key needs it. */
  int (*sha384)(void *ctx, const void *p, size_t n, uint8_t out[48]);
  /* HMAC-SHA-256 (RFC 2104). Only for client_secret_jwt (jose.h), or NULL. */
  int (*hmac_sha256)(void *ctx, const void *key, size_t key_size, const void *p, size_t n,
                     uint8_t out[32]);
} moat_crypto;

#ifdef __cplusplus
}
#endif
#endif
