/* What a person pastes and what a browser sends: who may hand in a code, and in which words. */
#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>

#include "text/text.h"

typedef int (*judge)(char *text, size_t n, const moat_expect *expect, moat_redirect *out);

/* The result, and "code", or "error|description", in `got`. */
static int judged(judge how, const char *text, size_t n, const char *issuer, char *got) {
  char *exact = malloc(n ? n : 1);
  memcpy(exact, text, n);
  moat_expect expect = {MOAT__LIT("S-1_"), moat_str(issuer)};
  moat_redirect out;
  int result = how(exact, n, &expect, &out);
  if (result == MOAT_E_OAUTH)
    sprintf(got, "%.*s|%.*s", (int)out.error.n, out.error.p, (int)out.description.n,
            out.description.p);
  else
    sprintf(got, "%.*s", (int)out.code.n, out.code.p);
  if (result != MOAT_OK) assert_int_equal(out.code.n, 0);
  if (result != MOAT_E_OAUTH) assert_int_equal(out.error.n + out.description.n, 0);
  free(exact);
  return result;
}

typedef struct {
  const char *text;
  int result;
  const char *got;
} expectation;

static void check(judge how, const expectation *cases, size_t count, const char *issuer) {
  for (size_t i = 0; i < count; i++) {
    char got[256];
    int result = judged(how, cases[i].text, strlen(cases[i].text), issuer, got);
    if (result != cases[i].result) fail_msg("'%s': %d, '%s'", cases[i].text, result, got);
    assert_string_equal(got, cases[i].got ? cases[i].got : "");
  }
}

#define CHECK(how, cases, issuer) check(how, cases, sizeof(cases) / sizeof *(cases), issuer)

static void test_forms(void **state) {
  (void)state;
  static const expectation cases[] = {
      {"http://localhost/?code=C&state=S-1_", 0, "C"},
      {"http://localhost:8400/cb?code=C&state=S-1_", 0, "C"},
      {"http://localhost?state=S-1_&code=C", 0, "C"},
      {"http://[::1]:1/?code=C&state=S-1_", 0, "C"},
      {"https://h/a=b&c?code=C&state=S-1_", 0, "C"},
      {"com.example.app:/cb?code=C&state=S-1_", 0, "C"},
      {"urn:x?code=C&state=S-1_", 0, "C"},
      {"localhost/?code=C&state=S-1_", 0, "C"},
      {"/cb?code=C&state=S-1_", 0, "C"},
      {"/?code=C&state=S-1_", 0, "C"},
      {"?code=C&state=S-1_", 0, "C"},
      {"code=C&state=S-1_", 0, "C"},
      {"&&code=C&&state=S-1_&", 0, "C"},
      {"code=a/b:c?d&state=S-1_", 0, "a/b:c?d"},
      {"?code=a=b==&state=S-1_", 0, "a=b=="},
      {" \r\n\thttp://localhost/?code=C&state=S-1_\r\n", 0, "C"},
      {"http://localhost/?code=C&state=S-1_#_=_", 0, "C"},
      {"http://localhost/?code=C&state=S-1_#&code=D", 0, "C"},
      {"code=C&state=S-1_#", 0, "C"},
      {"http://localhost/#code=C&state=S-1_", MOAT_E_STATE, NULL},
      {"http://localhost/", MOAT_E_STATE, NULL},
      {"http://localhost/?", MOAT_E_STATE, NULL},
      {"", MOAT_E_STATE, NULL},
      {" \n", MOAT_E_STATE, NULL},
      {"C", MOAT_E_STATE, NULL},
      {"?", MOAT_E_STATE, NULL},
      {"=&=&==", MOAT_E_STATE, NULL},
  };
  CHECK(moat_redirect_url, cases, NULL);
}

