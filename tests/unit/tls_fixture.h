/* The TLS stream against a server of Mbed TLS in the same process, with two queues between them in
 * place of a socket. */
#ifndef TLS_FIXTURE_H
#define TLS_FIXTURE_H

#include "cmocka_all.h"

#include <mbedtls/ssl_ticket.h>
#include <mbedtls/version.h>

#include "moat/tls.h"
#include "tls/tls_session.h"
#include "tls_certificates.h"

static const moat_stream_ops *tls_stream = &moat_tls_stream;
#define TLS (*tls_stream)
/* Moat does not use the TLS 1.3 of two releases. */
#if defined(MBEDTLS_SSL_PROTO_TLS1_3) && MBEDTLS_VERSION_NUMBER != 0x03060600 &&                   \
    MBEDTLS_VERSION_NUMBER != 0x04010000
#define TLS_1_3
#endif
#define NOW INT64_C(1900000000) /* 2030-03-17 17:46:40 */

/* ---- The platform ---- */

static struct {
  int64_t now;
  int clock_error;
  int randoms_left; /* -1: no limit */
  int steps, state;
  char slot[MOAT_TLS_RECORD];
  size_t slot_size;
  int writes, busy; /* how many times a write first answers WANT_TIME */
} board;

static inline int board_time(void *ctx, int64_t *seconds) {
  (void)ctx;
  *seconds = board.now;
  return board.clock_error;
}

static inline int board_random(void *ctx, void *p, size_t n) {
  if (board.randoms_left == 0) return MOAT_E_RANDOM;
  if (board.randoms_left > 0) board.randoms_left--;
  return test_random(ctx, p, n);
}

static inline void board_event(void *ctx, int event, int32_t value) {
  (void)ctx;
  assert_int_equal(event, MOAT_EVENT_HANDSHAKE);
  board.steps++;
  board.state = value;
}

static inline int board_read(void *ctx, int slot, void *p, size_t cap, size_t *n) {
  (void)ctx;
  assert_int_equal(slot, MOAT_SLOT_TLS);
  *n = board.slot_size;
  if (*n == 0) return MOAT_E_EMPTY;
  if (*n > cap) return MOAT_E_SPACE;
  memcpy(p, board.slot, *n);
  return 0;
}

static inline int board_write(void *ctx, int slot, const void *p, size_t n) {
  (void)ctx;
  assert_int_equal(slot, MOAT_SLOT_TLS);
  assert_true(n <= sizeof board.slot);
  if (board.busy-- > 0) return MOAT_WANT_TIME;
  memcpy(board.slot, p, n);
  board.slot_size = n;
  board.writes++;
  return 0;
}

static inline int board_erase(void *ctx, int slot) {
  (void)ctx;
  assert_int_equal(slot, MOAT_SLOT_TLS);
  board.slot_size = 0;
  return 0;
}

static const moat_platform platform = {.unix_time = board_time,
                                       .random = board_random,
                                       .event = board_event,
                                       .slot_read = board_read,
                                       .slot_write = board_write,
                                       .slot_erase = board_erase};

/* ---- The connection between the two ---- */

typedef struct {
  unsigned char bytes[1 << 16];
  size_t n;
} queue;

static inline void put(queue *q, const void *p, size_t n) {
  assert_true(q->n + n <= sizeof q->bytes);
  memcpy(q->bytes + q->n, p, n);
  q->n += n;
}

static inline size_t take(queue *q, void *p, size_t n) {
  if (n > q->n) n = q->n;
  memcpy(p, q->bytes, n);
  memmove(q->bytes, q->bytes + n, q->n -= n);
  return n;
}

static struct {
  queue up, down;            /* from and to the client */
  unsigned char hello[1024]; /* the first bytes from the client */
  size_t hello_size;
  size_t most;  /* the most bytes that one call moves; 0 means all */
  bool stutter; /* every second call moves nothing */
  bool odd;
  bool blocked; /* it takes nothing */
  bool eof;     /* once `down` is empty */
  int connect_error, send_error, recv_error;
  int connect_wants; /* how many wants come before it is connected */
  int want;          /* the last want that was given */
  int waits, closes;
  bool replaced; /* when it is closed, a new one with a ready server takes its place */
} wire;

static void new_wire(void);

