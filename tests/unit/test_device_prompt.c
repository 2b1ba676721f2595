/* The prompt for every answer that servers are known to give. */
#include "device_fixture.h"

static void look(const moat_device_prompt *p) {
  assert_span(p->device_code, CODE);
  assert_span(p->user_code, "AB");
  assert_span(p->verification_uri, "https://a.example/");
  assert_span(p->verification_uri_complete, "https://a.example/?c=AB");
  assert_span(p->message, "Go \"on\"");
  assert_int_equal(p->expires_in, 600); /* Entra v1 sends strings */
  assert_int_equal(p->interval, 1);
}

static void test_prompt(void **state) {
  fixture *f = *state;
  static const turn turns[] = {
      ASKED("{\"device_code\":\"" CODE
            "\",\"user_code\":\"A\\u0042\",\"message\":\"Go \\\"on\\\"\","
            "\"verification_url\":\"https://old.example/\",\"expires_in\":\"600\",\"interval\":1,"
            "\"verification_uri\":\"https://a.example/\","
            "\"verification_uri_complete\":\"https://a.example/?c=AB\"}"),
      DONE};
  f->look = look;
  assert_int_equal(sign_in(f, turns), 0);
  assert_int_equal(f->shown, 1);
}

static void test_prompt_defaults(void **state) {
  fixture *f = *state;
  static const turn none[] = {ASKED("{" MEMBERS "}"), PENDING, DONE};
  static const turn zero[] = {ASKED("{" MEMBERS ",\"interval\":0,\"expires_in\":0}"), DONE};
  static const turn odd[] = {ASKED("{" MEMBERS ",\"interval\":null,\"expires_in\":-3}"), DONE};
  static const turn slow[] = {ASKED("{" MEMBERS ",\"interval\":86400,\"expires_in\":90000}"), DONE};
  assert_int_equal(sign_in(f, none), 0);
  ASSERT_TIMES(f, 0, 6000, 12000);
  assert_int_equal(f->g.prompt.expires_in, 900);
  assert_int_equal(sign_in(f, zero), 0);
  ASSERT_TIMES(f, 0, 6000);
  assert_int_equal(sign_in(f, odd), 0);
  ASSERT_TIMES(f, 0, 6000);
  assert_int_equal(sign_in(f, slow), 0);
  ASSERT_TIMES(f, 0, 360000); /* nobody should wait longer for an answer that may be ready */
}

static void look_at_google(const moat_device_prompt *p) {
  assert_span(p->verification_uri, "https://g.example/device");
  assert_int_equal(p->verification_uri_complete.n, 0);
}

static void test_google_url(void **state) {
  fixture *f = *state;
  static const turn turns[] = {ASKED("{\"device_code\":\"" CODE "\",\"user_code\":\"A\","
                                     "\"verification_url\":\"https://g.example/device\","
                                     "\"expires_in\":1800,\"interval\":5}"),
                               DONE};
  f->look = look_at_google;
  assert_int_equal(sign_in(f, turns), 0);
  assert_int_equal(f->shown, 1);
}

/* Addresses that a person must not be asked to open or scan. */
static const char *const unsafe[] = {"http://a.example/",
                                     "ftp://a",
                                     "javascript:alert(1)",
                                     "https:/a",
                                     "https://",
                                     "https:///a",
                                     "https://?a",
                                     "https://#a",
                                     "https://:443/",
                                     "https://.",
                                     "https://a\\u001b[2J",
                                     "https://a b/",
                                     "https://a/ ",
                                     "https://a/\\n",
                                     "https://\\u0430pple.example/",
                                     "https://a/\\u202e",
                                     "https://a/\\u007f",
                                     "https://login.example@evil.test/",
                                     "https://login.example:443@evil.test/",
                                     "https://@evil.test",
                                     "https://login.example%40evil.test/",
                                     "https://evil.test\\\\@login.example/",
                                     "https://login.example\\\\.evil.test/",
                                     "HTTP://a/"};

static moat_device_prompt shown;

static void keep_shown(const moat_device_prompt *p) {
  shown = *p;
}

static void test_unsafe_addresses(void **state) {
  fixture *f = *state;
  f->look = keep_shown;
  for (size_t i = 0; i < sizeof unsafe / sizeof *unsafe; i++) {
    char body[400];
    const turn turns[] = {ASKED(body), DONE};
    snprintf(body, sizeof body,
             "{\"device_code\":\"c\",\"user_code\":\"u\",\"verification_uri\":\"%s\"}", unsafe[i]);
    assert_int_equal(sign_in(f, turns), MOAT_E_URL);
    assert_int_equal(f->shown, 0);
    assert_no_code(f);
    moat_cancel(&f->c);
    /* This address is only a convenience, so it is left out. */
    snprintf(body, sizeof body,
             "{\"device_code\":\"c\",\"user_code\":\"u\",\"verification_uri\":\"https://a/\","
             "\"verification_uri_complete\":\"%s\"}",
             unsafe[i]);
    assert_int_equal(sign_in(f, turns), 0);
    assert_int_equal(shown.verification_uri_complete.n, 0);
    assert_false(shown.other_host);
    assert_no_code(f);
    moat_cancel(&f->c);
  }
}

