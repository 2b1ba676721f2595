/* The byte stream: a TCP connection over sockets that do not block. */
#include "moat_sockets.h"

#include <limits.h>
#include <string.h>

/* IDLE is zero, so that a static struct needs no initialiser. ASKING: the resolver has not taken
 * the name yet. */
enum { IDLE, ASKING, RESOLVING, CONNECTING, CONNECTED };

/* Each address but the last has a turn. A wait is cut into slices: a resolver's answer and the end
 * of a turn wake nobody. */
enum { TURN_MS = 3000, SLICE_MS = 100, LOOKUP_SLICE_MS = 10, CROWDED_MS = 10 };

static int fail(moat_sockets *s, int result, int error) {
  s->error = error;
  return result;
}

/* Nothing is wrong: there are no bytes, or there is no room for any, right now. */
static bool is_later(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

/* ---- The name ---- */

int moat_sockets_mutex_init(moat_sockets_mutex *m) {
  return MOAT_SOCKETS_mutex_init(&m->mutex) ? MOAT_E_PORT : MOAT_OK;
}

/* Whether the answer is awaited is all that the answering task decides by, so it is only changed
 * and read under the mutex. */
static void set_waits(moat_sockets *s, bool waits) {
  MOAT_SOCKETS_mutex_lock(&s->mutex->mutex);
  s->waits = waits;
  if (waits) s->cookie++;
  MOAT_SOCKETS_mutex_unlock(&s->mutex->mutex);
}

static bool is_answered(moat_sockets *s) {
  MOAT_SOCKETS_mutex_lock(&s->mutex->mutex);
  bool answered = !s->waits;
  MOAT_SOCKETS_mutex_unlock(&s->mutex->mutex);
  return answered;
}

void moat_sockets_answer(moat_sockets *s, uint32_t cookie, const moat_sockets_address *addresses,
                         size_t n, int32_t error) {
  MOAT_SOCKETS_mutex_lock(&s->mutex->mutex);
  if (s->waits && s->cookie == cookie) {
    s->waits = false;
    s->n = n < MOAT_SOCKETS_ADDRESSES ? n : MOAT_SOCKETS_ADDRESSES;
    if (s->n) memcpy(s->addresses, addresses, s->n * sizeof *addresses);
    if (!s->n) s->error = error;
  }
  MOAT_SOCKETS_mutex_unlock(&s->mutex->mutex);
}

/* An address needs no resolver. One of IPv6 comes without brackets. */
static bool is_address(const char *host, moat_sockets_address *a) {
  memset(a, 0, sizeof *a);
  a->any.sa_family = AF_INET;
  if (MOAT_SOCKETS_inet_pton(AF_INET, host, &a->v4.sin_addr) == 1) return true;
#if MOAT_SOCKETS_IPV6
  a->any.sa_family = AF_INET6;
  if (MOAT_SOCKETS_inet_pton(AF_INET6, host, &a->v6.sin6_addr) == 1) return true;
#endif
  return false;
}

static void begin(moat_sockets *s, const char *host, uint16_t port) {
  s->error = 0;
  s->fd = -1;
  s->crowded = false;
  s->port = port;
  s->next = 0;
  s->n = is_address(host, &s->addresses[0]);
  s->state = s->n ? CONNECTING : ASKING;
}

/* A resolver that refused the name has no say in what follows, even if it answers later. */
static int ask(moat_sockets *s, const char *host) {
  if (!s->look_up) return MOAT_E_DNS;
  set_waits(s, true);
  int r = s->look_up(s->look_up_ctx, s, s->cookie, host);
  if (r) set_waits(s, false);
  if (!r) s->state = RESOLVING;
  return r;
}

/* No address is the same as no name: nothing can be connected to. */
static int continue_resolving(moat_sockets *s) {
  if (!is_answered(s)) return MOAT_WANT_READ;
  s->state = s->n ? CONNECTING : ASKING;
  if (s->n) return MOAT_OK;
  return s->error == MOAT_SOCKETS_AGAIN ? MOAT_WANT_READ : MOAT_E_DNS;
}

/* ---- The connection ---- */

static void close_fd(moat_sockets *s) {
  if (s->fd >= 0) (void)MOAT_SOCKETS_close(s->fd);
  s->fd = -1;
}

/* TLS sends records and waits for an answer: Nagle's algorithm would delay the last one by 40
 * ms. */
static int open_socket(moat_sockets *s, int family) {
  int on = 1;
  s->fd = MOAT_SOCKETS_socket(family);
  if (s->fd < 0) return -1;
  (void)MOAT_SOCKETS_setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return MOAT_SOCKETS_nonblocking(s->fd) < 0 ? -1 : 0;
}

/* Resolvers give addresses alone. Returns the size of the address. */
static socklen_t set_port(moat_sockets_address *a, uint16_t port) {
#if MOAT_SOCKETS_IPV6
  if (a->any.sa_family == AF_INET6) {
    a->v6.sin6_port = htons(port);
    return sizeof a->v6;
  }
#endif
  a->v4.sin_port = htons(port);
  return sizeof a->v4;
}

/* Begins to connect to the next address. Returns 0, MOAT_WANT_WRITE if the connection is still
 * being made, or an error. A family that the system does not have is the address's fault, and not a
 * lack of sockets. */
static int attempt(moat_sockets *s) {
  moat_sockets_address *to = &s->addresses[s->next++];
  s->turn_began = MOAT_SOCKETS_now_ms();
  if (open_socket(s, to->any.sa_family)) {
    int error = errno;
    bool no_family = error == EAFNOSUPPORT || error == EPROTONOSUPPORT;
    return fail(s, no_family ? MOAT_E_CONNECT : MOAT_E_PORT, error);
  }
  if (MOAT_SOCKETS_connect(s->fd, &to->any, set_port(to, s->port)) == 0) return MOAT_OK;
  /* An interrupted connect() goes on in the background (POSIX). */
  if (errno == EINPROGRESS || errno == EINTR) return MOAT_WANT_WRITE;
  return fail(s, MOAT_E_CONNECT, errno);
}

/* The turn of the last address does not end: the client's deadline ends it. */
static bool is_turn_over(const moat_sockets *s) {
  return s->state == CONNECTING && s->next < s->n &&
         MOAT_SOCKETS_now_ms() - s->turn_began >= TURN_MS;
}

/* Returns 0 when connected, MOAT_WANT_WRITE, or an error. A socket that is ready has finished its
 * attempt, and SO_ERROR tells how. POLLERR does where there is no SO_ERROR, as in Zephyr 3.5.
 * POLLHUP alone is no error: the other side has ended the connection already, which recv() tells.
 */
static int attempt_result(moat_sockets *s) {
  MOAT_SOCKETS_pollfd p = {.fd = s->fd, .events = MOAT_SOCKETS_POLLOUT};
  if (MOAT_SOCKETS_poll(&p, 1, 0) <= 0)
    return is_turn_over(s) ? fail(s, MOAT_E_CONNECT, ETIMEDOUT) : MOAT_WANT_WRITE;
  int error = 0;
  socklen_t size = sizeof error;
  if (MOAT_SOCKETS_getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &size))
    error = p.revents & MOAT_SOCKETS_POLLERR ? ECONNREFUSED : 0;
  return error ? fail(s, MOAT_E_CONNECT, error) : MOAT_OK;
}

