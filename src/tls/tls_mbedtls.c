/* The TLS stream, and the configuration that connections share. Only this folder knows which TLS
 * library there is.
 *
 * The code is for 2.28 and 3.6. Members that 3.x calls private are named through
 * MBEDTLS_PRIVATE. */
#include <string.h>

#include <mbedtls/version.h>

#include "../text/text.h"
#include "moat/tls.h"
#include "tls_chain.h"
#include "tls_name.h"
#include "tls_pem.h"
#include "tls_session.h"

#include <mbedtls/asn1.h>
#include <mbedtls/bignum.h>
#include <mbedtls/cipher.h>
#include <mbedtls/ecp.h>
#include <mbedtls/md.h>
#include <mbedtls/oid.h>
#include <mbedtls/pk.h>
#if defined(MBEDTLS_SSL_PROTO_TLS1_3) || defined(MBEDTLS_USE_PSA_CRYPTO)
#define NEEDS_PSA
#include <psa/crypto.h>
#endif

#if MBEDTLS_VERSION_MAJOR < 3
#define MBEDTLS_PRIVATE(member) member
#define MBEDTLS_ERR_SSL_BAD_CERTIFICATE MBEDTLS_ERR_SSL_BAD_HS_CERTIFICATE
#endif

/* Results of callbacks, recognized again in the result of Mbed TLS. Mbed TLS passes them on, or
 * adds a number of its own that is a multiple of 0x80. They belong to modules that are not used
 * here: the network (-0x0050) and CTR_DRBG (-0x0034). */
enum { LOWER_FAILED = -0x0050, RANDOM_FAILED = -0x0034 };

/* In HANDSHAKE and OPEN there is an SSL context to free. */
enum { IDLE, LOWER, HANDSHAKE, OPEN };

/* ---- Algorithms to offer and accept. Mbed TLS skips suites that it was built without. For curves
 * and hashes, 2.28 must be told only those it has. ---- */

/* All suites make a new key for each connection, and none has a cipher with padding to check. */
static const int suites[] = {
#ifdef MBEDTLS_TLS1_3_AES_128_GCM_SHA256
    MBEDTLS_TLS1_3_AES_128_GCM_SHA256,
    MBEDTLS_TLS1_3_AES_256_GCM_SHA384,
    MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256,
#endif
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    0};

/* P-256 is first, because TLS 1.3 makes a key for the first group before it knows whether the key
 * will be used. P-521 is last: 2.28 accepts a server's key only on a curve of this list. */
#if MBEDTLS_VERSION_MAJOR < 3
static const mbedtls_ecp_group_id groups[] = {
#ifdef MBEDTLS_ECP_DP_SECP256R1_ENABLED
    MBEDTLS_ECP_DP_SECP256R1,
#endif
#ifdef MBEDTLS_ECP_DP_SECP384R1_ENABLED
    MBEDTLS_ECP_DP_SECP384R1,
#endif
#ifdef MBEDTLS_ECP_DP_CURVE25519_ENABLED
    MBEDTLS_ECP_DP_CURVE25519,
#endif
#ifdef MBEDTLS_ECP_DP_SECP521R1_ENABLED
    MBEDTLS_ECP_DP_SECP521R1,
#endif
    MBEDTLS_ECP_DP_NONE};

/* Hashes of the server's signature in the handshake. SHA-1 is not among them. */
static const int hashes[] = {MBEDTLS_MD_SHA256,
#ifdef MBEDTLS_SHA512_C
                             MBEDTLS_MD_SHA384, MBEDTLS_MD_SHA512,
#endif
                             MBEDTLS_MD_NONE};

static void set_algorithms(mbedtls_ssl_config *c) {
  mbedtls_ssl_conf_curves(c, groups);
  mbedtls_ssl_conf_sig_hashes(c, hashes);
}
#else
static const uint16_t groups[] = {
    MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1, MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1,
    MBEDTLS_SSL_IANA_TLS_GROUP_X25519, MBEDTLS_SSL_IANA_TLS_GROUP_SECP521R1,
    MBEDTLS_SSL_IANA_TLS_GROUP_NONE};

