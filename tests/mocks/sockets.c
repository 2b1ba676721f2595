/* Zephyr's sockets, where they differ from those of this machine. */
#include <zephyr/net/socket.h>

ssize_t zsock_send(int fd, const void *p, size_t n, int flags) {
  static unsigned sends;
  if (++sends % 4) return send(fd, p, n, flags);
  errno = ENOBUFS;
  return -1;
}