/* Tries further addresses as long as attempts end at once, and stops at one that takes time. */
static int continue_connecting(moat_sockets *s) {
  for (;;) {
    int r = s->fd < 0 ? attempt(s) : MOAT_WANT_WRITE;
    if (r == MOAT_WANT_WRITE) r = attempt_result(s);
    if (r != MOAT_E_CONNECT || s->next == s->n) return r;
    close_fd(s);
  }
}

/* The error is kept, so that it can still be read after a close. */
static void net_close(void *io) {
  moat_sockets *s = io;
  if (s->state == IDLE) return;
  if (s->state == RESOLVING) set_waits(s, false);
  close_fd(s);
  s->state = IDLE;
}

static int net_connect(void *io, const char *host, uint16_t port) {
  moat_sockets *s = io;
  int r = MOAT_OK;
  if (s->state == IDLE) begin(s, host, port);
  if (s->state == ASKING) r = ask(s, host);
  if (r == MOAT_OK && s->state == RESOLVING) r = continue_resolving(s);
  if (r == MOAT_OK && s->state == CONNECTING) r = continue_connecting(s);
  if (r == MOAT_OK) {
    s->error = 0;
    s->state = CONNECTED;
  }
  if (r != MOAT_OK && r != MOAT_WANT_READ && r != MOAT_WANT_WRITE) net_close(s);
  return r;
}