static void test_safe_addresses(void **state) {
  fixture *f = *state;
  static const char *const good[] = {"https://a",
                                     "HTTPS://A.EXAMPLE/Device",
                                     "hTTps://xn--pple-43d.example:8443",
                                     "https://a?who=me@home",
                                     "https://a/me@home?x=%40",
                                     "https://a/#/device",
                                     "https://a#device",
                                     "https://[2001:db8::1]:8443/d",
                                     "https://192.0.2.1/"};
  f->look = keep_shown;
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    char body[400];
    const turn turns[] = {ASKED(body), DONE};
    snprintf(body, sizeof body,
             "{\"device_code\":\"c\",\"user_code\":\"u\",\"verification_uri\":\"%s\","
             "\"verification_uri_complete\":\"%s\"}",
             good[i], good[i]);
    assert_int_equal(sign_in(f, turns), 0);
    assert_int_equal(shown.verification_uri.n, strlen(good[i]));
    assert_int_equal(shown.verification_uri_complete.n, strlen(good[i]));
    assert_false(shown.other_host);
    moat_cancel(&f->c);
  }
}

static void test_other_host(void **state) {
  fixture *f = *state;
  static const struct {
    const char *uri, *complete;
    bool other;
  } cases[] = {{"https://a.example/d", "https://A.Example/e?c=u", false},
               {"https://a.example", "HTTPS://a.example:443?u", false},
               {"https://a.example:443/", "https://a.example/u", false},
               {"https://[::443]/", "https://[::443]:443/", false},
               {"https://a.example/", "https://b.example/", true},
               {"https://a.example/", "https://a.example.evil.test/", true},
               {"https://a.example/", "https://a.exampl/e", true},
               {"https://a.example/", "https://a.example:8443/", true},
               {"https://[::443]/", "https://[::]/", true},
               {"https://a.example/https://b/", "https://b/", true}};
  f->look = keep_shown;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char body[400];
    const turn turns[] = {ASKED(body), DONE};
    snprintf(body, sizeof body,
             "{\"device_code\":\"c\",\"user_code\":\"u\",\"verification_uri\":\"%s\","
             "\"verification_uri_complete\":\"%s\"}",
             cases[i].uri, cases[i].complete);
    assert_int_equal(sign_in(f, turns), 0);
    assert_int_equal(shown.other_host, cases[i].other);
    moat_cancel(&f->c);
  }
}

static void test_user_codes(void **state) {
  fixture *f = *state;
  static const struct {
    const char *code;
    int result;
  } cases[] = {{"A", 0},
               {"WDJB-MJHT", 0},
               {"12 34", 0},
               {"\\u00c4B", 0},
               {"\\u0416-7", 0},
               {"\\u00a01", 0},
               {"", MOAT_E_REPLY},
               {" ", MOAT_E_REPLY},
               {"-", MOAT_E_REPLY},
               {"\\u200b\\u202e", MOAT_E_REPLY},
               {"A\\u001b[2J", MOAT_E_REPLY},
               {"A\\n", MOAT_E_REPLY},
               {"A\\u001f", MOAT_E_REPLY},
               {"\\u0009A", MOAT_E_REPLY},
               {"A\\u007f", MOAT_E_REPLY},
               {"A\\u0080", MOAT_E_REPLY},
               {"A\\u009b2J", MOAT_E_REPLY}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char body[400];
    const turn turns[] = {ASKED(body), DONE};
    snprintf(body, sizeof body,
             "{\"device_code\":\"c\",\"user_code\":\"%s\",\"verification_uri\":\"https://a/\"}",
             cases[i].code);
    assert_int_equal(sign_in(f, turns), cases[i].result);
    assert_int_equal(f->shown, cases[i].result == 0);
    assert_no_code(f);
    moat_cancel(&f->c);
  }
}

static void test_incomplete_prompts(void **state) {
  fixture *f = *state;
  static const struct {
    turn turn;
    int result;
  } cases[] = {
      {ASKED("{}"), MOAT_E_REPLY},
      {ASKED("{\"user_code\":\"u\",\"verification_uri\":\"https://a/\"}"), MOAT_E_REPLY},
      {ASKED("{\"device_code\":\"c\",\"verification_uri\":\"https://a/\"}"), MOAT_E_REPLY},
      {ASKED("{\"device_code\":\"c\",\"user_code\":\"u\"}"), MOAT_E_REPLY},
      {ASKED("{\"device_code\":1,\"user_code\":\"u\",\"verification_uri\":\"https://a/\"}"),
       MOAT_E_REPLY},
      {ASKED(
           "{\"device_code\":\"\\u00e9\",\"user_code\":\"u\",\"verification_uri\":\"https://a/\"}"),
       MOAT_E_REPLY},
      {ASKED("[]"), MOAT_E_JSON},
      {ASKED("<html>"), MOAT_E_JSON},
      {ASKED(""), MOAT_E_JSON},
      {REFUSED("400 Bad Request", "unauthorized_client"), MOAT_E_OAUTH},
      {REFUSED("400 Bad Request", "authorization_pending"), MOAT_E_OAUTH},
      {REFUSED("200 OK", "device_flow_disabled"), MOAT_E_OAUTH}, /* GitHub */
      {{.status = "404 Not Found", .body = "no"}, MOAT_E_STATUS},
      {{.status = "503 Unavailable", .body = PROMPT}, MOAT_E_STATUS},
      {{.error = MOAT_E_NETWORK}, MOAT_E_NETWORK},
      {{.error = MOAT_WANT_READ}, MOAT_E_TIMEOUT},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    assert_int_equal(sign_in(f, &cases[i].turn), cases[i].result);
    assert_int_equal(moat_error(&f->c)->code, cases[i].result);
    assert_int_equal(f->turn, 1);
    assert_int_equal(f->shown, 0);
    assert_no_code(f);
    moat_cancel(&f->c);
  }
}