/* TLS 1.3 uses RSA-PSS. TLS 1.2 and certificates use PKCS #1. */
static const uint16_t signatures[] = {
    MBEDTLS_TLS1_3_SIG_ECDSA_SECP256R1_SHA256, MBEDTLS_TLS1_3_SIG_ECDSA_SECP384R1_SHA384,
    MBEDTLS_TLS1_3_SIG_ECDSA_SECP521R1_SHA512, MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA256,
    MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA384,    MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA512,
    MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA256,       MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA384,
    MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA512,       MBEDTLS_TLS1_3_SIG_NONE};

static void set_algorithms(mbedtls_ssl_config *c) {
  mbedtls_ssl_conf_groups(c, groups);
  mbedtls_ssl_conf_sig_algs(c, signatures);
}
#endif

/* The only place that decides about TLS versions. The newest is the newest of Mbed TLS, except in
 * two releases. They offer RSA-PSS for the sake of TLS 1.3, and then fail with a TLS 1.2 server
 * that accepts it (Mbed TLS #10668). The release is asked at run time, for a shared library may
 * differ from its headers. */
#if MBEDTLS_VERSION_MAJOR < 3
static void set_versions(mbedtls_ssl_config *c) {
  mbedtls_ssl_conf_min_version(c, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
}
#else
static void set_versions(mbedtls_ssl_config *c) {
#ifdef MBEDTLS_VERSION_C
  unsigned release = mbedtls_version_get_number();
#else
  unsigned release = MBEDTLS_VERSION_NUMBER;
#endif
  mbedtls_ssl_conf_min_tls_version(c, MBEDTLS_SSL_VERSION_TLS1_2);
  if (release == 0x03060600 || release == 0x04010000)
    mbedtls_ssl_conf_max_tls_version(c, MBEDTLS_SSL_VERSION_TLS1_2);
}
#endif

bool moat_tls_has_1_3(void) {
#ifdef MBEDTLS_SSL_PROTO_TLS1_3
  return true;
#else
  return false;
#endif
}

/* The signature algorithms that certificates may use, including the root's key. The root's own
 * signature is not checked. A root is trusted because it was added, and old roots have a SHA-1
 * signature. */
static const mbedtls_x509_crt_profile profile = {
    .allowed_mds = MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA256) |
                   MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA384) |
                   MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA512),
    .allowed_pks = MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_RSA) | MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_ECKEY) |
                   MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_ECDSA) |
                   MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_RSASSA_PSS),
    .allowed_curves = MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP256R1) |
                      MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP384R1) |
                      MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP521R1),
    .rsa_min_bitlen = 2048};

/* ---- Results ---- */

static bool is_want(int r) {
  return r <= MOAT_WANT_READ && r >= MOAT_WANT_TIME;
}

/* A number of Mbed TLS is the sum of a high-level and a low-level number, either of which may be
 * missing. */
static int high(int ret) {
  return -(-ret & ~0x7f);
}

static int low(int ret) {
  return -(-ret & 0x7f);
}

/* Every module has its own number for a lack of memory. */
static bool is_memory(int ret) {
  switch (high(ret)) {
  case MBEDTLS_ERR_SSL_ALLOC_FAILED:
  case MBEDTLS_ERR_X509_ALLOC_FAILED:
  case MBEDTLS_ERR_PK_ALLOC_FAILED:
  case MBEDTLS_ERR_ECP_ALLOC_FAILED:
  case MBEDTLS_ERR_MD_ALLOC_FAILED:
  case MBEDTLS_ERR_CIPHER_ALLOC_FAILED: return true;
  default:
    return low(ret) == MBEDTLS_ERR_MPI_ALLOC_FAILED || low(ret) == MBEDTLS_ERR_ASN1_ALLOC_FAILED;
  }
}

/* Whether a certificate was refused or unreadable: all numbers of the X.509 module, and those of
 * other modules that only a certificate can cause. */
static bool is_certificate(int ret) {
  switch (high(ret)) {
  case MBEDTLS_ERR_SSL_BAD_CERTIFICATE:
  case MBEDTLS_ERR_X509_FATAL_ERROR:
  case MBEDTLS_ERR_PK_UNKNOWN_PK_ALG:
  case MBEDTLS_ERR_PK_UNKNOWN_NAMED_CURVE: return true;
  default: return ret <= MBEDTLS_ERR_X509_FEATURE_UNAVAILABLE && ret > MBEDTLS_ERR_X509_FATAL_ERROR;
  }
}

