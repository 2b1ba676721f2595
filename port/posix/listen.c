/* The loopback listener. It serves a handful of visitors with a buffer each, and waits for none of
 * them.
 *
 * Other programs on this machine can connect as well, and browsers open connections that they never
 * use. So a connection gets a buffer only with its first byte. Until then it waits among many idle
 * ones, and where those are too many, the one that has been idle for longest is closed. */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

/* FREE is zero, so that a static struct needs no initialiser. ASKED: the request is complete, the
 * answer is not sent yet. ANSWERED: the connection is kept until the visitor closes it, because a
 * close with unread bytes would withdraw the answer. */
enum { FREE, READING, ASKED, ANSWERED };

enum { BACKLOG = 1024, TURN = 128, SILENT_MS = 5000, WHOLE_MS = 30000, PORT_TRIES = 16 };

/* ---- Listening ---- */

static int listen_at(const struct sockaddr *address, socklen_t size) {
  int on = 1, fd = moat_posix__socket(address->sa_family);
  if (fd < 0) return -1;
  /* A port that was closed a moment ago is free. A port with another listener stays taken. */
  (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address->sa_family == AF_INET6)
    (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (bind(fd, address, size) == 0 && listen(fd, BACKLOG) == 0) return fd;
  int error = errno;
  close(fd);
  errno = error;
  return -1;
}

static int listen_v4(uint16_t port) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return listen_at((const struct sockaddr *)&a, sizeof a);
}

static int listen_v6(uint16_t port) {
  struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
  a.sin6_addr = (struct in6_addr)IN6ADDR_LOOPBACK_INIT;
  return listen_at((const struct sockaddr *)&a, sizeof a);
}

static uint16_t port_of(int fd) {
  struct sockaddr_in a = {.sin_port = 0};
  socklen_t size = sizeof a;
  return getsockname(fd, (struct sockaddr *)&a, &size) == 0 ? ntohs(a.sin_port) : 0;
}

static bool is_without_v6(int error) {
  return error == EAFNOSUPPORT || error == EADDRNOTAVAIL || error == EPROTONOSUPPORT;
}

/* Returns 0 or an errno. EADDRINUSE may concern only the second address. */
static int listen_on_both(moat_posix_listener *l, uint16_t port) {
  l->fd[0] = listen_v4(port);
  if (l->fd[0] < 0) return errno;
  l->port = port_of(l->fd[0]);
  l->fd[1] = listen_v6(l->port);
  l->has_v6 = l->fd[1] >= 0;
  if (l->has_v6 || is_without_v6(errno)) return 0;
  int error = errno;
  close(l->fd[0]);
  return error;
}

int moat_posix_listen(moat_posix_listener *l, uint16_t port) {
  int error = 0;
  for (int i = 0; i < MOAT_POSIX_VISITORS; i++)
    l->visitor[i] = (moat_posix_visitor){.fd = -1};
  l->idles = 0;
  for (int tries = port ? 1 : PORT_TRIES; tries > 0; tries--) {
    error = listen_on_both(l, port);
    if (!error) return MOAT_OK;
    l->fd[0] = l->fd[1] = -1;
    if (error != EADDRINUSE) break;
  }
  l->port = 0;
  l->error = error;
  return MOAT_E_PORT;
}

/* ---- Visitors ---- */

static void let_go(moat_posix_listener *l, int i) {
  moat_posix_visitor *v = &l->visitor[i];
  if (v->stage == FREE) return;
  close(v->fd);
  moat_posix__wipe(l->buffer[i], v->n); /* a request may hold an authorization code */
  *v = (moat_posix_visitor){.fd = -1};
}

/* Whether somebody who has been answered, or else was silent for longer, is to go first. */
static bool goes_before(const moat_posix_visitor *v, const moat_posix_visitor *other) {
  return v->stage == other->stage ? v->touched < other->touched : v->stage == ANSWERED;
}

/* Returns a free place, or that of the visitor who is to go first. One who waits for an answer
 * stays. An answer that was sent arrives even if its connection is closed here. */
static int place(moat_posix_listener *l) {
  int best = -1;
  for (int i = 0; i < MOAT_POSIX_VISITORS; i++) {
    const moat_posix_visitor *v = &l->visitor[i];
    if (v->stage == FREE) return i;
    if (v->stage == ASKED) continue;
    if (best < 0 || goes_before(v, &l->visitor[best])) best = i;
  }
  if (best >= 0) let_go(l, best);
  return best;
}