static void test_decoding(void **state) {
  (void)state;
  static const expectation cases[] = {
      {"c%6fde=%43+%2B%20%26&%73tate=S%2d1%5F", 0, "C + &"},
      {"code=%2543&state=S-1_", 0, "%43"},
      {"code=C&state=S-1_&%zz=1&%=2&x=%zz&%00=3&y=%00&z=\x80", 0, "C"},
      {"code=C&state=S-1_&Code=D&STATE=x&code%00=1&code%20=2&code+=3", 0, "C"},
      {"code=C&state=S-1_&error_description=%zz&error_uri=%", 0, "C"},
      {"code=%zz&state=S-1_", MOAT_E_CODE, NULL},
      {"code=C%&state=S-1_", MOAT_E_CODE, NULL},
      {"code=C%0&state=S-1_", MOAT_E_CODE, NULL},
      {"code=C%00&state=S-1_", MOAT_E_CODE, NULL},
      {"code=C%0d%0aX&state=S-1_", MOAT_E_CODE, NULL},
      {"code=C%7f&state=S-1_", MOAT_E_CODE, NULL},
      {"code=%c3%a9&state=S-1_", MOAT_E_CODE, NULL},
      {"code=\xC3\xA9&state=S-1_", MOAT_E_CODE, NULL},
      {"code=C\x01&state=S-1_", MOAT_E_CODE, NULL},
      {"code=C&state=S-1_%zz", MOAT_E_STATE, NULL},
      {"code=C&state=S-1_%00", MOAT_E_STATE, NULL},
      {"code=C&state=S-1_%0a", MOAT_E_STATE, NULL},
      {"code=C&state=S-1_&error=%zz", MOAT_E_CODE, NULL},
  };
  CHECK(moat_redirect_url, cases, NULL);
}

static void test_order(void **state) {
  (void)state;
  static const expectation cases[] = {
      /* a duplicate beats everything */
      {"code=C&code=C&state=S-1_", MOAT_E_DUPLICATE, NULL},
      {"code=C&c%6Fde=D&state=bad", MOAT_E_DUPLICATE, NULL},
      {"state=S-1_&state=S-1_&code=C", MOAT_E_DUPLICATE, NULL},
      {"state=bad&code=C&code=", MOAT_E_DUPLICATE, NULL},
      {"code&code=C&state=S-1_", MOAT_E_DUPLICATE, NULL},
      {"iss=I&iss=I&code=C&state=S-1_", MOAT_E_DUPLICATE, NULL},
      {"error=e&error=e&state=S-1_", MOAT_E_DUPLICATE, NULL},
      {"error=e&error_description=a&error_description=b&state=S-1_", MOAT_E_DUPLICATE, NULL},
      {"error=e&error_uri=a&error_uri=b&state=S-1_", MOAT_E_DUPLICATE, NULL},
      {"code=%zz&code=%zz&state=S-1_", MOAT_E_DUPLICATE, NULL},
      {"x=1&x=2&code=C&state=S-1_&session_state=a&session_state=b&iss=I", 0, "C"},
      /* then the state */
      {"code=C", MOAT_E_STATE, NULL},
      {"code=C&state", MOAT_E_STATE, NULL},
      {"code=C&state=", MOAT_E_STATE, NULL},
      {"code=C&state=s-1_", MOAT_E_STATE, NULL},
      {"code=C&state=S-1", MOAT_E_STATE, NULL},
      {"code=C&state=S-1_x", MOAT_E_STATE, NULL},
      {"error=e&state=bad&iss=bad", MOAT_E_STATE, NULL},
      {"error=e", MOAT_E_STATE, NULL},
      /* then the issuer */
      {"code=C&state=S-1_", MOAT_E_ISSUER, NULL},
      {"code=C&state=S-1_&iss=", MOAT_E_ISSUER, NULL},
      {"code=C&state=S-1_&iss=i", MOAT_E_ISSUER, NULL},
      {"code=C&state=S-1_&iss=I/", MOAT_E_ISSUER, NULL},
      {"code=C&state=S-1_&iss=I%zz", MOAT_E_ISSUER, NULL},
      {"error=e&state=S-1_&iss=bad", MOAT_E_ISSUER, NULL},
      {"error=e&state=S-1_", MOAT_E_ISSUER, NULL},
      /* then the error */
      {"error=e&state=S-1_&iss=I", MOAT_E_OAUTH, "e|"},
      {"error=e+1&error_description=a+b%0d%0A&code=C&state=S-1_&iss=%49", MOAT_E_OAUTH,
       "e 1|a b\r\n"},
      {"error=e&error_description=%zz&state=S-1_&iss=I", MOAT_E_OAUTH, "e|"},
      {"error=&error_description=d&code=C&state=S-1_&iss=I", 0, "C"},
      /* then the code */
      {"state=S-1_&iss=I", MOAT_E_CODE, NULL},
      {"code&state=S-1_&iss=I", MOAT_E_CODE, NULL},
      {"code=&state=S-1_&iss=I", MOAT_E_CODE, NULL},
      {"code=C&state=S-1_&iss=I", 0, "C"},
  };
  CHECK(moat_redirect_url, cases, "I");
}

