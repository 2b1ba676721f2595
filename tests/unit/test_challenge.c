/* The WWW-Authenticate of a service, and what the next sign-in carries. */
#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>

#include "moat/challenge.h"
#include "checks.h"

/* The example on Microsoft's page on claims challenges, and what is in it. */
#define CLAIMS                                                                                     \
  "eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZSwgInZhbHVlIjoiMTYwNDEwNjY1MSJ9fX0="
#define CLAIMS_TEXT "{\"access_token\":{\"nbf\":{\"essential\":true, \"value\":\"1604106651\"}}}"
#define CLAIMS_FIELD                                                                               \
  "claims=%7B%22access_token%22%3A%7B%22nbf%22%3A%7B%22essential%22%3Atrue%2C%20%22value%22%3A"    \
  "%221604106651%22%7D%7D%7D"
#define USER "Bearer error=\"insufficient_user_authentication\""

typedef struct {
  const char *text;
  int result;
  const char *fields; /* of the next sign-in; NULL: not a challenge that can be answered */
} row;

/* In memory of exactly that size, which sanitizers watch. */
static int read(const char *text, size_t n, char *fields, moat_challenge *kept) {
  moat_challenge c = {.max_age = 77};
  char *value = malloc(n ? n : 1);
  memcpy(value, text, n);
  int r = moat_challenge_read(&c, value, n);
  *fields = '\0';
  if (r == 0) {
    assert_true(moat_challenge_extra(&c, moat_str(NULL), fields, 512) >= 0);
    moat_verdict v =
        moat_judge(&(moat_error_info){.code = MOAT_E_OAUTH, .status = 401, .error = c.error});
    assert_int_equal(v.need, MOAT_NEED_SIGN_IN);
  }
  if (kept) *kept = c;
  free(value);
  return r;
}

static const row rows[] = {
    /* RFC 9470 3 */
    {USER ",\r\n error_description=\"A different authentication level is required\",\r\n"
          " acr_values=\"myACR\"",
     0, "acr_values=myACR"}, /* folded, as it stands there */
    {USER
     ", error_description=\"A different authentication level is required\", acr_values=\"myACR\"",
     0, "acr_values=myACR"},
    {USER ", error_description=\"More recent authentication is required\", max_age=\"5\"", 0,
     "max_age=5"},
    {USER ", max_age=0, acr_values=\"urn:a  b&c\"", 0, "acr_values=urn%3Aa%20%20b%26c&max_age=0"},
    {USER, 0, ""},
    {USER ", claims=\"" CLAIMS "\"", 0, ""},
    /* Microsoft */
    {"Bearer realm=\"\", "
     "authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\", "
     "error=\"insufficient_claims\", claims=\"" CLAIMS "\"",
     0, CLAIMS_FIELD},
    {"Bearer error=\"invalid_token\", error_description=\"User session has been revoked\", "
     "claims=\"" CLAIMS "\"",
     0, CLAIMS_FIELD},
    {"Bearer error=\"insufficient_claims\", acr_values=\"x\", max_age=\"1\", claims=\"e30\"", 0,
     "claims=%7B%7D"},
    {"Bearer error=\"insufficient_claims\", claims=e30=", 0, "claims=%7B%7D"},
    {"Bearer error=\"insufficient_claims\", claims=\"eyI_PyI6Ij4-In0\"", 0,
     "claims=%7B%22%3F%3F%22%3A%22%3E%3E%22%7D"},
    {"Bearer error=\"insufficient_claims\", claims=\"eyI/PyI6Ij4+In0=\"", 0,
     "claims=%7B%22%3F%3F%22%3A%22%3E%3E%22%7D"},
    /* Letters, spaces, quotes */
    {"  ,, bEARER\tERROR = \"Insufficient_User_Authentication\" ,Max_Age\t=\t7 ,", 0, "max_age=7"},
    {USER ",acr_values=\"a\\\"b\\\\c\"", 0, "acr_values=a%22b%5Cc"},
    {USER ",acr_values=\"a, Basic realm=x\"", 0, "acr_values=a%2C%20Basic%20realm%3Dx"},
    {USER ",acr_values=one,acr_values=two", 0, "acr_values=one"},
    {USER ",acr_values=\"\",max_age=\"\"", 0, ""},
    {"DPoP algs=\"ES256\", error=\"insufficient_user_authentication\", max_age=9", 0, "max_age=9"},
    /* Several challenges */
    {"Negotiate YII/ab+c==, Basic realm=\"a\", " USER ", max_age=1, Digest nonce=x", 0,
     "max_age=1"},
    {"Negotiate, " USER ", max_age=1", 0, "max_age=1"},
    {"Bearer error=\"invalid_token\", " USER ", max_age=1", 0, "max_age=1"},
    {"Bearer realm=https://a/b, " USER ", max_age=1", 0, "max_age=1"},
    {"Digest error=\"insufficient_user_authentication\", max_age=1", MOAT_E_EMPTY, NULL},
    /* Nothing that a sign-in would answer */
    {"", MOAT_E_EMPTY, NULL},
    {" ,\t,", MOAT_E_EMPTY, NULL},
    {"Bearer", MOAT_E_EMPTY, NULL},
    {"Bearer error=\"invalid_token\"", MOAT_E_EMPTY, NULL},
    {"Bearer error=\"insufficient_scope\", scope=\"a b\"", MOAT_E_EMPTY, NULL},
    {"Bearer error=, claims=\"" CLAIMS "\"", MOAT_E_EMPTY, NULL},
    {"insufficient_user_authentication", MOAT_E_EMPTY, NULL},
    /* Malformed */
    {"=", MOAT_E_HTTP, NULL},
    {"\"Bearer\"", MOAT_E_HTTP, NULL},
    {USER ", acr_values=\"a", MOAT_E_HTTP, NULL},
    {USER ", acr_values=\"a\\", MOAT_E_HTTP, NULL},
    {USER ", acr_values=\"a\"b=\"c", MOAT_E_HTTP, NULL},
    {USER ", max_age=\"-1\"", MOAT_E_HTTP, NULL},
    {USER ", max_age=\"5s\"", MOAT_E_HTTP, NULL},
    {USER ", max_age=\"99999999999999999999\"", 0, "max_age=1073741823"},
    {"Bearer error=\"insufficient_claims\"", MOAT_E_HTTP, NULL},
    {"Bearer error=\"insufficient_claims\", claims=\"e30=a\"", MOAT_E_HTTP, NULL}, /* '=' inside */
    {"Bearer error=\"insufficient_claims\", claims=\"e\"", MOAT_E_HTTP, NULL},
    {"Bearer error=\"insufficient_claims\", claims=\"e30e3\"", MOAT_E_HTTP, NULL},
    {"Bearer error=\"insufficient_claims\", claims=\"W10=\"", MOAT_E_HTTP, NULL}, /* [] */
    {"Bearer error=\"insufficient_claims\", claims=\"e30A\"", MOAT_E_HTTP, NULL}, /* {}\0 */
    {"Bearer error=\"insufficient_claims\", claims=\"====\"", MOAT_E_HTTP, NULL},
};

