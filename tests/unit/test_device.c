/* The device grant from its begin to its end: requests, ends, cancel and misuse. */
#include "device_fixture.h"

#define SECRET "canary~secret.value_1-x"

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
      /* The script would take a want within a request for its end. */
      if (stutter) f->s.chunk = 0;
      assert_int_equal(sign_in(f, turns), 0);
      assert_string_equal(f->access, "AT.1");
      assert_int_equal(f->turn, 4);
      assert_int_equal(f->g.prompt.interval, 10);
    }
  }
}

/* ---- Polling ---- */

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
    /* The connection must be new: an error on a reused one would only make it reconnect. */
    const turn turns[] = {ASKED(PROMPT),
                          {.status = "400 Bad",
                           .headers = "Connection: close\r\n",
                           .body = "{\"error\":\"authorization_pending\"}"},
                          cases[i].turn};
    assert_int_equal(sign_in(f, turns), cases[i].result);
    assert_int_equal(moat_error(&f->c)->code, cases[i].result);
    assert_int_equal(f->turn, 3);
    assert_int_equal(f->shown, 1);
    /* After trouble on this side, the code may still be valid. */
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

/* The code may also expire while nobody answers. Then it is of no more use either. */
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

/* The server has used the code up and no longer knows it. */
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

/* A begin that comes in the middle of a sign-in is refused, and changes nothing about where the
 * sign-in connects. */
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
  const struct CMUnitTest tests[] = {
      TEST(test_requests),
      TEST(test_confidential),
      TEST(test_every_split),
      TEST(test_ends),
      TEST(test_expiry),
      TEST(test_expiry_without_answer),
      TEST(test_cancel_and_resume),
      TEST(test_cancelled_while_storing),
      TEST(test_interrupted_wait),
      TEST(test_misuse),
      TEST(test_begun_twice),
  };
  return cmocka_run_group_tests_name("device grant", tests, NULL, NULL);
}
