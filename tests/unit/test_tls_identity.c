/* Mutual TLS: the client's own certificate and key. */
#include "tls_fixture.h"

#include <mbedtls/pem.h>

static moat_tls_identity identity;
static unsigned char own_der[3][1024], key_der[2048];
static mbedtls_x509_crt client_roots;
static uint32_t blame; /* what the server finds wrong with the client's certificate */

static const spec client_spec = {.subject = "CN=device", .nameless = true, .key = P256};

static int identity_set_up(void **state) {
  moat_tls_identity_init(&identity);
  mbedtls_x509_crt_init(&client_roots);
  blame = 0;
  return set_up(state);
}

static int identity_tear_down(void **state) {
  tear_down(state);
  moat_tls_identity_free(&identity);
  moat_tls_close(&tls);
  mbedtls_x509_crt_free(&client_roots);
  return 0;
}

/* ---- The server's part ---- */

/* The server has no clock of this test's. */
static int judge_client(void *ctx, mbedtls_x509_crt *crt, int depth, uint32_t *flags) {
  (void)ctx, (void)crt;
  *flags &= ~(uint32_t)(MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE);
  if (depth == 0) *flags |= blame;
  return 0;
}

static void server_asks(int how) {
  assert_int_equal(mbedtls_x509_crt_parse_der(&client_roots, root_at(), root_size), 0);
  mbedtls_ssl_conf_ca_chain(&server.config, &client_roots, NULL);
  mbedtls_ssl_conf_verify(&server.config, judge_client, NULL);
  mbedtls_ssl_conf_authmode(&server.config, how);
}

static void server_requires(void) {
  server_asks(MBEDTLS_SSL_VERIFY_REQUIRED);
}

static void server_speaks_1_2(void) {
#if MBEDTLS_VERSION_MAJOR < 3
  mbedtls_ssl_conf_max_version(&server.config, MBEDTLS_SSL_MAJOR_VERSION_3,
                               MBEDTLS_SSL_MINOR_VERSION_3);
#else
  mbedtls_ssl_conf_max_tls_version(&server.config, MBEDTLS_SSL_VERSION_TLS1_2);
#endif
}

/* ---- The client's part ---- */

static size_t add_own(const spec *s, int at) {
  unsigned char *der = own_der[at];
  size_t n = make_certificate(s, false, der, sizeof own_der[at]);
  memmove(der, der + sizeof own_der[at] - n, n);
  assert_int_equal(moat_tls_identity_add_der(&identity, der, n), 0);
  return n;
}

static const unsigned char *der_of_key(int which, size_t *n) {
  int r = mbedtls_pk_write_key_der(key(which), key_der, sizeof key_der);
  assert_true(r > 0);
  *n = (size_t)r;
  return key_der + sizeof key_der - r;
}

static int parse_key(int which) {
  size_t n;
  const unsigned char *der = der_of_key(which, &n);
  int r = moat_tls_identity_parse_key(&identity, &context, der, n);
  memset(key_der, 0, sizeof key_der);
  return r;
}

static void be(const spec *s) {
  add_own(s, 0);
  assert_int_equal(parse_key(s->key), 0);
  assert_int_equal(moat_tls_set_identity(&context, &identity), 0);
}

static void be_nobody(void) {
  moat_tls_free(&context);
  moat_tls_identity_free(&identity);
  moat_tls_identity_init(&identity);
  assert_int_equal(moat_tls_init(&context, &platform, NULL), 0);
  assert_int_equal(moat_tls_add_root_der(&context.roots, root_at(), root_size), 0);
}

static void assert_shown(size_t n) {
  const mbedtls_x509_crt *shown = mbedtls_ssl_get_peer_cert(&server.ssl);
  assert_non_null(shown);
  assert_int_equal(shown->raw.len, n);
  assert_memory_equal(shown->raw.p, own_der[0], n);
}

/* What the client hears of a refusal. A TLS 1.3 handshake is over for the client by then, and a
 * server of Mbed TLS encrypts its alert with a key that no longer holds. tests/tls has other
 * servers. */