static void test_issuer_unknown(void **state) {
  (void)state;
  static const expectation cases[] = {
      {"code=C&state=S-1_&iss=whoever", 0, "C"},
      {"code=C&state=S-1_&iss=%zz", 0, "C"},
  };
  CHECK(moat_redirect_url, cases, NULL);
}

static void test_nul_in_text(void **state) {
  (void)state;
  char got[256];
  assert_int_equal(judged(moat_redirect_url, "code=C\0&state=S-1_", 18, NULL, got), MOAT_E_CODE);
  assert_int_equal(judged(moat_redirect_url, "code=C&state=S-1_\0", 18, NULL, got), MOAT_E_STATE);
  assert_int_equal(judged(moat_redirect_code, "C\0", 2, NULL, got), MOAT_E_CODE);
}

/* Without a state there is nothing to compare, so nothing is accepted. */
static void test_no_state_expected(void **state) {
  (void)state;
  char text[] = "code=C&state=";
  moat_expect expect = {.state = {NULL, 0}};
  moat_redirect out;
  assert_int_equal(moat_redirect_url(text, sizeof text - 1, &expect, &out), MOAT_E_MISUSE);
  assert_int_equal(moat_redirect_url(NULL, 0, &(moat_expect){.state = MOAT__LIT("s")}, &out),
                   MOAT_E_STATE);
}

static void test_code(void **state) {
  (void)state;
  static const expectation cases[] = {
      {"M.C5nn_BAY.2.U.x-1!*$~", 0, "M.C5nn_BAY.2.U.x-1!*$~"},
      {"  C\r\n", 0, "C"},
      {"4%2F0Ab+c%2B", 0, "4/0Ab+c+"},
      {"4/0Ab+c:d", 0, "4/0Ab+c:d"},
      {"%2541", 0, "%41"}, /* once */
      {"50%", 0, "50%"},
      {"a%zz", 0, "a%zz"},
      {"a%zz%41", MOAT_E_CODE, NULL},
      {"YWI=", 0, "YWI="},
      {"YWI%3d%3D", 0, "YWI=="},
      {"%26%3Fx%3Dy%23", 0, "&?x=y#"},
      {"", MOAT_E_CODE, NULL},
      {" ", MOAT_E_CODE, NULL},
      {"a b", MOAT_E_CODE, NULL},
      {"a%20b", MOAT_E_CODE, NULL},
      {"a%00", MOAT_E_CODE, NULL},
      {"a%0a", MOAT_E_CODE, NULL},
      {"a\nb", MOAT_E_CODE, NULL},
      {"\xC3\xA9", MOAT_E_CODE, NULL},
      {"%c3%a9", MOAT_E_CODE, NULL},
      {"a\x7f", MOAT_E_CODE, NULL},
      {"http://localhost/", MOAT_E_CODE, NULL},
      {"http://localhost/?code=C&state=S-1_", MOAT_E_CODE, NULL},
      {"code=C", MOAT_E_CODE, NULL},
      {"?C", MOAT_E_CODE, NULL},
      {"C&state=x", MOAT_E_CODE, NULL},
      {"C#_=_", MOAT_E_CODE, NULL},
  };
  CHECK(moat_redirect_code, cases, NULL);
  static const expectation issued[] = {{"C", MOAT_E_ISSUER, NULL}, {"", MOAT_E_ISSUER, NULL}};
  CHECK(moat_redirect_code, issued, "I");
}

/* ---- The listener's request ------------------------------------------------------------------ */

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

/* RFC 9112 3.2.2: the authority of an absolute-form target counts in place of Host. */
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
  /* In origin-form there is no empty path. */
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

/* Port 80 goes unsaid, and port 0 means that nobody knows it. */
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

/* Every shorter piece waits; and a byte that spoils it gives the verdict at once. */
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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_forms),
      cmocka_unit_test(test_decoding),
      cmocka_unit_test(test_order),
      cmocka_unit_test(test_issuer_unknown),
      cmocka_unit_test(test_nul_in_text),
      cmocka_unit_test(test_no_state_expected),
      cmocka_unit_test(test_code),
      cmocka_unit_test(test_request_accepted),
      cmocka_unit_test(test_request_redirect_refused),
      cmocka_unit_test(test_request_status),
      cmocka_unit_test(test_request_absolute),
      cmocka_unit_test(test_request_host),
      cmocka_unit_test(test_request_port),
      cmocka_unit_test(test_request_malformed),
      cmocka_unit_test(test_request_split),
      cmocka_unit_test(test_request_size),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
