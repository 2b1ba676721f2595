/* The address that a browser ends on after a sign-in: its code, or why there is none. */
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

typedef int (*judge)(char *text, size_t n, const moat_expect *expect, moat_redirect *out);

/* The result, and "code", or "error|description", in `got`. */
static int judged(judge how, const char *text, size_t n, const char *issuer, char *got) {
  char *exact = malloc(n ? n : 1);
  memcpy(exact, text, n);
  moat_expect expect = {.state = MOAT__LIT("S-1_"), .issuer = moat_str(issuer)};
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

static void test_issuer_optional(void **state) {
  static const struct {
    const char *text;
    int result;
  } cases[] = {{"code=C&state=S-1_", 0},
               {"code=C&state=S-1_&iss=I", 0},
               {"code=C&state=S-1_&iss=J", MOAT_E_ISSUER},
               {"code=C&state=S-1_&iss=", MOAT_E_ISSUER},
               {"code=C&state=S-1_&iss", MOAT_E_ISSUER},
               {"code=C&state=S-1_&iss=%zz", MOAT_E_ISSUER},
               {"error=e&state=S-1_", MOAT_E_OAUTH},
               {"error=e&state=S-1_&iss=J", MOAT_E_ISSUER}};
  moat_expect expect = {MOAT__LIT("S-1_"), MOAT__LIT("I"), true};
  moat_redirect out;
  char text[64];
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    strcpy(text, cases[i].text);
    assert_int_equal(moat_redirect_url(text, strlen(text), &expect, &out), cases[i].result);
  }
  assert_int_equal(moat_redirect_code(strcpy(text, "C"), 1, &expect, &out), 0);
  assert_span(out.code, "C");
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

/* Without an expected state there is nothing to compare, so nothing is accepted. */
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

static void test_codes(void **state) {
  (void)state;
  static const struct {
    const char *text, *code; /* NULL: refused */
  } cases[] = {{"ab=", "ab="},  {"ab==", "ab=="}, {"a=b", NULL},  {"a==b", NULL},
               {"a:b", "a:b"},  {"a:", "a:"},     {"a:/", "a:/"}, {"a:/b", "a:/b"},
               {"a://b", NULL}, {"a://", NULL},   {"%4g", "%4g"}, {"%g4", "%g4"},
               {"%41%", NULL},  {"%41", "A"},     {"a?b", NULL},  {"a#", NULL}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    size_t n = strlen(cases[i].text);
    char *text = memcpy(malloc(n), cases[i].text, n);
    const moat_expect expect = {.state = moat_str("s")};
    moat_redirect r;
    int result = moat_redirect_code(text, n, &expect, &r);
    if (result != (cases[i].code ? 0 : MOAT_E_CODE)) fail_msg("%s: %d", cases[i].text, result);
    assert_true(moat_span_equal(r.code, moat_str(cases[i].code)));
    free(text);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_forms),
      cmocka_unit_test(test_decoding),
      cmocka_unit_test(test_order),
      cmocka_unit_test(test_issuer_optional),
      cmocka_unit_test(test_issuer_unknown),
      cmocka_unit_test(test_nul_in_text),
      cmocka_unit_test(test_no_state_expected),
      cmocka_unit_test(test_code),
      cmocka_unit_test(test_codes),
  };
  return cmocka_run_group_tests_name("redirect", tests, NULL, NULL);
}