static void assert_refused(int32_t alert) {
  int r = connect_to(&no_spec, HOST);
  server_step();
  bool later = r == 0;
  if (later) r = TLS.recv(&tls, &(char){0}, 1);
  assert_int_equal(r, MOAT_E_TLS);
  assert_true(server.error);
  if (later) return;
  moat_error_info e = {.code = r, .port_code = TLS.detail(&tls)};
  assert_int_equal(e.port_code, alert);
  assert_int_equal(moat_judge(&e).need, MOAT_NEED_PROFILE);
  assert_true(moat_judge(&e).definite);
}

/* ---- The handshake ---- */

static void test_shown(void **state) {
  static const spec own[] = {{.subject = "CN=a", .key = P256},
                             {.subject = "CN=b", .key = P521},
                             {.subject = "CN=c", .key = RSA2048}};
  for (int i = 0; i < 6; i++) {
    if (i) identity_set_up(state);
    server_requires();
    if (i % 2) server_speaks_1_2();
    be(&own[i / 2]);
    assert_int_equal(connect_to(&no_spec, HOST), 0);
    ping();
    assert_shown(identity.chain.list.raw.len);
    if (i < 5) identity_tear_down(state);
  }
}

/* An issuer that the server does not know is sent along. */
static void test_chain(void **state) {
  (void)state;
  static const spec between = {.subject = "CN=between", .key = P521, .authority = true};
  static const spec below = {.subject = "CN=device", .key = P256, .by = &between};
  server_requires();
  size_t n = add_own(&below, 0);
  add_own(&between, 1);
  assert_int_equal(parse_key(P256), 0);
  assert_int_equal(moat_tls_set_identity(&context, &identity), 0);
  assert_int_equal(connect_to(&no_spec, HOST), 0);
  ping();
  assert_shown(n);
}

static void nothing_shown(void) {}

static void show_another_authority(void) {
  be(&(spec){.subject = "CN=device", .key = P256, .issuer = P521});
}

static void show_expired(void) {
  be(&client_spec);
  blame = MBEDTLS_X509_BADCERT_EXPIRED;
}

static void test_refused(void **state) {
  static const struct {
    void (*show)(void);
    int32_t alert;
  } rows[] = {{nothing_shown, MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE},
              {show_another_authority, MBEDTLS_SSL_ALERT_MSG_UNKNOWN_CA},
              {show_expired, MBEDTLS_SSL_ALERT_MSG_CERT_EXPIRED}};
  for (int i = 0; i < 6; i++) {
    if (i) identity_set_up(state);
    server_requires();
    if (i % 2) server_speaks_1_2();
    rows[i / 2].show();
    assert_refused(rows[i / 2].alert);
    if (i < 5) identity_tear_down(state);
  }
}

static void test_optional(void **state) {
  for (int with = 0; with < 2; with++) {
    if (with) identity_set_up(state);
    server_asks(MBEDTLS_SSL_VERIFY_OPTIONAL);
    if (with) be(&client_spec);
    assert_int_equal(connect_to(&no_spec, HOST), 0);
    ping();
    assert_int_equal(mbedtls_ssl_get_peer_cert(&server.ssl) != NULL, with);
    if (!with) identity_tear_down(state);
  }
}

static void test_not_asked_for(void **state) {
  (void)state;
  be(&client_spec);
  assert_int_equal(connect_to(&no_spec, HOST), 0);
  ping();
  assert_null(mbedtls_ssl_get_peer_cert(&server.ssl));
}

/* Signatures draw from the platform. After a failure nothing is open; TLS 1.3 of Mbed TLS does not
 * pass on why a signature failed. */
static void test_random_fails_anywhere(void **state) {
  int n = 0, r = MOAT_E_RANDOM;
  for (; r; n++) {
    if (n) identity_set_up(state);
    server_requires();
    be(&client_spec);
    board.randoms_left = n;
    r = connect_to(&no_spec, HOST);
    if (r && r != MOAT_E_RANDOM) assert_int_equal(r, MOAT_E_TLS);
#ifndef TLS_1_3
    if (r) assert_int_equal(r, MOAT_E_RANDOM);
#endif
    if (r) identity_tear_down(state);
  }
#if MBEDTLS_VERSION_MAJOR < 4 /* which signs with the randomness of PSA */
  assert_true(n > 2);
#endif
}

/* ---- Keys that stay elsewhere ---- */

#if MBEDTLS_VERSION_MAJOR < 4
static int chip_uses;