/* The flags are all ones if no verdict was reached. A wrong date may pass by itself: somebody sets
 * the clock, or the server gets a new certificate. */
static int certificate_refused(moat_tls *t, int ret) {
  enum { DATES = MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE };
  int32_t flags = (int32_t)mbedtls_ssl_get_verify_result(&t->ssl);
  t->detail = flags > 0 ? flags : ret;
  return t->detail && !(t->detail & ~DATES) ? MOAT_E_CERT_DATE : MOAT_E_CERT;
}

/* Returns the error that ends the session. Causes that do not concern the server come first. */
static int error(moat_tls *t, int ret) {
  t->detail = ret;
  if (ret == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) {
    t->detail = 0;
    return MOAT_E_EOF;
  }
  if (low(ret) == RANDOM_FAILED) return MOAT_E_RANDOM;
  if (is_memory(ret)) return MOAT_E_MEMORY;
  if (is_certificate(ret)) return certificate_refused(t, ret);
  if (ret == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE) t->detail = t->ssl.MBEDTLS_PRIVATE(in_msg)[1];
  return MOAT_E_TLS;
}

/* The detail is read at once: a closed stream need not remember it. */
static int lower_error(moat_tls *t, int r) {
  int mapped = moat__port_result(r, false);
  t->detail = t->lower->detail ? t->lower->detail(t->lower_io) : 0;
  if (mapped != r) t->detail = r;
  return r == MOAT_E_EOF ? MOAT_E_NETWORK
                         : mapped; /* an end without close_notify is a truncation */
}

/* Mbed TLS also returns a WANT that does not come from the lower stream: after a message for
 * itself, such as a ticket or a warning. More bytes may be waiting then. */
static bool is_pause(int ret) {
#ifdef MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET
  if (ret == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET) return true;
#endif
  return ret == 0 || ret == MBEDTLS_ERR_SSL_WANT_READ || ret == MBEDTLS_ERR_SSL_WANT_WRITE ||
         ret == MBEDTLS_ERR_SSL_CRYPTO_IN_PROGRESS;
}

/* Maps the result of an Mbed TLS call that moved no bytes. After an error of the lower stream the
 * other direction may still work. After any other error the session is over. */
static int result(moat_tls *t, int ret) {
  int r = t->lower_result;
  if (is_pause(ret)) return is_want(r) ? r : MOAT_WANT_TIME;
  if (ret == LOWER_FAILED) return lower_error(t, r);
  return t->failed = error(t, ret);
}

/* ---- What Mbed TLS calls ---- */

/* Mbed TLS has fewer results than a stream. So the exact result is kept for result(), and any
 * MOAT_WANT_* is passed on as the same WANT. An end of the stream is an error here: Mbed TLS would
 * take a 0 from a send for success. */
static int lower_moved(moat_tls *t, int r, size_t n) {
  if (r > 0 && (size_t)r <= n) return r;
  t->lower_result = r ? r : MOAT_E_PORT;
  return is_want(r) ? MBEDTLS_ERR_SSL_WANT_READ : LOWER_FAILED;
}

static int lower_send(void *p, const unsigned char *bytes, size_t n) {
  moat_tls *t = p;
  return lower_moved(t, t->lower->send(t->lower_io, bytes, n), n);
}

static int lower_recv(void *p, unsigned char *bytes, size_t n) {
  moat_tls *t = p;
  return lower_moved(t, t->lower->recv(t->lower_io, bytes, n), n);
}

/* Connections share the context, so it cannot note whose call failed. */
static int fill_random(void *p, unsigned char *out, size_t n) {
  const moat_tls_context *c = p;
  return c->platform->random(c->platform_ctx, out, n) ? RANDOM_FAILED : 0;
}

/* Seconds since 1970, computed without a division of large numbers. Years begin in March here, so
 * that the leap day is the last day of its year. */
static int64_t seconds(const mbedtls_x509_time *d) {
  bool early = d->mon < 3;
  int year = d->year - early, month = d->mon + (early ? 9 : -3);
  int days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + d->day;
  return (days - 719469) * INT64_C(86400) + d->hour * 3600 + d->min * 60 + d->sec;
}

