/* TLS over any byte stream, by Mbed TLS 2.28, 3.x or 4.x. The result is a byte stream too:
 * moat_tls_stream.
 *
 * TLS 1.2, and TLS 1.3 if Mbed TLS has it (but not with 3.6.6 and 4.1.0, see Mbed TLS #10668),
 * ECDHE with an AEAD cipher. The server's certificate is always verified: the chain up to an added
 * root, the dates by the platform's clock, and the name by Moat itself. Moat also checks two things
 * for the whole chain that Mbed TLS skips for authorities: the extended key usage and the name
 * constraints (RFC 5280 4.2.1.10). Nothing turns any of this off.
 *
 * Mbed TLS refuses two kinds of chains that others accept. In one, a certificate that the server
 * sent has a critical nameConstraints extension (a root may have one). In the other, the server
 * sent an issuer before the certificate it issued.
 *
 * Mbed TLS takes its memory from its own heap or pool: some 35 KB for a connection as Debian builds
 * it, and more during the handshake. A pool that is too small may show as MOAT_E_MEMORY or as a
 * certificate that cannot be trusted, depending on where it ran out. */
#ifndef MOAT_TLS_H
#define MOAT_TLS_H

#include "moat.h"

#include <mbedtls/ssl.h>
#include <mbedtls/version.h>
#include <mbedtls/x509_crt.h>

/* A compiler looks on for a header that this version of Mbed TLS does not have, and finds that of
 * another one. Its numbers are different. A configuration of one's own may have the macro of Mbed
 * TLS 2's, as Zephyr's has. */
#if MBEDTLS_VERSION_MAJOR >= 3 && defined(MBEDTLS_CONFIG_H) && !defined(MBEDTLS_CONFIG_FILE)
#error "Headers of Mbed TLS 2 are mixed with those of a later one: look at the include paths"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Certificates that are trusted. */
typedef struct {
  mbedtls_x509_crt list;
  unsigned skipped; /* PEM certificates that Mbed TLS could not use */
} moat_tls_roots;

/* Roots that are read late: many roots, such as a system's bundle, take longer to read than a
 * resumed handshake takes. Both functions may be called any number of times, for any connection. */
typedef struct {
  /* Supplies the roots. It is called when a server is about to send its certificate, so never for a
   * resumed session. The list stays as it is while a connection is open. Returns 0, or an error
   * that ends the connection. */
  int (*read)(void *ctx, const moat_tls_roots **roots);
  /* Writes a hash that changes whenever the roots change, for example that of a file's path,
   * device, inode, size and times. A session is resumed only while the hash is the one of its first
   * handshake. */
  void (*identity)(void *ctx, uint8_t hash[32]);
} moat_tls_root_source;

typedef struct moat_tls moat_tls;

/* Configuration and roots. They are set up once, then read by any number of connections, and must
 * not move while one is open. Connections on several threads need an Mbed TLS with
 * MBEDTLS_THREADING_C. */
typedef struct {
  const moat_platform *platform;
  void *platform_ctx;
  mbedtls_ssl_config config;
  moat_tls_roots roots;
  uint8_t identity[32]; /* SHA-256 of the client's own certificate; zeros if it has none */
  const moat_tls_root_source *source; /* NULL: `roots` */
  void *source_ctx;
  int (*read_roots)(moat_tls *t); /* private */
} moat_tls_context;

/* Sets up a context without roots. `platform` needs `random` and `unix_time`; its `event` is told
 * of each step of a handshake. It stays borrowed. After an error only moat_tls_free() is allowed.
 *
 * An Mbed TLS with TLS 1.3 (or MBEDTLS_USE_PSA_CRYPTO) also draws randomness from PSA. This
 * function calls psa_crypto_init(), which may have been called before. PSA does not use `random`
 * but the entropy Mbed TLS was built with. That is the system's or, on a device,
 * MBEDTLS_ENTROPY_HARDWARE_ALT or MBEDTLS_PSA_CRYPTO_EXTERNAL_RNG, whose function the device must
 * supply. Returns MOAT_E_RANDOM if PSA gets no entropy. The first call must not run on two threads
 * at once.
 *
 * Structs of Mbed TLS are part of Moat's. Returns MOAT_E_MISUSE if the width of time_t is not the
 * same for the program, for Moat and for the Mbed TLS that is linked. */
