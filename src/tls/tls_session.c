/* Keeps only the part of an Mbed TLS session that resumption needs. The server's certificate is
 * left out: it was judged when the session began, and is several times as large as the rest. */
#include <string.h>

#include "../text/text.h"
#include "../store/store.h"
#include "tls_compat.h"
#include "tls_session.h"

enum {
  HASH = 32,
  VERSION = 4,
  LIFE = 7 * 86400,                 /* RFC 8446 4.6.1 */
  RECORD_MOST = 4 * MOAT_TLS_RECORD /* more of a buffer is not used, so that it need not be wiped */
};

/* Offsets in a record */
enum { AT_VERSION = 4, AT_UNTIL = 8, AT_OWNER = 16, AT_SESSION = AT_OWNER + HASH };

#define MAGIC 0x534c544d /* "MTLS" */

/* ---- The owner of a session ---- */

static int hash(const void *p, size_t n, uint8_t out[HASH]) {
  return moat_crypto_mbedtls.sha256(NULL, p, n, out);
}

/* The owner of a session is one hash of host, port, who vouched for the server, and who the client
 * was for it. */
static int owner_of(const moat_tls *t, const uint8_t anchor[HASH], uint8_t owner[HASH]) {
  uint8_t all[2 + 3 * HASH];
  moat__put16((char *)all, t->port);
  memcpy(all + 2 + HASH, anchor, HASH);
  memcpy(all + 2 + 2 * HASH, t->context->identity, HASH);
  int r = hash(t->host, strlen(t->host), all + 2);
  return r ? r : hash(all, sizeof all, owner);
}

static bool is_owner(const moat_tls *t, const uint8_t anchor[HASH]) {
  uint8_t owner[HASH];
  return !owner_of(t, anchor, owner) && memcmp(owner, t->kept.owner, HASH) == 0;
}

/* The hash of a root or, if roots are read late, the identity of all of them. */
static int anchor_of(const moat_tls *t, const mbedtls_x509_crt *root, uint8_t anchor[HASH]) {
  const moat_tls_context *c = t->context;
  if (!c->source) return hash(root->raw.p, root->raw.len, anchor);
  c->source->identity(c->source_ctx, anchor);
  return 0;
}

/* The first of a chain is the root, if the chain has one. */
static int set_anchor(moat_tls *t) {
  return anchor_of(t, t->chain[0], t->anchor);
}

/* Whether the kept session is one with this server, and the root that vouched for it is still
 * trusted. */
static bool is_ours(const moat_tls *t) {
  uint8_t anchor[HASH];
  for (const mbedtls_x509_crt *root = &t->context->roots.list; root; root = root->next)
    if (!anchor_of(t, root, anchor) && is_owner(t, anchor)) return true;
  return false;
}

/* If the clock went back to before the session began, the session counts as expired. */
static bool is_in_time(const moat_tls *t, int64_t until) {
  return t->now < until && until - t->now <= LIFE;
}

/* ---- What the stream calls ---- */

/* A session is removed while it is tried, so that the next try after a failure goes without it. A
 * session of TLS 1.3 must not be used twice (RFC 8446 C.4) either; the server sends a new one. */
static void offer(moat_tls *t) {
  moat__tls_session *s = &t->kept;
  if (!s->there || !is_ours(t)) return;
  s->there = false;
  t->offered = is_in_time(t, s->until) && mbedtls_ssl_set_session(&t->ssl, &s->session) == 0;
}

/* Empty if there is none. */
static moat_span ticket_of(const mbedtls_ssl_session *s) {
#ifdef MBEDTLS_SSL_SESSION_TICKETS
  return (moat_span){(const char *)s->MBEDTLS_PRIVATE(ticket), s->MBEDTLS_PRIVATE(ticket_len)};
#else
  (void)s;
  return (moat_span){NULL, 0};
#endif
}

/* Mbed TLS copies the session straight to its final place, so that its secrets are nowhere else.
 * The certificate is put aside meanwhile, so that it is not copied. */
static int copy_session(moat_tls *t, mbedtls_ssl_session *from, mbedtls_ssl_session *to) {
#ifdef MBEDTLS_SSL_KEEP_PEER_CERTIFICATE
  mbedtls_x509_crt *certificate = from->MBEDTLS_PRIVATE(peer_cert);
  from->MBEDTLS_PRIVATE(peer_cert) = NULL;
  int r = mbedtls_ssl_get_session(&t->ssl, to);
  from->MBEDTLS_PRIVATE(peer_cert) = certificate;
  return r;
#else
  (void)from;
  return mbedtls_ssl_get_session(&t->ssl, to);
#endif
}

/* Keeps the session of the connection, but not after a fatal alert (RFC 5246 7.2.2). The kept one
 * stays if there is no connection or no ticket yet. It also stays if Mbed TLS 3 has given this
 * session before, because it gives each session only once. */
