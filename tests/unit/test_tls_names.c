/* Which name of a certificate is good for which host: the rules alone, and in a handshake. */
#include "tls_fixture.h"
#include "text/text.h"
#include "tls/tls_name.h"

/* ---- The pure parts ---- */

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
#if MBEDTLS_VERSION_MAJOR < 3 /* newer versions do not parse it */
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

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_addresses),
      TEST(test_names),
      TEST(test_host_names),
      TEST(test_no_server_name_for_addresses),
  };
  return cmocka_run_group_tests_name("tls: names", tests, NULL, free_keys);
}
