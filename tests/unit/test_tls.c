/* The TLS stream against a server of Mbed TLS in the same process: two queues and no socket. The
 * certificates are made here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <mbedtls/oid.h>
#include <mbedtls/pem.h>
#include <mbedtls/ssl_ticket.h>
#include <mbedtls/version.h>
#include <mbedtls/x509_crt.h>
#include <psa/crypto.h>

#include "text/text.h"
#include "moat/tls.h"
#include "tls/tls_session.h"
#include "records.h"
#include "tls/tls_name.h"
#include "tls/tls_pem.h"

static const moat_stream_ops *tls_stream = &moat_tls_stream;
#define TLS (*tls_stream)
#if MBEDTLS_VERSION_MAJOR >= 3 && defined(MBEDTLS_VERSION_C)
#define OWN_RELEASE
static unsigned release = MBEDTLS_VERSION_NUMBER;

/* In place of the library's. */
unsigned mbedtls_version_get_number(void) {
  return release;
}
#endif
/* Of two releases that have it, it is not used. */
#if defined(MBEDTLS_SSL_PROTO_TLS1_3) && MBEDTLS_VERSION_NUMBER != 0x03060600 &&                   \
    MBEDTLS_VERSION_NUMBER != 0x04010000
#define TLS_1_3
#endif
#define NOW INT64_C(1900000000) /* 2030-03-17 17:46:40 */
#define HOST "login.example.com"

/* The same numbers in every run. */
static int test_random(void *ctx, unsigned char *out, size_t n) {
  static uint32_t x = 2463534242u;
  (void)ctx;
  for (size_t i = 0; i < n; i++) {
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    out[i] = (unsigned char)(x >> 11);
  }
  return 0;
}

/* ---- A heap that runs out; not where a sanitizer brings its own ---- */

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED
#endif
#endif
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(SANITIZED)
#define OWN_HEAP
static volatile long callocs_left = -1; /* -1: no limit */
void *__libc_calloc(size_t n, size_t size);

void *calloc(size_t n, size_t size) {
  if (callocs_left == 0) return NULL;
  if (callocs_left > 0) callocs_left--;
  return __libc_calloc(n, size);
}
#endif

/* ---- The platform ---- */

static struct {
  int64_t now;
  int clock_error;
  int randoms_left; /* -1: no limit */
  int steps, state;
  char slot[MOAT_TLS_RECORD];
  size_t slot_size;
  int writes, busy; /* so many WANT_TIMEs before each write */
} board;

static int board_time(void *ctx, int64_t *seconds) {
  (void)ctx;
  *seconds = board.now;
  return board.clock_error;
}

static int board_random(void *ctx, void *p, size_t n) {
  if (board.randoms_left == 0) return MOAT_E_RANDOM;
  if (board.randoms_left > 0) board.randoms_left--;
  return test_random(ctx, p, n);
}

static void board_event(void *ctx, int event, int32_t value) {
  (void)ctx;
  assert_int_equal(event, MOAT_EVENT_HANDSHAKE);
  board.steps++;
  board.state = value;
}

static int board_read(void *ctx, int slot, void *p, size_t cap, size_t *n) {
  (void)ctx;
  assert_int_equal(slot, MOAT_SLOT_TLS);
  *n = board.slot_size;
  if (*n == 0) return MOAT_E_EMPTY;
  if (*n > cap) return MOAT_E_SPACE;
  memcpy(p, board.slot, *n);
  return 0;
}

static int board_write(void *ctx, int slot, const void *p, size_t n) {
  (void)ctx;
  assert_int_equal(slot, MOAT_SLOT_TLS);
  assert_true(n <= sizeof board.slot);
  if (board.busy-- > 0) return MOAT_WANT_TIME;
  memcpy(board.slot, p, n);
  board.slot_size = n;
  board.writes++;
  return 0;
}