/* Only subjectAltName counts, never the common name. An address counts only as an iPAddress. */
static bool has_name(const mbedtls_x509_crt *crt, const char *name_or_address) {
  uint8_t address[16];
  moat_span host = moat_str(name_or_address);
  size_t n = moat__address(host, address);
  int wanted =
      MBEDTLS_ASN1_CONTEXT_SPECIFIC | (n ? 7 /* iPAddress */ : 2 /* dNSName, RFC 5280 4.2.1.6 */);
  for (const mbedtls_x509_sequence *s = &crt->subject_alt_names; s; s = s->next) {
    moat_span name = {(const char *)s->buf.p, s->buf.len};
    if (s->buf.tag != wanted) continue;
    if (n ? name.n == n && memcmp(name.p, address, n) == 0 : moat__dns_name_matches(name, host))
      return true;
  }
  return false;
}

/* Called for every certificate of the chain. Mbed TLS judges dates by its own clock or not at all,
 * so its date flags are replaced. Its name check depends on the version, so this check is added. */
static int verify(void *p, mbedtls_x509_crt *crt, int depth, uint32_t *flags) {
  moat_tls *t = p;
  uint32_t bad = *flags & ~(uint32_t)(MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE);
  bad |= moat__chain_flags(t, crt, depth, bad);
  int64_t end = seconds(&crt->valid_to);
  if (end < t->until) t->until = end;
  if (end < t->now) bad |= MBEDTLS_X509_BADCERT_EXPIRED;
  if (seconds(&crt->valid_from) > t->now) bad |= MBEDTLS_X509_BADCERT_FUTURE;
  if (!depth) {
    if (!has_name(crt, t->host)) bad |= MBEDTLS_X509_BADCERT_CN_MISMATCH;
    t->verified = true;
    t->untrusted = false;
    t->chain_size = 0;
  }
  *flags = bad;
  return 0;
}

/* ---- The stream ---- */

/* close_notify is sent once, if the lower stream takes it now. */
void moat__tls_close(void *io) {
  moat_tls *t = io;
  if (!t->lower) return;
  if (t->resumes && t->state == OPEN) t->resumes->keep(t);
  /* After an unfinished send, it would first send the rest of a request that was given up. */
  if (t->state == OPEN && !t->sending) (void)mbedtls_ssl_close_notify(&t->ssl);
  if (t->state >= HANDSHAKE) mbedtls_ssl_free(&t->ssl);
  t->state = IDLE;
  t->failed = 0;
  t->sending = false;
  t->lower->close(t->lower_io);
}

/* Without a date no certificate can be judged, so nothing is sent. For an address no server name is
 * sent (RFC 6066 3), but the function is called all the same: newer versions refuse a handshake
 * without that call. */
static int begin(moat_tls *t) {
  const moat_tls_context *c = t->context;
  uint8_t address[16];
  int r = c->platform->unix_time(c->platform_ctx, &t->now);
  if (r) return moat__port_result(r, false);
  mbedtls_ssl_init(&t->ssl);
  t->state = HANDSHAKE;
  t->verified = t->offered = false;
  t->until = INT64_MAX;
  r = mbedtls_ssl_setup(&t->ssl, &c->config);
  if (!r)
    r = mbedtls_ssl_set_hostname(&t->ssl,
                                 moat__address(moat_str(t->host), address) ? NULL : t->host);
  if (r) return error(t, r);
  mbedtls_ssl_set_bio(&t->ssl, t, lower_send, lower_recv, NULL);
  mbedtls_ssl_set_verify(&t->ssl, verify, t);
  if (t->resumes) t->resumes->offer(t);
  return 0;
}

/* If a session was offered, the handshake begins anew without it: with a session, Mbed TLS offers
 * no other version of TLS. */
static int again(moat_tls *t, int r) {
  if (r != MOAT_E_TLS || !t->offered) return r;
  moat__tls_close(t);
  return MOAT_WANT_TIME;
}

/* Takes one step, so that a watchdog can be fed in between. The longest step checks the certificate
 * chain. At the end this code makes sure that the certificates were judged, either now or when the
 * resumed session began. The configuration alone is not relied on. */
