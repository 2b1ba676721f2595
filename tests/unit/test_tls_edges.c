/* The TLS stream over scripted bytes: what a whole handshake between two sound ends, which is in
 * test_tls.c, does not come to. */
#include "cmocka_all.h"

#include <limits.h>

#include <mbedtls/version.h>

#include "moat/tls.h"
#include "records.h"
#include "scripted.h"
#include "text/text.h"
#include "tls/tls_session.h"
#include "tls/tls_name.h"
#include "tls/tls_pem.h"

#if MBEDTLS_VERSION_MAJOR < 3
#define MBEDTLS_PRIVATE(member) member
#endif

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define TLS moat_tls_stream
#define NOW INT64_C(1900000000) /* 2030-03-17 17:46:40 */

/* A root of P-256 whose key nobody has. */
static const char pem[] = "-----BEGIN CERTIFICATE-----\n"
                          "MIIBFTCBuwIUMftiPNP9zC4pgtG4UTQ+Iu6TzNcwCgYIKoZIzj0EAwIwDDEKMAgG\n"
                          "A1UEAwwBUjAgFw0yNjExMjkxNDExMTZaGA8yMTI2MTEwNTE0MTExNlowDDEKMAgG\n"
                          "A1UEAwwBUjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABESTWjBK1iz4Sw3B86YE\n"
                          "kG1DDd53DOx06Hdl/pSyVCakDTHEOjbvFFECnbZKgab243MalvRYjOlOXD6ybHfC\n"
                          "hBcwCgYIKoZIzj0EAwIDSQAwRgIhAKQdaJbKYq14p/3UYyKBoOLKD3BWo6qqYPr0\n"
                          "mGgQxnzGAiEA/kLGV6ZDK6beA58A7AMpo6+WProUhbtdFbqT2+lLb34=\n"
                          "-----END CERTIFICATE-----\n";

typedef struct {
  scripted s;
  memory m; /* the platform's context */
  moat_platform platform;
  moat_stream_ops lower;
  moat_tls_context context;
  moat_tls tls;
  char roots[sizeof pem];
  char answer[2048];
} fixture;

static int random_answer, random_calls, random_fails_at;

/* The same in every run. */
static int test_random(void *ctx, void *p, size_t n) {
  (void)ctx;
  for (size_t i = 0; i < n; i++)
    ((unsigned char *)p)[i] = (unsigned char)(7 * i + 1);
  return ++random_calls == random_fails_at ? random_answer : 0;
}

static int setup(void **state) {
  fixture *f = calloc(1, sizeof *f);
  *state = f;
  random_fails_at = 0;
  f->m.unix_time = NOW;
  f->s.end = MOAT_WANT_READ;
  f->platform = memory_platform;
  f->platform.random = test_random;
  f->lower = scripted_stream;
  memcpy(f->roots, pem, sizeof pem);
  assert_int_equal(moat_tls_init(&f->context, &f->platform, &f->m), 0);
  assert_int_equal(moat_tls_add_roots_pem(&f->context, f->roots, sizeof pem - 1), 1);
  return moat_tls_setup(&f->tls, &f->context, &f->lower, &f->s);
}

static int teardown(void **state) {
  fixture *f = *state;
  TLS.close(&f->tls);
  moat_tls_free(&f->context);
  free(f);
  return 0;
}

/* As far as it goes: to an error, or to where it waits for the server. */
static int connect_to(fixture *f, const char *host) {
  int r;
  do {
    r = TLS.connect(&f->tls, host, 443);
  } while (r == MOAT_WANT_TIME);
  return r;
}

static int greet(fixture *f, const char *host) {
  TLS.close(&f->tls);
  f->s.sent_size = f->s.given = 0;
  return connect_to(f, host);
}

/* ---- Names and dates, as Mbed TLS asks about them ---- */

static uint32_t verify(fixture *f, mbedtls_x509_crt *crt, int depth) {
  uint32_t flags = MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE;
  mbedtls_ssl_context *ssl = &f->tls.ssl;
  assert_int_equal(ssl->MBEDTLS_PRIVATE(f_vrfy)(ssl->MBEDTLS_PRIVATE(p_vrfy), crt, depth, &flags),
                   0);
  return flags;
}

static const mbedtls_x509_time from = {
    .year = 2030, .mon = 3, .day = 17, .hour = 17, .min = 46, .sec = 40};
