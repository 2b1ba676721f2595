/* The request that a browser sends to the listener. */
#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>

#include "text/text.h"
#include "checks.h"

typedef struct {
  const char *text;
  int result;
  const char *got;
} expectation;

#define QUERY "?code=C&state=S-1_"
#define HOST "Host: localhost:8400\r\n"

static int request(const char *text, size_t n, const char *path, uint16_t port, char *got) {
  char *exact = malloc(n ? n : 1);
  memcpy(exact, text, n);
  moat_expect expect = {.state = MOAT__LIT("S-1_")};
  moat_redirect out;
  int result = moat_redirect_request(exact, n, moat_str(path), port, &expect, &out);
  sprintf(got, "%.*s%s%.*s", (int)out.code.n, out.code.p, out.error.n ? "!" : "", (int)out.error.n,
          out.error.p);
  free(exact);
  return result;
}

static void requests(const expectation *cases, size_t count) {
  for (size_t i = 0; i < count; i++) {
    char got[256];
    int result = request(cases[i].text, strlen(cases[i].text), "/cb", 8400, got);
    if (result != cases[i].result) fail_msg("%s: %d", cases[i].text, result);
    assert_string_equal(got, cases[i].got ? cases[i].got : "");
  }
}

static void test_request_accepted(void **state) {
  (void)state;
  static const expectation cases[] = {
      {"GET /cb" QUERY " HTTP/1.1\r\n" HOST "\r\n", 0, "C"},
      {"GET /cb" QUERY " HTTP/1.1\r\nhOST:LocalHost:8400 \t\r\n\r\n", 0, "C"},
      {"GET /cb" QUERY " HTTP/1.1\r\nHost: 127.0.0.1:8400\r\n\r\n", 0, "C"},
      {"GET /cb" QUERY " HTTP/1.1\r\nHost:\t[::1]:8400\r\n\r\n", 0, "C"},
      {"GET /cb" QUERY " HTTP/1.1\r\nSec-X_9Z~: b\tc\r\nX:\r\nU: \xC3\xA9\r\n" HOST
       "Z: z\r\n\r\nbody\n\1",
       0, "C"},
      {"GET /cb?code=a?b/c~!&state=S-1_ HTTP/1.1\r\n" HOST "\r\n", 0, "a?b/c~!"},
      {"GET /cb" QUERY " HTTP/1.0\r\n\r\n", 0, "C"},
      {"GET /cb" QUERY " HTTP/1.0\r\n" HOST "\r\n", 0, "C"},
  };
  requests(cases, sizeof cases / sizeof *cases);
}

static void test_request_redirect_refused(void **state) {
  (void)state;
  static const expectation cases[] = {
      {"GET /cb?error=access_denied&state=S-1_ HTTP/1.1\r\n" HOST "\r\n", 400, "!access_denied"},
      {"GET /cb?code=C&state=bad HTTP/1.1\r\n" HOST "\r\n", 400, NULL},
      {"GET /cb?code=C&code=C&state=S-1_ HTTP/1.1\r\n" HOST "\r\n", 400, NULL},
      {"GET /cb?state=S-1_ HTTP/1.1\r\n" HOST "\r\n", 400, NULL},
      {"GET /cb HTTP/1.1\r\n" HOST "\r\n", 400, NULL},
      {"GET /cb? HTTP/1.1\r\n" HOST "\r\n", 400, NULL},
  };
  requests(cases, sizeof cases / sizeof *cases);
}

