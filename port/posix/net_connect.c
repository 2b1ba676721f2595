/* Makes the connection: the addresses of the host are tried in turn. */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

enum { DEFAULT_TIMEOUT_MS = 30000, TURN_MS = 3000, RESOLVED_MS = 60000 };

static void close_fd(moat_posix_net *s) {
  if (s->fd >= 0) close(s->fd);
  s->fd = -1;
}

/* The error is kept, so that it can still be read after a close. */
void moat_posix__disconnect(moat_posix_net *s) {
  if (s->state == MOAT_POSIX__IDLE) return;
  close_fd(s);
  moat_posix__lookup_drop(s->lookup);
  s->lookup = NULL;
  s->state = MOAT_POSIX__IDLE;
}

static int fail(moat_posix_net *s, int result, int error) {
  s->error = error;
  return result;
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

/* With several addresses, an unreachable one tells less than one that refused. */
static void note(moat_posix_net *s, int error) {
  int no_way = error == ENETUNREACH || error == EADDRNOTAVAIL || error == EAFNOSUPPORT;
  if (!no_way || s->error == 0) s->error = error;
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

/* The addresses of the last connection serve for a minute: a device that polls reconnects often. */
static bool is_resolved(const moat_posix_net *s, const char *host, uint16_t port) {
  return s->resolved && s->started - s->resolved < RESOLVED_MS && s->port == port &&
         strcmp(s->host, host) == 0;
}

/* A name that is too long is looked up each time. */
static void begin_lookup(moat_posix_net *s, const char *host, uint16_t port) {
  size_t n = strlen(host);
  s->resolved = 0;
  s->port = port;
  s->host[0] = '\0';
  if (n < sizeof s->host) memcpy(s->host, host, n + 1);
}

/* A numeric address resolves at once. It is tried first, because it needs no thread. */
static int start(moat_posix_net *s, const char *host, uint16_t port) {
  s->error = 0;
  s->next = 0;
  s->fd = -1;
  s->lookup = NULL;
  s->started = moat_posix__now_ms();
  s->in_at = s->in_n = s->out_n = 0;
  s->in_result = 0;
  s->asked = s->out_failed = false;
  s->state = MOAT_POSIX__CONNECTING;
  if (is_resolved(s, host, port)) return MOAT_OK;
  begin_lookup(s, host, port);
  if (moat_posix__resolve_local(host, port, &s->addresses) == 0) return MOAT_OK;
  s->lookup = moat_posix__lookup_start(host, port, &s->fd);
  if (!s->lookup) return fail(s, MOAT_E_PORT, errno);
  s->state = MOAT_POSIX__RESOLVING;
  return MOAT_OK;
}

static int continue_resolving(moat_posix_net *s) {
  int r = moat_posix__lookup_result(s->lookup, &s->addresses, &s->error);
  if (r) return r;
  s->resolved = moat_posix__now_ms();
  moat_posix__lookup_drop(s->lookup);
  s->lookup = NULL;
  close_fd(s);
  s->state = MOAT_POSIX__CONNECTING;
  return MOAT_OK;
}

/* From here on the socket blocks, for at most as long as a signal may go unnoticed. Only wait()
 * makes a call that blocks: it waits and receives with one system call. */
static int connected(moat_posix_net *s) {
  struct timeval most = {.tv_usec = MOAT_POSIX__SLICE_MS * 1000};
  if (fcntl(s->fd, F_SETFL, 0) || setsockopt(s->fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most))
    return fail(s, MOAT_E_PORT, errno);
  s->error = 0;
  s->state = MOAT_POSIX__CONNECTED;
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
    if (s->next == s->addresses.n) {
      s->resolved = 0; /* they may have changed */
      return MOAT_E_CONNECT;
    }
    error = attempt(s);
    if (error) {
      close_fd(s);
      note(s, error);
    }
  }
  return connected(s);
}

int moat_posix__connect(moat_posix_net *s, const char *host, uint16_t port) {
  int r = MOAT_OK;
  if (s->state == MOAT_POSIX__IDLE) r = start(s, host, port);
  if (r == MOAT_OK && s->state == MOAT_POSIX__RESOLVING) r = continue_resolving(s);
  if (r == MOAT_OK && s->state == MOAT_POSIX__CONNECTING) r = continue_connecting(s);
  return r;
}

bool moat_posix_resolves(const moat_posix_net *s) {
  return s->lookup != NULL;
}

uint32_t moat_posix_wait_ms(const moat_posix_net *s) {
  if (s->state != MOAT_POSIX__CONNECTING || s->turn_ends == INT64_MAX) return UINT32_MAX;
  int64_t left = s->turn_ends - moat_posix__now_ms();
  return left > 0 ? (uint32_t)left : 0;
}
