/* A client over a scripted stream. Its buffers come from the heap and have exactly the size that
 * the library is told, so a sanitizer sees an access one byte beyond. */
#ifndef EXACT_H
#define EXACT_H

#include <stdio.h>

#include "store/store.h"
#include "scripted.h"

typedef struct {
  scripted s;
  memory m;
  moat_platform platform; /* a test may replace a function */
  moat_stream_ops stream;
  moat_config config;
  moat_client c;
  char *work, *access;
  moat_auth auth;
  moat_refresh_grant g;
  char answer[4096];
} exact;

static const moat_endpoint exact_endpoint = {"login.example", 443, "/token"};

/* Content-Length and a body. */
static inline void exact_answer(exact *f, const char *status, const char *body) {
  f->s.answer_size =
      (size_t)snprintf(f->answer, sizeof f->answer, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s",
                       status, strlen(body), body);
  f->s.answer = f->answer;
  f->s.given = 0;
}

static inline int exact_setup(void **state) {
  exact *f = calloc(1, sizeof *f);
  f->m.stream = &f->s;
  f->m.unix_time = 1700000000;
  f->s.end = MOAT_WANT_READ;
  f->platform = memory_platform;
  f->stream = scripted_stream;
  f->work = malloc(MOAT_WORK_MIN);
  f->access = malloc(MOAT_ACCESS_MIN);
  f->config = (moat_config){.platform = &f->platform,
                            .platform_ctx = &f->m,
                            .stream = &f->stream,
                            .io = &f->s,
                            .work = f->work,
                            .work_size = MOAT_WORK_MIN};
  f->auth = (moat_auth){&moat_auth_post, moat_str("client"), moat_str("a.secret")};
  f->g = (moat_refresh_grant){.grant = {.endpoint = &exact_endpoint,
                                        .auth = &f->auth,
                                        .access = f->access,
                                        .access_size = MOAT_ACCESS_MIN},
                              .refresh_token = moat_str("RT.1")};
  exact_answer(f, "200 OK",
               "{\"token_type\":\"Bearer\",\"expires_in\":3600,\"access_token\":\"AT.2\","
               "\"refresh_token\":\"RT.2\"}");
  *state = f;
  return moat_init(&f->c, &f->config);
}

static inline int exact_teardown(void **state) {
  exact *f = *state;
  moat_cancel(&f->c);
  free(f->work);
  free(f->access);
  free(f);
  return 0;
}

static inline int exact_refresh(exact *f) {
  int r = moat_refresh_begin(&f->c, &f->g);
  return r ? r : moat_run(&f->c);
}

#define EXACT(test) cmocka_unit_test_setup_teardown(test, exact_setup, exact_teardown)

#endif
