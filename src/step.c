#include "engine.h"
#include "http.h"
#include "text.h"

/* What a state returns when the next one can go on at once. */
#define AGAIN 2

static int go(moat_client *c, int state) {
  c->state = (uint8_t)state;
  return AGAIN;
}

static bool is_want(int r) {
  return r == MOAT_WANT_READ || r == MOAT_WANT_WRITE || r == MOAT_WANT_TIME;
}

static int state_build(moat_client *c) {
  int r = moat__build(c);
  return r < 0 ? r : go(c, MOAT__OPEN);
}

/* A server may have closed an idle connection: a read that does not wait tells. Bytes that nobody
 * asked for make it useless as well. */
static int state_open(moat_client *c) {
  c->reused = false;
  if (c->connected == c->endpoint) {
    char byte;
    int r = c->config.stream->recv(c->config.io, &byte, 1);
    if (is_want(r)) {
      c->reused = true;
      return go(c, MOAT__MARK);
    }
    moat__event(c, MOAT_EVENT_RECONNECT, r);
  }
  moat__close(c);
  moat__event(c, MOAT_EVENT_CONNECT, c->endpoint->port);
  return go(c, MOAT__CONNECT);
}

static int state_connect(moat_client *c) {
  int r = c->config.stream->connect(c->config.io, c->endpoint->host, c->endpoint->port);
  if (r) return r < 0 ? r : MOAT_E_PORT;
  c->connected = c->endpoint;
  return go(c, MOAT__MARK);
}

static int state_mark(moat_client *c) {
  int r = c->ops->before_send ? c->ops->before_send(c, c->grant) : 0;
  if (r) return r < 0 ? r : MOAT_E_PORT;
  moat__event(c, MOAT_EVENT_SEND, (int32_t)c->used);
  return go(c, MOAT__SEND);
}

/* The request is wiped before the answer comes into its place. */
static int begin_recv(moat_client *c) {
  moat_wipe(c->config.work, c->used);
  moat__http_init(&c->http, c->config.work, c->config.work_size,
                  c->config.work_size - MOAT__HTTP_ROOM, c->ops->keep_headers);
  return go(c, MOAT__RECV);
}

static int reconnect(moat_client *c, int why) {
  moat__event(c, MOAT_EVENT_RECONNECT, why);
  moat__close(c);
  c->replayed = true;
  c->send_error = 0;
  return go(c, MOAT__BUILD);
}

static bool may_replay(const moat_client *c, int least) {
  return c->reused && !c->replayed && c->ops->replay >= least;
}

/* A server that refuses early closes its side while the request is still going out: its answer is
 * worth reading before the failure is reported. */
static int state_send(moat_client *c) {
  while (c->sent < c->used) {
    const char *p = (const char *)c->config.work + c->sent;
    c->error.sent = true;
    int r = c->config.stream->send(c->config.io, p, c->used - c->sent);
    if (is_want(r)) return r;
    if (r == 0 || r > (int)(c->used - c->sent)) return MOAT_E_PORT;
    if (r < 0) {
      if (may_replay(c, c->sent ? MOAT_REPLAY_SAFE : MOAT_REPLAY_UNSENT)) return reconnect(c, r);
      c->send_error = r;
      return begin_recv(c);
    }
    c->sent += (size_t)r;
  }
  return begin_recv(c);
}

static int complete(moat_client *c, size_t unread) {
  if (unread || moat__http_closes(&c->http)) moat__close(c);
  moat__event(c, MOAT_EVENT_REPLY, (int32_t)c->http.held);
  return go(c, MOAT__REPLY);
}

static int recv_failed(moat_client *c, int r) {
  if (r == MOAT_E_EOF && moat__http_eof(&c->http) == 1) {
    moat__close(c);
    return complete(c, 0);
  }
  if (!c->http.head_bytes && may_replay(c, MOAT_REPLAY_SAFE)) return reconnect(c, r);
  return c->send_error ? c->send_error : r;
}

static int state_recv(moat_client *c) {
  size_t unread = 0;
  int r = c->config.stream->recv(c->config.io, moat__http_at(&c->http), moat__http_room(&c->http));
  if (is_want(r)) return r;
  if (r == 0 || r > (int)moat__http_room(&c->http)) return MOAT_E_PORT;
  if (r < 0) return recv_failed(c, r);
  int before = c->error.status;
  r = moat__http_feed(&c->http, (size_t)r, &unread);
  c->error.status = moat__http_status(&c->http);
  if (c->error.status != before) moat__event(c, MOAT_EVENT_STATUS, c->error.status);
  if (r < 0) {
    c->error.needed = c->http.needed;
    return r;
  }
  return r ? complete(c, unread) : AGAIN;
}

static int state_reply(moat_client *c) {
  moat_reply reply = {.status = c->http.status,
                      .body = moat__http_body(&c->http),
                      .body_size = c->http.held,
                      .scratch = moat__http_at(&c->http),
                      .scratch_size = moat__http_room(&c->http)};
  int r = c->ops->reply(c, c->grant, &reply);
  if (r == MOAT_MORE) {
    c->started = c->config.platform->ticks_ms(c->config.platform_ctx);
    return go(c, MOAT__DELAY);
  }
  if (r) return r < 0 ? r : MOAT_E_PORT;
  c->state = MOAT__DONE;
  moat__event(c, MOAT_EVENT_CLOSE, 0);
  return 0;
}

/* The next request has a deadline of its own. */
static int state_delay(moat_client *c) {
  uint32_t elapsed = moat__elapsed(c);
  if (elapsed < c->delay) return MOAT_WANT_TIME;
  c->started += elapsed;
  c->delay = 0;
  c->replayed = false;
  return go(c, MOAT__BUILD);
}

static int step(moat_client *c) {
  switch (c->state) {
  case MOAT__BUILD: return state_build(c);
  case MOAT__OPEN: return state_open(c);
  case MOAT__CONNECT: return state_connect(c);
  case MOAT__MARK: return state_mark(c);
  case MOAT__SEND: return state_send(c);
  case MOAT__RECV: return state_recv(c);
  case MOAT__REPLY: return state_reply(c);
  default: return state_delay(c);
  }
}

int moat_step(moat_client *c) {
  if (c->state == MOAT__IDLE || c->state == MOAT__DONE) return c->result;
  if (c->state < MOAT__REPLY && moat__elapsed(c) >= c->config.timeout_ms)
    return moat__fail(c, MOAT_E_TIMEOUT);
  int r;
  do
    r = step(c);
  while (r == AGAIN);
  if (r < 0 && !is_want(r)) return moat__fail(c, r);
  c->result = r;
  return r;
}

/* Slots answer WANT_TIME without a handle to wait on: a few milliseconds between two tries. */
#define SLOT_POLL_MS 5

uint32_t moat_wait_ms(const moat_client *c) {
  uint32_t elapsed = moat__elapsed(c);
  if (c->state == MOAT__DELAY) return elapsed < c->delay ? c->delay - elapsed : 0;
  if (c->state == MOAT__MARK || c->state == MOAT__REPLY) return SLOT_POLL_MS;
  if (c->state == MOAT__DONE || c->state == MOAT__IDLE || elapsed >= c->config.timeout_ms) return 0;
  uint32_t left = c->config.timeout_ms - elapsed;
  if (c->state != MOAT__CONNECT) return c->result == MOAT_WANT_TIME ? 0 : left;
  if (c->result == MOAT_WANT_TIME) return 0; /* the next step of the handshake */
  return left < MOAT_CONNECT_POLL_MS ? left : MOAT_CONNECT_POLL_MS;
}