static inline int want(int w) {
  return wire.want = w;
}

static inline bool pauses(void) {
  wire.odd = !wire.odd;
  return wire.stutter && wire.odd;
}

static inline int wire_connect(void *io, const char *host, uint16_t port) {
  assert_ptr_equal(io, &wire);
  assert_non_null(host);
  assert_int_equal(port, 443);
  if (wire.connect_error) return wire.connect_error;
  return wire.connect_wants-- > 0 ? want(MOAT_WANT_WRITE) : 0;
}

static inline int wire_send(void *io, const void *p, size_t n) {
  (void)io;
  if (wire.send_error) return wire.send_error;
  if (wire.blocked || pauses()) return want(MOAT_WANT_WRITE);
  if (wire.most && n > wire.most) n = wire.most;
  put(&wire.up, p, n);
  size_t room = sizeof wire.hello - wire.hello_size, kept = n < room ? n : room;
  memcpy(wire.hello + wire.hello_size, p, kept);
  wire.hello_size += kept;
  return (int)n;
}

static inline int wire_recv(void *io, void *p, size_t cap) {
  (void)io;
  if (wire.recv_error) return wire.recv_error;
  if (!wire.down.n && wire.eof) return MOAT_E_EOF;
  if (!wire.down.n || pauses()) return want(MOAT_WANT_READ);
  return (int)take(&wire.down, p, wire.most && cap > wire.most ? wire.most : cap);
}

static inline void wire_close(void *io) {
  (void)io;
  wire.closes++;
  if (wire.replaced) new_wire();
  wire.replaced = false;
}

static inline int wire_wait(void *io, int w, uint32_t ms) {
  (void)io;
  wire.waits++;
  return w == MOAT_WANT_READ && ms == 7 ? MOAT_WANT_TIME : 0;
}

static inline int32_t wire_detail(void *io) {
  (void)io;
  return 104;
}

static const moat_stream_ops wire_ops = {.connect = wire_connect,
                                         .send = wire_send,
                                         .recv = wire_recv,
                                         .close = wire_close,
                                         .wait = wire_wait,
                                         .detail = wire_detail};

/* ---- The server ---- */

static struct {
  mbedtls_ssl_context ssl;
  mbedtls_ssl_config config;
  mbedtls_x509_crt certificate;
  mbedtls_ssl_ticket_context tickets;
  bool open;
  int error;
  bool resumed;       /* it accepted the client's ticket */
  char asked_for[64]; /* the server name the client sent */
} server;

static inline int server_send(void *p, const unsigned char *bytes, size_t n) {
  (void)p;
  put(&wire.down, bytes, n);
  return (int)n;
}

static inline int server_recv(void *p, unsigned char *bytes, size_t n) {
  (void)p;
  return wire.up.n ? (int)take(&wire.up, bytes, n) : MBEDTLS_ERR_SSL_WANT_READ;
}

static inline int server_name(void *p, mbedtls_ssl_context *ssl, const unsigned char *s, size_t n) {
  (void)p;
  (void)ssl;
  assert_true(n < sizeof server.asked_for);
  memcpy(server.asked_for, s, n);
  server.asked_for[n] = '\0';
  return 0;
}

static inline void new_wire(void) {
  wire.up.n = wire.down.n = 0;
  server.open = false;
  server.error = 0;
  server.resumed = false;
  assert_int_equal(mbedtls_ssl_session_reset(&server.ssl), 0);
}

static inline void server_step(void) {
  if (server.open || server.error) return;
  int r = mbedtls_ssl_handshake(&server.ssl);
  if (r == 0) server.open = true;
  if (r && r != MBEDTLS_ERR_SSL_WANT_READ) server.error = r;
  /* In TLS 1.2, Mbed TLS says nothing here. Other servers do. */
  if (r == MBEDTLS_ERR_SSL_NO_CLIENT_CERTIFICATE && !wire.down.n)
    (void)mbedtls_ssl_send_alert_message(&server.ssl, MBEDTLS_SSL_ALERT_LEVEL_FATAL,
                                         MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE);
}

/* Reads what the client sent, once it is complete. */
static inline int server_read(void *p, size_t cap) {
  int r = MBEDTLS_ERR_SSL_WANT_READ;
  for (int i = 0; i < 10 && r == MBEDTLS_ERR_SSL_WANT_READ; i++)
    r = mbedtls_ssl_read(&server.ssl, p, cap);
  return r;
}