MOAT_NODISCARD static inline int moat_tls_init(moat_tls_context *c, const moat_platform *platform,
                                               void *platform_ctx);

/* Makes a list empty. moat_tls_init() does it for that of a context. */
void moat_tls_roots_init(moat_tls_roots *r);

/* Adds a root. `der` is not copied: it must stay in place as long as the list, for example in
 * flash. Returns 0, MOAT_E_CERT if Mbed TLS cannot use the certificate, or MOAT_E_MEMORY. */
MOAT_NODISCARD int moat_tls_add_root_der(moat_tls_roots *r, const void *der, size_t n);

/* Adds the roots of a PEM bundle (RFC 7468). They are decoded in place: the memory is overwritten,
 * and must stay as long as the list. Certificates that cannot be used are skipped and counted.
 * Returns the number of roots added, MOAT_E_CERT if there is none, or MOAT_E_MEMORY. */
MOAT_NODISCARD int moat_tls_add_roots_pem(moat_tls_roots *r, char *pem, size_t n);

/* Leaves an empty list. moat_tls_free() does it for that of a context. */
void moat_tls_roots_free(moat_tls_roots *r);

/* Makes all connections of the context take their roots from a source, which stays borrowed. The
 * context's own roots do not count then. */
void moat_tls_set_root_source(moat_tls_context *c, const moat_tls_root_source *source, void *ctx);

/* ---- Mutual TLS: the client's own certificate (RFC 8446 4.4.2, RFC 8705 2) --------------------
 *
 * Every server of the context that asks for a certificate gets this one. In TLS 1.2 it is not
 * encrypted: who listens in on the way sees it, but not the key. After moat_tls_identity_init(),
 * add the client's certificate and then those of its issuers, each of which certifies the one
 * before; the root may be left out. Give the key, and call moat_tls_set_identity().
 *
 * moat_auth_none goes with it in requests. Servers that know the certificate by its thumbprint,
 * x5t#S256 (RFC 8705 3.1), mean moat_thumbprint() (jose.h) of its DER. */
typedef struct {
  moat_tls_roots chain; /* the client's certificate, then its issuers' */
  /* The key. It is the parsed one, or one of the caller's: for example a key that never leaves a
   * chip (MBEDTLS_PK_RSA_ALT, mbedtls_pk_setup_opaque()). It stays borrowed. With TF-PSA-Crypto
   * 1.1.0, let moat_tls_identity_parse_key() read RSA keys in PKCS #8: mbedtls_pk_parse_key()
   * leaves them without what is compared with the certificate (its issue 807). */
  mbedtls_pk_context *key;
  mbedtls_pk_context parsed;
} moat_tls_identity;

void moat_tls_identity_init(moat_tls_identity *i);

/* Adds a certificate. `der` is not copied, and must stay in place as long as the identity. Returns
 * 0, MOAT_E_CERT if Mbed TLS cannot use the certificate, or MOAT_E_MEMORY. */
MOAT_NODISCARD int moat_tls_identity_add_der(moat_tls_identity *i, const void *der, size_t n);

/* Adds all certificates of a PEM text, in its order. They are decoded in place: the memory is
 * overwritten, and must stay as long as the identity. Returns 0, MOAT_E_CERT if there is none or
 * one of them cannot be used, or MOAT_E_MEMORY. */
MOAT_NODISCARD int moat_tls_identity_add_pem(moat_tls_identity *i, char *pem, size_t n);

