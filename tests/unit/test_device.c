/* The device grant against a scripted server: what is asked when, by a clock that only waiting
 * moves, and every answer that servers are known to give. */
#include "cmocka_all.h"

#include <limits.h>
#include <stdio.h>

#include "text/text.h"
#include "records.h"
#include "scripted.h"

#define SECRET "canary~secret.value_1-x"
#define CODE "canary.device-code"

/* One request's fate. */
typedef struct {
  const char *status, *headers, *body;
  int error;   /* other than 0: what recv returns instead of an answer */
  bool closed; /* the server closes the connection once its answer is out */
} turn;

typedef struct {
  scripted s;
  memory m;
  moat_client c;
  char work[4096], access[256], memory[1024], answer[6000];
  moat_auth auth;
  moat_device_grant g;
  const turn *turns;
  unsigned turn, shown;
  int show_result;
  const char *host; /* of the last connection */
  uint16_t port;
  void (*look)(const moat_device_prompt *prompt);
  size_t read_up_to; /* of what was sent */
  uint32_t began, at[64];
} fixture;

static const moat_endpoint device_endpoint = {"login.example", 443, "/devicecode"};
static const moat_endpoint token_endpoint = {"login.example", 443, "/token"};

#define MEMBERS                                                                                    \
  "\"device_code\":\"" CODE "\",\"user_code\":\"ABCD-EFGH\","                                      \
  "\"verification_uri\":\"https://login.example/device\""
#define PROMPT "{" MEMBERS ",\"expires_in\":900,\"interval\":5}"
#define TOKENS                                                                                     \
  "{\"token_type\":\"Bearer\",\"expires_in\":3599,\"access_token\":\"AT.1\","                      \
  "\"refresh_token\":\"RT.1\"}"
#define PENDING                                                                                    \
  { .status = "400 Bad Request", .body = "{\"error\":\"authorization_pending\"}" }
#define DONE                                                                                       \
  { .status = "200 OK", .body = TOKENS }
#define ASKED(text)                                                                                \
  { .status = "200 OK", .body = text }
#define REFUSED(status_, error_)                                                                   \
  { .status = status_, .body = "{\"error\":\"" error_ "\"}" }

static fixture *fixture_of(void *io) {
  return (fixture *)io; /* its first member is the stream */
}

static int turn_recv(void *io, void *p, size_t cap) {
  fixture *f = fixture_of(io);
  if (f->s.sent_size > f->read_up_to) { /* a new request */
    const turn *t = &f->turns[f->turn];
    f->read_up_to = f->s.sent_size;
    if (f->turn < sizeof f->at / sizeof *f->at) f->at[f->turn] = f->s.clock - f->began;
    f->turn++;
    f->s.given = f->s.answer_size = 0;
    f->s.end = t->error ? t->error : t->closed ? MOAT_E_EOF : MOAT_WANT_READ;
    if (!t->error)
      f->s.answer_size = (size_t)snprintf(
          f->answer, sizeof f->answer, "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\n\r\n%s", t->status,
          t->headers ? t->headers : "", strlen(t->body), t->body);
    f->s.answer = f->answer;
  }
  return scripted_recv(io, p, cap);
}

static int turn_connect(void *io, const char *host, uint16_t port) {
  fixture *f = fixture_of(io);
  f->host = host;
  f->port = port;
  f->s.answer_size = 0;
  f->s.end = MOAT_WANT_READ;
  return scripted_connect(io, host, port);
}

static const moat_stream_ops stream = {.connect = turn_connect,
                                       .send = scripted_send,
                                       .recv = turn_recv,
                                       .close = scripted_close,
                                       .wait = scripted_wait,
                                       .detail = scripted_detail};

static int show(void *ctx, moat_device_prompt *prompt) {
  fixture *f = ctx;
  assert_ptr_equal(prompt, &f->g.prompt);
  f->shown++;
  if (f->look) f->look(prompt);
  if (f->show_result == MOAT_WANT_TIME && f->shown < 3) return MOAT_WANT_TIME;
  return f->show_result == MOAT_WANT_TIME ? 0 : f->show_result;
}

static int setup(void **state) {
  fixture *f = calloc(1, sizeof *f);
  f->m.stream = &f->s;
  f->m.unix_time = 1700000000;
  moat_config config = {.platform = &memory_platform,
                        .platform_ctx = &f->m,
                        .stream = &stream,
                        .io = f,
                        .work = f->work,
                        .work_size = sizeof f->work};
  if (moat_init(&f->c, &config) != 0) return -1;
  f->auth = (moat_auth){&moat_auth_none, moat_str("client"), {NULL, 0}};
  f->g = (moat_device_grant){.grant = {.endpoint = &token_endpoint,
                                       .auth = &f->auth,
                                       .access = f->access,
                                       .access_size = sizeof f->access},
                             .device_endpoint = &device_endpoint,
                             .scope = moat_str("files offline"),
                             .memory = f->memory,
                             .memory_size = sizeof f->memory,
                             .show = show,
                             .show_ctx = f};
  *state = f;
  return 0;
}

static int teardown(void **state) {
  fixture *f = *state;
  moat_cancel(&f->c);
  free(f);
  return 0;
}

static int sign_in(fixture *f, const turn *turns) {
  f->turns = turns;
  f->turn = f->shown = 0;
  f->s.sent_size = f->read_up_to = 0;
  f->s.connects = 0;
  f->began = f->s.clock;
  int r = moat_device_begin(&f->c, &f->g);
  return r ? r : moat_run(&f->c);
}

static bool holds(const void *memory_, size_t n, const char *text) {
  const char *p = memory_;
  size_t size = strlen(text);
  for (size_t i = 0; i + size <= n; i++)
    if (memcmp(p + i, text, size) == 0) return true;
  return false;
}

static void assert_span(moat_span s, const char *text) {
  assert_int_equal(s.n, strlen(text));
  assert_memory_equal(s.p, text, s.n);
}

