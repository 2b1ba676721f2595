/* One exchange with a server that gives an answer at once, in memory of exact size. */
#ifndef ANSWER_H
#define ANSWER_H

#include "fuzz.h"

typedef struct {
  char *bytes;
  size_t n, at;
} fuzz_server;

static inline int answer_connect(void *io, const char *host, uint16_t port) {
  CHECK(*host && port);
  ((fuzz_server *)io)->at = 0;
  return 0;
}

static inline int answer_send(void *io, const void *p, size_t n) {
  (void)io;
  (void)fuzz_touch((moat_span){p, n});
  return (int)n;
}

static inline int answer_recv(void *io, void *p, size_t cap) {
  fuzz_server *s = io;
  size_t n = s->n - s->at < cap ? s->n - s->at : cap;
  if (!n) return MOAT_E_EOF;
  memcpy(p, s->bytes + s->at, n);
  s->at += n;
  return (int)n;
}

static inline void answer_close(void *io) {
  (void)io;
}

static inline uint32_t answer_ticks(void *ctx) {
  (void)ctx;
  return 0;
}

static const moat_stream_ops answer_stream = {
    .connect = answer_connect, .send = answer_send, .recv = answer_recv, .close = answer_close};
static const moat_platform answer_platform = {.ticks_ms = answer_ticks};

typedef struct {
  moat_client c;
  fuzz_server server;
  char *work;
  size_t work_size;
} fuzz_exchange;

/* The answer has this status and body, and ends with the connection. */
static inline void answer_init(fuzz_exchange *e, unsigned status, fuzz_input body, size_t room) {
  char head[60];
  int n = snprintf(head, sizeof head, "HTTP/1.1 %03u X\r\nConnection: close\r\n\r\n", status);
  memset(e, 0, sizeof *e);
  e->server.n = (size_t)n + body.n;
  e->server.bytes = fuzz_memory(e->server.n, 0);
  memcpy(e->server.bytes, head, (size_t)n);
  if (body.n) memcpy(e->server.bytes + n, body.p, body.n);
  e->work_size = MOAT_WORK_MIN + room;
  e->work = fuzz_memory(e->work_size, 0xa5);
  moat_config config = {.platform = &answer_platform,
                        .stream = &answer_stream,
                        .io = &e->server,
                        .work = e->work,
                        .work_size = e->work_size};
  CHECK(moat_init(&e->c, &config) == 0);
}

/* The rest of the exchange, which `begun` has begun. Every end is a documented one that the judge
 * knows. */
static inline int answer_run(fuzz_exchange *e, int begun) {
  int r = begun;
  for (int i = 0; i < 100 && (r == 0 ? i == 0 : fuzz_is_want(r)); i++)
    r = moat_step(&e->c);
  CHECK(r <= 0 && fuzz_is_documented(r) && !fuzz_is_want(r));
  moat_verdict v = moat_judge(moat_error(&e->c));
  CHECK(r ? v.need != MOAT_NEED_NOTHING : v.need == MOAT_NEED_NOTHING);
  CHECK(!v.dead);
  (void)fuzz_touch(moat_error(&e->c)->error);
  (void)fuzz_touch(moat_error(&e->c)->description);
  return r;
}

static inline void answer_free(fuzz_exchange *e) {
  moat_cancel(&e->c);
  CHECK(fuzz_is_zero(e->work, e->work_size));
  free(e->work);
  free(e->server.bytes);
}

#endif