static const mbedtls_x509_time to = {
    .year = 2030, .mon = 3, .day = 17, .hour = 17, .min = 46, .sec = 40};

enum { MAIL = 0x81, DNS = 0x82, URI = 0x86, IP = 0x87 };

/* A name counts as what it is tagged: four letters are no address, and an address in letters, or in
 * its four bytes, is none as a name. */
static void test_kinds_of_names(void **state) {
  fixture *f = *state;
  static const struct {
    const char *host;
    int tag;
    const char *name;
    bool good;
  } cases[] = {{"65.66.67.68", IP, "ABCD", true},
               {"65.66.67.68", DNS, "ABCD", false},
               {"65.66.67.68", DNS, "65.66.67.68", false},
               {"65.66.67.68", IP, "65.66.67.68", false},
               {"65.66.67.68", IP, "ABCDABCDABCDABCD", false},
               {"65.66.67.68", IP, "ABC", false},
               {"65.66.67.68", URI, "ABCD", false},
               {"4142:4344:4142:4344:4142:4344:4142:4344", IP, "ABCDABCDABCDABCD", true},
               {"4142:4344:4142:4344:4142:4344:4142:4344", IP, "ABCD", false},
               {"4142:4344:4142:4344:4142:4344:4142:4344", DNS, "ABCDABCDABCDABCD", false},
               {"ABCD", DNS, "ABCD", true},
               {"abcd", DNS, "ABCD", true},
               {"ABCD", IP, "ABCD", false},
               {"ABCD", MAIL, "ABCD", false},
               {"ABCD", URI, "ABCD", false},
               {"b.example.com", DNS, "*b.example.com", false},
               {"*b.example.com", DNS, "*b.example.com", true}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    mbedtls_x509_crt crt = {.valid_from = from, .valid_to = to};
    mbedtls_x509_buf *name = &crt.subject_alt_names.buf;
    assert_int_equal(greet(f, cases[i].host), MOAT_WANT_READ);
    name->tag = cases[i].tag;
    name->len = strlen(cases[i].name);
    name->p = memcpy(malloc(name->len), cases[i].name, name->len);
    uint32_t flags = verify(f, &crt, 0);
    free(name->p);
    if (flags != (cases[i].good ? 0 : MBEDTLS_X509_BADCERT_CN_MISMATCH))
      fail_msg("%s as %x for %s: %x", cases[i].name, cases[i].tag, cases[i].host, flags);
  }
}

/* To the second; and what Mbed TLS thinks of the date does not count. */
static void test_first_and_last_second(void **state) {
  fixture *f = *state;
  static const struct {
    int64_t now;
    uint32_t flags;
  } cases[] = {
      {NOW, 0}, {NOW - 1, MBEDTLS_X509_BADCERT_FUTURE}, {NOW + 1, MBEDTLS_X509_BADCERT_EXPIRED}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    mbedtls_x509_crt crt = {.valid_from = from, .valid_to = to};
    f->m.unix_time = cases[i].now;
    assert_int_equal(greet(f, "h"), MOAT_WANT_READ);
    assert_int_equal(verify(f, &crt, 1), cases[i].flags);
  }
}

/* ---- What a server may send before anything is encrypted ---- */

typedef struct {
  char *p;
  size_t n;
} bytes;

static void put(bytes *b, const void *p, size_t n) {
  memcpy(b->p + b->n, p, n);
  b->n += n;
}

