/* The states of one exchange. None of them waits: a state that cannot go on returns a MOAT_WANT_*,
 * and the next step enters it again. */
#include "engine.h"
#include "../http/http.h"
#include "../text/text.h"

#include <string.h>

/* Each state_…() returns 0 if the next state can go on at once. */
static int go(moat_client *c, int state) {
  c->state = (uint8_t)state;
  return 0;
}

static int state_build(moat_client *c) {
  int r = moat__build(c);
  return r < 0 ? r : go(c, MOAT__OPEN);
}

static bool is_connected(const moat_client *c) {
  const moat_endpoint *to = c->connected;
  return to && to->port == c->endpoint->port && strcmp(to->host, c->endpoint->host) == 0;
}

/* The server may have closed an idle connection. A read that does not wait finds out. Unexpected
 * bytes make the connection useless as well. */
static int state_open(moat_client *c) {
  c->reused = false;
  if (is_connected(c)) {
    char byte;
    int r = c->config.stream->recv(c->config.io, &byte, 1);
    if (moat_is_want(r)) {
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
  if (r) return moat_is_want(r) ? r : moat__border(c, r, false);
  c->connected = c->endpoint;
  return go(c, MOAT__MARK);
}

/* The mark says that a refresh token may have been used. It is written only when the connection is
 * up, so a failed DNS lookup or handshake leaves none behind. */
static int state_mark(moat_client *c) {
  int r = c->ops->before_send ? c->ops->before_send(c, c->grant) : 0;
  if (r) return r;
  moat__event(c, MOAT_EVENT_SEND, (int32_t)c->used);
  return go(c, MOAT__SEND);
}

/* The request is wiped before the answer takes its place. */
static int begin_recv(moat_client *c) {
  moat__wipe_used(c);
  moat__http_init(&c->http, c->config.work, c->config.work_size,
                  c->config.work_size - MOAT__HTTP_ROOM, c->ops->keep_headers);
  return go(c, MOAT__RECV);
}

/* Sends the request again on a new connection, if the grant allows it: `least` is the permission
 * needed. This happens once at most, because the new connection does not count as reused. */
static bool reconnects(moat_client *c, int least, int why) {
  if (!c->reused || c->ops->replay < least) return false;
  moat__event(c, MOAT_EVENT_RECONNECT, why);
  moat__close(c);
  go(c, MOAT__BUILD);
  return true;
}

/* A server that refuses early may close its side during the send. Its answer tells more than the
 * failed send, so it is read first. The stream's error number is read now, before the next call
 * replaces it. */
static int send_failed(moat_client *c, int r) {
  c->send_error = moat__border(c, r, false);
  if (c->config.stream->detail && !c->error.port_code)
    c->error.port_code = c->config.stream->detail(c->config.io);
  return begin_recv(c);
}

static int state_send(moat_client *c) {
  while (c->sent < c->used) {
    size_t left = c->used - c->sent;
    c->error.sent = true;
    int r = c->config.stream->send(c->config.io, (const char *)c->config.work + c->sent, left);
    if (moat_is_want(r)) return r;
    if (r < 0) {
      if (reconnects(c, c->sent ? MOAT_REPLAY_SAFE : MOAT_REPLAY_UNSENT, r)) return 0;
      return send_failed(c, r);
    }
    /* A port must not return 0 or more than `left`. A 0 wraps, so it is caught as well. */
    if ((size_t)r - 1 >= left) return moat__border(c, r ? r : MOAT_E_PORT, false);
    c->sent += (size_t)r;
  }
  return begin_recv(c);
}

/* Bytes after the answer belong to no request, so the connection is not used again. */
static int complete(moat_client *c, size_t unread) {
  if (unread || moat__http_closes(&c->http)) moat__close(c);
  moat__event(c, MOAT_EVENT_REPLY, (int32_t)c->http.held);
  return go(c, MOAT__REPLY);
}

static int recv_failed(moat_client *c, int r) {
  if (r == MOAT_E_EOF && moat__http_eof(&c->http) > 0) return complete(c, 0);
  if (!moat__http_begun(&c->http) && reconnects(c, MOAT_REPLAY_SAFE, r)) return 0;
  /* The server's TLS alert tells more than the failed send. */
  if (c->send_error && r != MOAT_E_TLS) return c->send_error;
  if (c->send_error) c->error.port_code = 0;
  return moat__border(c, r, false);
}

static int state_recv(moat_client *c) {
  size_t unread = 0, room = moat__http_room(&c->http);
  int r = c->config.stream->recv(c->config.io, moat__http_at(&c->http), room);
  if (moat_is_want(r)) return r;
  if (r < 0) return recv_failed(c, r);
  if ((size_t)r - 1 >= room) return moat__border(c, r ? r : MOAT_E_PORT, false);
  size_t end = (size_t)(moat__http_at(&c->http) - (char *)c->config.work) + (size_t)r;
  if (c->dirty < end) c->dirty = end;
  int before = moat__http_status(&c->http);
  r = moat__http_feed(&c->http, (size_t)r, &unread);
  c->error.status = moat__http_status(&c->http);
  if (c->error.status != before) moat__event(c, MOAT_EVENT_STATUS, c->error.status);
  c->error.needed = c->http.needed;
  if (r == MOAT_E_SPACE) c->error.body = MOAT_BODY_DROPPED;
  return r > 0 ? complete(c, unread) : r;
}

static int state_reply(moat_client *c) {
  moat_reply reply = {.status = c->http.status,
                      .body = moat__http_body(&c->http),
                      .body_size = c->http.held,
                      .scratch = moat__http_at(&c->http),
                      .scratch_size = moat__http_room(&c->http),
                      .dropped = moat__http_dropped(&c->http)};
  int r = c->ops->reply(c, c->grant, &reply);
  return r == 0 ? moat__end(c, 0) : r;
}

/* The milliseconds left to the deadline, or to the end of the delay. */
static uint32_t time_left(const moat_client *c) {
  uint32_t elapsed = moat__now(c) - c->started;
  uint32_t limit = c->state == MOAT__DELAY ? c->delay : c->config.timeout_ms;
  return elapsed < limit ? limit - elapsed : 0;
}

/* The next request has a deadline of its own. */
static int state_delay(moat_client *c) {
  if (time_left(c)) return MOAT_WANT_TIME;
  c->started = moat__now(c);
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

/* The deadline ends with the answer: one that has come is stored, however long that takes. */
int moat_step(moat_client *c) {
  if (c->state == MOAT__IDLE) return c->result;
  int r = c->state < MOAT__REPLY && !time_left(c) ? MOAT_E_TIMEOUT : 0;
  while (r == 0 && c->state != MOAT__IDLE)
    r = step(c);
  if (r < 0 && !moat_is_want(r)) return moat__fail(c, r);
  c->result = r;
  return r;
}

/* A slot that returns MOAT_WANT_TIME has no handle to wait on, so it is called again after a few
 * milliseconds. */
#define SLOT_POLL_MS 5

uint32_t moat_wait_ms(const moat_client *c) {
  uint32_t left = time_left(c);
  if (c->state == MOAT__DELAY) return left;
  if (c->state == MOAT__MARK || c->state == MOAT__REPLY) return SLOT_POLL_MS;
  if (c->result != MOAT_WANT_READ && c->result != MOAT_WANT_WRITE) return 0; /* there is work now */
  return c->state == MOAT__CONNECT && left > MOAT_CONNECT_POLL_MS ? MOAT_CONNECT_POLL_MS : left;
}