static void test_prompt_too_large(void **state) {
  fixture *f = *state;
  static const turn turns[] = {ASKED(PROMPT)};
  f->g.memory_size = sizeof PROMPT - 2;
  assert_int_equal(sign_in(f, turns), MOAT_E_SPACE);
  assert_int_equal(moat_error(&f->c)->needed, sizeof PROMPT - 1);
  moat_cancel(&f->c);
  static const turn good[] = {ASKED(PROMPT), DONE};
  f->g.memory_size++;
  assert_int_equal(sign_in(f, good), 0);
}

static void test_show(void **state) {
  fixture *f = *state;
  static const turn turns[] = {ASKED(PROMPT), DONE};
  f->show_result = MOAT_WANT_TIME; /* like a slow flash, it is not ready twice */
  assert_int_equal(sign_in(f, turns), 0);
  assert_int_equal(f->shown, 3);
  f->show_result = MOAT_E_STORE;
  assert_int_equal(sign_in(f, turns), MOAT_E_STORE);
  assert_int_equal(f->turn, 1);
  assert_no_code(f);
  moat_cancel(&f->c);
  f->g.show = NULL;
  assert_int_equal(sign_in(f, turns), 0);
}

/* Perhaps nobody has seen that code, so a new one is requested. */
static void test_cancelled_while_showing(void **state) {
  fixture *f = *state;
  static const turn turns[] = {ASKED(PROMPT), DONE};
  f->turns = turns;
  f->show_result = MOAT_WANT_TIME;
  assert_int_equal(moat_device_begin(&f->c, &f->g), 0);
  while (!f->shown)
    assert_true(moat_step(&f->c) < 0);
  moat_cancel(&f->c);
  assert_no_code(f);
  assert_int_equal(sign_in(f, turns), 0);
  assert_int_equal(f->shown, 3);
  assert_int_equal(f->turn, 2); /* a new code, and its first poll */
}

static void test_form(void **state) {
  fixture *f = *state;
  static const turn turns[] = {
      ASKED("device_code=" CODE "&user_code=A+B%2d1&verification_uri=https%3A%2F%2Fa%2Fd"
            "&expires_in=900&interval=7"),
      {.status = "200 OK", .body = "error=authorization_pending&error_description=not+yet"},
      {.status = "200 OK", .body = "error=slow_down&interval=12"},
      {.status = "200 OK",
       .body = "access_token=AT.f%2f==&token_type=bearer&refresh_token=RT.f&scope="}};
  assert_int_equal(sign_in(f, turns), 0);
  assert_string_equal(f->access, "AT.f/==");
  assert_span(f->g.grant.token.refresh_token, "RT.f");
  ASSERT_TIMES(f, 0, 8400, 16800, 31200);
#define FORM "device_code=c&user_code=u&verification_uri=https%3A%2F%2Fa%2F"
  static const char *const odd[] = {FORM, FORM "&a&b=c", FORM "&a", FORM "&&interval=x\r\n"};
  for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
    const turn two[] = {ASKED(odd[i]), DONE};
    assert_int_equal(sign_in(f, two), 0);
  }
  static const struct {
    const char *body;
    int result;
  } broken[] = {{"device_code", MOAT_E_JSON},
                {"a%zz=b", MOAT_E_JSON},
                {"a%00=b", MOAT_E_JSON},
                {"a=%5c", MOAT_E_JSON},
                {"device_code=%22", MOAT_E_REPLY},
                {"device_code=c&user_code=u%22%2C%22verification_uri%22%3A%22https%3A%2F%2Fa%2F",
                 MOAT_E_REPLY}};
  for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
    const turn one[] = {ASKED(broken[i].body)};
    assert_int_equal(sign_in(f, one), broken[i].result);
    moat_cancel(&f->c);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_prompt),
      TEST(test_prompt_defaults),
      TEST(test_google_url),
      TEST(test_unsafe_addresses),
      TEST(test_safe_addresses),
      TEST(test_other_host),
      TEST(test_user_codes),
      TEST(test_incomplete_prompts),
      TEST(test_prompt_too_large),
      TEST(test_show),
      TEST(test_cancelled_while_showing),
      TEST(test_form),
  };
  return cmocka_run_group_tests_name("device grant: prompt", tests, NULL, NULL);
}
