/* Which certificates of a server are refused: their chain, extensions and dates. */
#include "tls_fixture.h"

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

/* An authority between the server and a root. */
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
#if MBEDTLS_VERSION_MAJOR < 4
  assert_int_equal(TLS.detail(&tls),
                   MBEDTLS_ERR_X509_INVALID_EXTENSIONS + MBEDTLS_ERR_ASN1_UNEXPECTED_TAG);
#else
  assert_int_equal(TLS.detail(&tls), MBEDTLS_ERR_ASN1_UNEXPECTED_TAG);
#endif
}

static void test_unknown_critical_extension_of_a_root(void **state) {
  (void)state;
  unsigned char der[2048];
  static const spec s = {.constraints = CONSTRAINTS(1, "\5\0")};
  size_t n = make_certificate(&s, true, der, sizeof der);
  unsigned char *p = der + sizeof der - n;
  assert_int_equal(moat_tls_add_root_der(&context.roots, p, n), 0);
  moat_tls_free(&context);
  for (size_t i = 0; i + 5 < n; i++)
    if (memcmp(p + i, "\6\3\x55\x1d\x1e", 5) == 0) p[i + 4] = 0x7f;
  assert_int_equal(moat_tls_init(&context, &platform, NULL), 0);
  assert_int_equal(moat_tls_add_root_der(&context.roots, p, n), MOAT_E_CERT);
}

/* Two authorities, one above the other: in order, out of order, and incomplete. */
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

/* The server sends the root along, but it is not trusted here. */
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

/* ---- Dates: the platform's clock decides, not the machine's ---- */

static void test_dates(void **state) {
  static const struct {
    const char *from, *to;
    int32_t flags;
  } cases[] = {
      {"20300317174640", "20300317174640", 0}, /* both ends are included */
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

/* An error that does not pass by itself counts more than a date. */
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

int main(void) {
  const struct CMUnitTest tests[] = {
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
  };
  return cmocka_run_group_tests_name("tls: certificates", tests, NULL, free_keys);
}