static int board_erase(void *ctx, int slot) {
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

/* ---- Certificates ---- */

enum { P256, ROOT, P521, K1, RSA1024, RSA2048, KEYS };
static mbedtls_pk_context keys[KEYS];

/* Made when a test first needs it: RSA takes a while. */
static mbedtls_pk_context *key(int which) {
  static const mbedtls_ecp_group_id groups[] = {MBEDTLS_ECP_DP_SECP256R1, MBEDTLS_ECP_DP_SECP256R1,
                                                MBEDTLS_ECP_DP_SECP521R1, MBEDTLS_ECP_DP_SECP256K1};
  mbedtls_pk_context *k = &keys[which];
  bool rsa = which >= RSA1024;
  if (mbedtls_pk_get_type(k) != MBEDTLS_PK_NONE) return k;
  mbedtls_pk_init(k);
  assert_int_equal(
      mbedtls_pk_setup(k, mbedtls_pk_info_from_type(rsa ? MBEDTLS_PK_RSA : MBEDTLS_PK_ECKEY)), 0);
  int r = rsa ? mbedtls_rsa_gen_key(mbedtls_pk_rsa(*k), test_random, NULL,
                                    which == RSA1024 ? 1024 : 2048, 65537)
              : mbedtls_ecp_gen_key(groups[which], mbedtls_pk_ec(*k), test_random, NULL);
  assert_int_equal(r, 0);
  return k;
}

static int free_keys(void **state) {
  (void)state;
  for (int i = 0; i < KEYS; i++)
    mbedtls_pk_free(&keys[i]);
  return 0;
}

typedef struct {
  int tag; /* of a GeneralName, RFC 5280 4.2.1.6 */
  const char *p;
  size_t n;
} name;

#define DNS(s)                                                                                     \
  { 0x82, s, sizeof(s) - 1 }
#define IP(s)                                                                                      \
  { 0x87, s, sizeof(s) - 1 }

/* What is not set is as in a good certificate. */
typedef struct spec {
  name names[4];
  const char *subject;
  const char *from, *to;
  mbedtls_md_type_t md;
  int key, issuer;       /* of keys[]; 0 as an issuer is ROOT */
  const struct spec *by; /* an authority that issued it, in place of the root */
  name usage;            /* the extended key usage: one OID */
  name constraints;      /* the value of nameConstraints; the tag says whether it is critical */
  bool nameless, authority;
} spec;

static void set_serial(mbedtls_x509write_cert *w) {
#if MBEDTLS_VERSION_NUMBER < 0x03040000
  mbedtls_mpi serial;
  mbedtls_mpi_init(&serial);
  assert_int_equal(mbedtls_mpi_lset(&serial, 7), 0);
  assert_int_equal(mbedtls_x509write_crt_set_serial(w, &serial), 0);
  mbedtls_mpi_free(&serial);
#else
  unsigned char serial[] = {7};
  assert_int_equal(mbedtls_x509write_crt_set_serial_raw(w, serial, sizeof serial), 0);
#endif
}

static void set_names(mbedtls_x509write_cert *w, const name *names) {
  unsigned char san[256];
  size_t n = 2;
  for (; names->p; names++) {
    assert_true(n + 2 + names->n < 130);
    san[n++] = (unsigned char)names->tag;
    san[n++] = (unsigned char)names->n;
    memcpy(san + n, names->p, names->n);
    n += names->n;
  }
  san[0] = 0x30; /* SEQUENCE */
  san[1] = (unsigned char)(n - 2);
  assert_int_equal(mbedtls_x509write_crt_set_extension(
                       w, MBEDTLS_OID_SUBJECT_ALT_NAME,
                       MBEDTLS_OID_SIZE(MBEDTLS_OID_SUBJECT_ALT_NAME), 0, san, n),
                   0);
}

static void set_extension(mbedtls_x509write_cert *w, const char *id, bool critical, const void *p,
                          size_t n) {
  assert_int_equal(mbedtls_x509write_crt_set_extension(w, id, strlen(id), critical, p, n), 0);
}

/* What a root and an authority in between may have as well. */
static void set_limits(mbedtls_x509write_cert *w, const spec *s) {
  const name *c = &s->constraints, *u = &s->usage;
  unsigned char list[16] = {0x30, (unsigned char)(u->n + 2), (unsigned char)u->tag,
                            (unsigned char)u->n};
  if (c->p) set_extension(w, MBEDTLS_OID_NAME_CONSTRAINTS, c->tag, c->p, c->n);
  if (!u->p) return;
  memcpy(list + 4, u->p, u->n);
  set_extension(w, MBEDTLS_OID_EXTENDED_KEY_USAGE, false, list, 4 + u->n);
}

/* As DER at the end of `out`; a root if its issuer is itself. Returns the size. */
static size_t make_certificate(const spec *s, bool root, unsigned char *out, size_t size) {
  static const name good[] = {DNS(HOST), {0}};
  int issuer = s->by ? s->by->key : s->issuer ? s->issuer : ROOT;
  mbedtls_x509write_cert w;
  mbedtls_x509write_crt_init(&w);
  set_serial(&w);
  mbedtls_x509write_crt_set_version(&w, MBEDTLS_X509_CRT_VERSION_3);
  mbedtls_x509write_crt_set_md_alg(&w, s->md ? s->md : MBEDTLS_MD_SHA256);
  mbedtls_x509write_crt_set_subject_key(&w, key(root ? issuer : s->key));
  mbedtls_x509write_crt_set_issuer_key(&w, key(issuer));
  const char *subject = root ? "CN=Test Root" : s->subject ? s->subject : "CN=somebody";
  assert_int_equal(mbedtls_x509write_crt_set_subject_name(&w, subject), 0);
  assert_int_equal(
      mbedtls_x509write_crt_set_issuer_name(&w, s->by ? s->by->subject : "CN=Test Root"), 0);
  assert_int_equal(mbedtls_x509write_crt_set_validity(&w, s->from ? s->from : "20300101000000",
                                                      s->to ? s->to : "20301231235959"),
                   0);
  assert_int_equal(mbedtls_x509write_crt_set_basic_constraints(&w, root || s->authority, -1), 0);
  if (!root && !s->nameless) set_names(&w, s->names[0].p ? s->names : good);
  set_limits(&w, s);
  int n = mbedtls_x509write_crt_der(&w, out, size, test_random, NULL);
  assert_true(n > 0);
  mbedtls_x509write_crt_free(&w);
  return (size_t)n;
}

static unsigned char root_der[2048];
static size_t root_size;
static const spec no_spec;

static const void *root_at(void) {
  return root_der + sizeof root_der - root_size;
}

static size_t root_to_pem(char *out, size_t size) {
  size_t n;
  assert_int_equal(mbedtls_pem_write_buffer("-----BEGIN CERTIFICATE-----\n",
                                            "-----END CERTIFICATE-----\n", root_at(), root_size,
                                            (unsigned char *)out, size, &n),
                   0);
  return strlen(out);
}

/* ---- The connection between the two ---- */

typedef struct {
  unsigned char bytes[1 << 16];
  size_t n;
} queue;

static void put(queue *q, const void *p, size_t n) {
  assert_true(q->n + n <= sizeof q->bytes);
  memcpy(q->bytes + q->n, p, n);
  q->n += n;
}

static size_t take(queue *q, void *p, size_t n) {
  if (n > q->n) n = q->n;
  memcpy(p, q->bytes, n);
  memmove(q->bytes, q->bytes + n, q->n -= n);
  return n;
}

static struct {
  queue up, down;            /* from and to the client */
  unsigned char hello[1024]; /* the first bytes from the client */
  size_t hello_size;
  size_t most;  /* bytes moved in one call; 0: any number */
  bool stutter; /* every second call moves nothing */
  bool odd;
  bool blocked; /* takes nothing */
  bool eof;     /* once `down` is empty */
  int connect_error, send_error, recv_error;
  int connect_wants; /* so many before it is connected */
  int want;          /* the last one given */
  int waits, closes;
  bool replaced; /* by a new one when it is closed, with a server that is ready */
} wire;

static void new_wire(void);

static int want(int w) {
  return wire.want = w;
}

static bool pauses(void) {
  wire.odd = !wire.odd;
  return wire.stutter && wire.odd;
}

static int wire_connect(void *io, const char *host, uint16_t port) {
  assert_ptr_equal(io, &wire);
  assert_non_null(host);
  assert_int_equal(port, 443);
  if (wire.connect_error) return wire.connect_error;
  return wire.connect_wants-- > 0 ? want(MOAT_WANT_WRITE) : 0;
}

static int wire_send(void *io, const void *p, size_t n) {
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

static int wire_recv(void *io, void *p, size_t cap) {
  (void)io;
  if (wire.recv_error) return wire.recv_error;
  if (!wire.down.n && wire.eof) return MOAT_E_EOF;
  if (!wire.down.n || pauses()) return want(MOAT_WANT_READ);
  return (int)take(&wire.down, p, wire.most && cap > wire.most ? wire.most : cap);
}

static void wire_close(void *io) {
  (void)io;
  wire.closes++;
  if (wire.replaced) new_wire();
  wire.replaced = false;
}

static int wire_wait(void *io, int w, uint32_t ms) {
  (void)io;
  wire.waits++;
  return w == MOAT_WANT_READ && ms == 7 ? MOAT_WANT_TIME : 0;
}

static int32_t wire_detail(void *io) {
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

static int server_send(void *p, const unsigned char *bytes, size_t n) {
  (void)p;
  put(&wire.down, bytes, n);
  return (int)n;
}

static int server_recv(void *p, unsigned char *bytes, size_t n) {
  (void)p;
  return wire.up.n ? (int)take(&wire.up, bytes, n) : MBEDTLS_ERR_SSL_WANT_READ;
}

static int server_name(void *p, mbedtls_ssl_context *ssl, const unsigned char *s, size_t n) {
  (void)p;
  (void)ssl;
  assert_true(n < sizeof server.asked_for);
  memcpy(server.asked_for, s, n);
  server.asked_for[n] = '\0';
  return 0;
}

static void new_wire(void) {
  wire.up.n = wire.down.n = 0;
  server.open = false;
  server.error = 0;
  server.resumed = false;
  assert_int_equal(mbedtls_ssl_session_reset(&server.ssl), 0);
}

static void cap_at_tls_1_2(void) {
#if MBEDTLS_VERSION_MAJOR < 3
  mbedtls_ssl_conf_max_version(&server.config, MBEDTLS_SSL_MAJOR_VERSION_3,
                               MBEDTLS_SSL_MINOR_VERSION_3);
#else
  mbedtls_ssl_conf_max_tls_version(&server.config, MBEDTLS_SSL_VERSION_TLS1_2);
#endif
}

static void server_step(void) {
  if (server.open || server.error) return;
  int r = mbedtls_ssl_handshake(&server.ssl);
  if (r == 0) server.open = true;
  if (r && r != MBEDTLS_ERR_SSL_WANT_READ) server.error = r;
}

/* What the client sent, once it was sent in full. */
static int server_read(void *p, size_t cap) {
  int r = MBEDTLS_ERR_SSL_WANT_READ;
  for (int i = 0; i < 10 && r == MBEDTLS_ERR_SSL_WANT_READ; i++)
    r = mbedtls_ssl_read(&server.ssl, p, cap);
  return r;
}

static void server_write(const char *text) {
  int n = (int)strlen(text);
  assert_int_equal(mbedtls_ssl_write(&server.ssl, (const unsigned char *)text, strlen(text)), n);
}

/* ---- Both ends, made anew for each test ---- */

static moat_tls_context context;
static moat_tls tls;

static int set_up(void **state) {
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
  mbedtls_ssl_conf_rng(&server.config, test_random, NULL);
  mbedtls_ssl_conf_sni(&server.config, server_name, NULL);
  root_size = make_certificate(&no_spec, true, root_der, sizeof root_der);
  assert_int_equal(moat_tls_init(&context, &platform, NULL), 0);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  TLS.close(&tls);
  moat_tls_free(&context);
  mbedtls_ssl_free(&server.ssl);
  mbedtls_ssl_config_free(&server.config);
  mbedtls_x509_crt_free(&server.certificate);
  mbedtls_ssl_ticket_free(&server.tickets);
  return 0;
}

static int any_extension(void *p, const mbedtls_x509_crt *crt, const mbedtls_x509_buf *id,
                         int critical, const unsigned char *value, const unsigned char *end) {
  (void)p, (void)crt, (void)id, (void)critical, (void)value, (void)end;
  return 0;
}

static void send_along(const spec *s, bool root) {
  unsigned char der[2048];
  size_t n = make_certificate(s, root, der, sizeof der);
  assert_int_equal(mbedtls_x509_crt_parse_der_with_ext_cb(&server.certificate, der + sizeof der - n,
                                                          n, 1, any_extension, NULL),
                   0);
}

/* After all certificates that the server sends. */
static void start_server(int with) {
  assert_int_equal(mbedtls_ssl_conf_own_cert(&server.config, &server.certificate, key(with)), 0);
  assert_int_equal(mbedtls_ssl_setup(&server.ssl, &server.config), 0);
  mbedtls_ssl_set_bio(&server.ssl, NULL, server_send, server_recv, NULL);
}

/* With the authorities above it. */
static void use_certificate(const spec *s) {
  for (const spec *each = s; each; each = each->by)
    send_along(each, false);
  start_server(s->key);
}

static void trust_root(void) {
  tls_stream = &moat_tls_stream;
  assert_int_equal(moat_tls_add_root_der(&context, root_at(), root_size), 0);
  assert_int_equal(moat_tls_setup(&tls, &context, &wire_ops, &wire), 0);
}

static bool is_want(int r) {
  return r == MOAT_WANT_READ || r == MOAT_WANT_WRITE || r == MOAT_WANT_TIME;
}

/* connect until it is through. Each call takes one step at most, and says that it waits for the
 * stream only when the stream said so. */
static int run_connect(const char *host) {
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

static int connect_to(const spec *s, const char *host) {
  use_certificate(s);
  trust_root();
  return run_connect(host);
}

static void open_connection(void) {
  assert_int_equal(connect_to(&no_spec, HOST), 0);
  server_step();
  assert_true(server.open);
}

static void refused_with(const spec *s, const char *host, int32_t flags) {
  int32_t dates = MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE;
  assert_int_equal(connect_to(s, host), flags & ~dates ? MOAT_E_CERT : MOAT_E_CERT_DATE);
  assert_int_equal(TLS.detail(&tls), flags);
  assert_int_equal(wire.closes, 1);
  assert_false(server.open);
}

static void send_all(const char *text) {
  size_t n = strlen(text), done = 0;
  for (int i = 0; done < n && i < 100000; i++) {
    wire.want = 0;
    int r = TLS.send(&tls, text + done, n - done);
    if (r > 0) done += (size_t)r;
    if (r < 0) assert_int_equal(r, wire.want);
  }
  assert_int_equal(done, n);
}

static void expect_text(const char *text) {
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

static void server_expects(const char *text) {
  char got[64];
  assert_int_equal(server_read(got, sizeof got), (int)strlen(text));
  assert_memory_equal(got, text, strlen(text));
}

/* ---- The pure parts ---- */

static void test_sha256(void **state) {
  (void)state;
  static const uint8_t abc[32] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
                                  0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
                                  0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
  uint8_t out[32];
  assert_int_equal(moat_crypto_mbedtls.sha256(NULL, "abc", 3, out), 0);
  assert_memory_equal(out, abc, 32);
}

static void test_addresses(void **state) {
  (void)state;
  static const struct {
    const char *text;
    size_t n;
    const char *bytes;
  } cases[] = {
      {"127.0.0.1", 4, "\x7f\0\0\1"},
      {"255.255.255.255", 4, "\xff\xff\xff\xff"},
      {"::", 16, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"},
      {"::1", 16, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"},
      {"1::", 16, "\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0"},
      {"2001:db8::A:10", 16, "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\x0a\0\x10"},
      {"1:2:3:4:5:6:7:8", 16, "\0\1\0\2\0\3\0\4\0\5\0\6\0\7\0\x8"},
      {"1:2:3:4:5:6:7::", 16, "\0\1\0\2\0\3\0\4\0\5\0\6\0\7\0\0"},
      {"::ffff:1.2.3.4", 16, "\0\0\0\0\0\0\0\0\0\0\xff\xff\1\2\3\4"},
      {"1:2:3:4:5:6:1.2.3.4", 16, "\0\1\0\2\0\3\0\4\0\5\0\6\1\2\3\4"},
      {"", 0, NULL},
      {"1.2.3", 0, NULL},
      {"1.2.3.4.5", 0, NULL},
      {"1.2.3.256", 0, NULL},
      {"1.2.3.04", 0, NULL},
      {"1.2.3.", 0, NULL},
      {"1.2.3.4 ", 0, NULL},
      {"0x7f.0.0.1", 0, NULL},
      {":", 0, NULL},
      {":1", 0, NULL},
      {"1:", 0, NULL},
      {":::", 0, NULL},
      {"1:::2", 0, NULL},
      {"1::2::3", 0, NULL},
      {"1:2:3:4:5:6:7", 0, NULL},
      {"1:2:3:4:5:6:7:8:9", 0, NULL},
      {"1:2:3:4:5:6:7:8::", 0, NULL},
      {"::1:2:3:4:5:6:7:8", 0, NULL},
      {"12345::", 0, NULL},
      {"::g", 0, NULL},
      {"::1.2.3.4:5", 0, NULL},
      {"1:2:3:4:5:6:7:1.2.3.4", 0, NULL},
      {"fe80::1%eth0", 0, NULL},
      {"example.com", 0, NULL},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    uint8_t out[16];
    if (moat__address(moat_str(cases[i].text), out) != cases[i].n) fail_msg("%s", cases[i].text);
    if (cases[i].n) assert_memory_equal(out, cases[i].bytes, cases[i].n);
  }
}

static void test_names(void **state) {
  (void)state;
  static const struct {
    const char *pattern, *host;
    bool matches;
  } cases[] = {
      {"example.com", "example.com", true},
      {"EXAMPLE.com", "example.COM", true},
      {"localhost", "localhost", true},
      {"example.com", "www.example.com", false},
      {"www.example.com", "example.com", false},
      {"example.com.", "example.com", false},
      {"*.example.com", "www.example.com", true},
      {"*.example.com", "WWW.Example.com", true},
      {"*.example.com", "example.com", false},
      {"*.example.com", ".example.com", false},
      {"*.example.com", "a.b.example.com", false},
      {"*.example.com", "www.example.org", false},
      {"*.com", "example.com", false},
      {"*.", "example.", false},
      {"*.com.", "example.com.", false},
      {"*..com", "a..com", false},
      {"*", "localhost", false},
      {"*.*.com", "www.example.com", false},
      {"w*.example.com", "www.example.com", false},
      {"www.*.com", "www.example.com", false},
      {"", "", false},
      {"", "example.com", false},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    if (moat__dns_name_matches(moat_str(cases[i].pattern), moat_str(cases[i].host)) !=
        cases[i].matches)
      fail_msg("%s for %s", cases[i].pattern, cases[i].host);
  assert_false(
      moat__dns_name_matches(MOAT__LIT("example.com\0.evil.test"), MOAT__LIT("example.com")));
  assert_false(moat__dns_name_matches(MOAT__LIT("*.b.com\0.evil.test"), MOAT__LIT("a.b.com")));
}

static void test_alert_texts(void **state) {
  (void)state;
  static const uint8_t known[] = {40, 42, 43, 44,  45,  46,  47,  48,  70,
                                  71, 80, 86, 109, 110, 112, 113, 116, 120};
  for (int32_t alert = -1; alert < 300; alert++) {
    const char *text = moat_tls_alert_text(alert);
    bool wanted = alert > 0 && alert < 256 && memchr(known, alert, sizeof known);
    if (!text != !wanted) fail_msg("alert %d", (int)alert);
    if (text && strncmp(text, "it ", 3) != 0) fail_msg("%s", text);
  }
  assert_string_equal(moat_tls_alert_text(116), "it wants a certificate of the client");
}

/* ---- Roots ---- */

/* `text` in memory of its own and exact size, so that a read past its end is seen. */
static int add_pem(char **memory, const char *text) {
  *memory = malloc(strlen(text) + 1);
  assert_non_null(*memory);
  char *exact = realloc(*memory, strlen(text));
  *memory = exact;
  memcpy(exact, text, strlen(text));
  return moat_tls_add_roots_pem(&context, exact, strlen(text));
}

static void test_pem(void **state) {
  (void)state;
  char pem[2048], bundle[8192] = "# a comment -----BEGIN\n", *memory;
  size_t n = root_to_pem(pem, sizeof pem), at = strlen(bundle);
  memcpy(bundle + at, pem, n);
  at += n;
  strcpy(bundle + at, "-----BEGIN CERTIFICATE-----\nMIIB!!\n-----END CERTIFICATE-----\n"
                      "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
                      "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n");
  at += strlen(bundle + at);
  for (size_t i = 0; i < n; i++) { /* the same once more, with CR LF */
    if (pem[i] == '\n') bundle[at++] = '\r';
    bundle[at++] = pem[i];
  }
  strcpy(bundle + at, "-----BEGIN CERTIFICATE-----\nMIIB");
  assert_int_equal(add_pem(&memory, bundle), 2);
  assert_int_equal(context.skipped, 3);
  assert_memory_equal(memory, root_at(), root_size); /* in place */
  assert_memory_equal(memory + root_size, root_at(), root_size);

  use_certificate(&no_spec);
  assert_int_equal(moat_tls_setup(&tls, &context, &wire_ops, &wire), 0);
  assert_int_equal(run_connect(HOST), 0);
  TLS.close(&tls);
  moat_tls_free(&context);
  free(memory);
}

static void test_pem_cut_anywhere(void **state) {
  (void)state;
  char pem[2048];
  size_t n = root_to_pem(pem, sizeof pem) - 1; /* the last newline does not matter */
  for (size_t cut = 1; cut < n; cut++) {
    char *memory;
    char kept = pem[cut];
    pem[cut] = '\0';
    assert_int_equal(add_pem(&memory, pem), MOAT_E_CERT);
    pem[cut] = kept;
    free(memory);
  }
}

static void test_no_root(void **state) {
  (void)state;
  assert_int_equal(moat_tls_add_root_der(&context, "0\3abc", 5), MOAT_E_CERT);
  assert_int_equal(moat_tls_setup(&tls, &context, &wire_ops, &wire), MOAT_E_MISUSE);
  assert_int_equal(TLS.connect(&tls, HOST, 443), MOAT_E_MISUSE);
  assert_int_equal(wire.up.n, 0);
}

static void test_wrong_root(void **state) {
  (void)state;
  static const spec other = {.issuer = P521};
  unsigned char der[2048];
  size_t n = make_certificate(&other, true, der, sizeof der);
  use_certificate(&no_spec);
  assert_int_equal(moat_tls_add_root_der(&context, der + sizeof der - n, n), 0);
  assert_int_equal(moat_tls_setup(&tls, &context, &wire_ops, &wire), 0);
  assert_int_equal(run_connect(HOST), MOAT_E_CERT);
  assert_int_equal(TLS.detail(&tls), MBEDTLS_X509_BADCERT_NOT_TRUSTED | MOAT_TLS_CHAIN_INCOMPLETE);
  TLS.close(&tls);
  moat_tls_free(&context); /* before `der` goes */
}

static void test_platform_needs(void **state) {
  (void)state;
  static const moat_platform no_clock = {.random = board_random};
  static const moat_platform no_random = {.unix_time = board_time};
  moat_tls_context c;
  assert_int_equal(moat_tls_init(&c, &no_clock, NULL), MOAT_E_MISUSE);
  moat_tls_free(&c);
  assert_int_equal(moat_tls_init(&c, &no_random, NULL), MOAT_E_MISUSE);
  moat_tls_free(&c);
}

#ifdef OWN_RELEASE
static bool is_capped(unsigned number) {
  moat_tls_context c;
  release = number;
  assert_int_equal(moat_tls_init(&c, &platform, NULL), 0);
  bool capped = c.config.MBEDTLS_PRIVATE(max_tls_version) == MBEDTLS_SSL_VERSION_TLS1_2;
  moat_tls_free(&c);
  release = MBEDTLS_VERSION_NUMBER;
  return capped;
}

/* Whatever the headers were of that it was compiled with. */
static void test_the_release_that_runs_decides(void **state) {
  (void)state;
  assert_true(is_capped(0x03060600));
  assert_true(is_capped(0x04010000));
#ifdef MBEDTLS_SSL_PROTO_TLS1_3
  assert_false(is_capped(0x03060500));
  assert_false(is_capped(0x03060700));
#endif
}
#endif

/* ---- The handshake ---- */

static void test_handshake(void **state) {
  (void)state;
  wire.connect_wants = 2;
  open_connection();
  assert_true(board.steps >= 8);
  assert_int_equal(board.state, MBEDTLS_SSL_HANDSHAKE_OVER);
  send_all("ping");
  server_expects("ping");
  server_write("pong");
  expect_text("pong");
  assert_int_equal(TLS.recv(&tls, &(char){0}, 1), MOAT_WANT_READ);
}

static void test_byte_by_byte(void **state) {
  (void)state;
  wire.most = 1;
  wire.stutter = true;
  open_connection();
  send_all("ping");
  server_expects("ping");
  server_write("pong");
  expect_text("pong");
}

/* The data of an extension of the ClientHello, or NULL. */
static const unsigned char *extension(unsigned type, size_t *n) {
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

static void expect_extension(unsigned type, const char *bytes, size_t n) {
  size_t got;
  const unsigned char *p = extension(type, &got);
  assert_non_null(p);
  assert_int_equal(got, n);
  assert_memory_equal(p, bytes, n);
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

static void test_offer(void **state) {
  (void)state;
  static const char *const protocols[] = {"h2", "http/1.1", NULL};
  assert_int_equal(mbedtls_ssl_conf_alpn_protocols(&server.config, (const char **)protocols), 0);
  open_connection();
  size_t n;
  assert_null(extension(MAX_FRAGMENT_LENGTH, &n));
  expect_extension(GROUPS, "\0\x8\0\x17\0\x18\0\x1d\0\x19", 10);
  expect_extension(ALPN, "\0\x9\x8http/1.1", 11);
  assert_string_equal(mbedtls_ssl_get_alpn_protocol(&server.ssl), "http/1.1");
  assert_string_equal(server.asked_for, HOST);
#if MBEDTLS_VERSION_MAJOR < 3
  static const char suites[] = "\xc0\x2b\xc0\x2f\xc0\x2c\xc0\x30\xcc\xa9\xcc\xa8";
  static const char pairs[] = "\0\xc\4\3\4\1\5\3\5\1\6\3\6\1"; /* SHA-256, 384, 512 */
  const unsigned char *h = wire.hello + 43 + 1 + wire.hello[43];
  assert_int_equal(h[1], sizeof suites - 1 + 2); /* and the renegotiation signal, RFC 5746 3.3 */
  assert_memory_equal(h + 2, suites, sizeof suites - 1);
  expect_extension(SIGNATURES, pairs, sizeof pairs - 1);
#endif
#ifdef TLS_1_3
  const unsigned char *share = extension(KEY_SHARE, &n); /* RFC 8446 4.2.8 */
  assert_int_equal(n, 2 + 4 + 65);
  assert_memory_equal(share, "\0\x45\0\x17\0\x41\4", 7); /* one key, on P-256 */
  expect_extension(VERSIONS, "\4\3\4\3\3", 5);
  assert_string_equal(mbedtls_ssl_get_version(&server.ssl), "TLSv1.3");
#else
  assert_null(extension(VERSIONS, &n));
  assert_string_equal(mbedtls_ssl_get_version(&server.ssl), "TLSv1.2");
#endif
}

#ifdef TLS_1_3
static void test_psa(void **state) {
  (void)state;
  uint8_t byte;
  moat_tls_free(&context);
  mbedtls_psa_crypto_free();
  assert_int_not_equal(psa_generate_random(&byte, 1), PSA_SUCCESS);
  for (int i = 0; i < 2; i++) {
    assert_int_equal(moat_tls_init(&context, &platform, NULL), 0);
    assert_int_equal(psa_generate_random(&byte, 1), PSA_SUCCESS);
  }
}
#endif

static void test_rsa_and_p521(void **state) {
  static const spec good[] = {{.key = RSA2048}, {.key = P521}, {.md = MBEDTLS_MD_SHA512}};
  for (int i = 0; i < 3; i++) {
    if (i) set_up(state);
    assert_int_equal(connect_to(&good[i], HOST), 0);
    if (i < 2) tear_down(state);
  }
}

static void test_weak_certificates(void **state) {
  static const spec weak_key = {.key = RSA1024}, weak_hash = {.md = MBEDTLS_MD_SHA1};
  refused_with(&weak_key, HOST, MBEDTLS_X509_BADCERT_BAD_KEY);
  tear_down(state);
  set_up(state);
  refused_with(&weak_hash, HOST, MBEDTLS_X509_BADCERT_BAD_MD);
}

/* A server of Mbed TLS would not show a certificate on a curve that was not offered, so it is the
 * root that has it. */
static void test_secp256k1(void **state) {
  (void)state;
  static const spec s = {.issuer = K1};
  root_size = make_certificate(&s, true, root_der, sizeof root_der);
  refused_with(&s, HOST, MBEDTLS_X509_BADCERT_BAD_KEY);
}

static void test_old_version(void **state) {
  (void)state;
  static const char hello[] = "\x16\3\3\0\x2a\2\0\0\x26\3\2" /* TLS 1.1 */
                              "0123456789abcdef0123456789abcdef\0\xc0\x13\0";
  use_certificate(&no_spec);
  trust_root();
  server.error = 1; /* it says nothing itself */
  put(&wire.down, hello, sizeof hello - 1);
  assert_int_equal(run_connect(HOST), MOAT_E_TLS);
#if MBEDTLS_VERSION_MAJOR < 3
  assert_int_equal(TLS.detail(&tls), MBEDTLS_ERR_SSL_BAD_HS_PROTOCOL_VERSION);
#endif
}

static void test_alert(void **state) {
  (void)state;
  static const int cbc[] = {MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, 0};
  mbedtls_ssl_conf_ciphersuites(&server.config, cbc);
  assert_int_equal(connect_to(&no_spec, HOST), MOAT_E_TLS);
  assert_int_equal(TLS.detail(&tls), MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE);
}

static void test_garbage(void **state) {
  (void)state;
  use_certificate(&no_spec);
  trust_root();
  server.error = 1; /* it says nothing itself */
  put(&wire.down, "HTTP/1.1 400 Bad Request\r\n\r\n", 28);
  assert_int_equal(run_connect(HOST), MOAT_E_TLS);
  assert_true(TLS.detail(&tls) < 0);
}

/* ---- Names ---- */

static void test_host_names(void **state) {
  static const struct {
    spec s;
    const char *host;
    bool good;
  } cases[] = {
    {{.names = {DNS("other.test"), DNS(HOST)}}, HOST, true},
    {{.names = {DNS("*.example.com")}}, HOST, true},
    {{.names = {DNS("*.com")}}, "example.com", false},
    {{.names = {DNS("other.test")}, .subject = "CN=" HOST}, HOST, false},
    {{.nameless = true, .subject = "CN=" HOST}, HOST, false},
    {{.names = {DNS(HOST "\0.test")}}, HOST, false},
    {{.names = {{0x81, HOST, sizeof HOST - 1}}}, HOST, false}, /* rfc822Name */
    {{.names = {DNS("a.test"), IP("\x7f\0\0\1")}}, "127.0.0.1", true},
    {{.names = {IP("\x7f\0\0\1")}}, "127.0.0.2", false},
#if MBEDTLS_VERSION_MAJOR < 3 /* newer ones do not parse it */
    {{.names = {IP("\x7f\0\0\1\xff\xff\xff\xff")}}, "127.0.0.1", false},
#endif
    {{.names = {DNS("127.0.0.1")}, .subject = "CN=127.0.0.1"}, "127.0.0.1", false},
    {{.names = {DNS("*.0.0.1")}}, "127.0.0.1", false},
    {{.names = {IP("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1")}}, "::1", true},
    {{.names = {IP("abcd")}}, "abcd", false},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    int r = connect_to(&cases[i].s, cases[i].host);
    if (r != (cases[i].good ? 0 : MOAT_E_CERT)) fail_msg("case %zu: %d", i, r);
    if (r) assert_int_equal(TLS.detail(&tls), MBEDTLS_X509_BADCERT_CN_MISMATCH);
    tear_down(state);
    set_up(state);
  }
}

static void test_no_server_name_for_addresses(void **state) {
  (void)state;
  static const spec s = {.names = {IP("\x7f\0\0\1")}};
  size_t n;
  assert_int_equal(connect_to(&s, "127.0.0.1"), 0);
  assert_null(extension(SERVER_NAME, &n));
}

/* ---- Chains ---- */

#define USAGE(oid)                                                                                 \
  { MBEDTLS_ASN1_OID, oid, sizeof(oid) - 1 }
#define CONSTRAINTS(critical, s)                                                                   \
  { critical, s, sizeof(s) - 1 }
#define PERMIT_HOST                                                                                \
  "\x30\x11\xa0\xf\x30\xd\x82\xb"                                                                  \
  "example.com"
#define PERMIT_OTHER                                                                               \
  "\x30\x10\xa0\xe\x30\xc\x82\xa"                                                                  \
  "other.test"
#define EXCLUDE_HOST                                                                               \
  "\x30\x11\xa1\xf\x30\xd\x82\xb"                                                                  \
  "example.com"

enum { BAD_USAGE = MBEDTLS_X509_BADCERT_EXT_KEY_USAGE, BAD_NAMES = MBEDTLS_X509_BADCERT_OTHER };

/* The authority between the server and a root. */
static void test_authorities(void **state) {
  static const struct {
    spec root, authority;
    int32_t flags;
  } cases[] = {
      {.flags = 0},
      {.authority.usage = USAGE(MBEDTLS_OID_SERVER_AUTH)},
      {.authority.usage = USAGE(MBEDTLS_OID_ANY_EXTENDED_KEY_USAGE)},
      {.authority.usage = USAGE(MBEDTLS_OID_EMAIL_PROTECTION), .flags = BAD_USAGE},
      {.authority.usage = USAGE(MBEDTLS_OID_CLIENT_AUTH), .flags = BAD_USAGE},
      {.root.usage = USAGE(MBEDTLS_OID_EMAIL_PROTECTION), .flags = BAD_USAGE},
      {.authority.constraints = CONSTRAINTS(0, PERMIT_HOST)},
      {.authority.constraints = CONSTRAINTS(0, PERMIT_OTHER), .flags = BAD_NAMES},
      {.authority.constraints = CONSTRAINTS(0, EXCLUDE_HOST), .flags = BAD_NAMES},
      {.authority.constraints = CONSTRAINTS(0, "\x30"), .flags = BAD_NAMES},
      {.root.constraints = CONSTRAINTS(0, PERMIT_HOST)},
      {.root.constraints = CONSTRAINTS(1, PERMIT_HOST)},
      {.root.constraints = CONSTRAINTS(0, PERMIT_OTHER), .flags = BAD_NAMES},
      {.root.constraints = CONSTRAINTS(1, PERMIT_OTHER), .flags = BAD_NAMES},
      {.root.constraints = CONSTRAINTS(1, PERMIT_OTHER),
       .authority.usage = USAGE(MBEDTLS_OID_CLIENT_AUTH),
       .flags = BAD_USAGE | BAD_NAMES},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    spec authority = cases[i].authority, leaf = {.by = &authority};
    authority.key = RSA2048;
    authority.subject = "CN=Test Authority";
    authority.authority = authority.nameless = true;
    root_size = make_certificate(&cases[i].root, true, root_der, sizeof root_der);
    int r = connect_to(&leaf, HOST);
    if (r != (cases[i].flags ? MOAT_E_CERT : 0)) fail_msg("case %zu: %d", i, r);
    if (r) assert_int_equal(TLS.detail(&tls), cases[i].flags);
    tear_down(state);
    set_up(state);
  }
}

/* Mbed TLS does not know the extension. */
static void test_critical_constraints_of_an_authority(void **state) {
  (void)state;
  static const spec authority = {.key = RSA2048,
                                 .subject = "CN=Test Authority",
                                 .authority = true,
                                 .nameless = true,
                                 .constraints = CONSTRAINTS(1, PERMIT_HOST)};
  static const spec leaf = {.by = &authority};
  assert_int_equal(connect_to(&leaf, HOST), MOAT_E_CERT);
  assert_int_equal(TLS.detail(&tls),
                   MBEDTLS_ERR_X509_INVALID_EXTENSIONS + MBEDTLS_ERR_ASN1_UNEXPECTED_TAG);
}

static void test_unknown_critical_extension_of_a_root(void **state) {
  (void)state;
  unsigned char der[2048];
  static const spec s = {.constraints = CONSTRAINTS(1, "\5\0")};
  size_t n = make_certificate(&s, true, der, sizeof der);
  unsigned char *p = der + sizeof der - n;
  assert_int_equal(moat_tls_add_root_der(&context, p, n), 0);
  moat_tls_free(&context);
  for (size_t i = 0; i + 5 < n; i++)
    if (memcmp(p + i, "\6\3\x55\x1d\x1e", 5) == 0) p[i + 4] = 0x7f;
  assert_int_equal(moat_tls_init(&context, &platform, NULL), 0);
  assert_int_equal(moat_tls_add_root_der(&context, p, n), MOAT_E_CERT);
}

/* One authority above the other, in order, out of order, and not all of them. */
static void test_incomplete_chain(void **state) {
  static const spec upper = {
      .key = P521, .subject = "CN=Upper", .authority = true, .nameless = true};
  static const spec lower = {
      .key = RSA2048, .subject = "CN=Lower", .authority = true, .nameless = true, .by = &upper};
  static const spec leaf = {.by = &lower};
  static const spec *const orders[][2] = {
      {&lower, &upper}, {&upper, &lower}, {&lower}, {&upper}, {NULL}};
  for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
    send_along(&leaf, false);
    for (int j = 0; j < 2 && orders[i][j]; j++)
      send_along(orders[i][j], false);
    start_server(leaf.key);
    trust_root();
    assert_int_equal(run_connect(HOST), i ? MOAT_E_CERT : 0);
    if (i)
      assert_int_equal(TLS.detail(&tls),
                       MBEDTLS_X509_BADCERT_NOT_TRUSTED | MOAT_TLS_CHAIN_INCOMPLETE);
    tear_down(state);
    set_up(state);
  }
}

/* Its end is sent along, and is no root here. */
static void test_unknown_root(void **state) {
  (void)state;
  static const spec other = {.issuer = P521};
  root_size = make_certificate(&other, true, root_der, sizeof root_der);
  send_along(&no_spec, false);
  send_along(&no_spec, true);
  start_server(no_spec.key);
  trust_root();
  assert_int_equal(run_connect(HOST), MOAT_E_CERT);
  assert_int_equal(TLS.detail(&tls), MBEDTLS_X509_BADCERT_NOT_TRUSTED);
}

/* ---- Dates: the platform's clock decides, whatever that of the machine says ---- */

static void test_dates(void **state) {
  static const struct {
    const char *from, *to;
    int32_t flags;
  } cases[] = {
      {"20300317174640", "20300317174640", 0}, /* both ends are part of it */
      {"20300317174641", "20310101000000", MBEDTLS_X509_BADCERT_FUTURE},
      {"20200101000000", "20300317174639", MBEDTLS_X509_BADCERT_EXPIRED},
      {"20200101000000", "20300228235959", MBEDTLS_X509_BADCERT_EXPIRED},
      {"20200101000000", "20300401000000", 0},
      {"20200101000000", "99991231235959", 0},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const spec s = {.from = cases[i].from, .to = cases[i].to};
    if (cases[i].flags) {
      refused_with(&s, HOST, cases[i].flags);
    } else {
      assert_int_equal(connect_to(&s, HOST), 0);
    }
    tear_down(state);
    set_up(state);
  }
}

static void test_leap_years(void **state) {
  static const struct {
    int64_t now;
    const char *second;
  } cases[] = {{0, "19700101000000"},          {951782399, "20000228235959"},
               {951782400, "20000229000000"},  {951868800, "20000301000000"},
               {1709164800, "20240229000000"}, {4107542399, "21000228235959"},
               {4107542400, "21000301000000"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const spec s = {.from = cases[i].second, .to = cases[i].second};
    board.now = cases[i].now;
    root_size = make_certificate(&s, true, root_der, sizeof root_der);
    assert_int_equal(connect_to(&s, HOST), 0);
    tear_down(state);
    set_up(state);
  }
}

static void test_expired_root(void **state) {
  (void)state;
  static const spec s = {.to = "20300301000000"};
  root_size = make_certificate(&s, true, root_der, sizeof root_der);
  refused_with(&no_spec, HOST, MBEDTLS_X509_BADCERT_EXPIRED);
}

/* What does not pass by itself counts for more. */
static void test_dates_and_more(void **state) {
  static const spec late = {.names = {DNS("other.test")}, .to = "20300301000000"};
  static const spec early = {.names = {DNS("other.test")}, .from = "20300401000000"};
  refused_with(&late, HOST, MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_CN_MISMATCH);
  tear_down(state);
  set_up(state);
  refused_with(&early, HOST, MBEDTLS_X509_BADCERT_FUTURE | MBEDTLS_X509_BADCERT_CN_MISMATCH);
}

static void test_unknown_clock(void **state) {
  (void)state;
  board.clock_error = MOAT_E_CLOCK;
  assert_int_equal(connect_to(&no_spec, HOST), MOAT_E_CLOCK);
  assert_int_equal(wire.up.n, 0);
  assert_int_equal(wire.closes, 1);
}

/* ---- Randomness and memory ---- */

static void test_random_fails_anywhere(void **state) {
  int n = 0;
  for (;; n++) {
    board.randoms_left = n;
    int r = connect_to(&no_spec, HOST);
    if (r == 0) break;
    assert_int_equal(r, MOAT_E_RANDOM);
    if (n == 0) assert_int_equal(wire.up.n, 0);
    tear_down(state);
    set_up(state);
  }
#if MBEDTLS_VERSION_MAJOR < 3 /* later TLS 1.3 draws from PSA */
  assert_true(n > 2);
#endif
  assert_true(n > 0);
}

#ifdef OWN_HEAP
/* Where it runs out decides how Mbed TLS says so; that it is no success is what counts. */
static void test_memory_fails_anywhere(void **state) {
  int r = MOAT_E_MEMORY, memory = 0;
  callocs_left = 1;
  void *volatile one = calloc(1, 1); /* volatile, or the compiler leaves both calls out */
  free(one);
  bool ours = callocs_left == 0;
  callocs_left = -1;
  if (!ours) skip(); /* valgrind has put its own heap in front of this one */
  for (long n = 0; r; n += 1 + n / 8) {
    use_certificate(&no_spec);
    trust_root();
    long left = n;
    for (r = MOAT_WANT_TIME; is_want(r); left = callocs_left, callocs_left = -1) {
      server_step();
      callocs_left = left;
      r = TLS.connect(&tls, HOST, 443);
    }
    memory += r == MOAT_E_MEMORY;
    if (r) assert_true(r == MOAT_E_MEMORY || r == MOAT_E_CERT || r == MOAT_E_TLS);
    tear_down(state);
    set_up(state);
  }
  assert_true(memory >= 3);
}
#endif

/* ---- The open connection ---- */

static void test_end(void **state) {
  (void)state;
  char c;
  open_connection();
  server_write("x");
  assert_int_equal(mbedtls_ssl_close_notify(&server.ssl), 0);
  wire.eof = true;
  assert_int_equal(TLS.recv(&tls, &c, 1), 1);
  assert_int_equal(TLS.recv(&tls, &c, 1), MOAT_E_EOF);
  assert_int_equal(TLS.recv(&tls, &c, 1), MOAT_E_EOF);
  assert_int_equal(TLS.send(&tls, &c, 1), MOAT_E_EOF);
}

static void test_truncation(void **state) {
  (void)state;
  char c;
  open_connection();
  server_write("x");
  wire.eof = true;
  assert_int_equal(TLS.recv(&tls, &c, 1), 1);
  assert_int_equal(TLS.recv(&tls, &c, 1), MOAT_E_NETWORK);
  assert_int_equal(TLS.recv(&tls, &c, 1), MOAT_E_NETWORK);
}

static void test_truncated_handshake(void **state) {
  (void)state;
  use_certificate(&no_spec);
  trust_root();
  server.error = 1;
  wire.eof = true;
  assert_int_equal(run_connect(HOST), MOAT_E_NETWORK);
}

/* Empty records are no end: some servers send them. Mbed TLS takes three in a row. */
static void test_empty_records(void **state) {
  (void)state;
  open_connection();
  for (int i = 0; i < 3; i++)
    assert_int_equal(mbedtls_ssl_write(&server.ssl, NULL, 0), 0);
  server_write("x");
  expect_text("x");
}

static void test_changed_record(void **state) {
  (void)state;
  char c;
  open_connection();
  server_write("x");
  wire.down.bytes[wire.down.n - 1] ^= 1;
  assert_int_equal(TLS.recv(&tls, &c, 1), MOAT_E_TLS);
  assert_int_equal(TLS.detail(&tls), MBEDTLS_ERR_SSL_INVALID_MAC);
  server_write("y");
  assert_int_equal(TLS.recv(&tls, &c, 1), MOAT_E_TLS);
  assert_int_equal(TLS.send(&tls, &c, 1), MOAT_E_TLS);
}

static void test_lower_errors(void **state) {
  (void)state;
  char c;
  use_certificate(&no_spec);
  trust_root();
  wire.connect_error = MOAT_E_DNS;
  assert_int_equal(run_connect(HOST), MOAT_E_DNS);
  assert_int_equal(TLS.detail(&tls), 104);
  wire.connect_error = 0;
  wire.recv_error = MOAT_E_CANCEL;
  assert_int_equal(run_connect(HOST), MOAT_E_CANCEL);
  wire.recv_error = 0;
  wire.up.n = wire.down.n = 0;
  assert_int_equal(mbedtls_ssl_session_reset(&server.ssl), 0);
  server.error = 0;
  assert_int_equal(run_connect(HOST), 0);
  wire.recv_error = MOAT_E_NETWORK;
  assert_int_equal(TLS.recv(&tls, &c, 1), MOAT_E_NETWORK);
  assert_int_equal(TLS.detail(&tls), 104);
}

/* A server that refuses early has answered before it stops reading. */
static void test_answer_after_failed_send(void **state) {
  (void)state;
  open_connection();
  server_write("no");
  wire.send_error = MOAT_E_NETWORK;
  assert_int_equal(TLS.send(&tls, "x", 1), MOAT_E_NETWORK);
  expect_text("no");
}

static void test_wait(void **state) {
  (void)state;
  char c;
  open_connection();
  server_write("ab");
  assert_int_equal(TLS.recv(&tls, &c, 1), 1);
  assert_int_equal(TLS.wait(&tls, MOAT_WANT_READ, 7), 0);
  assert_int_equal(wire.waits, 0);
  assert_int_equal(TLS.wait(&tls, MOAT_WANT_WRITE, 7), 0);
  assert_int_equal(wire.waits, 1);
  assert_int_equal(TLS.recv(&tls, &c, 1), 1);
  assert_int_equal(TLS.wait(&tls, MOAT_WANT_READ, 7), MOAT_WANT_TIME);
  assert_int_equal(wire.waits, 2);
}

static void test_misuse(void **state) {
  (void)state;
  char c;
  trust_root();
  assert_int_equal(TLS.send(&tls, "x", 1), MOAT_E_MISUSE);
  assert_int_equal(TLS.recv(&tls, &c, 1), MOAT_E_MISUSE);
}

#ifdef MBEDTLS_SSL_RENEGOTIATION
/* The refusal is an alert, and as long as that is stuck Mbed TLS would send it in place of our
 * bytes and count them as sent. */
static void test_renegotiation(void **state) {
  (void)state;
  char c;
  mbedtls_ssl_conf_renegotiation(&server.config, MBEDTLS_SSL_RENEGOTIATION_ENABLED);
  cap_at_tls_1_2();
  open_connection();
  assert_int_equal(mbedtls_ssl_renegotiate(&server.ssl), 0);
  wire.blocked = true;
  assert_int_equal(TLS.recv(&tls, &c, 1), MOAT_WANT_WRITE);
  assert_int_equal(TLS.send(&tls, "ping", 4), MOAT_WANT_WRITE);
  wire.blocked = false;
  send_all("ping");
  server_expects("ping");
}
#endif

/* ---- Close ---- */

static void test_close(void **state) {
  (void)state;
  char c;
  open_connection();
  TLS.close(&tls);
  TLS.close(&tls);
  assert_int_equal(wire.closes, 2);
  assert_int_equal(server_read(&c, 1), MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY);
  assert_int_equal(wire.up.n, 0);

  assert_int_equal(mbedtls_ssl_session_reset(&server.ssl), 0);
  server.open = false;
  assert_int_equal(run_connect(HOST), 0); /* and again */
  send_all("ping");
  server_step();
  server_expects("ping");
}

static void test_close_before_setup(void **state) {
  (void)state;
  static moat_tls untouched;
  TLS.close(&untouched);
  assert_int_equal(TLS.send(&untouched, "x", 1), MOAT_E_MISUSE);
}

static void test_close_never_waits(void **state) {
  (void)state;
  open_connection();
  wire.blocked = true;
  TLS.close(&tls);
  assert_int_equal(wire.closes, 1);
}

/* A request that was cancelled half way must not be completed by closing. */
static void test_close_sends_no_rest(void **state) {
  (void)state;
  open_connection();
  wire.most = 10;
  wire.stutter = true;
  wire.odd = true;
  assert_int_equal(TLS.send(&tls, "a long request", 14), MOAT_WANT_WRITE);
  assert_int_equal(wire.up.n, 10);
  wire.stutter = false;
  TLS.close(&tls);
  assert_int_equal(wire.up.n, 10);
}

static void test_close_in_handshake(void **state) {
  (void)state;
  use_certificate(&no_spec);
  trust_root();
  for (int i = 0; i < 4; i++)
    assert_true(is_want(TLS.connect(&tls, HOST, 443)));
  size_t sent = wire.up.n;
  TLS.close(&tls);
  assert_int_equal(wire.up.n, sent);
  assert_int_equal(wire.closes, 1);
}

/* ---- Resumption ---- */

static char record[MOAT_TLS_RECORD];

static int take_ticket(void *p, mbedtls_ssl_session *session, unsigned char *ticket, size_t n) {
  int r = mbedtls_ssl_ticket_parse(p, session, ticket, n);
  server.resumed = r == 0;
  return r;
}

/* Called a second time, it makes a server that forgets its sessions. */
static void give_tickets(void) {
  mbedtls_ssl_ticket_free(&server.tickets);
  mbedtls_ssl_ticket_init(&server.tickets);
  assert_int_equal(mbedtls_ssl_ticket_setup(&server.tickets, test_random, NULL,
                                            MBEDTLS_CIPHER_AES_256_GCM, 7 * 86400),
                   0);
  mbedtls_ssl_conf_session_tickets_cb(&server.config, mbedtls_ssl_ticket_write, take_ticket,
                                      &server.tickets);
}

static const spec two_names = {.names = {DNS(HOST), DNS("other.example.com")}};

static void resume_setup(const spec *s) {
  give_tickets();
  use_certificate(s);
  trust_root();
  tls_stream = &moat_tls_resuming_stream;
}

static void ping(void) {
  server_step();
  assert_int_equal(server.error, 0);
  assert_true(server.open);
  send_all("ping");
  server_expects("ping");
  server_write("pong");
  expect_text("pong");
}

static int connect_anew(const char *host) {
  TLS.close(&tls);
  new_wire();
  return run_connect(host);
}

/* A connection and an exchange with the server as it was set up. True if it was resumed. */
static bool resumes(const char *host) {
  assert_int_equal(connect_anew(host), 0);
  ping();
  TLS.close(&tls);
  return server.resumed;
}

static void test_resumption(void **state) {
  (void)state;
  resume_setup(&no_spec);
  assert_false(resumes(HOST));
  for (int i = 0; i < 3; i++)
    assert_true(resumes(HOST));
  moat_tls_close(&tls);
  assert_false(resumes(HOST));
  moat_tls_close(&tls);
}

static void test_resumption_is_asked_for(void **state) {
  (void)state;
  resume_setup(&no_spec);
  tls_stream = &moat_tls_stream;
  assert_false(resumes(HOST));
  assert_false(resumes(HOST));
}

static void test_other_host(void **state) {
  (void)state;
  resume_setup(&two_names);
  assert_false(resumes(HOST));
  assert_false(resumes("other.example.com"));
  assert_true(resumes("other.example.com"));
  assert_false(resumes(HOST));
  moat_tls_close(&tls);
}

static void test_other_roots(void **state) {
  (void)state;
  static unsigned char der[2048];
  resume_setup(&no_spec);
  assert_false(resumes(HOST));
  size_t n = make_certificate(&(spec){.issuer = P521}, true, der, sizeof der);
  assert_int_equal(moat_tls_add_root_der(&context, der + sizeof der - n, n), 0);
  assert_false(resumes(HOST));
  assert_true(resumes(HOST));
  moat_tls_close(&tls);
}

static void test_session_ends(void **state) {
  (void)state;
  enum { DAY = 86400 };
  resume_setup(&no_spec);
  assert_false(resumes(HOST));
  board.now = NOW + 4 * DAY;
  assert_true(resumes(HOST));
  board.now = NOW + 7 * DAY; /* no longer for having been resumed */
  assert_false(resumes(HOST));
  board.now = NOW + 14 * DAY - 1;
  assert_true(resumes(HOST));
  board.now = NOW + 7 * DAY - 1; /* before it began */
  assert_false(resumes(HOST));
  moat_tls_close(&tls);
}

static void test_session_ends_with_certificate(void **state) {
  (void)state;
  resume_setup(&(spec){.to = "20300317180000"}); /* 800 s from now */
  assert_false(resumes(HOST));
  board.now = NOW + 799;
  assert_true(resumes(HOST));
  board.now = NOW + 801;
  assert_int_equal(connect_anew(HOST), MOAT_E_CERT_DATE);
  assert_int_equal(TLS.detail(&tls), MBEDTLS_X509_BADCERT_EXPIRED);
  moat_tls_close(&tls);
}

static void test_refused_session(void **state) {
  (void)state;
  resume_setup(&no_spec);
  assert_false(resumes(HOST));
  give_tickets();
  assert_false(resumes(HOST));
  assert_true(resumes(HOST));
  moat_tls_close(&tls);
}

/* Whatever broke it: the next handshake does without. */
static void test_session_that_spoils_a_handshake(void **state) {
  (void)state;
  resume_setup(&no_spec);
  assert_false(resumes(HOST));
  assert_int_equal(moat__tls_session_save(&tls, record, sizeof record), 0);
  assert_true(board.slot_size > 0);
  wire.recv_error = MOAT_E_NETWORK;
  assert_int_equal(run_connect(HOST), MOAT_E_NETWORK);
  wire.recv_error = 0;
  assert_int_equal(moat__tls_session_save(&tls, record, sizeof record), 0);
  assert_int_equal(board.slot_size, 0);
  assert_false(resumes(HOST));
  moat_tls_close(&tls);
}

/* The connection after it, within the same call, is a whole one. A server that has lost a version
 * of TLS is one that does this. */
static void test_session_that_a_server_fails_over(void **state) {
  (void)state;
  resume_setup(&no_spec);
  assert_false(resumes(HOST));
  int closes = wire.closes;
  server.error = 1; /* it says no more than this */
  wire.replaced = true;
  put(&wire.down, "\x15\3\3\0\2\2\x46", 7); /* protocol_version */
  assert_int_equal(run_connect(HOST), 0);
  assert_int_equal(wire.closes, closes + 1);
  ping();
  assert_false(server.resumed);
  assert_true(resumes(HOST));
  moat_tls_close(&tls);
}

/* RFC 5246 7.2.2 */
static void test_session_after_fatal_alert(void **state) {
  (void)state;
  resume_setup(&no_spec);
  assert_int_equal(run_connect(HOST), 0);
  ping();
  assert_int_equal(mbedtls_ssl_send_alert_message(&server.ssl, MBEDTLS_SSL_ALERT_LEVEL_FATAL,
                                                  MBEDTLS_SSL_ALERT_MSG_INTERNAL_ERROR),
                   0);
  assert_int_equal(TLS.recv(&tls, &(char){0}, 1), MOAT_E_TLS);
  assert_int_equal(moat__tls_session_save(&tls, record, sizeof record), 0);
  assert_int_equal(board.slot_size, 0);
  assert_false(resumes(HOST));
  moat_tls_close(&tls);
}

/* As after a restart: nothing is left but the slot. */
static int restart(void) {
  TLS.close(&tls);
  moat_tls_close(&tls);
  assert_int_equal(moat_tls_setup(&tls, &context, &wire_ops, &wire), 0);
  return moat__tls_session_load(&tls, record, sizeof record);
}

static void test_session_record(void **state) {
  (void)state;
  resume_setup(&no_spec);
  assert_int_equal(moat__tls_session_load(&tls, record, sizeof record), MOAT_E_EMPTY);
  assert_int_equal(moat__tls_session_save(&tls, record, sizeof record), 0);
  assert_int_equal(board.writes, 0); /* there is none yet */
  assert_false(resumes(HOST));
  board.busy = 3;
  for (int i = 0; i < 3; i++)
    assert_int_equal(moat__tls_session_save(&tls, record, sizeof record), MOAT_WANT_TIME);
  assert_int_equal(moat__tls_session_save(&tls, record, sizeof record), 0);
  assert_int_equal(moat__tls_session_save(&tls, record, sizeof record), 0);
  assert_int_equal(board.writes, 1); /* what has not changed is not written again */
  for (size_t i = 0; i < sizeof record; i++)
    assert_int_equal(record[i], 0);
  assert_int_equal(restart(), 0);
  for (size_t i = 0; i < sizeof record; i++)
    assert_int_equal(record[i], 0);
  assert_true(resumes(HOST));
  board.now += 7 * 86400;
  assert_int_equal(restart(), 0);
  assert_false(resumes(HOST));
  moat_tls_close(&tls);
}

static void test_session_saved_while_open(void **state) {
  (void)state;
  resume_setup(&no_spec);
  assert_int_equal(run_connect(HOST), 0);
  ping();
  assert_int_equal(moat__tls_session_save(&tls, record, sizeof record), 0);
  assert_int_equal(board.writes, 1);
  assert_int_equal(restart(), 0); /* the power failed */
  assert_true(resumes(HOST));
  moat_tls_close(&tls);
}

static void test_session_record_without_room(void **state) {
  (void)state;
  resume_setup(&no_spec);
  assert_false(resumes(HOST));
  int r = MOAT_E_SPACE;
  size_t size = 0;
  for (; r == MOAT_E_SPACE && size <= sizeof record; size++)
    r = moat__tls_session_save(&tls, record, size);
  assert_int_equal(r, 0);
  assert_int_equal(--size, board.slot_size);
  moat_tls_close(&tls);
  assert_int_equal(moat__tls_session_load(&tls, record, size - 1), MOAT_E_SPACE);
  assert_int_equal(moat__tls_session_load(&tls, record, size), 0);
  moat_tls_close(&tls);
}

/* Torn at every byte, and with every bit turned. */
static void test_session_record_damaged(void **state) {
  (void)state;
  char good[sizeof board.slot];
  resume_setup(&no_spec);
  assert_false(resumes(HOST));
  assert_int_equal(moat__tls_session_save(&tls, record, sizeof record), 0);
  size_t size = board.slot_size;
  memcpy(good, board.slot, size);
  for (board.slot_size = 1; board.slot_size < size; board.slot_size++)
    assert_int_equal(restart(), MOAT_E_STORE);
  for (size_t bit = 0; bit < 8 * size; bit++) {
    memcpy(board.slot, good, size);
    board.slot[bit / 8] = (char)(board.slot[bit / 8] ^ 1 << bit % 8);
    assert_int_equal(restart(), MOAT_E_STORE);
  }
  for (size_t n = 0; n < size - 4; n++) { /* too short, under a good checksum */
    memcpy(board.slot, good, size);
    seal_crc(board.slot, n);
    board.slot_size = n + 4;
    assert_int_equal(restart(), MOAT_E_STORE);
  }
  assert_false(resumes(HOST));
  assert_int_equal(moat__tls_session_save(&tls, record, sizeof record), 0);
  assert_int_equal(restart(), 0);
  moat_tls_close(&tls);
}

/* With a mac: every bit counts, and so does whose it is. */
static void test_session_record_authenticated(void **state) {
  (void)state;
  char good[sizeof board.slot];
  moat_platform keyed = platform;
  memset(&mac, 0, sizeof mac);
  keyed.mac = test_mac;
  resume_setup(&no_spec);
  context.platform = &keyed;
  assert_false(resumes(HOST));
  board.busy = 1;
  assert_int_equal(moat__tls_session_save(&tls, record, sizeof record), MOAT_WANT_TIME);
  assert_int_equal(moat__tls_session_save(&tls, record, sizeof record), 0);
  size_t size = board.slot_size;
  memcpy(good, board.slot, size);
  for (size_t bit = 0; bit < 8 * size; bit++) {
    board.slot[bit / 8] = (char)(board.slot[bit / 8] ^ 1 << bit % 8);
    assert_int_equal(restart(), MOAT_E_STORE);
    board.slot[bit / 8] = good[bit / 8];
  }
  mac.key[0] = 1;
  assert_int_equal(restart(), MOAT_E_STORE);
  mac.key[0] = 0;
  context.platform = &platform;
  assert_int_equal(restart(), MOAT_E_STORE);
  context.platform = &keyed;
  assert_int_equal(restart(), 0);
  assert_true(resumes(HOST));
  context.platform = &platform;
  give_tickets();
  assert_false(resumes(HOST)); /* there is a new session to store */
  assert_int_equal(moat__tls_session_save(&tls, record, sizeof record), 0);
  assert_int_equal(board.slot_size, size - 28);
  context.platform = &keyed;
  assert_int_equal(restart(), MOAT_E_STORE);
  assert_false(resumes(HOST));
  static const int results[] = {7, -100, MOAT_WANT_TIME};
  int writes = board.writes;
  for (size_t i = 0; i < sizeof results / sizeof *results; i++) {
    mac.result = results[i];
    assert_int_equal(moat__tls_session_save(&tls, record, sizeof record), MOAT_E_PORT);
    assert_int_equal(board.writes, writes);
  }
  assert_int_equal(restart(), MOAT_E_PORT);
  moat_tls_close(&tls);
}

static int odd_result;
static size_t odd_size;

static int odd_read(void *ctx, int slot, void *p, size_t cap, size_t *n) {
  int r = board_read(ctx, slot, p, cap, n);
  if (odd_size) *n = odd_size;
  return odd_result ? odd_result : r;
}

static int odd_write(void *ctx, int slot, const void *p, size_t n) {
  return odd_result ? odd_result : board_write(ctx, slot, p, n);
}

static int odd_erase(void *ctx, int slot) {
  return odd_result ? odd_result : board_erase(ctx, slot);
}

static void test_session_record_of_an_odd_port(void **state) {
  (void)state;
  static const int odd[] = {1, 1000, -1, -2, -15, -39, -54, -100};
  moat_platform port = platform;
  port.slot_read = odd_read;
  port.slot_write = odd_write;
  port.slot_erase = odd_erase;
  resume_setup(&no_spec);
  context.platform = &port;
  assert_false(resumes(HOST));
  for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
    odd_result = odd[i];
    assert_int_equal(moat__tls_session_save(&tls, record, sizeof record), MOAT_E_PORT);
  }
  odd_result = 0;
  assert_int_equal(moat__tls_session_save(&tls, record, sizeof record), 0);
  assert_int_equal(board.writes, 1);
  for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
    odd_result = odd[i];
    assert_int_equal(restart(), MOAT_E_PORT);
    assert_int_equal(moat__tls_session_save(&tls, record, sizeof record), MOAT_E_PORT); /* erases */
  }
  odd_result = MOAT_WANT_TIME;
  assert_int_equal(restart(), MOAT_E_PORT);
  odd_result = 0;
  odd_size = sizeof record + 1;
  assert_int_equal(restart(), MOAT_E_PORT);
  odd_size = 0;
  assert_int_equal(restart(), 0);
  assert_true(resumes(HOST));
  moat_tls_close(&tls);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void) {
  static const struct CMUnitTest tests[] = {
      TEST(test_sha256),
      TEST(test_addresses),
      TEST(test_names),
      TEST(test_alert_texts),
      TEST(test_pem),
      TEST(test_pem_cut_anywhere),
      TEST(test_no_root),
      TEST(test_wrong_root),
      TEST(test_platform_needs),
#ifdef OWN_RELEASE
      TEST(test_the_release_that_runs_decides),
#endif
      TEST(test_handshake),
      TEST(test_byte_by_byte),
      TEST(test_offer),
#ifdef TLS_1_3
      TEST(test_psa),
#endif
      TEST(test_rsa_and_p521),
      TEST(test_weak_certificates),
      TEST(test_secp256k1),
      TEST(test_old_version),
      TEST(test_alert),
      TEST(test_garbage),
      TEST(test_host_names),
      TEST(test_no_server_name_for_addresses),
      TEST(test_authorities),
      TEST(test_critical_constraints_of_an_authority),
      TEST(test_unknown_critical_extension_of_a_root),
      TEST(test_incomplete_chain),
      TEST(test_unknown_root),
      TEST(test_dates),
      TEST(test_dates_and_more),
      TEST(test_leap_years),
      TEST(test_expired_root),
      TEST(test_unknown_clock),
      TEST(test_random_fails_anywhere),
#ifdef OWN_HEAP
      TEST(test_memory_fails_anywhere),
#endif
      TEST(test_end),
      TEST(test_truncation),
      TEST(test_truncated_handshake),
      TEST(test_empty_records),
      TEST(test_changed_record),
      TEST(test_lower_errors),
      TEST(test_answer_after_failed_send),
      TEST(test_wait),
      TEST(test_misuse),
#ifdef MBEDTLS_SSL_RENEGOTIATION
      TEST(test_renegotiation),
#endif
      TEST(test_close),
      TEST(test_close_before_setup),
      TEST(test_close_never_waits),
      TEST(test_close_sends_no_rest),
      TEST(test_close_in_handshake),
      TEST(test_resumption),
      TEST(test_resumption_is_asked_for),
      TEST(test_other_host),
      TEST(test_other_roots),
      TEST(test_session_ends),
      TEST(test_session_ends_with_certificate),
      TEST(test_refused_session),
      TEST(test_session_that_spoils_a_handshake),
      TEST(test_session_that_a_server_fails_over),
      TEST(test_session_after_fatal_alert),
      TEST(test_session_record),
      TEST(test_session_saved_while_open),
      TEST(test_session_record_without_room),
      TEST(test_session_record_damaged),
      TEST(test_session_record_authenticated),
      TEST(test_session_record_of_an_odd_port),
  };
  return cmocka_run_group_tests(tests, NULL, free_keys);
}