static void test_request_status(void **state) {
  (void)state;
  static const expectation cases[] = {
      {"POST /cb" QUERY " HTTP/1.1\r\n" HOST "\r\n", 405, NULL},
      {"HEAD /cb" QUERY " HTTP/1.1\r\n" HOST "\r\n", 405, NULL},
      {"get /cb" QUERY " HTTP/1.1\r\n" HOST "\r\n", 405, NULL},
      {"GETS /cb" QUERY " HTTP/1.1\r\n" HOST "\r\n", 405, NULL},
      {"OPTIONS * HTTP/1.1\r\n" HOST "\r\n", 405, NULL},
      {"POST /other HTTP/1.1\r\n" HOST "\r\n", 405, NULL},
      {"GET /favicon.ico HTTP/1.1\r\n" HOST "\r\n", 404, NULL},
      {"GET /" QUERY " HTTP/1.1\r\n" HOST "\r\n", 404, NULL},
      {"GET /cb/" QUERY " HTTP/1.1\r\n" HOST "\r\n", 404, NULL},
      {"GET /CB" QUERY " HTTP/1.1\r\n" HOST "\r\n", 404, NULL},
      {"GET /c%62" QUERY " HTTP/1.1\r\n" HOST "\r\n", 404, NULL},
      {"GET /./cb" QUERY " HTTP/1.1\r\n" HOST "\r\n", 404, NULL},
      {"GET ?code=C&state=S-1_ HTTP/1.1\r\n" HOST "\r\n", 404, NULL},
  };
  requests(cases, sizeof cases / sizeof *cases);
}

/* RFC 9112 3.2.2: the authority of an absolute-form target counts instead of Host. */
static void test_request_absolute(void **state) {
  (void)state;
#define ABSOLUTE(target) "GET " target QUERY " HTTP/1.1\r\n"
  static const expectation cases[] = {
      {ABSOLUTE("http://localhost:8400/cb") HOST "\r\n", 0, "C"},
      {ABSOLUTE("HTTP://LocalHost:8400/cb") HOST "\r\n", 0, "C"},
      {ABSOLUTE("http://127.0.0.1:8400/cb") "Host: evil.example\r\n\r\n", 0, "C"},
      {ABSOLUTE("http://[::1]:8400/cb") "Host:\r\n\r\n", 0, "C"},
      {"GET http://localhost:8400/cb" QUERY " HTTP/1.0\r\n\r\n", 0, "C"},
      {"GET http://localhost:8400/cb?code=http://a/b?c&state=S-1_ HTTP/1.1\r\n" HOST "\r\n", 0,
       "http://a/b?c"},
      {ABSOLUTE("http://localhost:8400/cb") "\r\n", 400, NULL},
      {ABSOLUTE("http://localhost:8400/cb") HOST HOST "\r\n", 400, NULL},
      {ABSOLUTE("http://evil.example:8400/cb") HOST "\r\n", 400, NULL},
      {"GET http://evil.example/cb" QUERY " HTTP/1.0\r\n\r\n", 400, NULL},
      {ABSOLUTE("http://localhost:8401/cb") HOST "\r\n", 400, NULL},
      {ABSOLUTE("http://localhost/cb") HOST "\r\n", 400, NULL},
      {ABSOLUTE("http:///cb") HOST "\r\n", 400, NULL},
      {ABSOLUTE("http://user@localhost:8400/cb") HOST "\r\n", 400, NULL},
      {ABSOLUTE("http://localhost:8400@evil.example/cb") HOST "\r\n", 400, NULL},
      {ABSOLUTE("http://localhost:8400\\/cb") HOST "\r\n", 400, NULL},
      {"GET http://localhost:8400/cb?error=e&state=S-1_ HTTP/1.1\r\n" HOST "\r\n", 400, "!e"},
      {"POST http://localhost:8400/cb HTTP/1.1\r\n" HOST "\r\n", 405, NULL},
      {ABSOLUTE("http://localhost:8400/") HOST "\r\n", 404, NULL},
      {ABSOLUTE("http://localhost:8400//cb") HOST "\r\n", 404, NULL},
      {ABSOLUTE("http://localhost:8400") HOST "\r\n", 404, NULL},
      {ABSOLUTE("http://localhost:8400?/cb") HOST "\r\n", 404, NULL},
      {ABSOLUTE("https://localhost:8400/cb") HOST "\r\n", 404, NULL},
      {ABSOLUTE("http:/localhost:8400/cb") HOST "\r\n", 404, NULL},
      {ABSOLUTE("//localhost:8400/cb") HOST "\r\n", 404, NULL},
      {ABSOLUTE("localhost:8400/cb") HOST "\r\n", 404, NULL},
      {"GET http:// HTTP/1.1\r\n" HOST "\r\n", 404, NULL},
      {"GET http:/ HTTP/1.1\r\n" HOST "\r\n", 404, NULL},
  };
  requests(cases, sizeof cases / sizeof *cases);
  static const char *const empty[] = {ABSOLUTE("http://localhost:8400") HOST "\r\n",
                                      ABSOLUTE("http://localhost:8400/") HOST "\r\n"};
  char got[256];
  for (size_t i = 0; i < 2; i++) {
    assert_int_equal(request(empty[i], strlen(empty[i]), "/", 8400, got), 0);
    assert_string_equal(got, "C");
  }
  /* In origin-form the path cannot be empty. */
  static const char none[] = ABSOLUTE("") HOST "\r\n";
  assert_int_equal(request(none, sizeof none - 1, "/", 8400, got), 404);
}

