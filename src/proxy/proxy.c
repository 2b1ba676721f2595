/* The tunnel. The answer is read a byte at a time, so that not one byte of the tunnel is taken for
 * a part of it. A proxy answers once a connection, and ports gather what they receive. */
#include "moat/proxy.h"

#include <string.h>

#include "../http/http.h"
#include "../text/text.h"

/* DIRECT: without the proxy. TUNNEL: nothing has come out of the tunnel yet. */
enum { IDLE, DIRECT, LOWER, SEND, ANSWER, TUNNEL, OPEN };

/* From now on detail() is the proxy's status, and not the number of the lower stream. */
static int refuse(moat_proxy *p) {
  p->refused = true;
  return MOAT_E_PROXY;
}

/* ---- Connecting ---- */

static void put_authority(moat_writer *w, const char *host, uint16_t port) {
  moat__put_host(w, host);
  moat__put_char(w, ':');
  moat__put_number(w, port);
}

/* RFC 9112 3.2.3: the port is never left out. Credentials go along from the start, because a 407
 * would only cost another connection. */
static int build(moat_proxy *p, const char *host, uint16_t port) {
  moat_writer w = {.p = p->buffer, .size = p->size};
  moat__put_text(&w, "CONNECT ");
  put_authority(&w, host, port);
  moat__put_text(&w, " HTTP/1.1\r\nHost: ");
  put_authority(&w, host, port);
  moat__put_text(&w, "\r\nUser-Agent: " MOAT_USER_AGENT "\r\n");
  if (p->credentials.n) {
    moat__put_text(&w, "Proxy-Authorization: Basic ");
    size_t start = w.n;
    moat__put_span(&w, p->credentials);
    moat__base64_from(&w, start);
    moat__put_text(&w, "\r\n");
  }
  moat__put_text(&w, "\r\n");
  p->sent = 0;
  p->used = w.n < w.size ? w.n : w.size;
  p->state = SEND;
  return w.n > w.size ? MOAT_E_SPACE : 0;
}

/* The credentials are in the buffer no longer than it takes to send them. */
static void wipe(moat_proxy *p) {
  moat_wipe(p->buffer, p->used);
  p->used = 0;
}

static int send_request(moat_proxy *p) {
  /* Several challenges may come, each in a header of its own (RFC 9110 11.7.1). */
  static const char *const keep[] = {"proxy-authenticate", "proxy-authenticate",
                                     "proxy-authenticate", NULL};
  while (p->sent < p->used) {
    size_t left = p->used - p->sent;
    int r = p->lower->send(p->lower_io, (const char *)p->buffer + p->sent, left);
    if (r < 0) return r;
    if ((size_t)r - 1 >= left) return MOAT_E_PORT;
    p->sent += (size_t)r;
  }
  wipe(p);
  moat__http_init(&p->http, p->buffer, p->size, p->size - MOAT__HTTP_ROOM, keep);
  moat__http_asked_connect(&p->http);
  p->state = ANSWER;
  return 0;
}

/* Reads up to the end of the head. The body of a refusal does not matter. */
static int read_answer(moat_proxy *p) {
  size_t unread;
  while (!moat__http_status(&p->http)) {
    int r = p->lower->recv(p->lower_io, moat__http_at(&p->http), 1);
    if (r < 0) return r;
    if (r != 1) return MOAT_E_PORT;
    if (moat__http_feed(&p->http, 1, &unread) < 0) return refuse(p);
  }
  p->state = TUNNEL;
  return moat__http_status(&p->http) < 300 ? 0 : refuse(p);
}

static void proxy_close(void *io) {
  moat_proxy *p = io;
  wipe(p);
  p->state = IDLE;
  if (p->lower) p->lower->close(p->lower_io);
}

/* An earlier answer must not explain the next error. */
static int begin(moat_proxy *p, const char *host, uint16_t port) {
  if (!p->lower || !p->host || !p->buffer) return MOAT_E_MISUSE;
  memset(&p->http, 0, sizeof p->http);
  p->refused = false;
  p->state = p->bypass && p->bypass(p->bypass_ctx, host, port) ? DIRECT : LOWER;
  return 0;
}

static int proxy_connect(void *io, const char *host, uint16_t port) {
  moat_proxy *p = io;
  int r = p->state == IDLE ? begin(p, host, port) : 0;
  if (!r && p->state == DIRECT) r = p->lower->connect(p->lower_io, host, port);
  if (!r && p->state == LOWER) {
    r = p->lower->connect(p->lower_io, p->host, p->port);
    if (!r) r = build(p, host, port);
  }
  if (!r && p->state == SEND) r = send_request(p);
  if (!r && p->state == ANSWER) r = read_answer(p);
  if (r && !moat_is_want(r)) proxy_close(p);
  return r;
}

/* ---- Connected ---- */

static int proxy_send(void *io, const void *bytes, size_t n) {
  moat_proxy *p = io;
  return p->lower->send(p->lower_io, bytes, n);
}

/* A portal answers a CONNECT with 200 and a page, which RFC 9110 says is what the server sent. A
 * TLS server begins with a handshake message or an alert (RFC 8446 5.1), and no page does. */
static int proxy_recv(void *io, void *bytes, size_t cap) {
  enum { ALERT = 21, HANDSHAKE = 22 };
  moat_proxy *p = io;
  int r = p->lower->recv(p->lower_io, bytes, cap);
  if (r <= 0 || p->state != TUNNEL) return r;
  uint8_t first = *(const uint8_t *)bytes;
  if (first != ALERT && first != HANDSHAKE) return refuse(p);
  p->state = OPEN;
  return r;
}

static int proxy_wait(void *io, int want, uint32_t ms) {
  moat_proxy *p = io;
  return p->lower && p->lower->wait ? p->lower->wait(p->lower_io, want, ms) : MOAT_E_PORT;
}

static int32_t proxy_detail(void *io) {
  const moat_proxy *p = io;
  if (p->refused) return moat__http_status(&p->http);
  return p->lower && p->lower->detail ? p->lower->detail(p->lower_io) : 0;
}

const moat_stream_ops moat_proxy_stream = {.connect = proxy_connect,
                                           .send = proxy_send,
                                           .recv = proxy_recv,
                                           .close = proxy_close,
                                           .wait = proxy_wait,
                                           .detail = proxy_detail};
