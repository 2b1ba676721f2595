/* Zephyr's sockets, where they differ from those of this machine. */
#include "mocks.h"

#include <zephyr/net/socket.h>

int mock_no_option = ENOPROTOOPT, mock_poll_error;
short mock_revents;
bool mock_connects_at_once;

ssize_t zsock_send(int fd, const void *p, size_t n, int flags) {
  static unsigned sends;
  if (++sends % 4) return send(fd, p, n, flags);
  errno = ENOBUFS;
  return -1;
}

int zsock_getsockopt(int fd, int level, int option, void *p, socklen_t *n) {
  if (level != SOL_SOCKET || option != SO_ERROR) return getsockopt(fd, level, option, p, n);
  errno = mock_no_option;
  return -1;
}

int zsock_poll(struct zsock_pollfd *p, int n, int ms) {
  if (mock_poll_error) errno = mock_poll_error;
  int ready = mock_poll_error ? -1 : poll(p, (nfds_t)n, ms);
  if (ready > 0 && mock_revents) p->revents = mock_revents;
  return ready;
}

int zsock_connect(int fd, const struct sockaddr *to, socklen_t n) {
  int r = connect(fd, to, n);
  return mock_connects_at_once && errno == EINPROGRESS ? 0 : r;
}