static void test_request_host(void **state) {
  (void)state;
  static const char *const hosts[] = {
      "",
      "Host:\r\n",
      "Host: localhost\r\n",
      "Host: localhost:\r\n",
      "Host: localhost:8401\r\n",
      "Host: localhost:80\r\n",
      "Host: localhost:8400x\r\n",
      "Host: localhost:+8400\r\n",
      "Host: localhost:73936\r\n",
      "Host: localhost:0\r\n",
      "Host: localhost.:8400\r\n",
      "Host: evil.example:8400\r\n",
      "Host: localhost.evil.example:8400\r\n",
      "Host: evil.example\r\n",
      "Host: 127.0.0.2:8400\r\n",
      "Host: 0.0.0.0:8400\r\n",
      "Host: 127.1:8400\r\n",
      "Host: 2130706433:8400\r\n",
      "Host: ::1:8400\r\n",
      "Host: [::1]\r\n",
      "Host: [::1]8400\r\n",
      "Host: [::2]:8400\r\n",
      "Host: [0:0:0:0:0:0:0:1]:8400\r\n",
      "Host: user@localhost:8400\r\n",
      "Host: http://localhost:8400\r\n",
      "Host: localhost:8400, localhost:8400\r\n",
      "Host: localhost :8400\r\n",
      "Host: localhost: 8400\r\n",
      HOST HOST,
      HOST "host: evil.example\r\n",
      "Hosts: localhost:8400\r\n",
  };
  char text[300], got[256];
  for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
    snprintf(text, sizeof text, "GET /cb" QUERY " HTTP/1.1\r\n%s\r\n", hosts[i]);
    int result = request(text, strlen(text), "/cb", 8400, got);
    if (result != 400) fail_msg("%s: %d", hosts[i], result);
  }
  static const char http10[] = "GET /cb" QUERY " HTTP/1.0\r\nHost: evil.example\r\n\r\n";
  assert_int_equal(request(http10, sizeof http10 - 1, "/cb", 8400, got), 400);
}

/* Port 80 may be left out, and port 0 means that the port is unknown. */
static void test_request_port(void **state) {
  (void)state;
  static const struct {
    const char *host;
    uint16_t port;
    int result;
  } cases[] = {
      {"localhost", 80, 0},        {"localhost:80", 80, 0},  {"[::1]", 80, 0},
      {"localhost:8400", 80, 400}, {"localhost", 0, 0},      {"[::1]", 0, 0},
      {"localhost:8400", 0, 0},    {"localhost:0", 0, 400},  {"localhost:", 0, 400},
      {"localhost:65536", 0, 400}, {"evil.example", 0, 400}, {"127.0.0.1", 8400, 400},
  };
  char text[300], got[256];
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    snprintf(text, sizeof text, "GET /" QUERY " HTTP/1.1\r\nHost: %s\r\n\r\n", cases[i].host);
    assert_int_equal(request(text, strlen(text), "/", cases[i].port, got), cases[i].result);
  }
}