static void assert_no_code(const fixture *f) {
  assert_false(holds(f->memory, sizeof f->memory, "canary"));
  assert_int_equal(f->g.prompt.device_code.n, 0);
}

/* When the requests went out, in milliseconds from the begin; ends with 0. */
#define ASSERT_TIMES(f, ...)                                                                       \
  do {                                                                                             \
    const uint32_t expected[] = {__VA_ARGS__};                                                     \
    assert_int_equal((f)->turn, sizeof expected / sizeof *expected);                               \
    for (unsigned i_ = 0; i_ < (f)->turn; i_++)                                                    \
      assert_int_equal((f)->at[i_], expected[i_]);                                                 \
  } while (0)

/* ---- The main path ---- */

static void test_requests(void **state) {
  fixture *f = *state;
  static const turn turns[] = {ASKED(PROMPT), PENDING, DONE};
  assert_int_equal(sign_in(f, turns), 0);
  assert_string_equal(f->access, "AT.1");
  assert_span(f->g.grant.token.refresh_token, "RT.1");
  assert_int_equal(f->shown, 1);
  f->s.sent[f->s.sent_size] = 0;
#define POLL                                                                                       \
  "POST /token HTTP/1.1\r\nHost: login.example\r\nUser-Agent: " MOAT_USER_AGENT                    \
  "\r\nAccept: application/json\r\nContent-Type: application/x-www-form-urlencoded\r\n"            \
  "Content-Length: 113\r\n\r\nclient_id=client&grant_type="                                        \
  "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=" CODE
  assert_string_equal(
      f->s.sent, "POST /devicecode HTTP/1.1\r\nHost: login.example\r\nUser-Agent: " MOAT_USER_AGENT
                 "\r\nAccept: application/json\r\n"
                 "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 36\r\n\r\n"
                 "client_id=client&scope=files+offline" POLL POLL);
  ASSERT_TIMES(f, 0, 6000, 12000);
  assert_int_equal(f->s.connects, 1); /* polls reuse the connection */
  assert_no_code(f);
}

static void test_confidential(void **state) {
  fixture *f = *state;
  static const turn turns[] = {ASKED(PROMPT), DONE};
  f->auth = (moat_auth){&moat_auth_post, moat_str("client"), moat_str(SECRET)};
  f->g.scope.n = 0;
  assert_int_equal(sign_in(f, turns), 0);
  assert_true(holds(f->s.sent, f->s.sent_size,
                    "\r\n\r\nclient_id=client&client_secret=canary%7Esecret.value_1-xPOST"));
  assert_true(holds(f->s.sent, f->s.sent_size,
                    "\r\n\r\nclient_id=client&client_secret=canary%7Esecret.value_1-x&grant_type"));
  assert_no_code(f);
  assert_false(holds(f->work, sizeof f->work, "canary"));
}

static void test_every_split(void **state) {
  fixture *f = *state;
  static const turn turns[] = {ASKED(PROMPT), PENDING, REFUSED("400 Bad Request", "slow_down"),
                               DONE};
  for (size_t chunk = 1; chunk < 300; chunk += chunk < 20 ? 1 : 41) {
    for (int stutter = 0; stutter < 2; stutter++) {
      moat_cancel(&f->c);
      f->s.chunk = chunk;
      f->s.stutter = stutter;
      f->s.calls = 0;
      /* A want in the middle of a request would be taken for the end of it by the script. */
      if (stutter) f->s.chunk = 0;
      assert_int_equal(sign_in(f, turns), 0);
      assert_string_equal(f->access, "AT.1");
      assert_int_equal(f->turn, 4);
      assert_int_equal(f->g.prompt.interval, 10);
    }
  }
}

/* ---- The prompt ---- */

