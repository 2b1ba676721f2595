/* What a platform supplies: a byte stream, and a clock, randomness and durable slots.
 *
 * A port includes this header and no other of Moat's. Every table is const and can sit in flash;
 * the `void *` beside it is the port's own and is handed back untouched. Moat calls from one thread
 * at a time per client, never from an interrupt, and never re-enters.
 *
 * Results, everywhere in Moat: 0 is success, a positive number a count of bytes, a negative one an
 * error. MOAT_WANT_* are negative too, in a range of their own: nothing failed, call again later.
 */
#ifndef MOAT_PORT_H
#define MOAT_PORT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  MOAT_OK = 0,

  /* Not yet: call again when the stream can be read or written, or after moat_wait_ms(). */
  MOAT_WANT_READ = -1,
  MOAT_WANT_WRITE = -2,
  MOAT_WANT_TIME = -3,

  /* Errors are far from the numbers that platforms use: an errno, one of lwIP's or of a file
   * system's, or one of Mbed TLS's is none of these. */

  /* The caller, the port, the clock */
  MOAT_E_MISUSE = -200,  /* the contract of a header was broken; nothing was done */
  MOAT_E_SPACE = -201,   /* a lent buffer is too small; moat_error()->needed, where known */
  MOAT_E_PORT = -202,    /* the port does not do this, or it failed; see port_code */
  MOAT_E_CANCEL = -203,  /* moat_cancel(), or the port's wait was interrupted */
  MOAT_E_TIMEOUT = -204, /* the deadline of the exchange passed */
  MOAT_E_CLOCK = -205,   /* the date is not known, so no certificate can be judged */
  MOAT_E_RANDOM = -206,  /* no strong randomness; nothing was sent */
  MOAT_E_MEMORY = -207,  /* Mbed TLS ran out of heap or pool */
  MOAT_E_EMPTY = -208,   /* the slot holds nothing */
  MOAT_E_STORE = -209,   /* a slot could not be written durably, or holds a damaged record */
  MOAT_E_NEWER = -210,   /* the stored record was written by a newer Moat; it is left alone */
  MOAT_E_BUSY = -211,    /* the account's lock was held by another until the deadline */

  /* The network */
  MOAT_E_DNS = -212,       /* the name does not resolve */
  MOAT_E_CONNECT = -213,   /* no address of the host took the connection */
  MOAT_E_NETWORK = -214,   /* the connection broke: reset, or ended without close_notify */
  MOAT_E_EOF = -215,       /* the peer ended the stream in order, but too early for an answer */
  MOAT_E_TLS = -216,       /* the handshake or a record failed; port_code: see tls.h */
  MOAT_E_CERT = -217,      /* the server's certificate was refused; port_code: see tls.h */
  MOAT_E_CERT_DATE = -218, /* only its dates are wrong: by the clock it is not valid yet, or over */

  /* What Moat says, and no port may: nothing was sent */
  MOAT_E_FOREIGN = -219, /* the stored grant is another client's or provider's */
  MOAT_E_EXISTS = -220,  /* a grant is stored already, and lives */
  MOAT_E_LOST = -221,    /* the answer of an earlier refresh was lost, and the grant with it */
  MOAT_E_LATER = -222,   /* there is a pause to keep; moat_error()->retry_after */

  /* What the server said */
  MOAT_E_HTTP = -223,    /* not HTTP/1.1 (RFC 9112), or framing that can be read in two ways */
  MOAT_E_STATUS = -224,  /* an HTTP status that is no token answer and carries no OAuth error */
  MOAT_E_JSON = -225,    /* the body is neither one JSON object (RFC 8259) nor a form */
  MOAT_E_REPLY = -226,   /* a member that is needed is missing or of no use */
  MOAT_E_TYPE = -227,    /* token_type is not one this client can use (RFC 6749 7.1) */
  MOAT_E_OAUTH = -228,   /* an OAuth error (RFC 6749 4.1.2.1, 5.2); moat_error()->error names it */
  MOAT_E_DENIED = -229,  /* the person said no on the other device (RFC 8628 3.5) */
  MOAT_E_EXPIRED = -230, /* nobody signed in while the device code was valid (RFC 8628 3.5) */

  /* What a person or a browser brought */
  MOAT_E_URL = -231,       /* not a URL that Moat would connect to */
  MOAT_E_DUPLICATE = -232, /* a parameter of the redirect came twice (RFC 6749 3.1) */
  MOAT_E_STATE = -233,     /* `state` is missing or not the one sent (RFC 6749 10.12) */
  MOAT_E_ISSUER = -234,    /* `iss` is missing or not the provider's (RFC 9207 2.4) */
  MOAT_E_CODE = -235       /* there is no authorization code in it */
};

/* A byte stream. Every call but wait returns at once. A stream over a stream (TLS) has the same
 * shape. */
