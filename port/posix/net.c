/* The byte stream: a TCP connection.
 *
 * A system call costs more than a copy, and a packet more than both. So what is sent is gathered
 * until the answer is asked for, and what has arrived is read as a whole. */
#include "internal.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/uio.h>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0 /* SO_NOSIGPIPE does it, see moat_posix__socket() */
#endif

static int fail(moat_posix_net *s, int result, int error) {
  s->error = error;
  return result;
}

/* ---- Sending ---- */

/* Sends what was gathered, and then up to n bytes more. Returns the number of those, 0 if only
 * gathered ones were sent, MOAT_WANT_WRITE, or MOAT_E_NETWORK. */
static int send_with(moat_posix_net *s, const void *p, size_t n) {
  struct iovec parts[] = {{s->out, s->out_n}, {(void *)(uintptr_t)p, n}};
  struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
  ssize_t r;
  do {
    r = sendmsg(s->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (r < 0 && errno == EINTR);
  if (r < 0 && errno != EAGAIN && errno != EWOULDBLOCK) return fail(s, MOAT_E_NETWORK, errno);
  size_t sent = r > 0 ? (size_t)r : 0, gathered = sent < s->out_n ? sent : s->out_n;
  memmove(s->out, s->out + gathered, s->out_n - gathered);
  s->out_n -= gathered;
  return sent == 0 || s->out_n || (n && sent == gathered) ? MOAT_WANT_WRITE
                                                          : (int)(sent - gathered);
}

/* The result is an int, so a longer buffer is sent in parts, as the contract allows. */
static int net_send(void *io, const void *p, size_t n) {
  moat_posix_net *s = io;
  if (s->state != MOAT_POSIX__CONNECTED || n == 0) return MOAT_E_MISUSE;
  if (n > INT_MAX) n = INT_MAX;
  s->asked = true;
  if (n > sizeof s->out - s->out_n) return send_with(s, p, n);
  memcpy(s->out + s->out_n, p, n);
  s->out_n += n;
  return (int)n;
}

/* A connection that was closed by the other end may still hold its last answer, so a failure counts
 * only once that has been read. */
static int flush(moat_posix_net *s) {
  int r = send_with(s, NULL, 0);
  if (r != MOAT_E_NETWORK) return r;
  s->out_n = 0;
  s->out_failed = true;
  return 0;
}

/* ---- Receiving ---- */

/* With flags 0 it waits for a slice of time. */
static void fill(moat_posix_net *s, int flags) {
  ssize_t r = recv(s->fd, s->in, sizeof s->in, flags);
  int error = r < 0 ? errno : 0;
  s->in_at = 0;
  s->in_n = r > 0 ? (size_t)r : 0;
  if (r == 0) s->in_result = MOAT_E_EOF;
  if (error == 0 || error == EINTR || error == EAGAIN || error == EWOULDBLOCK) return;
  s->in_result = fail(s, MOAT_E_NETWORK, error);
}

static bool has_input(const moat_posix_net *s) {
  return s->in_at < s->in_n || s->in_result;
}

/* Right after a request there is no answer yet, so none is looked for the first time. */
static int net_recv(void *io, void *p, size_t cap) {
  moat_posix_net *s = io;
  if (s->state != MOAT_POSIX__CONNECTED || cap == 0) return MOAT_E_MISUSE;
  if (s->in_at == s->in_n) {
    bool asked = s->asked;
    int r = s->out_n ? flush(s) : 0;
    s->asked = false;
    if (asked && !s->out_failed && !r && !s->in_result) return MOAT_WANT_READ;
  }
  if (!has_input(s)) fill(s, MSG_DONTWAIT);
  size_t n = s->in_n - s->in_at;
  if (n == 0 && s->in_result) return s->in_result;
  if (n == 0 && s->out_failed) return MOAT_E_NETWORK;
  if (n == 0) return s->out_n ? MOAT_WANT_WRITE : MOAT_WANT_READ;
  if (n > cap) n = cap;
  memcpy(p, s->in + s->in_at, n);
  s->in_at += n;
  return (int)n;
}

/* ---- Waiting ---- */

/* While connecting, the state decides what to watch for, and not the caller. */
static short events(const moat_posix_net *s, int want) {
  if (s->state == MOAT_POSIX__RESOLVING) return POLLIN;
  if (s->state == MOAT_POSIX__CONNECTING) return POLLOUT;
  if (want != MOAT_WANT_READ) return POLLOUT;
  return s->out_n ? POLLIN | POLLOUT : POLLIN;
}

/* Waits for at most `most` milliseconds. Returns more than 0 if there is something to do, 0 if not
 * yet, or -1 with errno. */
static int wait_slice(moat_posix_net *s, int want, int most) {
  if (want == MOAT_WANT_READ && s->state == MOAT_POSIX__CONNECTED) {
    if (s->out_n && flush(s) == 0 && s->out_failed) return 1;
    if (!s->out_n && !has_input(s) && most >= MOAT_POSIX__SLICE_MS) fill(s, 0);
    if (has_input(s)) return 1;
    if (!s->out_n && most >= MOAT_POSIX__SLICE_MS) return 0;
  }
  struct pollfd p = {.fd = want == MOAT_WANT_TIME ? -1 : s->fd, .events = events(s, want)};
  int r = poll(&p, 1, most);
  return r < 0 && errno == EINTR ? 0 : r;
}

/* Waits until the first of these: the connection is ready, the caller's time is over, the address's
 * turn is over, or the flag has to be checked. */
static int net_wait(void *io, int want, uint32_t ms) {
  moat_posix_net *s = io;
  bool idle = want == MOAT_WANT_TIME; /* a pause: only time or a cancel ends it */
  int64_t end = moat_posix__now_ms() + ms;
  if (!idle && s->state == MOAT_POSIX__IDLE) return MOAT_E_MISUSE;
  for (;;) {
    if (s->cancelled && *s->cancelled) return MOAT_E_CANCEL;
    int64_t left = end - moat_posix__now_ms();
    uint32_t turn = idle ? UINT32_MAX : moat_posix_wait_ms(s);
    int64_t nap = left < turn ? left : turn;
    int64_t most = s->cancelled ? MOAT_POSIX__SLICE_MS : INT_MAX;
    int r = wait_slice(s, want, nap <= 0 ? 0 : (int)(nap < most ? nap : most));
    if (r > 0) return MOAT_OK;
    if (r < 0) return fail(s, MOAT_E_PORT, errno);
    if (turn == 0) return MOAT_OK;
    if (left <= 0) return MOAT_WANT_TIME;
  }
}

/* ---- The stream ---- */

static int net_connect(void *io, const char *host, uint16_t port) {
  int r = moat_posix__connect(io, host, port);
  if (r != MOAT_OK && r != MOAT_WANT_READ && r != MOAT_WANT_WRITE) moat_posix__disconnect(io);
  return r;
}

/* The gathered bytes are the farewell of TLS. They are sent if that is possible at once. */
static void net_close(void *io) {
  moat_posix_net *s = io;
  if (s->state == MOAT_POSIX__CONNECTED && s->out_n) {
    int32_t error = s->error;
    (void)send_with(s, NULL, 0);
    s->error = error;
  }
  moat_posix__disconnect(s);
}

static int32_t net_detail(void *io) {
  const moat_posix_net *s = io;
  return s->error;
}

int moat_posix_fd(const moat_posix_net *s) {
  return s->state == MOAT_POSIX__IDLE ? -1 : s->fd;
}

const moat_stream_ops moat_posix_stream = {.connect = net_connect,
                                           .send = net_send,
                                           .recv = net_recv,
                                           .close = net_close,
                                           .wait = net_wait,
                                           .detail = net_detail};