static void look(const moat_device_prompt *p) {
  assert_span(p->device_code, CODE);
  assert_span(p->user_code, "AB");
  assert_span(p->verification_uri, "https://a.example/");
  assert_span(p->verification_uri_complete, "https://a.example/?c=AB");
  assert_span(p->message, "Go \"on\"");
  assert_int_equal(p->expires_in, 600); /* Entra v1 has strings */
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
  ASSERT_TIMES(f, 0, 360000); /* nobody waits longer for an answer that may be there */
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

/* What a person would open or scan. */
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
    /* This one is only a convenience: it is not there then. */
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
  f->show_result = MOAT_WANT_TIME; /* a slow flash: twice not yet */
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

/* Perhaps nobody has seen that code, so another one is asked for. */
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

/* ---- Polling ---- */

static void test_slow_down_every_poll(void **state) {
  fixture *f = *state;
#define SLOW REFUSED("400 Bad Request", "slow_down")
  static const turn turns[] = {ASKED(PROMPT), SLOW, SLOW, SLOW, PENDING, PENDING, DONE};
  assert_int_equal(sign_in(f, turns), 0);
  /* 5 more each time, for good; a fifth on top */
  ASSERT_TIMES(f, 0, 6000, 18000, 36000, 60000, 84000, 108000);
  assert_int_equal(f->g.prompt.interval, 20);
}

static void test_slow_down_to(void **state) {
  fixture *f = *state;
  static const turn turns[] = {
      ASKED(PROMPT),
      ASKED("{\"error\":\"slow_down\",\"interval\":30,\"error_description\":\"x\"}"),
      ASKED("{\"error\":\"slow_down\",\"interval\":0}"),
      ASKED("{\"error\":\"slow_down\",\"interval\":\"junk\"}"),
      ASKED("{\"error\":\"slow_dow\\u006E\",\"interval\":\"20\"}"),
      DONE};
  assert_int_equal(sign_in(f, turns), 0);
  ASSERT_TIMES(f, 0, 6000, 42000, 84000, 132000, 156000);
}

static void test_pending_spellings(void **state) {
  fixture *f = *state;
  static const turn turns[] = {ASKED(PROMPT),
                               REFUSED("428 Precondition Required", "authorization_pending"),
                               REFUSED("403 Forbidden", "slow_down"),
                               REFUSED("200 OK", "authorization_pending"),
                               REFUSED("400 Bad Request", "Authorization_Pending"),
                               DONE};
  assert_int_equal(sign_in(f, turns), 0);
  ASSERT_TIMES(f, 0, 6000, 12000, 24000, 36000, 48000);
}

static void test_ends(void **state) {
  fixture *f = *state;
  static const struct {
    turn turn;
    int result;
  } cases[] = {
      {REFUSED("400 Bad Request", "access_denied"), MOAT_E_DENIED},
      {REFUSED("403 Forbidden", "access_denied"), MOAT_E_DENIED}, /* Google */
      {REFUSED("200 OK", "access_denied"), MOAT_E_DENIED},
      {REFUSED("400 Bad Request", "authorization_declined"), MOAT_E_DENIED}, /* Entra */
      {REFUSED("400 Bad Request", "expired_token"), MOAT_E_EXPIRED},
      {REFUSED("400 Bad Request", "bad_verification_code"), MOAT_E_OAUTH},
      {REFUSED("401 Unauthorized", "invalid_client"), MOAT_E_OAUTH},
      {REFUSED("400 Bad Request", "authorization_pendin"), MOAT_E_OAUTH},
      {REFUSED("400 Bad Request", "authorization_pending2"), MOAT_E_OAUTH},
      {{.status = "400 Bad Request", .body = "{\"error\":\"\"}"}, MOAT_E_STATUS},
      {{.status = "404 Not Found", .body = "{}"}, MOAT_E_STATUS},
      {ASKED("{\"token_type\":\"mac\",\"access_token\":\"AT\"}"), MOAT_E_TYPE},
      {ASKED("{}"), MOAT_E_REPLY},
      {{.error = MOAT_E_CERT}, MOAT_E_CERT},
      {{.error = MOAT_E_MEMORY}, MOAT_E_MEMORY},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    /* Errors on a connection of old would only make it connect anew. */
    const turn turns[] = {ASKED(PROMPT),
                          {.status = "400 Bad",
                           .headers = "Connection: close\r\n",
                           .body = "{\"error\":\"authorization_pending\"}"},
                          cases[i].turn};
    assert_int_equal(sign_in(f, turns), cases[i].result);
    assert_int_equal(moat_error(&f->c)->code, cases[i].result);
    assert_int_equal(f->turn, 3);
    assert_int_equal(f->shown, 1);
    /* After trouble of this side's own, the code may still be good. */
    if (cases[i].turn.error)
      assert_int_equal(f->g.prompt.device_code.n, strlen(CODE));
    else
      assert_no_code(f);
    moat_cancel(&f->c);
    f->g.prompt.device_code.n = 0;
  }
}

static void test_expiry(void **state) {
  fixture *f = *state;
  static const turn turns[] = {ASKED("{" MEMBERS ",\"expires_in\":20,\"interval\":5}"),
                               PENDING,
                               PENDING,
                               PENDING,
                               PENDING,
                               PENDING,
                               DONE};
  assert_int_equal(sign_in(f, turns), MOAT_E_EXPIRED);
  ASSERT_TIMES(f, 0, 6000, 12000, 18000, 24000); /* the last one might just have made it */
  assert_int_equal(moat_error(&f->c)->code, MOAT_E_EXPIRED);
  assert_no_code(f);
}

/* The time may also be over while nobody answers: that code is of no more use either. */
static void test_expiry_without_answer(void **state) {
  fixture *f = *state;
  static const turn turns[] = {ASKED("{" MEMBERS ",\"expires_in\":20,\"interval\":5}"),
                               {.error = MOAT_WANT_READ},
                               {.error = MOAT_WANT_READ},
                               DONE};
  assert_int_equal(sign_in(f, turns), MOAT_E_EXPIRED);
  assert_int_equal(moat_error(&f->c)->code, MOAT_E_EXPIRED);
  assert_no_code(f);
  static const turn anew[] = {ASKED(PROMPT), DONE};
  assert_int_equal(sign_in(f, anew), 0);
  assert_int_equal(f->shown, 1);
}

static void test_tick_wrap(void **state) {
  fixture *f = *state;
  static const turn turns[] = {ASKED(PROMPT), PENDING, SLOW, PENDING, DONE};
  f->s.clock = 0u - 13000u;
  assert_int_equal(sign_in(f, turns), 0);
  ASSERT_TIMES(f, 0, 6000, 12000, 24000, 36000);
}

/* ---- Trouble on the way ---- */

static void test_trouble_doubles(void **state) {
  fixture *f = *state;
  static const turn turns[] = {{.status = "200 OK", .body = PROMPT, .closed = true},
                               {.error = MOAT_E_NETWORK},
                               {.status = "503 Unavailable", .body = "<html>"},
                               {.status = "200 OK", .body = "<html>a captive portal</html>"},
                               {.status = "302 Found", .headers = "Location: /x\r\n", .body = ""},
                               {.status = "500 Error", .body = "{\"error\":\"server_error\"}"},
                               PENDING,
                               DONE};
  assert_int_equal(sign_in(f, turns), 0);
  /* 6, 12, 24, 48, 96 and no more than 96 s; an answer resets that */
  ASSERT_TIMES(f, 0, 6000, 18000, 42000, 90000, 186000, 282000, 288000);
}

/* As of a board whose clock is being set. */
static void test_certificate_date(void **state) {
  fixture *f = *state;
  static const turn turns[] = {{.status = "200 OK", .body = PROMPT, .closed = true},
                               {.error = MOAT_E_CERT_DATE},
                               PENDING,
                               DONE};
  assert_int_equal(sign_in(f, turns), 0);
  ASSERT_TIMES(f, 0, 6000, 18000, 24000);
}

static void test_timeout(void **state) {
  fixture *f = *state;
  static const turn turns[] = {
      ASKED(PROMPT), {.error = MOAT_WANT_READ}, {.error = MOAT_WANT_READ}, DONE};
  assert_int_equal(sign_in(f, turns), 0);
  ASSERT_TIMES(f, 0, 6000, 6000 + MOAT_TIMEOUT_MS + 12000,
               6000 + 2 * MOAT_TIMEOUT_MS + 12000 + 24000);
}

static void test_retry_after(void **state) {
  fixture *f = *state;
  static const turn turns[] = {
      ASKED(PROMPT),
      {.status = "429 Too Many", .headers = "Retry-After: 60\r\n", .body = "{}"},
      {.status = "408 Timeout", .headers = "Retry-After: 1\r\n", .body = "{}"},
      {.status = "400 Bad",
       .headers = "Retry-After: 40\r\n",
       .body = "{\"error\":\"authorization_pending\"}"},
      DONE};
  assert_int_equal(sign_in(f, turns), 0);
  ASSERT_TIMES(f, 0, 6000, 66000, 90000, 130000);
}

static void test_reconnects(void **state) {
  fixture *f = *state;
  static const turn turns[] = {
      {.status = "200 OK", .body = PROMPT, .closed = true},
      {.status = "400 Bad", .body = "{\"error\":\"authorization_pending\"}", .closed = true},
      {.status = "400 Bad",
       .headers = "Connection: close\r\n",
       .body = "{\"error\":\"authorization_pending\"}"},
      PENDING,
      {.error = MOAT_E_NETWORK}, /* closed just when the next poll went out */
      DONE};
  assert_int_equal(sign_in(f, turns), 0);
  /* Quietly: no pause is longer for it. */
  ASSERT_TIMES(f, 0, 6000, 12000, 18000, 24000, 24000);
  assert_int_equal(f->s.connects, 5);
}

/* The code endpoint and the token endpoint need not be of one host. */
static void test_two_hosts(void **state) {
  fixture *f = *state;
  static const turn turns[] = {ASKED(PROMPT), PENDING, DONE};
  static const moat_endpoint elsewhere[] = {{"code.example", 443, "/"},
                                            {"login.example", 8443, "/"}};
  for (size_t i = 0; i < 2; i++) {
    f->g.device_endpoint = &elsewhere[i];
    assert_int_equal(sign_in(f, turns), 0);
    assert_int_equal(f->s.connects, 2);
    assert_string_equal(f->host, "login.example");
    assert_int_equal(f->port, 443);
    moat_cancel(&f->c);
  }
}

static void test_no_connection(void **state) {
  fixture *f = *state;
  static const turn turns[] = {{.status = "200 OK", .body = PROMPT, .closed = true}, DONE};
  f->turns = turns;
  f->s.connect_result = 0;
  assert_int_equal(moat_device_begin(&f->c, &f->g), 0);
  while (!f->shown)
    assert_true(moat_step(&f->c) < 0);
  f->s.connect_result = MOAT_E_DNS; /* the net is down … */
  uint32_t pauses[] = {6000, 12000, 24000};
  for (size_t i = 0; i < sizeof pauses / sizeof *pauses; i++) {
    assert_int_equal(moat_step(&f->c), MOAT_WANT_TIME);
    assert_int_equal(moat_wait_ms(&f->c), pauses[i]);
    assert_int_equal(moat_error(&f->c)->code, 0);
    f->s.clock += pauses[i];
  }
  f->s.connect_result = 0; /* … and up again */
  while (moat_step(&f->c) < 0)
    f->s.clock += moat_wait_ms(&f->c);
  assert_string_equal(f->access, "AT.1");
}

static void test_no_connection_at_first(void **state) {
  fixture *f = *state;
  static const turn turns[] = {ASKED(PROMPT)};
  f->s.connect_result = MOAT_E_DNS;
  assert_int_equal(sign_in(f, turns), MOAT_E_DNS);
  assert_int_equal(f->turn, 0);
}

/* ---- Cancel, resume, and the record of a pending code ---- */

static void test_cancel_and_resume(void **state) {
  fixture *f = *state;
  static const turn first[] = {ASKED(PROMPT), PENDING, PENDING};
  static const turn second[] = {PENDING, DONE};
  f->turns = first;
  assert_int_equal(moat_device_begin(&f->c, &f->g), 0);
  while (f->turn < 2) {
    int r = moat_step(&f->c);
    assert_true(r == MOAT_WANT_TIME || r == MOAT_WANT_READ);
    f->s.clock += moat_wait_ms(&f->c);
  }
  moat_cancel(&f->c);
  assert_int_equal(f->g.prompt.device_code.n, strlen(CODE));
  assert_int_equal(sign_in(f, second), 0);
  assert_int_equal(f->shown, 0);
  ASSERT_TIMES(f, 0, 6000);
}

static void test_interrupted_wait(void **state) {
  fixture *f = *state;
  static const turn turns[] = {ASKED(PROMPT), DONE};
  f->s.wait_result = MOAT_E_CANCEL;
  assert_int_equal(sign_in(f, turns), MOAT_E_CANCEL);
  assert_int_equal(f->turn, 1);
  assert_false(f->s.open);
}

static void test_save_and_load(void **state) {
  fixture *f = *state;
  char buffer[300], read[300];
  moat_span owner = moat_str("client|https://login.example/token");
  moat_device_prompt p = {.device_code = moat_str(CODE),
                          .user_code = moat_str("ABCD"),
                          .verification_uri = moat_str("https://a/"),
                          .message = moat_str("hello"),
                          .expires_in = 600,
                          .interval = 7},
                     q;
  assert_int_equal(moat_device_load(&q, owner, &memory_platform, &f->m, read, sizeof read),
                   MOAT_E_EMPTY);
  f->m.busy = 3; /* and the clock moves between the calls */
  int r;
  while ((r = moat_device_save(&p, owner, &memory_platform, &f->m, buffer, sizeof buffer)) ==
         MOAT_WANT_TIME)
    f->m.unix_time++;
  assert_int_equal(r, 0);
  assert_false(holds(buffer, sizeof buffer, "canary"));
  f->m.unix_time = 1700000100;
  assert_int_equal(moat_device_load(&q, owner, &memory_platform, &f->m, read, sizeof read), 0);
  assert_span(q.device_code, CODE);
  assert_span(q.user_code, "ABCD");
  assert_span(q.verification_uri, "https://a/");
  assert_int_equal(q.verification_uri_complete.n, 0);
  assert_span(q.message, "hello");
  assert_int_equal(q.expires_in, 500);
  assert_int_equal(q.interval, 7);
  f->m.unix_time = 1700000600;
  assert_int_equal(moat_device_load(&q, owner, &memory_platform, &f->m, read, sizeof read),
                   MOAT_E_EXPIRED);
  f->m.unix_time = 0; /* no clock: the server will know */
  assert_int_equal(moat_device_load(&q, owner, &memory_platform, &f->m, read, sizeof read), 0);
  assert_int_equal(q.expires_in, 600);
  f->m.unix_time = 1600000000; /* a clock that was set back */
  assert_int_equal(moat_device_load(&q, owner, &memory_platform, &f->m, read, sizeof read), 0);
  assert_int_equal(q.expires_in, 600);
  assert_int_equal(
      moat_device_load(&q, moat_str("other"), &memory_platform, &f->m, read, sizeof read),
      MOAT_E_STORE);
}

/* The one with a mac. */
static moat_platform keyed_platform;
static const moat_platform *port = &memory_platform;

/* A prompt that a fresh answer could have had. */
static moat_device_prompt some_prompt(void) {
  return (moat_device_prompt){.device_code = moat_str(CODE),
                              .user_code = moat_str("ABCD"),
                              .verification_uri = moat_str("https://a/"),
                              .expires_in = 600,
                              .interval = 7};
}

static void save_prompt(fixture *f, moat_device_prompt p) {
  char buffer[400];
  p.deadline = 0;
  assert_int_equal(moat_device_save(&p, moat_str("me"), port, &f->m, buffer, sizeof buffer), 0);
}

/* Whatever a load fails with, it leaves nothing to poll with, and nothing to read. */
static int load_prompt(fixture *f, moat_device_prompt *p, const char *owner) {
  static const moat_device_prompt none;
  char buffer[400];
  memset(p, 0x55, sizeof *p);
  int r = moat_device_load(p, moat_str(owner), port, &f->m, buffer, sizeof buffer);
  if (!r) return 0;
  assert_memory_equal(&p->device_code, &none.device_code, sizeof none.device_code);
  assert_int_equal(p->user_code.n + p->verification_uri.n + p->message.n, 0);
  assert_int_equal(p->verification_uri_complete.n, 0);
  assert_true(!p->expires_in && !p->interval && !p->deadline && !p->other_host);
  for (size_t i = 0; i < sizeof buffer; i++)
    assert_int_equal(buffer[i], 0);
  return r;
}

static void test_failed_load_leaves_nothing(void **state) {
  fixture *f = *state;
  moat_device_prompt q;
  assert_int_equal(load_prompt(f, &q, "me"), MOAT_E_EMPTY);
  save_prompt(f, some_prompt());
  assert_int_equal(load_prompt(f, &q, "me"), 0);
  assert_int_equal(load_prompt(f, &q, "m"), MOAT_E_STORE);
  assert_int_equal(load_prompt(f, &q, "you"), MOAT_E_STORE);
  f->m.unix_time += 600;
  assert_int_equal(load_prompt(f, &q, "me"), MOAT_E_EXPIRED);
  f->m.slots[MOAT_SLOT_PENDING][30]++;
  assert_int_equal(load_prompt(f, &q, "me"), MOAT_E_STORE);
}

/* A record may have been made by other hands. */
static void test_loaded_prompts_are_checked(void **state) {
  fixture *f = *state;
  moat_device_prompt p, q;
  const struct {
    size_t member;
    const char *text;
    int result;
  } cases[] = {
      {offsetof(moat_device_prompt, device_code), "", MOAT_E_REPLY},
      {offsetof(moat_device_prompt, user_code), "", MOAT_E_REPLY},
      {offsetof(moat_device_prompt, user_code), "\xe2\x80\x8b", MOAT_E_REPLY},
      {offsetof(moat_device_prompt, user_code), "A\x1b[2J", MOAT_E_REPLY},
      {offsetof(moat_device_prompt, verification_uri), "", MOAT_E_REPLY},
      {offsetof(moat_device_prompt, verification_uri), "http://a/", MOAT_E_URL},
      {offsetof(moat_device_prompt, verification_uri), "https://a/\x1b[2J", MOAT_E_URL},
      {offsetof(moat_device_prompt, verification_uri), "https://a@evil.test/", MOAT_E_URL},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    p = some_prompt();
    *(moat_span *)(void *)((char *)&p + cases[i].member) = moat_str(cases[i].text);
    save_prompt(f, p);
    assert_int_equal(load_prompt(f, &q, "me"), cases[i].result);
  }
  p = some_prompt();
  p.verification_uri_complete = moat_str("http://a/");
  save_prompt(f, p);
  assert_int_equal(load_prompt(f, &q, "me"), 0);
  assert_int_equal(q.verification_uri_complete.n, 0);
  p.verification_uri_complete = moat_str("https://b/");
  save_prompt(f, p);
  assert_int_equal(load_prompt(f, &q, "me"), 0);
  assert_true(q.other_host);
}

static void test_loaded_times_are_checked(void **state) {
  fixture *f = *state;
  static const struct {
    int32_t given;
    int result;
    int32_t loaded;
  } intervals[] = {{INT32_MIN, MOAT_E_REPLY, 0},
                   {-1, MOAT_E_REPLY, 0},
                   {0, MOAT_E_REPLY, 0},
                   {1, 0, 1},
                   {300, 0, 300},
                   {301, 0, 300},
                   {INT32_MAX, 0, 300}},
    lives[] = {{INT32_MIN, MOAT_E_REPLY, 0}, {0, MOAT_E_REPLY, 0},  {1, 0, 1},
               {2592000, 0, 2592000},        {2592001, 0, 2592000}, {INT32_MAX, 0, 2592000}};
  moat_device_prompt p = some_prompt(), q;
  for (size_t i = 0; i < sizeof intervals / sizeof *intervals; i++) {
    p.interval = intervals[i].given;
    save_prompt(f, p);
    assert_int_equal(load_prompt(f, &q, "me"), intervals[i].result);
    assert_int_equal(q.interval, intervals[i].loaded);
  }
  p = some_prompt();
  for (size_t i = 0; i < sizeof lives / sizeof *lives; i++) {
    p.expires_in = lives[i].given;
    save_prompt(f, p);
    assert_int_equal(load_prompt(f, &q, "me"), lives[i].result);
    assert_int_equal(q.expires_in, lives[i].loaded);
  }
}

/* A clock that tells nonsense tells nothing: the server knows how much time is left. */
static void test_clocks_out_of_range(void **state) {
  fixture *f = *state;
  static const int64_t clocks[] = {-1, INT64_MIN, (int64_t)UINT32_MAX + 1, INT64_MAX};
  moat_device_prompt q;
  for (size_t i = 0; i < sizeof clocks / sizeof *clocks; i++) {
    f->m.unix_time = clocks[i];
    save_prompt(f, some_prompt());
    f->m.unix_time = 1700000000;
    assert_int_equal(load_prompt(f, &q, "me"), 0);
    assert_int_equal(q.expires_in, 600);
    save_prompt(f, some_prompt());
    f->m.unix_time = clocks[i];
    assert_int_equal(load_prompt(f, &q, "me"), 0);
    assert_int_equal(q.expires_in, 600);
  }
  f->m.unix_time = UINT32_MAX - 1; /* the end would be beyond what a record can say */
  save_prompt(f, some_prompt());
  assert_int_equal(load_prompt(f, &q, "me"), 0);
  assert_int_equal(q.expires_in, 600);
}

static void test_bad_lengths_under_a_good_checksum(void **state) {
  fixture *f = *state;
  moat_device_prompt q;
  save_prompt(f, some_prompt());
  enum { AT_LENGTHS = 24, TEXTS = 6 };
  char good[400], *slot = f->m.slots[MOAT_SLOT_PENDING];
  size_t size = f->m.sizes[MOAT_SLOT_PENDING];
  memcpy(good, slot, size);
  for (size_t i = 0; i < TEXTS; i++) {
    for (int by = -1; by <= 1; by += 2) { /* a byte too many behind the texts, or one too few */
      memcpy(slot, good, size);
      slot[AT_LENGTHS + 2 * i] = (char)(slot[AT_LENGTHS + 2 * i] + by);
      slot[AT_LENGTHS + 2 * i + 1] = (char)(slot[AT_LENGTHS + 2 * i] < 0 ? -1 : 0);
      seal_crc(slot, size - 4);
      assert_int_equal(load_prompt(f, &q, "me"), MOAT_E_STORE);
    }
    memcpy(slot, good, size);
    memset(slot + AT_LENGTHS + 2 * i, 0xff, 2);
    seal_crc(slot, size - 4);
    assert_int_equal(load_prompt(f, &q, "me"), MOAT_E_STORE);
  }
  memcpy(slot, good, size);
  slot[6] = 1; /* a version far away */
  seal_crc(slot, size - 4);
  assert_int_equal(load_prompt(f, &q, "me"), MOAT_E_STORE);
  memcpy(slot, good, size); /* a byte more than the lengths say */
  seal_crc(slot, size - 3);
  f->m.sizes[MOAT_SLOT_PENDING] = size + 1;
  assert_int_equal(load_prompt(f, &q, "me"), MOAT_E_STORE);
  for (size_t n = 0; n < AT_LENGTHS + 2 * TEXTS; n++) {
    memcpy(slot, good, size);
    seal_crc(slot, n);
    f->m.sizes[MOAT_SLOT_PENDING] = n + 4;
    assert_int_equal(load_prompt(f, &q, "me"), MOAT_E_STORE);
  }
}

static void test_save_without_room(void **state) {
  fixture *f = *state;
  char buffer[300];
  moat_span owner = moat_str("me");
  moat_device_prompt p = some_prompt();
  size_t needed = MOAT_DEVICE_OVERHEAD - 28 +
                  strlen(CODE "ABCD"
                              "https://a/"
                              "me");
  for (size_t size = 0; size <= needed; size++)
    assert_int_equal(moat_device_save(&p, owner, &memory_platform, &f->m, buffer, size),
                     size < needed ? MOAT_E_SPACE : 0);
  assert_int_equal(f->m.sizes[MOAT_SLOT_PENDING], needed);
  for (size_t size = 0; size <= needed; size++)
    assert_int_equal(moat_device_load(&p, owner, &memory_platform, &f->m, buffer, size),
                     size < needed ? MOAT_E_SPACE : 0);
}

/* A length is two bytes. */
static void test_save_of_a_long_text(void **state) {
  fixture *f = *state;
  static char text[0x10000], buffer[0x10000 + 400];
  moat_device_prompt p = some_prompt();
  memset(text, 'x', sizeof text);
  p.message = (moat_span){text, sizeof text};
  assert_int_equal(moat_device_save(&p, moat_str("me"), port, &f->m, buffer, sizeof buffer),
                   MOAT_E_SPACE);
}

/* No byte behind a text is looked at, and a NUL in it is a byte like others. */
static void test_texts_end_where_they_end(void **state) {
  (void)state;
  static const struct {
    moat_span uri;
    int result;
  } cases[] = {{{"https://", 8}, MOAT_E_URL},     {{"https://a", 9}, 0},
               {{"https://a:443", 13}, 0},        {{"https://a\0b/", 12}, MOAT_E_URL},
               {{"https://a\0", 10}, MOAT_E_URL}, {{"https://a/\0", 11}, MOAT_E_URL},
               {{"https:", 6}, MOAT_E_URL}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char *uri = malloc(cases[i].uri.n), *code = malloc(2);
    moat_device_prompt p = some_prompt();
    memcpy(uri, cases[i].uri.p, cases[i].uri.n);
    p.verification_uri = (moat_span){uri, cases[i].uri.n};
    memcpy(code, "A\xc2", 2); /* and half a letter */
    p.user_code = (moat_span){code, 2};
    assert_int_equal(moat__device_prompt_check(&p), cases[i].result);
    free(uri);
    free(code);
  }
}

/* Torn at every byte, and with every bit turned. */
static void test_damaged_record(void **state) {
  fixture *f = *state;
  moat_device_prompt q;
  char good[300];
  save_prompt(f, some_prompt());
  char *slot = f->m.slots[MOAT_SLOT_PENDING];
  size_t size = f->m.sizes[MOAT_SLOT_PENDING];
  memcpy(good, slot, size);
  for (size_t n = 1; n < size; n++) {
    f->m.sizes[MOAT_SLOT_PENDING] = n;
    assert_int_equal(load_prompt(f, &q, "me"), MOAT_E_STORE);
  }
  f->m.sizes[MOAT_SLOT_PENDING] = size;
  for (size_t bit = 0; bit < 8 * size; bit++) {
    memcpy(slot, good, size);
    slot[bit / 8] = (char)(slot[bit / 8] ^ 1 << bit % 8);
    assert_int_equal(load_prompt(f, &q, "me"), MOAT_E_STORE);
  }
}

static int use_mac(void **state) {
  memset(&mac, 0, sizeof mac);
  keyed_platform = memory_platform;
  keyed_platform.mac = test_mac;
  port = &keyed_platform;
  return setup(state);
}

static int use_no_mac(void **state) {
  port = &memory_platform;
  return teardown(state);
}

static void test_authenticated(void **state) {
  fixture *f = *state;
  moat_device_prompt q;
  uint8_t out[32];
  char text[400];
  save_prompt(f, some_prompt());
  size_t n = f->m.sizes[MOAT_SLOT_PENDING] - 32;
  assert_int_equal(n + 32, MOAT_DEVICE_OVERHEAD + strlen(CODE "ABCD"
                                                              "https://a/"
                                                              "me"));
  memcpy(text, f->m.slots[MOAT_SLOT_PENDING], n);
  text[n] = MOAT_SLOT_PENDING;
  hmac(mac.key, text, n + 1, out);
  assert_memory_equal(out, f->m.slots[MOAT_SLOT_PENDING] + n, 32);
  assert_int_equal(load_prompt(f, &q, "me"), 0);
  assert_int_equal(q.interval, 7);
  mac.key[0] = 1;
  assert_int_equal(load_prompt(f, &q, "me"), MOAT_E_STORE);
  mac.key[0] = 0;
  port = &memory_platform; /* the key is gone … */
  assert_int_equal(load_prompt(f, &q, "me"), MOAT_E_STORE);
  save_prompt(f, some_prompt());
  port = &keyed_platform; /* … or a first one is there */
  assert_int_equal(load_prompt(f, &q, "me"), MOAT_E_STORE);
}

static void test_mac_fails(void **state) {
  fixture *f = *state;
  moat_device_prompt p = some_prompt(), q;
  char buffer[400];
  save_prompt(f, p);
  memory before = f->m;
  static const int results[][2] = {{MOAT_E_MEMORY, MOAT_E_MEMORY},
                                   {-100, MOAT_E_PORT},
                                   {1, MOAT_E_PORT},
                                   {MOAT_WANT_TIME, MOAT_E_PORT}};
  for (size_t i = 0; i < sizeof results / sizeof *results; i++) {
    mac.result = results[i][0];
    assert_int_equal(moat_device_save(&p, moat_str("me"), port, &f->m, buffer, sizeof buffer),
                     results[i][1]);
    assert_false(holds(buffer, sizeof buffer, "canary"));
    assert_memory_equal(&f->m, &before, sizeof before);
    assert_int_equal(load_prompt(f, &q, "me"), results[i][1]);
  }
  mac.result = MOAT_E_STORE; /* it is not the record that is damaged */
  assert_int_equal(load_prompt(f, &q, "me"), MOAT_E_PORT);
}

static void test_authenticated_on_a_slow_flash(void **state) {
  fixture *f = *state;
  moat_device_prompt p = some_prompt(), q;
  char buffer[400];
  int r;
  f->m.busy = 3;
  do {
    r = moat_device_save(&p, moat_str("me"), port, &f->m, buffer, sizeof buffer);
    f->m.unix_time++;
  } while (r == MOAT_WANT_TIME);
  assert_int_equal(r, 0);
  assert_int_equal(load_prompt(f, &q, "me"), 0);
}

/* What a port may not answer. The store does not go on with it as if it were good. */
typedef struct {
  memory m; /* the first member, so that it is its platform's context */
  int read_result, write_result;
  size_t read_size;
} odd_port;

static int odd_read(void *ctx, int slot, void *p, size_t cap, size_t *n) {
  odd_port *o = ctx;
  int r = memory_read(ctx, slot, p, cap, n);
  if (o->read_size) *n = o->read_size;
  return o->read_result ? o->read_result : r;
}

static int odd_write(void *ctx, int slot, const void *p, size_t n) {
  odd_port *o = ctx;
  return o->write_result ? o->write_result : memory_write(ctx, slot, p, n);
}

static void test_odd_results_of_a_port(void **state) {
  (void)state;
  static odd_port o;
  static const int odd[] = {1,
                            200,
                            INT_MAX,
                            -1,
                            -2,
                            -4,
                            -16,
                            -28,
                            -30,
                            -54,
                            -100,
                            -199,
                            MOAT_E_FOREIGN,
                            MOAT_E_LOST,
                            MOAT_E_LATER,
                            MOAT_E_OAUTH,
                            MOAT_E_CODE,
                            INT_MIN};
  static const int known[] = {MOAT_E_PORT, MOAT_E_STORE, MOAT_E_CANCEL, MOAT_E_CERT_DATE};
  moat_platform platform = memory_platform;
  moat_device_prompt p = some_prompt(), q;
  char buffer[400];
  platform.slot_read = odd_read;
  platform.slot_write = odd_write;
#define SAVE() moat_device_save(&p, moat_str("me"), &platform, &o, buffer, sizeof buffer)
#define LOAD() moat_device_load(&q, moat_str("me"), &platform, &o, buffer, sizeof buffer)
  o = (odd_port){.m = {.unix_time = 1700000000}};
  assert_int_equal(SAVE(), 0);
  for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
    o.write_result = o.read_result = odd[i];
    assert_int_equal(SAVE(), MOAT_E_PORT);
    assert_int_equal(LOAD(), MOAT_E_PORT);
    assert_int_equal(q.device_code.n, 0);
  }
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    o.write_result = o.read_result = known[i];
    assert_int_equal(SAVE(), known[i]);
    assert_int_equal(LOAD(), known[i]);
  }
  o.write_result = o.read_result = MOAT_WANT_TIME;
  assert_int_equal(SAVE(), MOAT_WANT_TIME);
  assert_int_equal(LOAD(), MOAT_E_PORT);
  o.write_result = o.read_result = 0;
  o.read_size = sizeof buffer + 1;
  assert_int_equal(LOAD(), MOAT_E_PORT);
  o.read_size = 3;
  assert_int_equal(LOAD(), MOAT_E_STORE);
}