static int chip_sign(void *chip, int (*random)(void *, unsigned char *, size_t), void *random_ctx,
#if MBEDTLS_VERSION_MAJOR < 3
                     int mode,
#endif
                     mbedtls_md_type_t md, unsigned n, const unsigned char *hash,
                     unsigned char *out) {
  size_t size;
  chip_uses++;
  return mbedtls_pk_sign(chip, md, hash, n, out,
#if MBEDTLS_VERSION_MAJOR >= 3
                         256,
#endif
                         &size, random, random_ctx);
#if MBEDTLS_VERSION_MAJOR < 3
  (void)mode;
#endif
}

static size_t chip_size(void *chip) {
  (void)chip;
  return 256;
}

static void test_key_of_a_chip(void **state) {
  (void)state;
  mbedtls_pk_context chip;
  mbedtls_pk_init(&chip);
  assert_int_equal(mbedtls_pk_setup_rsa_alt(&chip, key(RSA2048), NULL, chip_sign, chip_size), 0);
  server_requires();
  server_speaks_1_2();
  add_own(&(spec){.subject = "CN=device", .key = RSA2048}, 0);
  identity.key = &chip;
  chip_uses = 0;
  assert_int_equal(moat_tls_set_identity(&context, &identity), 0);
  int uses = chip_uses;
  assert_int_equal(connect_to(&no_spec, HOST), 0);
  ping();
  assert_int_equal(chip_uses, uses + 1);
  mbedtls_pk_free(&chip);
}
#else
/* PSA hides where the key is. */
static void test_key_of_a_chip(void **state) {
  (void)state;
  psa_key_attributes_t a = PSA_KEY_ATTRIBUTES_INIT;
  mbedtls_svc_key_id_t id;
  mbedtls_pk_context chip;
  mbedtls_pk_init(&chip);
  assert_int_equal(mbedtls_pk_get_psa_attributes(key(RSA2048), PSA_KEY_USAGE_SIGN_HASH, &a), 0);
  psa_set_key_usage_flags(&a, PSA_KEY_USAGE_SIGN_HASH);
  assert_int_equal(mbedtls_pk_import_into_psa(key(RSA2048), &a, &id), 0);
  assert_int_equal(mbedtls_pk_wrap_psa(&chip, id), 0);
  server_requires();
  server_speaks_1_2();
  add_own(&(spec){.subject = "CN=device", .key = RSA2048}, 0);
  identity.key = &chip;
  assert_int_equal(moat_tls_set_identity(&context, &identity), 0);
  assert_int_equal(connect_to(&no_spec, HOST), 0);
  ping();
  mbedtls_pk_free(&chip);
  assert_int_equal(psa_destroy_key(id), 0);
}
#endif

/* ---- What is refused at once ---- */

static int key_of_another(int certificate, int which) {
  be_nobody();
  add_own(&(spec){.key = certificate}, 0);
  assert_int_equal(parse_key(which), 0);
  return moat_tls_set_identity(&context, &identity);
}

static void test_key_of_another_certificate(void **state) {
  (void)state;
  static const int pairs[][2] = {{P256, ROOT},    {P256, P521},    {P521, P256},
                                 {P256, RSA2048}, {RSA2048, P256}, {RSA2048, RSA1024}};
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
    assert_int_equal(key_of_another(pairs[i][0], pairs[i][1]), MOAT_E_CERT);
  assert_int_equal(key_of_another(P256, P256), 0);
  assert_int_equal(moat_tls_set_identity(&context, &identity), MOAT_E_MISUSE); /* a second one */
}

static void test_incomplete(void **state) {
  (void)state;
  assert_int_equal(moat_tls_set_identity(&context, &identity), MOAT_E_MISUSE);
  add_own(&client_spec, 0);
  assert_int_equal(moat_tls_set_identity(&context, &identity), MOAT_E_MISUSE);
  assert_int_equal(moat_tls_identity_add_der(&identity, "", 0), MOAT_E_CERT);
  assert_int_equal(moat_tls_identity_add_der(&identity, own_der[0], 100), MOAT_E_CERT);
}

static void test_long_chain(void **state) {
  (void)state;
  size_t n = add_own(&client_spec, 0);
  for (size_t all = n; all <= MBEDTLS_SSL_OUT_CONTENT_LEN; all += n)
    assert_int_equal(moat_tls_identity_add_der(&identity, own_der[0], n), 0);
  assert_int_equal(parse_key(P256), 0);
  assert_int_equal(moat_tls_set_identity(&context, &identity), MOAT_E_SPACE);
}