static void put24(bytes *b, size_t n) {
  const uint8_t length[] = {(uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};
  put(b, length, sizeof length);
}

/* A handshake message in a record of TLS 1.2. */
static void put_message(bytes *b, uint8_t type, const void *p, size_t n) {
  const uint8_t record[] = {22, 3, 3, (uint8_t)((n + 4) >> 8), (uint8_t)(n + 4), type};
  put(b, record, sizeof record);
  put24(b, n);
  put(b, p, n);
}

/* ECDHE-ECDSA with AES-128-GCM, no session, no extension; then a list of certificates. */
static void answer_certificates(fixture *f, const void *list, size_t n) {
  static const uint8_t hello[38] = {3, 3, [35] = 0xc0, 0x2b, 0};
  bytes b = {f->answer, 0};
  put_message(&b, 2, hello, sizeof hello);
  put_message(&b, 11, list, n);
  f->s.answer = f->answer;
  f->s.answer_size = b.n;
}

/* The root with one byte changed where an algorithm is named. */
static void answer_changed(fixture *f, const char *oid, size_t size) {
  char list[1024];
  bytes b = {list, 0};
  const mbedtls_x509_buf *der = &f->context.roots.raw;
  put24(&b, der->len + 3);
  put24(&b, der->len);
  put(&b, der->p, der->len);
  for (size_t i = 0; i + size <= b.n; i++)
    if (memcmp(list + i, oid, size) == 0) list[i + size - 1] ^= 0x40;
  answer_certificates(f, list, b.n);
}

#define ANSWER_CHANGED(f, oid) answer_changed(f, oid, sizeof(oid) - 1)

/* Not "the handshake failed": what is wrong is the certificate, and its number tells how. */
static void expect_refused(fixture *f) {
  assert_int_equal(greet(f, "h"), MOAT_E_CERT);
  assert_int_not_equal(TLS.detail(&f->tls), 0);
  assert_int_equal(f->s.open, false);
}

static void test_unreadable_certificates(void **state) {
  fixture *f = *state;
  ANSWER_CHANGED(f, "\x2a\x86\x48\xce\x3d\x03\x01\x07"); /* the curve of the key */
  expect_refused(f);
  ANSWER_CHANGED(f, "\x2a\x86\x48\xce\x3d\x02\x01"); /* the kind of the key */
  expect_refused(f);
  ANSWER_CHANGED(f, "\x2a\x86\x48\xce\x3d\x04\x03\x02"); /* the signature */
  expect_refused(f);
  char list[206] = {0, 0, 203 - 256, 0, 0, 200 - 256}; /* no DER */
  answer_certificates(f, list, sizeof list);
  expect_refused(f);
}

#if MBEDTLS_VERSION_MAJOR < 3
/* A certificate that reaches past the end of the list, and one of no bytes. */
static void test_certificate_list(void **state) {
  fixture *f = *state;
  answer_certificates(f, "\0\0\5\0\0\3xx", 8);
  expect_refused(f);
  answer_certificates(f, "\0\0\3\0\0\0", 6);
  expect_refused(f);
}
#endif

/* A TLS library that says it was done, as if it had gone through a handshake. */
static int be_done(fixture *f, bool verified, uint32_t flags) {
  mbedtls_ssl_context *ssl = &f->tls.ssl;
  assert_int_equal(greet(f, "h"), MOAT_WANT_READ);
  f->tls.verified = verified;
  ssl->MBEDTLS_PRIVATE(session_negotiate)->MBEDTLS_PRIVATE(verify_result) = flags;
  ssl->MBEDTLS_PRIVATE(state) = MBEDTLS_SSL_HANDSHAKE_WRAPUP;
  return connect_to(f, "h");
}

/* It is not believed without a certificate that was judged, and found good. */
static void test_done_without_a_certificate(void **state) {
  fixture *f = *state;
  char c;
  assert_int_equal(be_done(f, false, 0), MOAT_E_CERT);
  assert_false(f->s.open);
  assert_int_equal(TLS.send(&f->tls, "x", 1), MOAT_E_MISUSE);
  assert_int_equal(TLS.recv(&f->tls, &c, 1), MOAT_E_MISUSE);
  assert_int_equal(be_done(f, true, MBEDTLS_X509_BADCERT_REVOKED), MOAT_E_CERT);
  assert_int_equal(TLS.detail(&f->tls), MBEDTLS_X509_BADCERT_REVOKED);
  assert_false(f->s.open);
}

/* No bytes are no request. The connection has no keys, but only its state counts here. */
static void test_nothing_to_move(void **state) {
  fixture *f = *state;
  char c;
  assert_int_equal(be_done(f, true, 0), 0);
  assert_int_equal(TLS.send(&f->tls, "x", 0), MOAT_E_MISUSE);
  assert_int_equal(TLS.recv(&f->tls, &c, 0), MOAT_E_MISUSE);
}

/* ---- The stream below ---- */

static int lower_answer;
static bool lower_too_much;

static int odd_connect(void *io, const char *host, uint16_t port) {
  (void)io;
  (void)host;
  (void)port;
  return lower_answer;
}

static int odd_send(void *io, const void *p, size_t n) {
  (void)io;
  (void)p;
  return lower_too_much ? (int)n + 1 : lower_answer;
}

static int odd_recv(void *io, void *p, size_t cap) {
  (void)io;
  (void)p;
  return lower_too_much ? (int)cap + 1 : lower_answer;
}

/* Neither success nor one of the errors that port.h lists. */
static const int numbers[] = {1,   2,    INT_MAX, -4,   -5,      -15,     -47,
                              -69, -100, -101,    -104, -0x2700, -0x7200, INT_MIN};
enum { POSITIVE = 3 };

static void expect_port_error(fixture *f, const char *what) {
  int r = greet(f, "h");
  if (r != MOAT_E_PORT) fail_msg("%s answers %d: %d", what, lower_answer, r);
  assert_false(f->s.open);
}

static void test_lower_connect(void **state) {
  fixture *f = *state;
  f->lower.connect = odd_connect;
  for (size_t i = 0; i < COUNT(numbers); i++) {
    lower_answer = numbers[i];
    expect_port_error(f, "connect");
  }
}

static void test_lower_send(void **state) {
  fixture *f = *state;
  f->lower.send = odd_send;
  for (size_t i = POSITIVE; i < COUNT(numbers); i++) {
    lower_answer = numbers[i];
    expect_port_error(f, "send");
  }
}

static void test_lower_recv(void **state) {
  fixture *f = *state;
  f->lower.recv = odd_recv;
  for (size_t i = POSITIVE; i < COUNT(numbers); i++) {
    lower_answer = numbers[i];
    expect_port_error(f, "recv");
  }
}

/* 0 is no count, and nobody asked for that much. */
static void test_lower_counts(void **state) {
  fixture *f = *state;
  for (int sending = 0; sending < 2; sending++) {
    f->lower.send = sending ? odd_send : scripted_send;
    f->lower.recv = odd_recv;
    lower_answer = 0;
    expect_port_error(f, sending ? "send" : "recv");
    lower_too_much = true;
    expect_port_error(f, sending ? "send" : "recv");
    lower_too_much = false;
  }
}

/* Errors that port.h lists get through as they are. */
static void test_lower_errors(void **state) {
  fixture *f = *state;
  static const int errors[] = {MOAT_E_DNS,  MOAT_E_CONNECT, MOAT_E_NETWORK,
                               MOAT_E_PORT, MOAT_E_CANCEL,  MOAT_E_MEMORY};
  f->lower.connect = odd_connect;
  f->lower.detail = NULL; /* and there is no number of its own */
  for (size_t i = 0; i < COUNT(errors); i++) {
    lower_answer = errors[i];
    assert_int_equal(greet(f, "h"), errors[i]);
    assert_int_equal(TLS.detail(&f->tls), 0);
  }
}

static void test_wait(void **state) {
  fixture *f = *state;
  moat_tls none;
  memset(&none, 0, sizeof none);
  assert_int_equal(TLS.wait(&none, MOAT_WANT_READ, 5), MOAT_E_PORT); /* before the setup */
  assert_int_equal(TLS.connect(&none, "h", 443), MOAT_E_MISUSE);
  assert_int_equal(greet(f, "h"), MOAT_WANT_READ);
  assert_int_equal(TLS.wait(&f->tls, MOAT_WANT_READ, 5), 0);
  assert_int_equal(f->s.waits, 1);
  assert_int_equal(f->s.clock, 5);
  f->lower.wait = NULL;
  assert_int_equal(TLS.wait(&f->tls, MOAT_WANT_READ, 5), MOAT_E_PORT);
}

/* ---- The platform ---- */

static int odd_time(void *ctx, int64_t *seconds) {
  (void)ctx;
  *seconds = NOW;
  return lower_answer;
}

/* Without a date there is no handshake. */
static void test_clock(void **state) {
  fixture *f = *state;
  f->platform.unix_time = odd_time;
  for (size_t i = 0; i < COUNT(numbers); i++) {
    lower_answer = numbers[i];
    int r = greet(f, "h");
    if (r != MOAT_E_PORT && (r != MOAT_E_CLOCK || numbers[i] < 0))
      fail_msg("%d: %d", numbers[i], r);
    assert_int_equal(f->s.sent_size, 0);
  }
}

/* Whatever it answers but 0, nothing is made of what it left there. */
static void test_odd_random(void **state) {
  fixture *f = *state;
  for (size_t i = 0; i < COUNT(numbers); i++) {
    random_answer = numbers[i];
    random_calls = 0;
    random_fails_at = 1;
    int r = greet(f, "h");
    if (r != MOAT_E_RANDOM && r != MOAT_E_PORT) fail_msg("%d: %d", numbers[i], r);
    assert_int_equal(f->s.sent_size, 0);
  }
}

/* ---- The stored session ---- */

static int slot_answer;
static size_t slot_bytes;

static int odd_read(void *ctx, int slot, void *p, size_t cap, size_t *n) {
  int r = memory_read(ctx, slot, p, cap, n);
  if (r == 0) *n = slot_bytes;
  return slot_answer;
}

static int load(fixture *f, size_t size) {
  char *buffer = malloc(size);
  moat__tls_resume(&f->tls);
  int r = moat__tls_session_load(&f->tls, buffer, size);
  assert_int_equal(f->tls.kept.there, r == 0);
  for (size_t i = 0; i < size; i++)
    assert_int_equal(buffer[i], 0);
  free(buffer);
  moat_tls_close(&f->tls);
  f->tls.resumes = NULL;
  return r;
}

/* An empty session, as it is stored; its size. */
static size_t save(fixture *f) {
  char buffer[MOAT_TLS_RECORD];
  moat__tls_resume(&f->tls);
#if MBEDTLS_VERSION_MAJOR >= 3
  f->tls.kept.session.MBEDTLS_PRIVATE(tls_version) = MBEDTLS_SSL_VERSION_TLS1_2;
#endif
  f->tls.kept.there = f->tls.kept.changed = true;
  assert_int_equal(moat__tls_session_save(&f->tls, buffer, sizeof buffer), 0);
  f->tls.resumes = NULL;
  return f->m.sizes[MOAT_SLOT_TLS];
}

static void seal(char *p, size_t n) {
  seal_crc(p, n - 4);
}

/* Its name is that of another record, or its version is another. */
static void test_session_of_another_build(void **state) {
  fixture *f = *state;
  enum { VERSION_SIZE = 5 };
  char *slot = f->m.slots[MOAT_SLOT_TLS];
  size_t n = save(f);
  assert_int_equal(load(f, n), 0);
  assert_int_equal(load(f, n - 1), MOAT_E_SPACE);
  for (size_t i = 0; i < VERSION_SIZE; i++) {
    slot[i] ^= 0x20;
    seal(slot, n);
    assert_int_equal(load(f, n), MOAT_E_STORE);
    slot[i] ^= 0x20;
  }
  seal(slot, n);
  assert_int_equal(load(f, n), 0);
}

/* All is well with it but what Mbed TLS has to read. */
static void test_session_that_mbedtls_refuses(void **state) {
  fixture *f = *state;
  char *slot = f->m.slots[MOAT_SLOT_TLS];
  size_t n = save(f);
  slot[n - 5] ^= 1; /* its last byte: the length of nothing */
  f->m.sizes[MOAT_SLOT_TLS] = n - 1;
  seal(slot, n - 1);
  assert_int_equal(load(f, n), MOAT_E_STORE);
}

static void test_read(void **state) {
  fixture *f = *state;
  f->platform.slot_read = odd_read;
  for (size_t i = 0; i < COUNT(numbers); i++) {
    slot_answer = numbers[i];
    int r = load(f, 64);
    if (r != MOAT_E_PORT) fail_msg("%d: %d", numbers[i], r);
  }
}

/* A success with more bytes than there is room for, or none. */
static void test_read_sizes(void **state) {
  fixture *f = *state;
  static const size_t sizes[] = {0, 1, 4, 51, 65, 1024, INT_MAX, SIZE_MAX};
  f->platform.slot_read = odd_read;
  slot_answer = 0;
  memcpy(f->m.slots[MOAT_SLOT_TLS], "MTLS\1", 5);
  f->m.sizes[MOAT_SLOT_TLS] = 64;
  for (size_t i = 0; i < COUNT(sizes); i++) {
    slot_bytes = sizes[i];
    int r = load(f, 64);
    if (r != MOAT_E_STORE && r != MOAT_E_PORT) fail_msg("%zu: %d", sizes[i], r);
  }
}

static int odd_write(void *ctx, int slot, const void *p, size_t n) {
  (void)memory_write(ctx, slot, p, n);
  return slot_answer;
}

static int odd_erase(void *ctx, int slot) {
  (void)memory_erase(ctx, slot);
  return slot_answer;
}

/* What is not known to be stored is stored at the next time. */
static void test_write(void **state) {
  fixture *f = *state;
  char buffer[MOAT_TLS_RECORD];
  f->platform.slot_write = odd_write;
  f->platform.slot_erase = odd_erase;
  for (size_t i = 0; i < COUNT(numbers); i++) {
    for (int erases = 0; erases < 2; erases++) {
      moat__tls_resume(&f->tls);
#if MBEDTLS_VERSION_MAJOR >= 3
      f->tls.kept.session.MBEDTLS_PRIVATE(tls_version) = MBEDTLS_SSL_VERSION_TLS1_2;
#endif
      f->tls.kept.there = f->tls.kept.changed = !erases;
      f->tls.kept.stored = erases;
      slot_answer = numbers[i];
      int r = moat__tls_session_save(&f->tls, buffer, sizeof buffer);
      if (r != MOAT_E_PORT) fail_msg("%d: %d", numbers[i], r);
      assert_int_equal(f->tls.kept.stored, erases);
      assert_int_equal(f->tls.kept.changed, !erases);
      moat_tls_close(&f->tls);
      f->tls.resumes = NULL;
    }
  }
}

/* ---- Roots ---- */

/* Space of any kind, and padding. */
static void test_pem(void **state) {
  (void)state;
  static const struct {
    const char *text, *der; /* NULL: damaged */
  } cases[] = {{"YWJj\n", "abc"},    {"YWI=\n", "ab"},    {"YQ==\n", "a"},
               {"YQ= =\r\n\f", "a"}, {"Y Q\t=\v= ", "a"}, {"", ""},
               {" YWJj", "abc"},     {"YW=Jj\n", NULL},   {"YW*j\n", NULL},
               {"YW\x80j\n", NULL},  {"====\n", ""},      {"YW\x0ej\n", NULL}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    char text[200];
    uint8_t der[100];
    int n = snprintf(text, sizeof text,
                     "-----BEGIN CERTIFICATE-----%s-----END CERTIFICATE-----\nrest", cases[i].text);
    char *exact = memcpy(malloc((size_t)n), text, (size_t)n);
    moat_span rest = {exact, (size_t)n};
    size_t size = 99;
    assert_true(moat__pem_next(&rest, der, &size));
    const char *expected = cases[i].der ? cases[i].der : "";
    if (size != strlen(expected)) fail_msg("%s: %zu", cases[i].text, size);
    assert_memory_equal(der, expected, size);
    assert_false(moat__pem_next(&rest, der, &size)); /* and there is no other */
    free(exact);
  }
}

/* It ends, too, where nothing in it begins a mark. */
static void test_no_pem(void **state) {
  (void)state;
  uint8_t der[100];
  size_t size;
  static const char *const texts[] = {"", "x", "no certificate in these thirty bytes",
                                      "-----BEGIN CERTIFICATE----",
                                      "---------------------------------------"};
  for (size_t i = 0; i < COUNT(texts); i++) {
    moat_span rest = moat_str(texts[i]);
    assert_false(moat__pem_next(&rest, der, &size));
  }
}

static void test_has_1_3(void **state) {
  (void)state;
#if defined(MBEDTLS_SSL_PROTO_TLS1_3) && MBEDTLS_VERSION_NUMBER != 0x03060600
  assert_true(moat_tls_has_1_3());
#else
  assert_false(moat_tls_has_1_3());
#endif
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
    TEST(test_kinds_of_names),
    TEST(test_first_and_last_second),
    TEST(test_unreadable_certificates),
#if MBEDTLS_VERSION_MAJOR < 3
    TEST(test_certificate_list),
#endif
    TEST(test_done_without_a_certificate),
    TEST(test_nothing_to_move),
    TEST(test_lower_connect),
    TEST(test_lower_send),
    TEST(test_lower_recv),
    TEST(test_lower_counts),
    TEST(test_lower_errors),
    TEST(test_wait),
    TEST(test_clock),
    TEST(test_odd_random),
    TEST(test_session_of_another_build),
    TEST(test_session_that_mbedtls_refuses),
    TEST(test_read),
    TEST(test_read_sizes),
    TEST(test_write),
    cmocka_unit_test(test_pem),
    cmocka_unit_test(test_no_pem),
    cmocka_unit_test(test_has_1_3),
  };
  return cmocka_run_group_tests_name("tls_edges", tests, NULL, NULL);
}