static void test_misuse(void **state) {
  fixture *f = *state;
  static const turn turns[] = {ASKED(PROMPT), DONE};
  moat_device_grant good = f->g;
  f->g.device_endpoint = NULL;
  assert_int_equal(sign_in(f, turns), MOAT_E_MISUSE);
  f->g = good;
  f->g.memory = f->work + 8;
  assert_int_equal(sign_in(f, turns), MOAT_E_MISUSE);
  f->g = good;
  f->g.grant.endpoint = NULL;
  assert_int_equal(sign_in(f, turns), MOAT_E_MISUSE);
  assert_int_equal(f->s.connects, 0);
  f->g = good;
  assert_int_equal(sign_in(f, turns), 0);
}

static int never_saved(void *ctx, const moat_token *token) {
  *(bool *)ctx = token->access_token.n > 0;
  return MOAT_WANT_TIME;
}

/* The server has used the code up, and knows it no more. */
static void test_cancelled_while_storing(void **state) {
  fixture *f = *state;
  static const turn turns[] = {ASKED(PROMPT), DONE};
  static const moat_keeper_ops keeper = {.save = never_saved};
  bool saving = false;
  f->turns = turns;
  f->g.grant.keeper = &keeper;
  f->g.grant.keeper_ctx = &saving;
  assert_int_equal(moat_device_begin(&f->c, &f->g), 0);
  while (!saving) {
    assert_true(moat_step(&f->c) < 0);
    f->s.clock += moat_wait_ms(&f->c);
  }
  moat_cancel(&f->c);
  assert_no_code(f);
}