static void test_request_malformed(void **state) {
  (void)state;
  static const expectation cases[] = {
      {"GET /cb" QUERY " HTTP/1.1\n" HOST "\r\n", 400, NULL},
      {"GET /cb" QUERY " HTTP/1.1\r\n" HOST "\n", 400, NULL},
      {"GET /cb" QUERY " HTTP/1.1\r\n" HOST "A: b\rc\r\n\r\n", 400, NULL},
      {"GET /cb" QUERY " HTTP/1.1\r\n" HOST "A: b\r\r\n\r\n", 400, NULL},
      {"GET /cb" QUERY " HTTP/1.1\r\n" HOST "A: b\r\n c\r\n\r\n", 400, NULL},
      {"GET /cb" QUERY " HTTP/1.1\r\n" HOST "A: b\r\n\tc\r\n\r\n", 400, NULL},
      {"GET /cb" QUERY " HTTP/1.1\r\n A: b\r\n" HOST "\r\n", 400, NULL},
      {"GET /cb" QUERY " HTTP/1.1\r\nHost : localhost:8400\r\n\r\n", 400, NULL},
      {"GET /cb" QUERY " HTTP/1.1\r\n" HOST "A\r\n\r\n", 400, NULL},
      {"GET /cb" QUERY " HTTP/1.1\r\n" HOST ": a\r\n\r\n", 400, NULL},
      {"GET /cb" QUERY " HTTP/1.1\r\n" HOST "A b: c\r\n\r\n", 400, NULL},
      {"GET /cb" QUERY " HTTP/1.1\r\n" HOST "A(: c\r\n\r\n", 400, NULL},
      {"GET /cb" QUERY " HTTP/1.1\r\n" HOST "A: \x01\r\n\r\n", 400, NULL},
      {"GET /cb" QUERY " HTTP/1.1\r\n" HOST "A: \x7f\r\n\r\n", 400, NULL},
      {"GET /cb" QUERY " HTTP/1.2\r\n" HOST "\r\n", 400, NULL},
      {"GET /cb" QUERY " HTTP/2\r\n" HOST "\r\n", 400, NULL},
      {"GET /cb" QUERY " http/1.1\r\n" HOST "\r\n", 400, NULL},
      {"GET /cb" QUERY " HTTP/1.1 \r\n" HOST "\r\n", 400, NULL},
      {"GET /cb" QUERY " HTTP/1.1x\r\n" HOST "\r\n", 400, NULL},
      {"GET /cb" QUERY "  HTTP/1.1\r\n" HOST "\r\n", 400, NULL},
      {"GET  /cb" QUERY " HTTP/1.1\r\n" HOST "\r\n", 400, NULL},
      {" GET /cb" QUERY " HTTP/1.1\r\n" HOST "\r\n", 400, NULL},
      {"GET\t/cb" QUERY " HTTP/1.1\r\n" HOST "\r\n", 400, NULL},
      {"GET  HTTP/1.1\r\n" HOST "\r\n", 400, NULL},
      {"GET #/cb HTTP/1.1\r\n" HOST "\r\n", 400, NULL},
      {"GET /cb" QUERY "\r\n" HOST "\r\n", 400, NULL},
      {"GET /cb" QUERY "&a\tb HTTP/1.1\r\n" HOST "\r\n", 400, NULL},
      {"GET /cb" QUERY "#f HTTP/1.1\r\n" HOST "\r\n", 400, NULL},
      {"GET /cb" QUERY "&\x80 HTTP/1.1\r\n" HOST "\r\n", 400, NULL},
      {"G(T /cb" QUERY " HTTP/1.1\r\n" HOST "\r\n", 400, NULL},
      {"\r\n\r\n", 400, NULL},
      {"\r\nGET /cb" QUERY " HTTP/1.1\r\n" HOST "\r\n", 400, NULL},
      {"GET\r\n\r\n", 400, NULL},
      {"\x16\x03\x01\x02", 400, NULL}, /* a browser that tries TLS */
  };
  requests(cases, sizeof cases / sizeof *cases);
  char got[256];
  assert_int_equal(request("GET /cb\0", 8, "/cb", 8400, got), 400);
}

