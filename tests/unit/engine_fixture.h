/* A client with a refresh grant over a scripted stream. */
#ifndef ENGINE_FIXTURE_H
#define ENGINE_FIXTURE_H

#include "cmocka_all.h"

#include <stdio.h>

#include "engine/engine.h"
#include "scripted.h"
#include "text/text.h"
#include "checks.h"

#define SECRET "canary~secret.value_1-x"
#define VERIFIER "canary-verifier-canary-verifier-canary-verifi"

typedef struct {
  scripted s;
  memory m;
  moat_client c;
  char work[8192];
  char access[4096];
  moat_auth auth;
  moat_refresh_grant refresh;
  moat_code_grant code;
} fixture;

static const moat_endpoint endpoint = {"login.example", 443, "/common/oauth2/v2.0/token"};
#define BODY                                                                                       \
  "{\"token_type\":\"Bearer\",\"scope\":\"a b\",\"expires_in\":3599,\"access_token\":\"AT.1\","    \
  "\"refresh_token\":\"RT.2\"}"

static char answer_text[16000];

static inline void answer(fixture *f, const char *status, const char *headers, const char *body) {
  int n =
      snprintf(answer_text, sizeof answer_text, "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\n\r\n%s",
               status, headers, strlen(body), body);
  f->s.answer = answer_text;
  f->s.answer_size = (size_t)n;
}

static inline int setup(void **state) {
  fixture *f = calloc(1, sizeof *f);
  f->m.stream = &f->s;
  f->m.unix_time = 1700000000;
  moat_config config = {.platform = &memory_platform,
                        .platform_ctx = &f->m,
                        .stream = &scripted_stream,
                        .io = &f->s,
                        .work = f->work,
                        .work_size = sizeof f->work};
  if (moat_init(&f->c, &config) != 0) return -1;
  f->s.end = MOAT_WANT_READ;
  f->auth = (moat_auth){&moat_auth_post, moat_str("client id"), moat_str(SECRET)};
  f->refresh = (moat_refresh_grant){.grant = {.endpoint = &endpoint,
                                              .auth = &f->auth,
                                              .access = f->access,
                                              .access_size = sizeof f->access},
                                    .refresh_token = moat_str("RT.1")};
  f->code = (moat_code_grant){.grant = f->refresh.grant,
                              .code = moat_str("the/code"),
                              .code_verifier = moat_str(VERIFIER),
                              .redirect_uri = moat_str("http://localhost")};
  answer(f, "200 OK", "", BODY);
  *state = f;
  return 0;
}

static inline int teardown(void **state) {
  fixture *f = *state;
  moat_cancel(&f->c);
  free(f);
  return 0;
}

static inline int run_refresh(fixture *f) {
  int r = moat_refresh_begin(&f->c, &f->refresh);
  return r ? r : moat_run(&f->c);
}

static inline void assert_no_canary(const fixture *f) {
  assert_false(holds(f->work, sizeof f->work, "canary"));
  assert_false(holds(f->work, sizeof f->work, "Y2FuYXJ5")); /* in base64 */
  assert_false(holds(f->access, sizeof f->access, "canary"));
  assert_false(holds(&f->c, sizeof f->c, "canary"));
}

/* ---- A grant of the tests' own, which only looks at the answer ---- */

static moat_reply seen;

static inline int build_any(moat_client *c, void *grant, moat_writer *w) {
  (void)c;
  (void)grant;
  moat__put_text(w, "POST / HTTP/1.1\r\n\r\n");
  return 0;
}

static inline int reply_any(moat_client *c, void *grant, const moat_reply *r) {
  (void)c;
  (void)grant;
  seen = *r;
  return 0;
}

static const moat_grant_ops any = {
    .build = build_any, .reply = reply_any, .replay = MOAT_REPLAY_SAFE};

static inline void begin_any(fixture *f) {
  memset(&seen, 0, sizeof seen);
  assert_int_equal(moat__begin(&f->c, &endpoint, &any, NULL), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
