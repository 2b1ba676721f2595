/* The byte stream: a non-blocking TCP connection. The addresses of the host are tried in turn. */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <unistd.h>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0 /* SO_NOSIGPIPE does it, see moat_posix__socket() */
#endif

/* IDLE is zero, so that a static struct needs no initialiser. While CONNECTING, fd is -1 between
 * two attempts. While RESOLVING, fd is the pipe that announces the result. */
enum { IDLE, RESOLVING, CONNECTING, CONNECTED };

enum {
  DEFAULT_TIMEOUT_MS = 30000,
  TURN_MS = 3000,
  /* A signal may come between the check of `cancelled` and poll(). Its flag is then seen after this
   * time. */
  CANCEL_POLL_MS = 500
};

static void close_fd(moat_posix_net *s) {
  if (s->fd >= 0) close(s->fd);
  s->fd = -1;
}

/* The error is kept, so that it can still be read after a close. */
static void net_close(void *io) {
  moat_posix_net *s = io;
  if (s->state == IDLE) return;
  close_fd(s);
  moat_posix__lookup_drop(s->lookup);
  s->lookup = NULL;
  s->state = IDLE;
}

static int fail(moat_posix_net *s, int result, int error) {
  s->error = error;
  return result;
}

/* With several addresses, an unreachable one tells less than one that refused. */
static void note(moat_posix_net *s, int error) {
  int no_way = error == ENETUNREACH || error == EADDRNOTAVAIL || error == EAFNOSUPPORT;
  if (!no_way || s->error == 0) s->error = error;
}

int moat_posix__socket(int family) {
#ifdef SOCK_CLOEXEC
  int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
#else
  int fd = socket(family, SOCK_STREAM, 0);
  if (fd >= 0) {
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(fd, F_SETFL, O_NONBLOCK);
  }
#endif
  if (fd < 0) return -1;
  int on = 1;
  /* TLS sends records and waits for an answer: Nagle's algorithm would delay the last one by 40
   * ms. */
  (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
#ifdef SO_NOSIGPIPE
  (void)setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
#endif
  return fd;
}

/* The turn of the last address does not end: the client's deadline ends it. */
static int64_t turn_end(const moat_posix_net *s) {
  if (s->next == s->addresses.n) return INT64_MAX;
  int64_t now = moat_posix__now_ms();
  int64_t left = s->started + (s->timeout_ms ? s->timeout_ms : DEFAULT_TIMEOUT_MS) - now;
  int64_t turn = left > 0 ? left / 2 : 0;
  return now + (turn < TURN_MS ? turn : TURN_MS);
}

/* Begins to connect to the next address. Returns 0, also if the connection is still being made, or
 * an errno. */
static int attempt(moat_posix_net *s) {
  const struct sockaddr *to = &s->addresses.at[s->next++].any;
  socklen_t size =
      to->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
  s->fd = moat_posix__socket(to->sa_family);
  if (s->fd < 0) return errno;
  s->turn_ends = turn_end(s);
  /* An interrupted connect() goes on in the background (POSIX). */
  if (connect(s->fd, to, size) == 0 || errno == EINPROGRESS || errno == EINTR) return 0;
  return errno;
}

/* Returns 0 when connected, EINPROGRESS, or the errno that ended the attempt. */
static int attempt_result(const moat_posix_net *s) {
  struct pollfd p = {.fd = s->fd, .events = POLLOUT};
  if (poll(&p, 1, 0) <= 0) return moat_posix_wait_ms(s) ? EINPROGRESS : ETIMEDOUT;
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &size)) return errno;
  return error;
}

/* A numeric address resolves at once. It is tried first, because it needs no thread. */
static int start(moat_posix_net *s, const char *host, uint16_t port) {
  s->error = 0;
  s->next = 0;
  s->fd = -1;
  s->lookup = NULL;
  s->started = moat_posix__now_ms();
  if (moat_posix__resolve_local(host, port, &s->addresses) == 0) {
    s->state = CONNECTING;
    return MOAT_OK;
  }
  s->lookup = moat_posix__lookup_start(host, port, &s->fd);
  if (!s->lookup) return fail(s, MOAT_E_PORT, errno);
  s->state = RESOLVING;
  return MOAT_OK;
}

static int continue_resolving(moat_posix_net *s) {
  int r = moat_posix__lookup_result(s->lookup, &s->addresses, &s->error);
  if (r) return r;
  moat_posix__lookup_drop(s->lookup);
  s->lookup = NULL;
  close_fd(s);
  s->state = CONNECTING;
  return MOAT_OK;
}

/* Tries further addresses as long as attempts end at once, and stops at one that takes time.
 * Several turns may be over since the last step. */
