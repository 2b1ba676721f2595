/* As much of Zephyr's sockets as the port uses, over those of this machine. */
#ifndef MOCK_ZEPHYR_SOCKET_H
#define MOCK_ZEPHYR_SOCKET_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define ZSOCK_POLLIN POLLIN
#define ZSOCK_POLLOUT POLLOUT
#define ZSOCK_POLLERR POLLERR
#define ZSOCK_MSG_DONTWAIT (MSG_DONTWAIT | MSG_NOSIGNAL)
#define ZVFS_F_SETFL F_SETFL
#define ZVFS_O_NONBLOCK O_NONBLOCK

#define SOL_TLS 282
#define TLS_SEC_TAG_LIST 1
#define TLS_HOSTNAME 2
#define TLS_PEER_VERIFY 5
#define TLS_PEER_VERIFY_REQUIRED 2
#define IPPROTO_TLS_1_2 258

#define zsock_addrinfo addrinfo
#define zsock_getaddrinfo getaddrinfo
#define zsock_freeaddrinfo freeaddrinfo
#define zsock_pollfd pollfd
#define zsock_socket socket
#define zsock_fcntl fcntl
#define zsock_setsockopt setsockopt
#define zsock_recv recv
#define zsock_close close
#define zsock_inet_pton inet_pton

/* It has few buffers: every fourth send finds none. */
ssize_t zsock_send(int fd, const void *p, size_t n, int flags);

/* Zephyr 3.5 does not have SO_ERROR. */
int zsock_getsockopt(int fd, int level, int option, void *p, socklen_t *n);
int zsock_poll(struct zsock_pollfd *p, int n, int ms);
int zsock_connect(int fd, const struct sockaddr *to, socklen_t n);

#endif