static void test_no_randomness_to_begin_with(void **state) {
  (void)state;
#if MBEDTLS_VERSION_MAJOR == 3 /* 2.28 needs none, and 4.x draws from PSA */
  add_own(&client_spec, 0);
  assert_int_equal(parse_key(P256), 0);
  board.randoms_left = 0;
  assert_int_equal(moat_tls_set_identity(&context, &identity), MOAT_E_RANDOM);
#endif
}

static void test_damaged_keys(void **state) {
  (void)state;
  static const int all[] = {P256, RSA2048};
  size_t n;
  for (size_t i = 0; i < 2; i++) {
    const unsigned char *der = der_of_key(all[i], &n);
    for (size_t cut = 0; cut < n; cut++)
      assert_int_equal(moat_tls_identity_parse_key(&identity, &context, der, cut), MOAT_E_CERT);
    assert_null(identity.key);
  }
}

/* ---- PEM ---- */

static char pem[4096];

static size_t pem_of(const spec *s, size_t at) {
  unsigned char der[1024];
  size_t n = make_certificate(s, false, der, sizeof der), size;
  assert_int_equal(mbedtls_pem_write_buffer("-----BEGIN CERTIFICATE-----\n",
                                            "-----END CERTIFICATE-----\n", der + sizeof der - n, n,
                                            (unsigned char *)pem + at, sizeof pem - at, &size),
                   0);
  return at + size - 1;
}

static void test_pem(void **state) {
  (void)state;
  static const spec between = {.subject = "CN=between", .key = P521, .authority = true};
  static const spec below = {.subject = "CN=device", .key = P256, .by = &between};
  char key_pem[512];
  server_requires();
  size_t n = pem_of(&between, pem_of(&below, 0));
  assert_int_equal(moat_tls_identity_add_pem(&identity, pem, n), 0);
  assert_int_equal(mbedtls_pk_write_key_pem(key(P256), (unsigned char *)key_pem, sizeof key_pem),
                   0);
  n = strlen(key_pem) + 1;
  assert_int_equal(moat_tls_identity_parse_key(&identity, &context, key_pem, n), 0);
  memset(key_pem, 0, sizeof key_pem);
  assert_int_equal(moat_tls_set_identity(&context, &identity), 0);
  assert_int_equal(connect_to(&no_spec, HOST), 0);
  ping();
}

static void test_damaged_pem(void **state) {
  (void)state;
  assert_int_equal(moat_tls_identity_add_pem(&identity, pem, 0), MOAT_E_CERT);
  size_t first = pem_of(&client_spec, 0), n = pem_of(&client_spec, first);
  memset(pem + first + 60, 'A', 40);
  assert_int_equal(moat_tls_identity_add_pem(&identity, pem, n), MOAT_E_CERT);
}

/* openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -aes-128-cbc -pass pass:secret,
 * and the same by openssl ec, and with an empty passphrase. */
static const char *const encrypted[] = {
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
    "MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgk5LF1b4+YPQICCAAw\n"
    "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEAQIEEF5oGuCYe5RniUJYrlSxRiYEgZBp\n"
    "nsztO0As9bDJmLH/Em2sRZ+0BA3IVIsuBR3TNfcN9COhWk2e/pHS0CzMD+T1zTF7\n"
    "Dwvkk3/eWZnIgUnmtyqcWOyfOs1mEbXYgxHyjI9TL33+icmSS2rgu5c3FKyMuURv\n"
    "nWrUnT/vrUXrYUF+PzIrw2Rf5cd/pMJtNrRB/rZxq/DvIV/tgKDev/gdoGe7qwQ=\n"
    "-----END ENCRYPTED PRIVATE KEY-----\n",
    "-----BEGIN EC PRIVATE KEY-----\n"
    "Proc-Type: 4,ENCRYPTED\n"
    "DEK-Info: AES-128-CBC,D890268232065999EF5390A6B15BFF83\n"
    "\n"
    "b4mTegzbqMMaBHx51G81Vaj6uN3h+7O8Qd10IsK/7n1kShp+cqB3VUhD6OWrWJfq\n"
    "jI4g7ZKZbVEVN5SIjqW/98W3TX7L2uXX9xFrDbOXFEMr/RSmihFLBgp9IdmFsHFi\n"
    "vOO/imhHhIuqWKI1SmHD7WPPss7WOm/WfD3QW4m/iZw=\n"
    "-----END EC PRIVATE KEY-----\n",
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
    "MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgfnc32xzvSEwICCAAw\n"
    "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEAQIEEMyo3Znm7cImtEvIA86Typ4EgZA/\n"
    "PaWWIaMATVrjaHcv1lsZDWBbSxZUtX5In3WBtu43KKCrwCzaXWgxqO1K7kYGG7dr\n"
    "022suHD4DRINLMbMpM/++kBQSlmv3/LGHF1fz/8emu5iCif66UgFlr0GlfbznUds\n"
    "Ivpxz57n93mgY4oYfaZxR8dQUDnLa+6fPzkTdAeWo8H8FyU+InIxBl25fOvkNGI=\n"
    "-----END ENCRYPTED PRIVATE KEY-----\n",
};

