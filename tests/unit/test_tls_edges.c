/* What does not happen in a handshake between two correct ends: odd certificates, and a TLS library
 * that says too early that it is done. */
#include "tls_scripted.h"
#include "records.h"
#include "tls/tls_error.h"
#include "tls/tls_pem.h"

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

/* The tag decides what a name is. Four letters are not an address. An address is not a DNS name,
 * neither as text nor as four bytes. */
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

/* Exact to the second. What Mbed TLS thinks of the date does not count. */
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

/* ECDHE-ECDSA with AES-128-GCM, without session or extensions, then a list of certificates. */
static void answer_certificates(fixture *f, const void *list, size_t n) {
  static const uint8_t hello[38] = {3, 3, [35] = 0xc0, 0x2b, 0};
  bytes b = {f->answer, 0};
  put_message(&b, 2, hello, sizeof hello);
  put_message(&b, 11, list, n);
  f->s.answer = f->answer;
  f->s.answer_size = b.n;
}

/* The root, with one byte of an algorithm's name changed. */
static void answer_changed(fixture *f, const char *oid, size_t size) {
  char list[1024];
  bytes b = {list, 0};
  const mbedtls_x509_buf *der = &f->context.roots.list.raw;
  put24(&b, der->len + 3);
  put24(&b, der->len);
  put(&b, der->p, der->len);
  for (size_t i = 0; i + size <= b.n; i++)
    if (memcmp(list + i, oid, size) == 0) list[i + size - 1] ^= 0x40;
  answer_certificates(f, list, b.n);
}

#define ANSWER_CHANGED(f, oid) answer_changed(f, oid, sizeof(oid) - 1)

/* The error must be about the certificate, not the handshake, and its number says what is wrong. */
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
  char list[206] = {0, 0, (char)203, 0, 0, (char)200}; /* not DER */
  answer_certificates(f, list, sizeof list);
  expect_refused(f);
}

#if MBEDTLS_VERSION_MAJOR < 3
/* A certificate that reaches past the end of the list, and an empty one. */
static void test_certificate_list(void **state) {
  fixture *f = *state;
  answer_certificates(f, "\0\0\5\0\0\3xx", 8);
  expect_refused(f);
  answer_certificates(f, "\0\0\3\0\0\0", 6);
  expect_refused(f);
}
#endif

/* Mbed TLS 4 gives the second number alone. Others like it are not about certificates. */
static void test_numbers_of_asn1(void **state) {
  fixture *f = *state;
  assert_int_equal(moat__tls_error(&f->tls, MBEDTLS_ERR_ASN1_OUT_OF_DATA), MOAT_E_CERT);
  assert_int_equal(moat__tls_error(&f->tls, MBEDTLS_ERR_ASN1_INVALID_DATA), MOAT_E_CERT);
  assert_int_equal(moat__tls_error(&f->tls, MBEDTLS_ERR_ASN1_OUT_OF_DATA + 1), MOAT_E_TLS);
  assert_int_equal(moat__tls_error(&f->tls, MBEDTLS_ERR_ASN1_INVALID_DATA - 6), MOAT_E_TLS);
}

/* Makes the TLS library say that it is done, as if there had been a handshake. */
static int be_done(fixture *f, bool verified, uint32_t flags) {
  mbedtls_ssl_context *ssl = &f->tls.ssl;
  assert_int_equal(greet(f, "h"), MOAT_WANT_READ);
  f->tls.verified = verified;
  ssl->MBEDTLS_PRIVATE(session_negotiate)->MBEDTLS_PRIVATE(verify_result) = flags;
  ssl->MBEDTLS_PRIVATE(state) = MBEDTLS_SSL_HANDSHAKE_WRAPUP;
  return connect_to(f, "h");
}

/* That counts only if a certificate was checked and found good. */
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

/* Sending or receiving no bytes is misuse. The connection has no keys, but only its state matters
 * here. */
static void test_nothing_to_move(void **state) {
  fixture *f = *state;
  char c;
  assert_int_equal(be_done(f, true, 0), 0);
  assert_int_equal(TLS.send(&f->tls, "x", 0), MOAT_E_MISUSE);
  assert_int_equal(TLS.recv(&f->tls, &c, 0), MOAT_E_MISUSE);
}

/* Warnings as anybody on the way could make them, as many as are read. */
static unsigned warned;

static int recv_warning(void *io, void *p, size_t cap) {
  static const char warning[] = {21, 3, 3, 0, 2, 1, 90}; /* user_canceled */
  scripted *s = io;
  char *out = p;
  size_t n = cap < sizeof warning - s->given ? cap : sizeof warning - s->given;
  memcpy(out, warning + s->given, n);
  s->given = (s->given + n) % sizeof warning;
  if (++warned > 10000) fail_msg("the call does not end");
  return (int)n;
}

/* The caller has a deadline, and a watchdog to feed. */
static void test_endless_warnings(void **state) {
  fixture *f = *state;
  f->lower.recv = recv_warning;
  for (int i = 0; i < 100; i++) {
    warned = 0;
    assert_int_equal(TLS.connect(&f->tls, "a.example", 443), MOAT_WANT_TIME);
  }
}

/* ---- The stored session ---- */

/* Stores an empty session and returns its size. */
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

/* The record has another name or another version. */
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

/* Only the part that Mbed TLS reads is wrong. */
static void test_session_that_mbedtls_refuses(void **state) {
  fixture *f = *state;
  char *slot = f->m.slots[MOAT_SLOT_TLS];
  size_t n = save(f);
  slot[n - 5] ^= 1; /* its last byte, the length of an empty field */
  f->m.sizes[MOAT_SLOT_TLS] = n - 1;
  seal(slot, n - 1);
  assert_int_equal(load(f, n), MOAT_E_STORE);
}

/* ---- Roots ---- */

/* White space of every kind, and padding. */
static void test_pem(void **state) {
  (void)state;
  static const struct {
    const char *text, *der; /* NULL if it is damaged */
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
    assert_false(moat__pem_next(&rest, der, &size)); /* and there is no other one */
    free(exact);
  }
}

/* The search ends even if there is no begin mark. */
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
#if defined(MBEDTLS_SSL_PROTO_TLS1_3) && MBEDTLS_VERSION_NUMBER != 0x03060600 &&                   \
    MBEDTLS_VERSION_NUMBER != 0x04010000
  assert_true(moat_tls_has_1_3());
#else
  assert_false(moat_tls_has_1_3());
#endif
}

int main(void) {
  const struct CMUnitTest tests[] = {
    TEST(test_kinds_of_names),
    TEST(test_first_and_last_second),
    TEST(test_unreadable_certificates),
    TEST(test_numbers_of_asn1),
#if MBEDTLS_VERSION_MAJOR < 3
    TEST(test_certificate_list),
#endif
    TEST(test_done_without_a_certificate),
    TEST(test_nothing_to_move),
    TEST(test_endless_warnings),
    TEST(test_session_of_another_build),
    TEST(test_session_that_mbedtls_refuses),
    cmocka_unit_test(test_pem),
    cmocka_unit_test(test_no_pem),
    cmocka_unit_test(test_has_1_3),
  };
  return cmocka_run_group_tests_name("tls: edges", tests, NULL, NULL);
}