static int handshake(moat_tls *t) {
  const moat_tls_context *c = t->context;
  t->lower_result = 0;
  int ret = mbedtls_ssl_handshake_step(&t->ssl);
  if (ret) return again(t, result(t, ret));
  int state = t->ssl.MBEDTLS_PRIVATE(state);
  if (c->platform->event) c->platform->event(c->platform_ctx, MOAT_EVENT_HANDSHAKE, state);
  if (state != MBEDTLS_SSL_HANDSHAKE_OVER) return MOAT_WANT_TIME;
  if ((!t->verified && !t->offered) || mbedtls_ssl_get_verify_result(&t->ssl))
    return error(t, MBEDTLS_ERR_X509_FATAL_ERROR);
  t->state = OPEN;
  return 0;
}

/* An error closes everything, and the next call begins anew. */
int moat__tls_connect(void *io, const char *host, uint16_t port) {
  moat_tls *t = io;
  if (!t->lower) return MOAT_E_MISUSE;
  int r = 0;
  t->host = host;
  t->port = port;
  if (t->state == IDLE) {
    t->state = LOWER;
    t->detail = 0;
  }
  if (t->state == LOWER) {
    r = t->lower->connect(t->lower_io, host, port);
    if (r && !is_want(r)) r = lower_error(t, r);
    if (!r) r = begin(t);
  }
  if (!r && t->state == HANDSHAKE) r = handshake(t);
  if (r && !is_want(r)) moat__tls_close(t);
  return r;
}

int moat__tls_send(void *io, const void *p, size_t n) {
  moat_tls *t = io;
  if (t->state != OPEN || !n) return MOAT_E_MISUSE;
  if (t->failed) return t->failed;
  t->lower_result = 0;
  /* If an alert of its own is still unsent, Mbed TLS sends only that, but reports these bytes as
   * sent. */
  if (!t->sending && t->ssl.MBEDTLS_PRIVATE(out_left)) {
    int ret = mbedtls_ssl_write(&t->ssl, p, n);
    if (ret <= 0) return result(t, ret);
  }
  int r = mbedtls_ssl_write(&t->ssl, p, n);
  if (r <= 0) r = result(t, r);
  t->sending = r < 0;
  return r;
}

int moat__tls_recv(void *io, void *p, size_t cap) {
  moat_tls *t = io;
  if (t->state != OPEN || !cap) return MOAT_E_MISUSE;
  if (t->failed) return t->failed;
  t->lower_result = 0;
  int r = mbedtls_ssl_read(&t->ssl, p, cap);
  return r > 0 ? r : result(t, r);
}

/* Bytes that are already decrypted do not make a socket readable. */
int moat__tls_wait(void *io, int want, uint32_t ms) {
  moat_tls *t = io;
  if (!t->lower || !t->lower->wait) return MOAT_E_PORT;
  if (want == MOAT_WANT_READ && t->state == OPEN && mbedtls_ssl_check_pending(&t->ssl)) return 0;
  return t->lower->wait(t->lower_io, want, ms);
}

/* The detail is kept until the next connect, so that it can be read after a close. */
int32_t moat__tls_detail(void *io) {
  const moat_tls *t = io;
  return t->detail;
}

const moat_stream_ops moat_tls_stream = {.connect = moat__tls_connect,
                                         .send = moat__tls_send,
                                         .recv = moat__tls_recv,
                                         .close = moat__tls_close,
                                         .wait = moat__tls_wait,
                                         .detail = moat__tls_detail};

void moat_tls_close(moat_tls *t) {
  moat__tls_close(t);
  mbedtls_ssl_session_free(&t->kept.session);
  t->kept.there = false;
}

int moat_tls_setup(moat_tls *t, const moat_tls_context *c, const moat_stream_ops *lower,
                   void *lower_io) {
  memset(t, 0, sizeof *t);
  mbedtls_ssl_session_init(&t->kept.session);
  if (!c->roots.raw.p) return MOAT_E_MISUSE;
  t->context = c;
  t->lower = lower;
  t->lower_io = lower_io;
  return 0;
}

/* ---- The context ---- */

/* PSA is started here: a program could forget it, and the first handshake would be too late.
 * Besides memory, only the source of entropy can fail. */