static void keep(moat_tls *t) {
  moat__tls_session *s = &t->kept;
  mbedtls_ssl_session *live = t->ssl.MBEDTLS_PRIVATE(session);
  if (!live || (t->failed && t->failed != MOAT_E_EOF)) return;
  moat_span ticket = ticket_of(live);
  if (!ticket.n && !live->MBEDTLS_PRIVATE(id_len)) return;
  bool changed = s->changed || t->verified || !moat__equal_secret(ticket, ticket_of(&s->session));
  int r = copy_session(t, live, &s->session);
  if (r == MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE) return;
  if (!r && t->verified) r = owner_of(t, t->anchor, s->owner);
  if (r) mbedtls_ssl_session_free(&s->session);
  s->there = !r;
  s->changed = changed;
  /* A resumed session ends when the original one would have: nobody has checked a certificate
   * since. */
  if (t->verified) s->until = t->until - t->now < LIFE ? t->until : t->now + LIFE;
}

static const moat__tls_session_ops ops = {.offer = offer, .keep = keep, .anchor = set_anchor};

void moat__tls_resume(moat_tls *t) {
  t->resumes = &ops;
}

/* ---- The record ---- */

static int write_record(moat_tls *t, char *p, size_t size) {
  const moat_tls_context *c = t->context;
  const moat__tls_session *s = &t->kept;
  const size_t end = moat__record_end(c->platform);
  size_t n = 0;
  if (size < AT_SESSION + end) return MOAT_E_SPACE;
  if (mbedtls_ssl_session_save(&s->session, (unsigned char *)p + AT_SESSION,
                               size - AT_SESSION - end, &n))
    return MOAT_E_SPACE;
  memset(p, 0, AT_SESSION);
  moat__put32(p, MAGIC);
  p[AT_VERSION] = VERSION;
  moat__put32(p + AT_UNTIL, (uint32_t)s->until);
  memcpy(p + AT_OWNER, s->owner, HASH);
  n += AT_SESSION;
  int r = moat__record_seal(c->platform, c->platform_ctx, MOAT_SLOT_TLS, p, n);
  if (r) return moat__port_result(r, false);
  return c->platform->slot_write(c->platform_ctx, MOAT_SLOT_TLS, p, n + end);
}

int moat__tls_session_save(void *io, void *buffer, size_t size) {
  moat_tls *t = io;
  const moat_tls_context *c = t->context;
  moat__tls_session *s = &t->kept;
  int r = 0;
  if (size > RECORD_MOST) size = RECORD_MOST;
  keep(t);
  if (s->there && s->changed)
    r = write_record(t, buffer, size);
  else if (!s->there && s->stored)
    r = c->platform->slot_erase(c->platform_ctx, MOAT_SLOT_TLS);
  r = moat__port_result(r, true);
  if (r == MOAT_WANT_TIME) return r;
  moat_wipe(buffer, size);
  if (r == 0) {
    s->stored = s->there;
    s->changed = false;
  }
  return r;
}

static int read_record(moat_tls *t, char *p, size_t size) {
  const moat_tls_context *c = t->context;
  moat__tls_session *s = &t->kept;
  size_t n;
  int r = moat__record_open(c->platform, c->platform_ctx, MOAT_SLOT_TLS, p, size, &n);
  if (r) return moat__port_result(r, false);
  if (n < AT_SESSION || moat__get32(p) != MAGIC || p[AT_VERSION] != VERSION) return MOAT_E_STORE;
  /* Mbed TLS checks that the same release with the same options wrote it. */
  if (mbedtls_ssl_session_load(&s->session, (const unsigned char *)p + AT_SESSION, n - AT_SESSION))
    return MOAT_E_STORE;
  s->until = moat__get32(p + AT_UNTIL);
  memcpy(s->owner, p + AT_OWNER, HASH);
  return 0;
}

int moat__tls_session_load(void *io, void *buffer, size_t size) {
  moat_tls *t = io;
  moat__tls_session *s = &t->kept;
  if (size > RECORD_MOST) size = RECORD_MOST;
  mbedtls_ssl_session_free(&s->session);
  s->there = s->changed = false;
  int r = read_record(t, buffer, size);
  s->stored = r != MOAT_E_EMPTY;
  s->there = r == 0;
  moat_wipe(buffer, size);
  return r;
}

/* ---- The stream ---- */

static int resuming_connect(void *io, const char *host, uint16_t port) {
  moat__tls_resume(io);
  return moat__tls_connect(io, host, port);
}

const moat_stream_ops moat_tls_resuming_stream = {.connect = resuming_connect,
                                                  .send = moat__tls_send,
                                                  .recv = moat__tls_recv,
                                                  .close = moat__tls_close,
                                                  .wait = moat__tls_wait,
                                                  .detail = moat__tls_detail,
                                                  .session_load = moat__tls_session_load,
                                                  .session_save = moat__tls_session_save};