/* Every shorter piece has to wait. A byte that makes it bad is refused at once. */
static void split_request(const char *text) {
  size_t size = strlen(text);
  char got[256];
  for (size_t n = 0; n < size; n++) {
    assert_int_equal(request(text, n, "/cb", 8400, got), MOAT_WANT_READ);
    char spoiled[200];
    memcpy(spoiled, text, size);
    spoiled[n] = '\x01';
    assert_int_equal(request(spoiled, n + 1, "/cb", 8400, got), 400);
    assert_int_equal(request(spoiled, size, "/cb", 8400, got), 400);
  }
  assert_int_equal(request(text, size, "/cb", 8400, got), 0);
}

static void test_request_split(void **state) {
  (void)state;
  split_request("GET /cb" QUERY " HTTP/1.1\r\nA: b\r\n" HOST "\r\n");
  split_request(ABSOLUTE("http://localhost:8400/cb") "A: b\r\nHost: x\r\n\r\n");
}

static void test_request_size(void **state) {
  (void)state;
  static const char start[] = "GET /cb" QUERY " HTTP/1.1\r\n" HOST "A: ";
  static char text[16500];
  char got[256];
  memset(text, 'x', sizeof text);
  memcpy(text, start, sizeof start - 1);
  assert_int_equal(request(text, 16383, "/cb", 8400, got), MOAT_WANT_READ);
  assert_int_equal(request(text, 16384, "/cb", 8400, got), 431);
  assert_int_equal(request(text, sizeof text, "/cb", 8400, got), 431);
  memcpy(text + 16381, "\r\n\r\n", 4);
  assert_int_equal(request(text, 16385, "/cb", 8400, got), 431);
  memcpy(text + 16380, "\r\n\r\n", 4);
  assert_int_equal(request(text, 16384, "/cb", 8400, got), 0);
  text[16383] = 'x';
  text[16400] = '\n'; /* past the limit, so it is not looked at */
  assert_int_equal(request(text, sizeof text, "/cb", 8400, got), 400);
  text[16381] = 'x';
  text[16380] = 'x';
  text[16382] = 'x';
  assert_int_equal(request(text, sizeof text, "/cb", 8400, got), 431);
}

/* RFC 9110 5.6.2: every character that a name may have, and the neighbours of the ranges. */
static void test_request_names(void **state) {
  (void)state;
  static const struct {
    const char *line;
    int result;
  } cases[] = {{"GET /?state=s&code=c HTTP/1.1\r\nA!#$%&'*+-.^_`|~z09Z: x", 0},
               {"GET /?state=s&code=c HTTP/1.1\r\nA/: x", 400},
               {"GET /?state=s&code=c HTTP/1.1\r\nA@: x", 400},
               {"GET /?state=s&code=c HTTP/1.1\r\nA[: x", 400},
               {"GET /?state=s&code=c HTTP/1.1\r\nA{: x", 400},
               {"GET /?state=s&code=c HTTP/1.1\r\nA;: x", 400},
               {"GET  HTTP/1.1\r\nA: x", 400},
               {"G{T / HTTP/1.1\r\nA: x", 400}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    char text[200];
    int n = snprintf(text, sizeof text, "%s\r\nHost: localhost\r\n\r\n", cases[i].line);
    char *request = memcpy(malloc((size_t)n), text, (size_t)n);
    const moat_expect expect = {.state = moat_str("s")};
    moat_redirect r;
    int result = moat_redirect_request(request, (size_t)n, moat_str("/"), 0, &expect, &r);
    if (result != cases[i].result) fail_msg("%s: %d", cases[i].line, result);
    free(request);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_request_accepted),  cmocka_unit_test(test_request_redirect_refused),
      cmocka_unit_test(test_request_status),    cmocka_unit_test(test_request_absolute),
      cmocka_unit_test(test_request_host),      cmocka_unit_test(test_request_port),
      cmocka_unit_test(test_request_malformed), cmocka_unit_test(test_request_split),
      cmocka_unit_test(test_request_size),      cmocka_unit_test(test_request_names),
  };
  return cmocka_run_group_tests_name("redirect: request", tests, NULL, NULL);
}
