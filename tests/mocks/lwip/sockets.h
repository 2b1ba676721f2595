/* As much of lwIP's sockets as the port uses, over those of this machine, without IPv6. */
#ifndef MOCK_LWIP_SOCKETS_H
#define MOCK_LWIP_SOCKETS_H

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define LWIP_IPV6 0

#define lwip_socket socket
#define lwip_fcntl fcntl
#define lwip_setsockopt setsockopt
#define lwip_getsockopt getsockopt
#define lwip_connect connect
#define lwip_send(fd, p, n, flags) send(fd, p, n, (flags) | MSG_NOSIGNAL)
#define lwip_recv recv
#define lwip_poll poll
#define lwip_close close

#endif