/* Parses an RSA or EC key in DER: PKCS #8, PKCS #1 or SEC 1. An Mbed TLS with MBEDTLS_PEM_PARSE_C
 * takes PEM too; n then counts a NUL at the end. `key` is copied, and may be wiped afterwards. The
 * context only lends its randomness. Returns 0, MOAT_E_CERT if the key cannot be used or is
 * encrypted, MOAT_E_MEMORY or MOAT_E_RANDOM. Call it once. */
MOAT_NODISCARD int moat_tls_identity_parse_key(moat_tls_identity *i, const moat_tls_context *c,
                                               const void *key, size_t n);

/* Makes all connections of the context use an identity, which stays borrowed. Call it before the
 * first connection. For another certificate, free the context and set it up anew: a session that
 * was kept or stored with one certificate is not resumed with another, or with none.
 *
 * The client signs each full handshake with the key. Randomness for it comes from the platform, or
 * from PSA if Mbed TLS was built with MBEDTLS_USE_PSA_CRYPTO.
 *
 * Returns 0 or
 *   MOAT_E_CERT    the key does not belong to the certificate. Mbed TLS 2.28 cannot compare an
 *                  opaque key, so that is taken as it is.
 *   MOAT_E_SPACE   the chain does not fit in the output buffer of Mbed TLS
 *                  (MBEDTLS_SSL_OUT_CONTENT_LEN)
 *   MOAT_E_MISUSE  there is no certificate or no key, or the context has an identity already
 *   MOAT_E_MEMORY, MOAT_E_RANDOM */
MOAT_NODISCARD int moat_tls_set_identity(moat_tls_context *c, moat_tls_identity *i);

/* Wipes a parsed key. Call it after moat_tls_free(). */
void moat_tls_identity_free(moat_tls_identity *i);

/* Whether Moat speaks TLS 1.3: that depends on the release of Mbed TLS that runs. */
bool moat_tls_has_1_3(void);

/* Call it after the last connection is closed. */
void moat_tls_free(moat_tls_context *c);

typedef struct moat__tls_session_ops moat__tls_session_ops; /* private: src/tls/tls_session.h */

/* The last session with a server, for resumption (RFC 5077, RFC 8446 2.2). Private. It holds
 * secrets of TLS, partly in memory that Mbed TLS allocated. */
typedef struct {
  mbedtls_ssl_session session;
  int64_t until;     /* unix time */
  uint8_t owner[32]; /* a hash of host, port, the root that vouched for the server, and the
                        client's own certificate */
  bool there;        /* there is a session, and it may be offered */
  bool changed;      /* it differs from the stored one */
  bool stored;
} moat__tls_session;

/* One connection. The members are private. The struct is public so that it can be static. It must
 * not move once it is set up. */
struct moat_tls {
  const moat_tls_context *context;
  const moat_stream_ops *lower;
  void *lower_io;
  const moat__tls_session_ops *resumes; /* NULL: no session is kept */
  const char *host;
  uint16_t port;
  uint8_t state;
  uint8_t chain_size; /* certificates of the chain so far; 0 unless a chain is being verified */
  bool untrusted;     /* a certificate of the chain cannot be trusted */
  bool has_roots;     /* the roots of the source have been read */
  bool verified;      /* the server's own certificate was judged */
  bool offered;       /* a session was offered for resumption */
  uint8_t receives;   /* of the lower stream in this call */
  bool sending;       /* a send is not finished: part of a record may have been sent */
  int64_t now;        /* unix_time when the handshake began */
  int64_t until;      /* unix time at which the first certificate of the chain expires */
  int32_t detail;     /* the result of detail() */
  int lower_result;   /* last MOAT_WANT_* or error of the lower stream in this call, or 0 */
  int failed;         /* the error that ended the TLS session */
  const mbedtls_x509_crt *chain[MBEDTLS_X509_MAX_VERIFY_CHAIN_SIZE]; /* from the root down */
  uint8_t anchor[32]; /* hash of the root that vouched for the chain */
  moat__tls_session kept;
  mbedtls_ssl_context ssl;
};

