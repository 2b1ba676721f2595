/* Which URLs Moat would connect to, and where that leads. */
#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>

#include "text/text.h"

/* In memory of exactly n + 2 bytes, which the header promises to be enough. */
static int split(const char *url, size_t n, char *out, size_t out_size) {
  char *copy = malloc(n ? n : 1), *memory = malloc(n + 2);
  moat_endpoint e;
  memcpy(copy, url, n);
  int result = moat_url_split(copy, n, memory, n + 2, &e);
  if (result == MOAT_OK) snprintf(out, out_size, "%s %u %s", e.host, (unsigned)e.port, e.path);
  free(copy);
  free(memory);
  return result;
}

static void test_accepted(void **state) {
  (void)state;
  static const char *const cases[][2] = {
      {"https://h", "h 443 /"},
      {"https://h/", "h 443 /"},
      {"HTTPS://Example.COM/Path", "Example.COM 443 /Path"},
      {"https://h?x=1", "h 443 /?x=1"},
      {"https://h/a?b=c/d?e", "h 443 /a?b=c/d?e"},
      {"https://h:1/", "h 1 /"},
      {"https://h:65535", "h 65535 /"},
      {"https://h:8443?q", "h 8443 /?q"},
      {"https://my_host-1.example/%41%c3%A9", "my_host-1.example 443 /%41%c3%A9"},
      {"https://127.0.0.1:8443/t", "127.0.0.1 8443 /t"},
      {"https://255.255.255.255", "255.255.255.255 443 /"},
      {"https://1.example", "1.example 443 /"},
      {"https://1a", "1a 443 /"},
      {"https://[::1]/x", "::1 443 /x"},
      {"https://[::]:9", ":: 9 /"},
      {"https://[2001:db8::A]:444/", "2001:db8::A 444 /"},
      {"https://[1:2:3:4:5:6:7:8]", "1:2:3:4:5:6:7:8 443 /"},
      {"https://[1:2:3:4:5:6:7::]", "1:2:3:4:5:6:7:: 443 /"},
      {"https://[::2:3:4:5:6:7:8]", "::2:3:4:5:6:7:8 443 /"},
      {"https://[1::8]?q", "1::8 443 /?q"},
      {"https://[::ffff:192.0.2.1]", "::ffff:192.0.2.1 443 /"},
      {"https://[1:2:3:4:5:6:192.0.2.1]", "1:2:3:4:5:6:192.0.2.1 443 /"},
      {"https://h/!$&'()*+,;=:@-._~", "h 443 /!$&'()*+,;=:@-._~"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char out[256] = "";
    int result = split(cases[i][0], strlen(cases[i][0]), out, sizeof out);
    if (result != MOAT_OK) fail_msg("%s: %d", cases[i][0], result);
    assert_string_equal(out, cases[i][1]);
  }
}

static void test_refused(void **state) {
  (void)state;
  static const char *const cases[] = {
      /* scheme */
      "",
      "h",
      "/",
      "https",
      "https:",
      "https:/",
      "https:/h",
      "https:h",
      "http://h/",
      "httpss://h",
      "ftp://h",
      " https://h",
      "https ://h",
      "//h/",
      /* userinfo and fragment, even empty */
      "https://@h/",
      "https://u@h/",
      "https://u:p@h/",
      "https://h/#",
      "https://h#f",
      "https://h/p#f",
      "https://h?q#f",
      "https://a@b@c/",
      "https://good.example\\@evil.example/",
      /* port */
      "https://h:",
      "https://h:/",
      "https://h:0/",
      "https://h:00",
      "https://h:65536",
      "https://h:99999999999",
      "https://h:+1",
      "https://h:-1",
      "https://h: 1",
      "https://h:1 ",
      "https://h:1a",
      "https://h:0x1",
      "https://h:1:2",
      "https://[::1]:",
      "https://[::1]:0",
      "https://[::1]1",
      "https://[::1]x",
      /* names */
      "https://",
      "https:///",
      "https:///p",
      "https://?q",
      "https://:1/",
      "https://.",
      "https://h.",
      "https://.h",
      "https://a..b",
      "https://-a",
      "https://a-",
      "https://a-.b",
      "https://a.-b",
      "https://a b/",
      "https://a%41/",
      "https://a\\b",
      "https://a,b",
      "https://a*b",
      "https://a\"b",
      "https://\xC3\xA9/",
      "https://a\tb",
      /* what a resolver would take for an IP address */
      "https://1",
      "https://127.1",
      "https://1.2.3",
      "https://1.2.3.4.5",
      "https://256.1.1.1",
      "https://1.2.3.256",
      "https://01.2.3.4",
      "https://1.2.3.04",
      "https://0x7f000001",
      "https://127.0.0.0x1",
      "https://1.2.3.4.",
      "https://a.1",
      "https://2130706433",
      /* IPv6 */
      "https://[]",
      "https://[",
      "https://]",
      "https://[::1",
      "https://::1",
      "https://::1]",
      "https://[:]",
      "https://[:::]",
      "https://[1]",
      "https://[1:2:3:4:5:6:7]",
      "https://[1:2:3:4:5:6:7:8:9]",
      "https://[1:2:3:4:5:6:7:8::]",
      "https://[::1:2:3:4:5:6:7:8]",
      "https://[1::2::3]",
      "https://[1:]",
      "https://[:1]",
      "https://[1::2:]",
      "https://[:1::2]",
      "https://[1:::2]",
      "https://[12345::]",
      "https://[g::]",
      "https://[::1%25eth0]",
      "https://[::1%eth0]",
      "https://[fe80::1%251]",
      "https://[v1.a]",
      "https://[127.0.0.1]",
      "https://[::1.2.3]",
      "https://[::1.2.3.256]",
      "https://[::1.2.3.4:5]",
      "https://[1:2:3:4:5:6:7:1.2.3.4]",
      "https://[ ::1]",
      "https://[::1 ]",
      "https://[[::1]]",
      /* path and query */
      "https://h/a b",
      "https://h/a\tb",
      "https://h/a\r\nb",
      "https://h/\x7f",
      "https://h/\x80",
      "https://h/\xC3\xA9",
      "https://h\\a",
      "https://h/a\\b",
      "https://h/%",
      "https://h/%4",
      "https://h/%4g",
      "https://h/%g4",
      "https://h/?%",
      "https://h/<a>",
      "https://h/\"",
      "https://h/{a}",
      "https://h/a|b",
      "https://h/^",
      "https://h/`",
      "https://h/[",
      "https://h/?[]",
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char out[256] = "";
    int result = split(cases[i], strlen(cases[i]), out, sizeof out);
    if (result != MOAT_E_URL) fail_msg("'%s': %d, %s", cases[i], result, out);
  }
}

static void test_nul(void **state) {
  (void)state;
  char out[64];
  assert_int_equal(split("https://h\0x/", 12, out, sizeof out), MOAT_E_URL);
  assert_int_equal(split("https://h/\0", 11, out, sizeof out), MOAT_E_URL);
  assert_int_equal(split("https://h/a\0b", 13, out, sizeof out), MOAT_E_URL);
}

static void test_lengths(void **state) {
  (void)state;
  char url[400], out[400];
  char label[65];
  memset(label, 'a', 64);
  snprintf(url, sizeof url, "https://%.63s.%.63s.%.63s.%.61s/", label, label, label, label);
  assert_int_equal(split(url, strlen(url), out, sizeof out), MOAT_OK); /* 253 */
  snprintf(url, sizeof url, "https://%.63s.%.63s.%.63s.%.62s/", label, label, label, label);
  assert_int_equal(split(url, strlen(url), out, sizeof out), MOAT_E_URL);
  snprintf(url, sizeof url, "https://%.64s/", label);
  assert_int_equal(split(url, strlen(url), out, sizeof out), MOAT_E_URL);
}

static void test_memory(void **state) {
  (void)state;
  static const char url[] = "https://host.example/path?q";
  moat_endpoint e;
  char exact[sizeof "host.example" + sizeof "/path?q"];
  assert_int_equal(moat_url_split(url, sizeof url - 1, exact, sizeof exact, &e), MOAT_OK);
  for (size_t size = 0; size < sizeof exact; size++) {
    char *memory = malloc(size + 1);
    memory[size] = 'x';
    assert_int_equal(moat_url_split(url, sizeof url - 1, memory, size, &e), MOAT_E_SPACE);
    assert_int_equal(memory[size], 'x');
    free(memory);
  }
  assert_int_equal(moat_url_split(NULL, 0, NULL, 0, &e), MOAT_E_URL);
}

static void test_host_characters(void **state) {
  (void)state;
  static const char around[] = "/0@A[`a{,.:;<^-_";
  for (size_t i = 0; i < sizeof around - 1; i++) {
    char url[] = "https://a?b/", parts[sizeof url + 2];
    moat_endpoint e;
    url[9] = around[i];
    bool good = strchr("0Aa-_./", around[i]) != NULL;
    if ((moat_url_split(url, sizeof url - 1, parts, sizeof parts, &e) == 0) != good)
      fail_msg("%s", url);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_accepted), cmocka_unit_test(test_refused),
      cmocka_unit_test(test_nul),      cmocka_unit_test(test_lengths),
      cmocka_unit_test(test_memory),   cmocka_unit_test(test_host_characters),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