/* Neither this sign-in nor another exchange goes elsewhere for a begin that was not its turn. */
static void test_begun_twice(void **state) {
  fixture *f = *state;
  static const moat_endpoint elsewhere = {"other.example", 443, "/"};
  static const turn turns[] = {ASKED(PROMPT), PENDING, DONE};
  moat_device_grant other = f->g;
  other.device_endpoint = &elsewhere;
  f->turns = turns;
  f->show_result = MOAT_WANT_TIME;
  int r = moat_device_begin(&f->c, &f->g);
  assert_int_equal(r, 0);
  do {
    assert_int_equal(moat_device_begin(&f->c, &other), MOAT_E_MISUSE);
    assert_int_equal(moat_device_begin(&f->c, &f->g), MOAT_E_MISUSE);
    r = moat_step(&f->c);
    assert_string_equal(f->host, "login.example");
    f->s.clock += moat_wait_ms(&f->c);
  } while (r == MOAT_WANT_READ || r == MOAT_WANT_TIME);
  assert_int_equal(r, 0);
  assert_int_equal(f->shown, 3);
  assert_int_equal(f->turn, 3);
  assert_string_equal(f->access, "AT.1");
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(test_requests),
      TEST(test_confidential),
      TEST(test_every_split),
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
      TEST(test_slow_down_every_poll),
      TEST(test_slow_down_to),
      TEST(test_pending_spellings),
      TEST(test_ends),
      TEST(test_expiry),
      TEST(test_expiry_without_answer),
      TEST(test_tick_wrap),
      TEST(test_trouble_doubles),
      TEST(test_certificate_date),
      TEST(test_timeout),
      TEST(test_retry_after),
      TEST(test_reconnects),
      TEST(test_two_hosts),
      TEST(test_no_connection),
      TEST(test_no_connection_at_first),
      TEST(test_cancel_and_resume),
      TEST(test_cancelled_while_storing),
      TEST(test_interrupted_wait),
      TEST(test_save_and_load),
      TEST(test_save_without_room),
      TEST(test_save_of_a_long_text),
      TEST(test_texts_end_where_they_end),
      TEST(test_damaged_record),
      TEST(test_failed_load_leaves_nothing),
      TEST(test_loaded_prompts_are_checked),
      TEST(test_loaded_times_are_checked),
      TEST(test_clocks_out_of_range),
      TEST(test_bad_lengths_under_a_good_checksum),
      TEST(test_odd_results_of_a_port),
      cmocka_unit_test_setup_teardown(test_damaged_record, use_mac, use_no_mac),
      cmocka_unit_test_setup_teardown(test_failed_load_leaves_nothing, use_mac, use_no_mac),
      cmocka_unit_test_setup_teardown(test_authenticated, use_mac, use_no_mac),
      cmocka_unit_test_setup_teardown(test_authenticated_on_a_slow_flash, use_mac, use_no_mac),
      cmocka_unit_test_setup_teardown(test_mac_fails, use_mac, use_no_mac),
      TEST(test_misuse),
      TEST(test_begun_twice),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
