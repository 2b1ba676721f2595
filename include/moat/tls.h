/* TLS over any byte stream, by Mbed TLS 2.28 or 3.6, as a byte stream itself: moat_tls_stream.
 *
 * TLS 1.2, and 1.3 where Mbed TLS has it (but not with 3.6.6, see Mbed TLS #10668), ECDHE with an
 * AEAD cipher. The server's certificate is always verified: its chain up to a root that was added,
 * its dates by the platform's clock, its name by Moat itself. Moat also judges, for the whole
 * chain, the extended key usage and the name constraints (RFC 5280 4.2.1.10) of authorities, which
 * Mbed TLS does not look at. Nothing turns any of that off.
 *
 * Mbed TLS refuses two kinds of chains that others take: one with a critical nameConstraints
 * extension in a certificate that the server sent (a root may have one), and one out of order,
 * where an issuer was sent before the certificate that it issued.
 *
 * Mbed TLS takes its memory from its own heap or pool: some 35 KB a connection as Debian builds it,
 * and more during the handshake. A pool that is too small may show as MOAT_E_MEMORY or as a
 * certificate that cannot be trusted, depending on where it ran out. */
#ifndef MOAT_TLS_H
#define MOAT_TLS_H

#include "moat.h"

#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Configuration and roots. Set up once, then read by any number of connections; it must not move
 * while one is open. Connections on several threads need an Mbed TLS with MBEDTLS_THREADING_C. */
typedef struct {
  const moat_platform *platform;
  void *platform_ctx;
  unsigned skipped; /* PEM certificates that Mbed TLS could not use */
  mbedtls_ssl_config config;
  mbedtls_x509_crt roots;
} moat_tls_context;

/* `platform` needs `random` and `unix_time`; `event` is told of each step of a handshake. It stays
 * borrowed. After an error moat_tls_free() is allowed, and nothing else.
 *
 * An Mbed TLS with TLS 1.3 (or MBEDTLS_USE_PSA_CRYPTO) draws from PSA as well, whose
 * psa_crypto_init() is called here, and may have been called before. Its entropy is not `random`
 * but what Mbed TLS was built with: the system's, or on a device MBEDTLS_ENTROPY_HARDWARE_ALT or
 * MBEDTLS_PSA_CRYPTO_EXTERNAL_RNG, without whose function nothing links. MOAT_E_RANDOM if it gives
 * none. Not on two threads at once the first time. */
MOAT_NODISCARD int moat_tls_init(moat_tls_context *c, const moat_platform *platform,
                                 void *platform_ctx);

/* Adds a root. `der` is not copied: it stays where it is, in flash for example, as long as the
 * context. MOAT_E_CERT if it is no certificate that Mbed TLS can use, or MOAT_E_MEMORY. */
MOAT_NODISCARD int moat_tls_add_root_der(moat_tls_context *c, const void *der, size_t n);

/* Adds the roots of a bundle in PEM (RFC 7468), decoded in place: the memory is overwritten and
 * stays as long as the context. What cannot be used is skipped and counted. Returns the number of
 * roots added, MOAT_E_CERT if that is none, or MOAT_E_MEMORY. */
MOAT_NODISCARD int moat_tls_add_roots_pem(moat_tls_context *c, char *pem, size_t n);

/* Whether TLS 1.3 is spoken where the server does too: that depends on Mbed TLS. */
bool moat_tls_has_1_3(void);

/* After the last connection is closed. */
void moat_tls_free(moat_tls_context *c);

typedef struct moat__tls_session_ops moat__tls_session_ops; /* private: src/tls/tls_session.h */

/* The last session with a server, to resume (RFC 5077, RFC 8446 2.2). Private; it holds secrets of
 * TLS, in memory of Mbed TLS's too. */
typedef struct {
  mbedtls_ssl_session session;
  int64_t until;     /* unix time */
  uint8_t owner[32]; /* whose it is: a hash of host, port and roots */
  bool there;        /* and may be offered */
  bool changed;      /* since it was stored */
  bool stored;
} moat__tls_session;

/* One connection. Private members; the struct is here so that it can be static. It does not move
 * once it is set up. */
typedef struct {
  const moat_tls_context *context;
  const moat_stream_ops *lower;
  void *lower_io;
  const moat__tls_session_ops *resumes; /* NULL: no session is kept */
  const char *host;
  uint16_t port;
  uint8_t state;
  uint8_t chain_size; /* 0 but while a chain is verified */
  bool untrusted;     /* a certificate of it is */
  bool verified;      /* the server's own certificate was judged */
  bool offered;       /* a session was, to resume */
  bool sending;       /* perhaps with part of a record out */
  int64_t now;        /* unix_time at the begin of the handshake */
  int64_t until;      /* when the first certificate of the chain ends */
  int32_t detail;     /* what detail() gives */
  int lower_result;   /* last WANT or error of the lower stream in this call; 0 if it gave none */
  int failed;         /* the error that ended the TLS session */
  const mbedtls_x509_crt *chain[MBEDTLS_X509_MAX_VERIFY_CHAIN_SIZE]; /* from the root down */
  moat__tls_session kept;
  mbedtls_ssl_context ssl;
} moat_tls;

/* Prepares a connection over `lower`. MOAT_E_MISUSE without a root: nothing could be verified then.
 */
MOAT_NODISCARD int moat_tls_setup(moat_tls *t, const moat_tls_context *c,
                                  const moat_stream_ops *lower, void *lower_io);

/* The stream; its io is a moat_tls. One step of the handshake a call of connect, MOAT_WANT_TIME in
 * between; the host stays borrowed meanwhile. After an error of connect the stream is closed.
 *
 * detail(): after MOAT_E_CERT and MOAT_E_CERT_DATE the verify flags (MBEDTLS_X509_BADCERT_…, with
 * MBEDTLS_X509_BADCERT_OTHER for name constraints, and those below) or, if negative, Mbed TLS's
 * number; after MOAT_E_TLS Mbed TLS's number (negative) or that of the alert the server sent
 * (positive, RFC 8446 6); after an error of the lower stream that stream's. */
extern const moat_stream_ops moat_tls_stream;

/* The same, and it keeps the last session. The next connection to the same host and port with the
 * same roots offers that, for a fraction of the work of a handshake, and the server may take it or
 * not; one that fails over it is connected to again, without. What is kept is good for seven days
 * at most, and not longer than the certificates that were judged when it began. An account makes it
 * durable in MOAT_SLOT_TLS of the context's platform (session_load and session_save, port.h), so
 * that a restart resumes; MOAT_TLS_RECORD bytes to work in serve all known servers. A record that
 * is damaged, of another Mbed TLS, or not this device's costs a full handshake and nothing else. */
extern const moat_stream_ops moat_tls_resuming_stream;
#define MOAT_TLS_RECORD 1056

/* Closes the connection, and wipes the session that is kept. Before moat_tls_free(). */
void moat_tls_close(moat_tls *t);

/* A verify flag of Moat's own, beside MBEDTLS_X509_BADCERT_NOT_TRUSTED: the chain ends at a
 * certificate that another one issued, which is neither a root that was added nor was it sent after
 * it. So the server's chain is incomplete or out of order, or its root was not added. Without this
 * flag, the chain ends at a root that was not added, or a signature in it is wrong. */
#define MOAT_TLS_CHAIN_INCOMPLETE 0x20000000

/* SHA-256 by Mbed TLS. Needs no context. */
extern const moat_crypto moat_crypto_mbedtls;

#ifdef __cplusplus
}
#endif
#endif