typedef struct {
  /* 0 when connected, MOAT_WANT_*, or an error; called again with the same host until it is one of
   * the others. Name resolution is part of it and does not block either. MOAT_WANT_TIME: some work
   * was done and more can be done at once. `host` is a name or an address without brackets. */
  int (*connect)(void *io, const char *host, uint16_t port);
  /* > 0 bytes taken, MOAT_WANT_*, or an error; never 0. After a MOAT_WANT_* the same pointer and
   * length come again. */
  int (*send)(void *io, const void *p, size_t n);
  /* > 0 bytes given, MOAT_WANT_*, MOAT_E_EOF at an orderly end, or an error; never 0. */
  int (*recv)(void *io, void *p, size_t cap);
  /* Closes and forgets; any number of times, at any time. */
  void (*close)(void *io);
  /* Waits up to `ms` for `want` (a MOAT_WANT_*): 0 ready, MOAT_WANT_TIME elapsed, MOAT_E_CANCEL, or
   * an error. May be NULL: then only moat_step() works. */
  int (*wait)(void *io, int want, uint32_t ms);
  /* The platform's own number (errno, Mbed TLS) for the last error; 0 if there is none. May be
   * NULL. */
  int32_t (*detail)(void *io);
  /* Where the stream can resume sessions: takes the stored one up, before a connect, and makes the
   * last one durable, with the connection open or closed. `p` is room of n bytes to work in.
   * Results as of slot_read and slot_write; nothing depends on them. Both may be NULL. */
  int (*session_load)(void *io, void *p, size_t n);
  int (*session_save)(void *io, void *p, size_t n);
} moat_stream_ops;

/* Slots of one account. The port gives each its own file or erase block.
 *
 * What they are trusted for:
 *   - Whoever can read them has the grant, and the keys of the TLS session. Nothing in them is
 *     encrypted by Moat.
 *   - Without a `mac` below, whoever can write them owns the account. They can put there a grant or
 *     a device code of their own, or a TLS session that they made up: it is resumed with a server
 *     whose certificate nobody has looked at, and that server is sent the refresh token and the
 *     client's secret.
 *   - With a `mac` they can neither make a record nor change one, nor use the record of another
 *     device, or that of one kind of slot in another. They can still erase records and put back
 *     older ones of this device, and nothing detects that: a refresh token that was used before (at
 *     which some servers end the grant), a slot without its mark, a TLS session of the last seven
 *     days. */
enum { MOAT_SLOT_A, MOAT_SLOT_B, MOAT_SLOT_MARK, MOAT_SLOT_PENDING, MOAT_SLOT_TLS, MOAT_SLOTS };

/* What happened, for a watchdog and for logs. Values are integers only, so an event cannot leak. */
enum {
  MOAT_EVENT_CONNECT,   /* a connection is being made; value: port */
  MOAT_EVENT_HANDSHAKE, /* one step of the TLS handshake is done; value: Mbed TLS's state number */
  MOAT_EVENT_SEND,      /* the connection is up and the request goes out; value: bytes */
  MOAT_EVENT_STATUS,    /* the head of the answer was read; value: HTTP status */
  MOAT_EVENT_REPLY,     /* the answer is complete; value: bytes of body */
  MOAT_EVENT_RECONNECT, /* the open connection was dead; value: the error met */
  MOAT_EVENT_CLOSE      /* the exchange is over; value: its result */
};

/* One context per account. Functions that are NULL where this says "may be NULL" are not needed.
 *
 * An error is one of the numbers above that are the caller's, the port's, the clock's or the
 * network's. Any other, an errno say or a number above 0, is taken for MOAT_E_PORT and shown as
 * port_code. */
typedef struct {
  /* Milliseconds of a monotonic clock that counts sleep too; may wrap. */
  uint32_t (*ticks_ms)(void *ctx);
  /* Seconds since 1970-01-01 UTC. MOAT_E_CLOCK while unknown. */
  int (*unix_time)(void *ctx, int64_t *seconds);
  /* Fills p with n strong random bytes, or returns an error. There is no weak fallback. An Mbed TLS
   * that has TLS 1.3 draws from a source of its own besides: tls.h, moat_tls_init(). */
  int (*random)(void *ctx, void *p, size_t n);
  /* 0 with *n bytes at p, not more than cap; MOAT_E_EMPTY; MOAT_E_SPACE with *n the size needed; or
   * an error. There is no MOAT_WANT_TIME here: a read is short. */
  int (*slot_read)(void *ctx, int slot, void *p, size_t cap, size_t *n);
  /* 0 once durable; MOAT_WANT_TIME: call again with the same slot and the same bytes, which may lie
   * elsewhere by then: p is good for the call only. It may also not be called again; the next call
   * then begins anew. A power loss on the way may spoil this slot, and no other. */
  int (*slot_write)(void *ctx, int slot, const void *p, size_t n);
  /* 0 once erased, also when there was nothing; MOAT_WANT_TIME as above. */
  int (*slot_erase)(void *ctx, int slot);
  /* The account's lock: 0 held, MOAT_WANT_TIME while another holds it, or an error. A holder that
   * dies frees it. Both NULL only where one task of one process uses the account: without a lock
   * two tasks send the same refresh token, and where one serves once, the server ends the grant. */
  int (*lock)(void *ctx);
  void (*unlock)(void *ctx);
  /* May be NULL. Must return soon and must not call Moat. */
  void (*event)(void *ctx, int event, int32_t value);
  /* HMAC-SHA-256 (RFC 2104) of the n bytes, under a key of the device's own: 32 random bytes that
   * never leave it and serve nothing else. It is a function so that an HMAC engine or a secure
   * element can keep the key. Where accounts must not take each other's records, each has a key of
   * its own. 0 or an error: what was to be written is not written, and what was to be read counts
   * as unreadable, not as damaged. May be NULL: then records end in a CRC-32, which protects from
   * accidents alone.
   *
   * When a key is new, changed or gone, what was stored before counts as damaged (MOAT_E_STORE),
   * and somebody has to sign in again. */
  int (*mac)(void *ctx, const void *p, size_t n, uint8_t out[32]);
} moat_platform;

/* Hashes the core needs. Filled by moat_crypto_mbedtls, or by a board's own engine. */
typedef struct {
  int (*sha256)(void *ctx, const void *p, size_t n, uint8_t out[32]);
} moat_crypto;

#ifdef __cplusplus
}
#endif
#endif