/* Private: moat_tls_init() for a program in which a moat_tls has this size. */
MOAT_NODISCARD int moat__tls_init(moat_tls_context *c, const moat_platform *platform,
                                  void *platform_ctx, size_t size);

static inline int moat_tls_init(moat_tls_context *c, const moat_platform *platform,
                                void *platform_ctx) {
  return moat__tls_init(c, platform, platform_ctx, sizeof(moat_tls));
}

/* Prepares a connection over `lower`. Returns 0, or MOAT_E_MISUSE if the context has neither a root
 * nor a source of roots: nothing could be verified then. */
MOAT_NODISCARD int moat_tls_setup(moat_tls *t, const moat_tls_context *c,
                                  const moat_stream_ops *lower, void *lower_io);

/* The stream. Its io is a moat_tls. Each call of connect takes one step of the handshake and
 * returns MOAT_WANT_TIME in between; the host stays borrowed until it is done. After an error of
 * connect the stream is closed.
 *
 * detail() depends on the error. After MOAT_E_CERT and MOAT_E_CERT_DATE it gives the verify flags
 * (MBEDTLS_X509_BADCERT_…, MBEDTLS_X509_BADCERT_OTHER for name constraints, and the flag below) or,
 * if negative, Mbed TLS's number. After MOAT_E_TLS it gives Mbed TLS's number (negative) or that of
 * the server's alert (positive, RFC 8446 6). After an error of the lower stream it gives the detail
 * of that stream. */
extern const moat_stream_ops moat_tls_stream;

/* The same stream, but it keeps the last session. The next connection to the same host and port
 * offers that session, if the root that vouched for the server is still trusted and the client's
 * own certificate is still the same. Resuming takes a
 * fraction of the work of a handshake, and the server is free to refuse. If the handshake fails
 * with a session, it is tried again without one. A session is good for seven days at most, and
 * never longer than the certificates that were judged when it began.
 *
 * An account makes the session durable in MOAT_SLOT_TLS of the context's platform (session_load and
 * session_save, port.h), so that a restart can resume. MOAT_TLS_RECORD bytes of working memory
 * serve all known servers. A record that is damaged, from another Mbed TLS or from another device
 * costs a full handshake and nothing else. */
extern const moat_stream_ops moat_tls_resuming_stream;
#define MOAT_TLS_RECORD 1056

/* Closes the connection and wipes the kept session. Call it before moat_tls_free(). */
void moat_tls_close(moat_tls *t);

/* Facts about an open connection, for people. */
typedef struct {
  const char *version; /* "1.2" or "1.3"; NULL while no connection is open */
  bool resumed;        /* no certificate was sent: the session's first handshake judged one */
  /* The server's own certificate, and the root that vouched for it. Both are NULL for a resumed
   * session, and the first also if Mbed TLS keeps none. */
  const mbedtls_x509_crt *peer, *root;
} moat_tls_facts;

/* Valid until the connection is closed. */
void moat_tls_look(const moat_tls *t, moat_tls_facts *out);

/* A verify flag of Moat's own, set together with MBEDTLS_X509_BADCERT_NOT_TRUSTED. The chain ends
 * at a certificate whose issuer is neither an added root nor sent after it. So the server's chain
 * is incomplete or out of order, or its root was not added. Without this flag, the chain ends at a
 * root that was not added, or one of its signatures is wrong. */
#define MOAT_TLS_CHAIN_INCOMPLETE 0x20000000

/* Hashes by Mbed TLS, in three tables, so that an image links only what it uses. All have SHA-256,
 * and the first has nothing else: no client and no account needs more. The second has SHA-384 for
 * signers with a key (jose.h), and the third HMAC-SHA-256 for MOAT_HS256. They need no context. */
extern const moat_crypto moat_crypto_mbedtls;
extern const moat_crypto moat_jose_crypto_mbedtls;
extern const moat_crypto moat_hmac_crypto_mbedtls;

#ifdef __cplusplus
}
#endif
#endif