static int continue_connecting(moat_posix_net *s) {
  for (;;) {
    int error = s->fd >= 0 ? attempt_result(s) : 0;
    if (error == EINPROGRESS) return MOAT_WANT_WRITE;
    if (s->fd >= 0 && error == 0) break;
    close_fd(s);
    if (error) note(s, error);
    if (s->next == s->addresses.n) return MOAT_E_CONNECT;
    error = attempt(s);
    if (error) {
      close_fd(s);
      note(s, error);
    }
  }
  s->error = 0;
  s->state = CONNECTED;
  return MOAT_OK;
}

static int net_connect(void *io, const char *host, uint16_t port) {
  moat_posix_net *s = io;
  int r = MOAT_OK;
  if (s->state == IDLE) r = start(s, host, port);
  if (r == MOAT_OK && s->state == RESOLVING) r = continue_resolving(s);
  if (r == MOAT_OK && s->state == CONNECTING) r = continue_connecting(s);
  if (r != MOAT_OK && r != MOAT_WANT_READ && r != MOAT_WANT_WRITE) net_close(s);
  return r;
}

/* The result is an int, so a longer buffer is sent in parts, as the contract allows. */
static int net_send(void *io, const void *p, size_t n) {
  moat_posix_net *s = io;
  if (s->state != CONNECTED || n == 0) return MOAT_E_MISUSE;
  ssize_t r;
  do {
    r = send(s->fd, p, n < INT_MAX ? n : INT_MAX, MSG_NOSIGNAL);
  } while (r < 0 && errno == EINTR);
  if (r > 0) return (int)r;
  if (r == 0 || errno == EAGAIN || errno == EWOULDBLOCK) return MOAT_WANT_WRITE;
  return fail(s, MOAT_E_NETWORK, errno);
}

static int net_recv(void *io, void *p, size_t cap) {
  moat_posix_net *s = io;
  if (s->state != CONNECTED || cap == 0) return MOAT_E_MISUSE;
  ssize_t r;
  do {
    r = recv(s->fd, p, cap < INT_MAX ? cap : INT_MAX, 0);
  } while (r < 0 && errno == EINTR);
  if (r > 0) return (int)r;
  if (r == 0) return MOAT_E_EOF;
  if (errno == EAGAIN || errno == EWOULDBLOCK) return MOAT_WANT_READ;
  return fail(s, MOAT_E_NETWORK, errno);
}

/* While connecting, the state decides what to watch for, and not the caller. */
static short events(const moat_posix_net *s, int want) {
  if (s->state == RESOLVING) return POLLIN;
  if (s->state == CONNECTING) return POLLOUT;
  return want == MOAT_WANT_READ ? POLLIN : POLLOUT;
}

static int net_wait(void *io, int want, uint32_t ms) {
  moat_posix_net *s = io;
  int idle = want == MOAT_WANT_TIME; /* a pause: only time or a cancel ends it */
  int64_t end = moat_posix__now_ms() + ms;
  if (!idle && s->state == IDLE) return MOAT_E_MISUSE;
  for (;;) {
    if (s->cancelled && *s->cancelled) return MOAT_E_CANCEL;
    /* Wait until the first of these: the caller's time is over, the address's turn is over, or the
     * flag has to be checked. */
    int64_t left = end - moat_posix__now_ms();
    uint32_t turn = idle ? UINT32_MAX : moat_posix_wait_ms(s);
    int64_t nap = left < turn ? left : turn;
    int64_t most = s->cancelled ? CANCEL_POLL_MS : INT_MAX;
    struct pollfd p = {.fd = idle ? -1 : s->fd, .events = events(s, want)};
    int r = poll(&p, 1, nap <= 0 ? 0 : (int)(nap < most ? nap : most));
    if (r > 0) return MOAT_OK;
    if (r < 0 && errno != EINTR) return fail(s, MOAT_E_PORT, errno);
    if (turn == 0) return MOAT_OK;
    if (left <= 0) return MOAT_WANT_TIME;
  }
}

static int32_t net_detail(void *io) {
  const moat_posix_net *s = io;
  return s->error;
}

int moat_posix_fd(const moat_posix_net *s) {
  return s->state == IDLE ? -1 : s->fd;
}

uint32_t moat_posix_wait_ms(const moat_posix_net *s) {
  if (s->state != CONNECTING || s->turn_ends == INT64_MAX) return UINT32_MAX;
  int64_t left = s->turn_ends - moat_posix__now_ms();
  return left > 0 ? (uint32_t)left : 0;
}

const moat_stream_ops moat_posix_stream = {.connect = net_connect,
                                           .send = net_send,
                                           .recv = net_recv,
                                           .close = net_close,
                                           .wait = net_wait,
                                           .detail = net_detail};
