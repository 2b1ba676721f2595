/* The TLS stream. This folder alone knows which TLS library there is; the code is for 2.28, 3.x
 * and 4.x of Mbed TLS. */
#include <string.h>

#include "../text/text.h"
#include "moat/tls.h"
#include "tls_compat.h"
#include "tls_error.h"
#include "tls_session.h"
#include "tls_verify.h"

/* In HANDSHAKE and OPEN there is an SSL context to free. */
enum { IDLE, LOWER, HANDSHAKE, OPEN };

/* Receives of the lower stream in one call. */
enum { RECEIVES_MAX = 64 };

/* ---- Results ---- */

static bool is_want(int r) {
  return r <= MOAT_WANT_READ && r >= MOAT_WANT_TIME;
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
  if (ret == MOAT__TLS_LOWER_FAILED) return lower_error(t, r);
  return t->failed = moat__tls_error(t, ret);
}

/* ---- What Mbed TLS calls ---- */

/* Mbed TLS has fewer results than a stream. So the exact result is kept for result(), and any
 * MOAT_WANT_* is passed on as the same WANT. An end of the stream is an error here: Mbed TLS would
 * take a 0 from a send for success. */
static int lower_moved(moat_tls *t, int r, size_t n) {
  if (r > 0 && (size_t)r <= n) return r;
  if (r >= 0) r = MOAT_E_PORT;
  t->lower_result = r;
  return is_want(r) ? MBEDTLS_ERR_SSL_WANT_READ : MOAT__TLS_LOWER_FAILED;
}

static int lower_send(void *p, const unsigned char *bytes, size_t n) {
  moat_tls *t = p;
  return lower_moved(t, t->lower->send(t->lower_io, bytes, n), n);
}

/* Mbed TLS drops warnings and empty records, and reads on. Until the handshake is over, anybody on
 * the way can send them faster than they are read. The limit lets the caller see its deadline. */
static int lower_recv(void *p, unsigned char *bytes, size_t n) {
  moat_tls *t = p;
  if (t->receives++ == RECEIVES_MAX) return MBEDTLS_ERR_SSL_WANT_READ;
  return lower_moved(t, t->lower->recv(t->lower_io, bytes, n), n);
}

/* ---- The stream ---- */

static void begin_call(moat_tls *t) {
  t->lower_result = 0;
  t->receives = 0;
}

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

/* No certificate can be judged without a date, so nothing is sent then. Nor is anything without
 * randomness: PSA has a source of its own, and does not know that the board's is broken. For an
 * address no server name is sent (RFC 6066 3), but the function is called all the same: newer
 * versions refuse a handshake without that call. */
static int begin(moat_tls *t) {
  const moat_tls_context *c = t->context;
  uint8_t address[16];
  int r = c->platform->unix_time(c->platform_ctx, &t->now);
  if (r) return moat__port_result(r, false);
  if (c->platform->random(c->platform_ctx, &t->until, sizeof t->until)) return MOAT_E_RANDOM;
  mbedtls_ssl_init(&t->ssl);
  t->state = HANDSHAKE;
  t->verified = t->offered = t->has_roots = false;
  r = mbedtls_ssl_setup(&t->ssl, &c->config);
  if (!r)
    r = mbedtls_ssl_set_hostname(&t->ssl,
                                 moat__address(moat_str(t->host), address) ? NULL : t->host);
  if (r) return moat__tls_error(t, r);
  mbedtls_ssl_set_bio(&t->ssl, t, lower_send, lower_recv, NULL);
  mbedtls_ssl_set_verify(&t->ssl, moat__tls_verify, t);
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
  begin_call(t);
  if (c->read_roots && t->ssl.MBEDTLS_PRIVATE(state) == MBEDTLS_SSL_SERVER_CERTIFICATE) {
    int r = c->read_roots(t);
    if (r) return r;
  }
  int ret = mbedtls_ssl_handshake_step(&t->ssl);
  if (ret) return again(t, result(t, ret));
  int state = t->ssl.MBEDTLS_PRIVATE(state);
  if (c->platform->event) c->platform->event(c->platform_ctx, MOAT_EVENT_HANDSHAKE, state);
  if (state != MBEDTLS_SSL_HANDSHAKE_OVER) return MOAT_WANT_TIME;
  if ((!t->verified && !t->offered) || mbedtls_ssl_get_verify_result(&t->ssl))
    return moat__tls_error(t, MBEDTLS_ERR_X509_FATAL_ERROR);
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
    if (is_want(r)) return r;
    r = r ? lower_error(t, r) : begin(t);
  }
  if (!r && t->state == HANDSHAKE) r = handshake(t);
  if (r && !is_want(r)) moat__tls_close(t);
  return r;
}

int moat__tls_send(void *io, const void *p, size_t n) {
  moat_tls *t = io;
  if (t->state != OPEN || !n) return MOAT_E_MISUSE;
  if (t->failed) return t->failed;
  begin_call(t);
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
  begin_call(t);
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
  if (!c->source && !c->roots.list.raw.p) return MOAT_E_MISUSE;
  t->context = c;
  t->lower = lower;
  t->lower_io = lower_io;
  return 0;
}