static void test_values(void **state) {
  (void)state;
  char fields[512];
  for (size_t i = 0; i < COUNT(rows); i++) {
    int r = read(rows[i].text, strlen(rows[i].text), fields, NULL);
    if (r != rows[i].result) fail_msg("'%s': %d", rows[i].text, r);
    if (rows[i].fields) assert_string_equal(fields, rows[i].fields);
  }
}

static void test_nul(void **state) {
  (void)state;
  char fields[512];
  static const char text[] = "Bearer\0error=insufficient_user_authentication";
  assert_int_equal(read(text, sizeof text - 1, fields, NULL), MOAT_E_HTTP);
}

static void test_words(void **state) {
  (void)state;
  char text[] = USER ", error_description=\"Sign in \\\"again\\\"\"";
  moat_challenge c;
  assert_int_equal(moat_challenge_read(&c, text, sizeof text - 1), 0);
  assert_span(c.error, "insufficient_user_authentication");
  assert_span(c.description, "Sign in \"again\"");
  assert_int_equal(c.acr_values.n + c.claims.n + c.has_max_age, 0);
  char claims[] = "Bearer error=\"insufficient_claims\",claims=\"" CLAIMS "\"";
  assert_int_equal(moat_challenge_read(&c, claims, sizeof claims - 1), 0);
  assert_span(c.claims, CLAIMS_TEXT);
}

/* The profile's own parameters stay, but for what the challenge asks for itself. */
static void test_extra(void **state) {
  (void)state;
  static const struct {
    const char *before, *after;
  } cases[] = {
      {"prompt=login", "prompt=login&acr_values=a&max_age=3&" CLAIMS_FIELD},
      {"acr_values=b&claims=%7B%7D&x=1&max_age=9&y", "x=1&y&acr_values=a&max_age=3&" CLAIMS_FIELD},
      {"acr_valuesx=b&a=max_age=1",
       "acr_valuesx=b&a=max_age=1&acr_values=a&max_age=3&" CLAIMS_FIELD},
      {"", "acr_values=a&max_age=3&" CLAIMS_FIELD}};
  const moat_challenge c = {.acr_values = moat_str("a"),
                            .claims = moat_str(CLAIMS_TEXT),
                            .max_age = 3,
                            .has_max_age = true};
  for (size_t i = 0; i < COUNT(cases); i++) {
    size_t n = strlen(cases[i].after);
    for (size_t size = 0; size <= n + 1; size++) {
      char *out = malloc(size ? size : 1);
      int r = moat_challenge_extra(&c, moat_str(cases[i].before), out, size);
      assert_int_equal(r, size <= n ? MOAT_E_SPACE : (int)n);
      if (r > 0) assert_string_equal(out, cases[i].after);
      free(out);
    }
  }
}

/* Nothing is asked for: all that there was stays. */
static void test_nothing_replaced(void **state) {
  (void)state;
  static const char before[] = "acr_values=b&claims=%7B%7D&max_age=9";
  char out[64];
  const moat_challenge c = {.error = moat_str("insufficient_user_authentication")};
  assert_int_equal(moat_challenge_extra(&c, moat_str(before), out, sizeof out), sizeof before - 1);
  assert_string_equal(out, before);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_values),
      cmocka_unit_test(test_nul),
      cmocka_unit_test(test_words),
      cmocka_unit_test(test_extra),
      cmocka_unit_test(test_nothing_replaced),
  };
  return cmocka_run_group_tests_name("challenge", tests, NULL, NULL);
}