/* ---- Bytes ---- */

/* The result is an int, so a longer buffer is sent in parts, as the contract allows. */
static int net_send(void *io, const void *p, size_t n) {
  moat_sockets *s = io;
  if (s->state != CONNECTED || n == 0) return MOAT_E_MISUSE;
  ptrdiff_t r = MOAT_SOCKETS_send(s->fd, p, n < INT_MAX ? n : INT_MAX);
  if (r > 0) return (int)r;
  s->crowded = r < 0 && errno == ENOBUFS;
  return r == 0 || s->crowded || is_later(errno) ? MOAT_WANT_WRITE : fail(s, MOAT_E_NETWORK, errno);
}

/* A reset and an end are told apart: an answer that a reset cuts off is none. */
static int net_recv(void *io, void *p, size_t cap) {
  moat_sockets *s = io;
  if (s->state != CONNECTED || cap == 0) return MOAT_E_MISUSE;
  ptrdiff_t r = MOAT_SOCKETS_recv(s->fd, p, cap < INT_MAX ? cap : INT_MAX);
  if (r > 0) return (int)r;
  if (r == 0) return MOAT_E_EOF;
  return is_later(errno) ? MOAT_WANT_READ : fail(s, MOAT_E_NETWORK, errno);
}

/* ---- Waiting ---- */

/* Waits for at most `ms` milliseconds. Returns more than 0 if there is something to do, 0 if not
 * yet, or a negative number. While connecting, the state decides what to watch for. */
static int wait_slice(moat_sockets *s, int want, uint32_t ms) {
  if (want == MOAT_WANT_TIME || s->state < CONNECTING) {
    MOAT_SOCKETS_sleep_ms(ms);
    return want != MOAT_WANT_TIME && s->state == RESOLVING && is_answered(s);
  }
  if (want == MOAT_WANT_WRITE && s->crowded) {
    MOAT_SOCKETS_sleep_ms(ms < CROWDED_MS ? ms : CROWDED_MS);
    s->crowded = false;
    return 1;
  }
  bool reads = want == MOAT_WANT_READ && s->state == CONNECTED;
  MOAT_SOCKETS_pollfd p = {.fd = s->fd};
  p.events = reads ? MOAT_SOCKETS_POLLIN : MOAT_SOCKETS_POLLOUT;
  int r = MOAT_SOCKETS_poll(&p, 1, (int)ms);
  return r < 0 && errno == EINTR ? 0 : r;
}

/* Several things end a wait. Those that no socket reports are looked for between the slices. */
static int net_wait(void *io, int want, uint32_t ms) {
  moat_sockets *s = io;
  uint32_t start = MOAT_SOCKETS_now_ms(), spent = 0;
  bool pauses = want == MOAT_WANT_TIME;
  uint32_t slice = pauses || s->state >= CONNECTING ? SLICE_MS : LOOKUP_SLICE_MS;
  if (!pauses && s->state == IDLE) return MOAT_E_MISUSE;
  do {
    int r = s->idle ? s->idle(s->idle_ctx) : 0;
    if (r) return r;
    r = wait_slice(s, want, ms - spent < slice ? ms - spent : slice);
    if (r < 0) return fail(s, MOAT_E_PORT, errno);
    if (r > 0 || (!pauses && is_turn_over(s))) return MOAT_OK;
    spent = MOAT_SOCKETS_now_ms() - start;
  } while (spent < ms);
  return MOAT_WANT_TIME;
}

static int32_t net_detail(void *io) {
  const moat_sockets *s = io;
  return s->error;
}

const moat_stream_ops moat_sockets_stream = {.connect = net_connect,
                                             .send = net_send,
                                             .recv = net_recv,
                                             .close = net_close,
                                             .wait = net_wait,
                                             .detail = net_detail};