static inline void server_write(const char *text) {
  int n = (int)strlen(text);
  assert_int_equal(mbedtls_ssl_write(&server.ssl, (const unsigned char *)text, strlen(text)), n);
}

/* ---- Both ends, made anew for each test ---- */

static moat_tls_context context;
static moat_tls tls;

static inline int set_up(void **state) {
  (void)state;
  memset(&wire, 0, sizeof wire);
  memset(&board, 0, sizeof board);
  memset(&server, 0, sizeof server);
  board.now = NOW;
  board.randoms_left = -1;
  mbedtls_ssl_config_init(&server.config);
  mbedtls_ssl_init(&server.ssl);
  mbedtls_x509_crt_init(&server.certificate);
  mbedtls_ssl_ticket_init(&server.tickets);
  assert_int_equal(mbedtls_ssl_config_defaults(&server.config, MBEDTLS_SSL_IS_SERVER,
                                               MBEDTLS_SSL_TRANSPORT_STREAM,
                                               MBEDTLS_SSL_PRESET_DEFAULT),
                   0);
  set_random(&server.config);
  mbedtls_ssl_conf_sni(&server.config, server_name, NULL);
  root_size = make_certificate(&no_spec, true, root_der, sizeof root_der);
  assert_int_equal(moat_tls_init(&context, &platform, NULL), 0);
  return 0;
}

static inline int tear_down(void **state) {
  (void)state;
  TLS.close(&tls);
  moat_tls_free(&context);
  mbedtls_ssl_free(&server.ssl);
  mbedtls_ssl_config_free(&server.config);
  mbedtls_x509_crt_free(&server.certificate);
  mbedtls_ssl_ticket_free(&server.tickets);
  return 0;
}

static inline int any_extension(void *p, const mbedtls_x509_crt *crt, const mbedtls_x509_buf *id,
                                int critical, const unsigned char *value,
                                const unsigned char *end) {
  (void)p, (void)crt, (void)id, (void)critical, (void)value, (void)end;
  return 0;
}

static inline void send_along(const spec *s, bool root) {
  unsigned char der[2048];
  size_t n = make_certificate(s, root, der, sizeof der);
  assert_int_equal(mbedtls_x509_crt_parse_der_with_ext_cb(&server.certificate, der + sizeof der - n,
                                                          n, 1, any_extension, NULL),
                   0);
}

/* Call it once the server has all its certificates. */
static inline void start_server(int with) {
  assert_int_equal(mbedtls_ssl_conf_own_cert(&server.config, &server.certificate, key(with)), 0);
  assert_int_equal(mbedtls_ssl_setup(&server.ssl, &server.config), 0);
  mbedtls_ssl_set_bio(&server.ssl, NULL, server_send, server_recv, NULL);
}

/* Also sends the authorities above it. */
static inline void use_certificate(const spec *s) {
  for (const spec *each = s; each; each = each->by)
    send_along(each, false);
  start_server(s->key);
}

static inline void trust_root(void) {
  tls_stream = &moat_tls_stream;
  assert_int_equal(moat_tls_add_root_der(&context.roots, root_at(), root_size), 0);
  assert_int_equal(moat_tls_setup(&tls, &context, &wire_ops, &wire), 0);
}

static inline bool is_want(int r) {
  return r == MOAT_WANT_READ || r == MOAT_WANT_WRITE || r == MOAT_WANT_TIME;
}

/* Calls connect until it is done. Each call takes one step at most, and asks to wait for the stream
 * only if the stream said so. */
static inline int run_connect(const char *host) {
  for (int i = 0; i < 200000; i++) {
    int steps = board.steps;
    wire.want = 0;
    int r = TLS.connect(&tls, host, 443);
    assert_in_range(board.steps - steps, 0, 1);
    if (!is_want(r)) return r;
    if (r != MOAT_WANT_TIME) assert_int_equal(r, wire.want);
    server_step();
  }
  fail_msg("the handshake does not end");
  return 0;
}

static inline int connect_to(const spec *s, const char *host) {
  use_certificate(s);
  trust_root();
  return run_connect(host);
}

static inline void open_connection(void) {
  assert_int_equal(connect_to(&no_spec, HOST), 0);
  server_step();
  assert_true(server.open);
}