static int start_psa(void) {
#ifdef NEEDS_PSA
  psa_status_t status = psa_crypto_init();
  if (status) return status == PSA_ERROR_INSUFFICIENT_MEMORY ? MOAT_E_MEMORY : MOAT_E_RANDOM;
#endif
  return 0;
}

int moat_tls_init(moat_tls_context *c, const moat_platform *platform, void *platform_ctx) {
#ifdef MBEDTLS_SSL_ALPN
  static const char *const alpn[] = {"http/1.1", NULL};
#endif
  memset(c, 0, sizeof *c);
  mbedtls_ssl_config_init(&c->config);
  mbedtls_x509_crt_init(&c->roots);
  if (!platform->random || !platform->unix_time) return MOAT_E_MISUSE;
  c->platform = platform;
  c->platform_ctx = platform_ctx;
  int r = start_psa();
  if (r) return r;
  int ret = mbedtls_ssl_config_defaults(&c->config, MBEDTLS_SSL_IS_CLIENT,
                                        MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
#ifdef MBEDTLS_SSL_ALPN
  if (!ret) ret = mbedtls_ssl_conf_alpn_protocols(&c->config, (const char **)(uintptr_t)alpn);
#endif
  if (ret) return is_memory(ret) ? MOAT_E_MEMORY : MOAT_E_PORT;
  set_versions(&c->config);
  set_algorithms(&c->config);
  mbedtls_ssl_conf_ciphersuites(&c->config, suites);
  mbedtls_ssl_conf_cert_profile(&c->config, &profile);
  mbedtls_ssl_conf_authmode(&c->config, MBEDTLS_SSL_VERIFY_REQUIRED);
  mbedtls_ssl_conf_ca_chain(&c->config, &c->roots, NULL);
  mbedtls_ssl_conf_rng(&c->config, fill_random, c);
#if defined(MBEDTLS_SSL_PROTO_TLS1_3) &&                                                           \
    defined(MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED)
  mbedtls_ssl_conf_tls13_enable_signal_new_session_tickets(
      &c->config, MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED);
#endif
#ifdef MBEDTLS_SSL_RENEGOTIATION
  mbedtls_ssl_conf_renegotiation(&c->config, MBEDTLS_SSL_RENEGOTIATION_DISABLED);
#endif
  return 0;
}

/* Called for extensions that Mbed TLS does not know. If this file does not know the extension
 * either, Mbed TLS refuses the root if it is critical. */
static int root_extension(void *p, const mbedtls_x509_crt *crt, const mbedtls_x509_buf *id,
                          int critical, const unsigned char *value, const unsigned char *end) {
  (void)p;
  (void)crt;
  (void)critical;
  (void)value;
  (void)end;
  return MBEDTLS_OID_CMP(MBEDTLS_OID_NAME_CONSTRAINTS, id) ? MBEDTLS_ERR_X509_INVALID_EXTENSIONS
                                                           : 0;
}

/* The root is not copied, so a root in flash costs only the RAM of Mbed TLS's notes about it. */
int moat_tls_add_root_der(moat_tls_context *c, const void *der, size_t n) {
  int ret = mbedtls_x509_crt_parse_der_with_ext_cb(&c->roots, der, n, 0, root_extension, NULL);
  if (!ret) return 0;
  return is_memory(ret) ? MOAT_E_MEMORY : MOAT_E_CERT;
}

/* DER is shorter than its PEM, so the decoded bytes never reach the text that is still unread. */
int moat_tls_add_roots_pem(moat_tls_context *c, char *pem, size_t n) {
  moat_span rest = {pem, n};
  uint8_t *out = (uint8_t *)pem;
  int added = 0;
  size_t size;
  while (moat__pem_next(&rest, out, &size)) {
    int r = moat_tls_add_root_der(c, out, size);
    if (r == MOAT_E_MEMORY) return r;
    if (r) {
      c->skipped++;
    } else {
      added++;
      out += size;
    }
  }
  return added ? added : MOAT_E_CERT;
}

void moat_tls_free(moat_tls_context *c) {
  mbedtls_x509_crt_free(&c->roots);
  mbedtls_ssl_config_free(&c->config);
}
