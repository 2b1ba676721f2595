/* The device grant against a scripted server, with a clock that only waiting moves. */
#ifndef DEVICE_FIXTURE_H
#define DEVICE_FIXTURE_H

#include "cmocka_all.h"

#include <stdio.h>

#include "scripted.h"
#include "checks.h"

#define CODE "canary.device-code"

/* The fate of one request. */
typedef struct {
  const char *status, *headers, *body;
  int error;   /* if not 0, recv returns this instead of an answer */
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
  size_t read_up_to; /* how much of `s.sent` it has read */
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

static inline fixture *fixture_of(void *io) {
  return (fixture *)io; /* its first member is the stream */
}

static inline int turn_recv(void *io, void *p, size_t cap) {
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

static inline int turn_connect(void *io, const char *host, uint16_t port) {
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

static inline int show(void *ctx, moat_device_prompt *prompt) {
  fixture *f = ctx;
  assert_ptr_equal(prompt, &f->g.prompt);
  f->shown++;
  if (f->look) f->look(prompt);
  if (f->show_result == MOAT_WANT_TIME && f->shown < 3) return MOAT_WANT_TIME;
  return f->show_result == MOAT_WANT_TIME ? 0 : f->show_result;
}

static inline int setup(void **state) {
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

static inline int teardown(void **state) {
  fixture *f = *state;
  moat_cancel(&f->c);
  free(f);
  return 0;
}

static inline int sign_in(fixture *f, const turn *turns) {
  f->turns = turns;
  f->turn = f->shown = 0;
  f->s.sent_size = f->read_up_to = 0;
  f->s.connects = 0;
  f->began = f->s.clock;
  int r = moat_device_begin(&f->c, &f->g);
  return r ? r : moat_run(&f->c);
}

static inline void assert_no_code(const fixture *f) {
  assert_false(holds(f->memory, sizeof f->memory, "canary"));
  assert_int_equal(f->g.prompt.device_code.n, 0);
}

/* Checks when the requests were sent, in milliseconds since the begin. */
#define ASSERT_TIMES(f, ...)                                                                       \
  do {                                                                                             \
    const uint32_t expected[] = {__VA_ARGS__};                                                     \
    assert_int_equal((f)->turn, sizeof expected / sizeof *expected);                               \
    for (unsigned i_ = 0; i_ < (f)->turn; i_++)                                                    \
      assert_int_equal((f)->at[i_], expected[i_]);                                                 \
  } while (0)

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