static inline void refused_with(const spec *s, const char *host, int32_t flags) {
  int32_t dates = MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE;
  assert_int_equal(connect_to(s, host), flags & ~dates ? MOAT_E_CERT : MOAT_E_CERT_DATE);
  assert_int_equal(TLS.detail(&tls), flags);
  assert_int_equal(wire.closes, 1);
  assert_false(server.open);
}

static inline void send_all(const char *text) {
  size_t n = strlen(text), done = 0;
  for (int i = 0; done < n && i < 100000; i++) {
    wire.want = 0;
    int r = TLS.send(&tls, text + done, n - done);
    if (r > 0) done += (size_t)r;
    if (r < 0) assert_int_equal(r, wire.want);
  }
  assert_int_equal(done, n);
}

static inline void expect_text(const char *text) {
  char got[64];
  size_t n = strlen(text), done = 0;
  assert_true(n < sizeof got);
  for (int i = 0; done < n && i < 100000; i++) {
    wire.want = 0;
    int r = TLS.recv(&tls, got + done, n - done);
    if (r > 0) done += (size_t)r;
    if (r < 0 && r != MOAT_WANT_TIME) assert_int_equal(r, wire.want);
  }
  assert_int_equal(done, n);
  assert_memory_equal(got, text, n);
}

static inline void server_expects(const char *text) {
  char got[64];
  assert_int_equal(server_read(got, sizeof got), (int)strlen(text));
  assert_memory_equal(got, text, strlen(text));
}

/* ---- The handshake ---- */

/* The data of an extension of the ClientHello, or NULL. */
static inline const unsigned char *extension(unsigned type, size_t *n) {
  const unsigned char *h = wire.hello + 5 + 4 + 2 + 32; /* record, message, version, random */
  h += 1 + h[0];
  h += 2 + (h[0] << 8 | h[1]);
  h += 1 + h[0];
  const unsigned char *end = h + 2 + (h[0] << 8 | h[1]);
  assert_true(end <= wire.hello + wire.hello_size);
  for (h += 2; h < end; h += 4 + *n) {
    *n = (size_t)(h[2] << 8 | h[3]);
    if ((unsigned)(h[0] << 8 | h[1]) == type) return h + 4;
  }
  return NULL;
}

enum {
  SERVER_NAME,
  MAX_FRAGMENT_LENGTH,
  GROUPS = 10,
  SIGNATURES = 13,
  ALPN = 16,
  VERSIONS = 43,
  KEY_SHARE = 51
};

/* ---- Resumption ---- */

static char record[MOAT_TLS_RECORD];

static inline int take_ticket(void *p, mbedtls_ssl_session *session, unsigned char *ticket,
                              size_t n) {
  int r = mbedtls_ssl_ticket_parse(p, session, ticket, n);
  server.resumed = r == 0;
  return r;
}

/* Called a second time, it makes a server that forgets its sessions. */
static inline void give_tickets(void) {
  mbedtls_ssl_ticket_free(&server.tickets);
  mbedtls_ssl_ticket_init(&server.tickets);
  assert_int_equal(mbedtls_ssl_ticket_setup(&server.tickets, TICKET_CIPHER, 7 * 86400), 0);
  mbedtls_ssl_conf_session_tickets_cb(&server.config, mbedtls_ssl_ticket_write, take_ticket,
                                      &server.tickets);
}

static inline void ping(void) {
  server_step();
  assert_int_equal(server.error, 0);
  assert_true(server.open);
  send_all("ping");
  server_expects("ping");
  server_write("pong");
  expect_text("pong");
}

static inline int connect_anew(const char *host) {
  TLS.close(&tls);
  new_wire();
  return run_connect(host);
}

/* One connection and one exchange. True if the session was resumed. */
static inline bool resumes(const char *host) {
  assert_int_equal(connect_anew(host), 0);
  ping();
  TLS.close(&tls);
  return server.resumed;
}

/* As after a restart: only the slot is left. */
static inline int restart(void) {
  TLS.close(&tls);
  moat_tls_close(&tls);
  assert_int_equal(moat_tls_setup(&tls, &context, &wire_ops, &wire), 0);
  return moat__tls_session_load(&tls, record, sizeof record);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

#endif
