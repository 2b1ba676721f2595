/* The connection after the handshake: its end, its errors, and how it is closed. */
#include "tls_fixture.h"

/* ---- The server ---- */

static void cap_at_tls_1_2(void) {
#if MBEDTLS_VERSION_MAJOR < 3
  mbedtls_ssl_conf_max_version(&server.config, MBEDTLS_SSL_MAJOR_VERSION_3,
                               MBEDTLS_SSL_MINOR_VERSION_3);
#else
  mbedtls_ssl_conf_max_tls_version(&server.config, MBEDTLS_SSL_VERSION_TLS1_2);
#endif
}

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

/* Empty records are not the end. Some servers send them, and Mbed TLS accepts three in a row. */
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

/* A server that refuses early answers before it stops reading. */
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
/* The refusal is an alert. While it is stuck, Mbed TLS would send it instead of our bytes and count
 * them as sent. */
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
  assert_int_equal(run_connect(HOST), 0); /* and it can be opened again */
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

/* Closing must not complete a request that was cancelled halfway. */
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

int main(void) {
  const struct CMUnitTest tests[] = {
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
  };
  return cmocka_run_group_tests_name("tls: connection", tests, NULL, free_keys);
}
