/* Sessions that are resumed, and the record in which one is stored. */
#include "tls_fixture.h"
#include "records.h"

static const spec two_names = {.names = {DNS(HOST), DNS("other.example.com")}};

static void resume_setup(const spec *s) {
  give_tickets();
  use_certificate(s);
  trust_root();
  tls_stream = &moat_tls_resuming_stream;
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

static moat_tls_facts looked(void) {
  moat_tls_facts facts;
  memset(&facts, 0xff, sizeof facts);
  moat_tls_look(&tls, &facts);
  return facts;
}

static void test_what_a_connection_is(void **state) {
  (void)state;
  resume_setup(&no_spec);
  assert_null(looked().version); /* before the first one */
  for (int resumed = 0; resumed < 2; resumed++) {
    assert_int_equal(connect_anew(HOST), 0);
    ping();
    moat_tls_facts facts = looked();
#ifdef TLS_1_3
    assert_string_equal(facts.version, "1.3");
#else
    assert_string_equal(facts.version, "1.2");
#endif
    assert_int_equal(facts.resumed, resumed);
    assert_int_equal(facts.root != NULL, !resumed);
    assert_int_equal(facts.peer != NULL, !resumed);
    if (resumed) break;
    assert_ptr_equal(facts.root, &context.roots.list);
    assert_int_equal(facts.peer->raw.len, server.certificate.raw.len);
    assert_memory_equal(facts.peer->raw.p, server.certificate.raw.p, facts.peer->raw.len);
    TLS.close(&tls);
    assert_null(looked().version);
  }
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

/* A session lives as long as the root that vouched for it is trusted, whatever else is. */
static void test_other_roots(void **state) {
  (void)state;
  static unsigned char der[2048];
  resume_setup(&no_spec);
  assert_false(resumes(HOST));
  size_t n = make_certificate(&(spec){.issuer = P521}, true, der, sizeof der);
  assert_int_equal(moat_tls_add_root_der(&context.roots, der + sizeof der - n, n), 0);
  assert_true(resumes(HOST));
  moat_tls_roots_free(&context.roots);
  assert_int_equal(moat_tls_add_root_der(&context.roots, der + sizeof der - n, n), 0);
  assert_int_equal(connect_anew(HOST), MOAT_E_CERT);
  assert_int_equal(moat_tls_add_root_der(&context.roots, root_at(), root_size), 0);
  assert_true(resumes(HOST));
  moat_tls_close(&tls);
}

/* ---- Roots that are read late ---- */

static struct {
  moat_tls_roots roots;
  int reads, error;
  uint8_t identity;
} late;

static int late_read(void *ctx, const moat_tls_roots **roots) {
  assert_ptr_equal(ctx, &late);
  late.reads++;
  *roots = &late.roots;
  return late.error;
}

static void late_identity(void *ctx, uint8_t hash[32]) {
  assert_ptr_equal(ctx, &late);
  memset(hash, late.identity, 32);
}

static void late_setup(void) {
  static const moat_tls_root_source source = {.read = late_read, .identity = late_identity};
  memset(&late, 0, sizeof late);
  moat_tls_roots_init(&late.roots);
  give_tickets();
  use_certificate(&no_spec);
  moat_tls_set_root_source(&context, &source, &late);
  assert_int_equal(moat_tls_setup(&tls, &context, &wire_ops, &wire), 0);
  tls_stream = &moat_tls_resuming_stream;
}

static void late_trust(void) {
  assert_int_equal(moat_tls_add_root_der(&late.roots, root_at(), root_size), 0);
}

static void test_late_roots(void **state) {
  (void)state;
  late_setup();
  late_trust();
  assert_false(resumes(HOST));
  assert_int_equal(late.reads, 1);
  assert_true(resumes(HOST));
  assert_true(resumes(HOST));
  assert_int_equal(late.reads, 1);
  late.identity++;
  assert_false(resumes(HOST));
  assert_int_equal(late.reads, 2);
  assert_true(resumes(HOST));
  give_tickets(); /* the server refuses the session and sends its certificate */
  assert_false(resumes(HOST));
  assert_int_equal(late.reads, 3);
  moat_tls_close(&tls);
  moat_tls_roots_free(&late.roots);
}

/* Neither an empty list nor roots of the context vouch for a server. */
static void test_late_roots_alone_count(void **state) {
  (void)state;
  late_setup();
  assert_int_equal(run_connect(HOST), MOAT_E_CERT);
  assert_int_equal(moat_tls_add_root_der(&context.roots, root_at(), root_size), 0);
  assert_int_equal(connect_anew(HOST), MOAT_E_CERT);
  assert_false(server.open);
  late_trust();
  assert_false(resumes(HOST));
  moat_tls_close(&tls);
  moat_tls_roots_free(&late.roots);
}

static void test_late_roots_cannot_be_read(void **state) {
  (void)state;
  late_setup();
  late_trust();
  late.error = MOAT_E_MEMORY;
  assert_int_equal(run_connect(HOST), MOAT_E_MEMORY);
  late.error = -77;
  assert_int_equal(connect_anew(HOST), MOAT_E_PORT);
  assert_int_equal(TLS.detail(&tls), -77);
  late.error = MOAT_WANT_TIME;
  assert_int_equal(connect_anew(HOST), MOAT_E_PORT);
  assert_false(server.open);
  late.error = 0;
  assert_false(resumes(HOST));
  moat_tls_close(&tls);
  moat_tls_roots_free(&late.roots);
}

static void test_session_ends(void **state) {
  (void)state;
  enum { DAY = 86400 };
  resume_setup(&no_spec);
  assert_false(resumes(HOST));
  board.now = NOW + 4 * DAY;
  assert_true(resumes(HOST));
  board.now = NOW + 7 * DAY; /* resuming does not prolong it */
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

/* Whatever broke the handshake, the next one does not offer the session. */
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

/* The same call then connects again with a full handshake. A server that no longer has a version of
 * TLS may behave like this. */
static void test_session_that_a_server_fails_over(void **state) {
  (void)state;
  resume_setup(&no_spec);
  assert_false(resumes(HOST));
  int closes = wire.closes;
  server.error = 1; /* it says no more than the alert below */
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
  assert_int_equal(board.writes, 1); /* an unchanged session is not written again */
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
  for (size_t n = 0; n < size - 4; n++) { /* too short, with a good checksum */
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

/* With a mac every bit counts, and so does the key. */
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

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_resumption),
      TEST(test_what_a_connection_is),
      TEST(test_resumption_is_asked_for),
      TEST(test_other_host),
      TEST(test_other_roots),
      TEST(test_late_roots),
      TEST(test_late_roots_alone_count),
      TEST(test_late_roots_cannot_be_read),
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
  return cmocka_run_group_tests_name("tls: sessions", tests, NULL, free_keys);
}