static void test_encrypted_keys(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof encrypted / sizeof *encrypted; i++)
    assert_int_equal(
        moat_tls_identity_parse_key(&identity, &context, encrypted[i], strlen(encrypted[i]) + 1),
        MOAT_E_CERT);
  assert_null(identity.key);
}

/* ---- Sessions ---- */

static void resume_setup(void) {
  server_asks(MBEDTLS_SSL_VERIFY_OPTIONAL);
  give_tickets();
  use_certificate(&no_spec);
  trust_root();
  tls_stream = &moat_tls_resuming_stream;
}

/* The slot is all that is left of the earlier connection, as after a restart. */
static bool resumes_from_slot(void) {
  assert_int_equal(restart(), 0);
  bool resumed = resumes(HOST);
  assert_int_equal(moat__tls_session_save(&tls, record, sizeof record), 0);
  return resumed;
}

static void test_sessions_belong_to_the_certificate(void **state) {
  (void)state;
  static const spec other = {.subject = "CN=other", .key = P256};
  resume_setup();
  assert_false(resumes(HOST));
  assert_int_equal(moat__tls_session_save(&tls, record, sizeof record), 0);
  assert_true(resumes_from_slot());
  for (int round = 0; round < 2; round++) {
    TLS.close(&tls);
    be_nobody();
    be(&client_spec); /* added */
    assert_false(resumes_from_slot());
    assert_true(resumes_from_slot());
    TLS.close(&tls);
    be_nobody();
    be(&other); /* changed */
    assert_false(resumes_from_slot());
    assert_true(resumes_from_slot());
    TLS.close(&tls);
    be_nobody(); /* removed */
    assert_false(resumes_from_slot());
    assert_true(resumes_from_slot());
  }
}

/* It is the certificate that counts, not the order of things or where it is kept. */
static void test_sessions_of_the_same_certificate(void **state) {
  (void)state;
  resume_setup();
  be(&client_spec);
  assert_false(resumes(HOST));
  assert_int_equal(moat__tls_session_save(&tls, record, sizeof record), 0);
  TLS.close(&tls);
  static unsigned char copy[1024];
  size_t n = identity.chain.list.raw.len;
  memcpy(copy, own_der[0], n);
  be_nobody();
  assert_int_equal(moat_tls_identity_add_der(&identity, copy, n), 0);
  assert_int_equal(parse_key(P256), 0);
  assert_int_equal(moat_tls_set_identity(&context, &identity), 0);
  assert_true(resumes_from_slot());
}

#undef TEST
#define TEST(f) cmocka_unit_test_setup_teardown(f, identity_set_up, identity_tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_shown),
      TEST(test_chain),
      TEST(test_refused),
      TEST(test_optional),
      TEST(test_not_asked_for),
      TEST(test_random_fails_anywhere),
      TEST(test_key_of_a_chip),
      TEST(test_key_of_another_certificate),
      TEST(test_incomplete),
      TEST(test_long_chain),
      TEST(test_no_randomness_to_begin_with),
      TEST(test_damaged_keys),
      TEST(test_pem),
      TEST(test_damaged_pem),
      TEST(test_encrypted_keys),
      TEST(test_sessions_belong_to_the_certificate),
      TEST(test_sessions_of_the_same_certificate),
  };
  return cmocka_run_group_tests_name("tls: the client's certificate", tests, NULL, free_keys);
}