static void receive(moat_posix_listener *l, int i) {
  moat_posix_visitor *v = &l->visitor[i];
  while (v->stage == READING && v->n < MOAT_POSIX_REQUEST) {
    ssize_t r = recv(v->fd, l->buffer[i] + v->n, MOAT_POSIX_REQUEST - v->n, 0);
    if (r < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return;
    if (r <= 0) {
      let_go(l, i);
      return;
    }
    v->n += (size_t)r;
    v->touched = moat_posix__now_ms();
    if (l->request(l->ctx, i, l->buffer[i], v->n) != MOAT_WANT_READ && v->stage == READING)
      v->stage = ASKED;
  }
}

/* Bytes after the request do not matter, but the end of the stream does. */
static void drain(moat_posix_listener *l, int i) {
  char bytes[512];
  for (int times = 0; times < 64; times++) {
    ssize_t r = recv(l->visitor[i].fd, bytes, sizeof bytes, 0);
    if (r > 0) continue;
    if (r == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) let_go(l, i);
    return;
  }
}

static void read_all(moat_posix_listener *l) {
  for (int i = 0; i < MOAT_POSIX_VISITORS; i++) {
    if (l->visitor[i].stage == READING) receive(l, i);
    if (l->visitor[i].stage == ANSWERED) drain(l, i);
  }
}

/* ---- Idle connections, the oldest first ---- */

static void seat(moat_posix_listener *l, int fd) {
  int i = place(l);
  if (i < 0) {
    close(fd);
    return;
  }
  int64_t now = moat_posix__now_ms();
  l->visitor[i] = (moat_posix_visitor){.fd = fd, .stage = READING, .since = now, .touched = now};
  receive(l, i);
}

/* A connection that has sent something gets a place. One that has ended, or is to end, is closed.
 * Returns false if it stays idle. */
static bool look_at(moat_posix_listener *l, int fd, bool ends) {
  char byte;
  ssize_t r = recv(fd, &byte, 1, MSG_PEEK);
  bool silent = r < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
  if (silent && !ends) return false;
  if (r > 0)
    seat(l, fd);
  else
    close(fd);
  return true;
}

static void look_at_idle(moat_posix_listener *l, int i, bool ends) {
  if (!look_at(l, l->idle[i].fd, ends)) return;
  l->idles--;
  memmove(&l->idle[i], &l->idle[i + 1], (size_t)(l->idles - i) * sizeof *l->idle);
}

static void look_at_all(moat_posix_listener *l) {
  for (int i = l->idles - 1; i >= 0; i--)
    look_at_idle(l, i, false);
}

/* Bytes that came with the connection are read at once, so that a browser gets its chance however
 * many others come. */
static void admit(moat_posix_listener *l, int fd) {
  (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
  (void)fcntl(fd, F_SETFL, O_NONBLOCK);
  if (look_at(l, fd, false)) return;
  if (l->idles == MOAT_POSIX_IDLE) look_at_idle(l, 0, true);
  l->idle[l->idles++] = (moat_posix_idle){.fd = fd, .since = moat_posix__now_ms()};
}

/* If the process may open no more files, an idle connection makes way. */
static bool make_way(moat_posix_listener *l, int error) {
  if ((error != EMFILE && error != ENFILE) || l->idles == 0) return false;
  look_at_idle(l, 0, true);
  return true;
}

/* The number of turns is limited: the caller has other work. */
static void accept_all(moat_posix_listener *l) {
  for (int k = 0; k < 2; k++)
    for (int times = 0; l->fd[k] >= 0 && times < TURN; times++) {
      int fd = accept(l->fd[k], NULL, NULL);
      if (fd >= 0)
        admit(l, fd);
      else if (errno != EINTR && errno != ECONNABORTED && !make_way(l, errno))
        break;
    }
}

static void expire(moat_posix_listener *l) {
  int64_t now = moat_posix__now_ms();
  for (int i = 0; i < MOAT_POSIX_VISITORS; i++) {
    const moat_posix_visitor *v = &l->visitor[i];
    bool late = now - v->touched >= SILENT_MS || now - v->since >= WHOLE_MS;
    if ((v->stage == READING || v->stage == ANSWERED) && late) let_go(l, i);
  }
  while (l->idles > 0 && now - l->idle[0].since >= SILENT_MS)
    look_at_idle(l, 0, true);
}

void moat_posix_listen_step(moat_posix_listener *l) {
  if (!l->port) return;
  read_all(l);
  look_at_all(l);
  accept_all(l);
  expire(l);
}

int moat_posix_listen_fds(const moat_posix_listener *l, struct pollfd *fds) {
  int n = 0;
  if (!l->port) return 0;
  for (int k = 0; k < 2; k++)
    if (l->fd[k] >= 0) fds[n++] = (struct pollfd){.fd = l->fd[k], .events = POLLIN};
  for (int i = 0; i < MOAT_POSIX_VISITORS; i++)
    if (l->visitor[i].stage == READING || l->visitor[i].stage == ANSWERED)
      fds[n++] = (struct pollfd){.fd = l->visitor[i].fd, .events = POLLIN};
  for (int i = 0; i < l->idles; i++)
    fds[n++] = (struct pollfd){.fd = l->idle[i].fd, .events = POLLIN};
  return n;
}

/* The socket's buffer takes the whole answer, unless the visitor does not read. */
void moat_posix_listen_answer(moat_posix_listener *l, int visitor, const char *p, size_t n) {
  moat_posix_visitor *v = &l->visitor[visitor];
  if (v->stage != READING && v->stage != ASKED) return;
  if (send(v->fd, p, n, MSG_NOSIGNAL) != (ssize_t)n || shutdown(v->fd, SHUT_WR) != 0) {
    let_go(l, visitor);
    return;
  }
  v->stage = ANSWERED;
  v->since = v->touched = moat_posix__now_ms();
}

void moat_posix_listen_drop_idle(moat_posix_listener *l) {
  while (l->port && l->idles > 0)
    close(l->idle[--l->idles].fd);
}

bool moat_posix_listen_busy(const moat_posix_listener *l) {
  for (int i = 0; l->port && i < MOAT_POSIX_VISITORS; i++)
    if (l->visitor[i].stage == ANSWERED) return true;
  return false;
}

void moat_posix_listen_close(moat_posix_listener *l) {
  if (!l->port) return;
  for (int i = 0; i < MOAT_POSIX_VISITORS; i++)
    let_go(l, i);
  moat_posix_listen_drop_idle(l);
  for (int k = 0; k < 2; k++)
    if (l->fd[k] >= 0) close(l->fd[k]);
  l->port = 0;
}
