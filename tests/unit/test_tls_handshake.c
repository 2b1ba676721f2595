/* The handshake: what the client offers and accepts, and what happens when randomness or memory
 * runs out. */
#include <stdlib.h>

#include <psa/crypto.h>

#include "heap.h"
#include "tls_fixture.h"

/* ---- Without a connection ---- */

static void test_sha256(void **state) {
  (void)state;
  static const uint8_t abc[32] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
                                  0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
                                  0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
  uint8_t out[32];
  assert_int_equal(moat_crypto_mbedtls.sha256(NULL, "abc", 3, out), 0);
  assert_memory_equal(out, abc, 32);
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

static void expect_extension(unsigned type, const char *bytes, size_t n) {
  size_t got;
  const unsigned char *p = extension(type, &got);
  assert_non_null(p);
  assert_int_equal(got, n);
  assert_memory_equal(p, bytes, n);
}

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
  free_keys(NULL); /* 4.x keeps keys in PSA */
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

/* A server of Mbed TLS would not send a certificate on a curve that was not offered, so the root
 * has that curve. */
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
  server.error = 1; /* the server itself says nothing */
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
  server.error = 1; /* the server itself says nothing */
  put(&wire.down, "HTTP/1.1 400 Bad Request\r\n\r\n", 28);
  assert_int_equal(run_connect(HOST), MOAT_E_TLS);
  assert_true(TLS.detail(&tls) < 0);
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
/* Not if valgrind has put its own heap in front of this one. */
static bool is_own_heap(void) {
  callocs_left = 1;
  void *volatile one = calloc(1, 1); /* volatile, or the compiler removes both calls */
  free(one);
  bool ours = callocs_left == 0;
  callocs_left = -1;
  return ours;
}

/* How Mbed TLS reports it depends on where memory runs out. It must not be a success. */
static void test_memory_fails_anywhere(void **state) {
  int r = MOAT_E_MEMORY, memory = 0;
  if (!is_own_heap()) skip();
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

static void test_memory_fails_in_an_identity(void **state) {
  static unsigned char der[1024], pem[512];
  moat_tls_identity identity;
  size_t n = make_certificate(&no_spec, false, der, sizeof der);
  int r = MOAT_E_MEMORY, memory = 0;
  if (!is_own_heap()) skip();
  assert_int_equal(mbedtls_pk_write_key_pem(key(P256), pem, sizeof pem), 0);
  for (long calls = 0; r; calls++) {
    moat_tls_identity_init(&identity);
    callocs_left = calls;
    r = moat_tls_identity_add_der(&identity, der + sizeof der - n, n);
    if (!r) r = moat_tls_identity_parse_key(&identity, &context, pem, strlen((char *)pem) + 1);
    if (!r) r = moat_tls_set_identity(&context, &identity);
    callocs_left = -1;
    memory += r == MOAT_E_MEMORY;
    if (r) assert_true(r == MOAT_E_MEMORY || r == MOAT_E_CERT);
    tear_down(state);
    moat_tls_identity_free(&identity);
    set_up(state);
  }
  assert_true(memory >= 3);
}
#endif

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_sha256),
      TEST(test_alert_texts),
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
      TEST(test_random_fails_anywhere),
#ifdef OWN_HEAP
      TEST(test_memory_fails_anywhere),
      TEST(test_memory_fails_in_an_identity),
#endif
  };
  return cmocka_run_group_tests_name("tls: handshake", tests, NULL, free_keys);
}
