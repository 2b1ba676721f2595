/* The port takes this from the system: sockets, a mutex, a clock and a pause. One of these is
 * chosen by a macro of the build:
 *
 *   MOAT_SOCKETS_LWIP     lwIP with an OS, LWIP_SOCKET and LWIP_SOCKET_POLL
 *   MOAT_SOCKETS_ZEPHYR   Zephyr with CONFIG_NET_SOCKETS and CONFIG_NET_NAMESPACE_COMPAT_MODE
 *   MOAT_SOCKETS_HEADER   the name of a header that defines all of these macros itself
 *   none of them          POSIX names, which ESP-IDF has too
 *
 * Functions are as in POSIX: -1 and errno for an error. The clock is in milliseconds, has 32 bits
 * and wraps. */
#ifndef MOAT_SOCKETS_CONFIG_H
#define MOAT_SOCKETS_CONFIG_H

#include <stdint.h>

#if defined(MOAT_SOCKETS_HEADER)
#include MOAT_SOCKETS_HEADER

#elif defined(MOAT_SOCKETS_LWIP)
#include <lwip/errno.h>
#include <lwip/inet.h>
#include <lwip/sockets.h>
#include <lwip/sys.h>

#define MOAT_SOCKETS_IPV6 LWIP_IPV6
#define MOAT_SOCKETS_pollfd struct pollfd
#define MOAT_SOCKETS_POLLIN POLLIN
#define MOAT_SOCKETS_POLLOUT POLLOUT
#define MOAT_SOCKETS_POLLERR POLLERR
#define MOAT_SOCKETS_socket(family) lwip_socket(family, SOCK_STREAM, 0)
#define MOAT_SOCKETS_nonblocking(fd) lwip_fcntl(fd, F_SETFL, O_NONBLOCK)
#define MOAT_SOCKETS_setsockopt lwip_setsockopt
#define MOAT_SOCKETS_getsockopt lwip_getsockopt
#define MOAT_SOCKETS_connect lwip_connect
#define MOAT_SOCKETS_send(fd, p, n) lwip_send(fd, p, n, MSG_DONTWAIT)
#define MOAT_SOCKETS_recv(fd, p, n) lwip_recv(fd, p, n, MSG_DONTWAIT)
#define MOAT_SOCKETS_poll lwip_poll
#define MOAT_SOCKETS_close lwip_close
#define MOAT_SOCKETS_inet_pton lwip_inet_pton

#define MOAT_SOCKETS_mutex sys_mutex_t
#define MOAT_SOCKETS_mutex_init(m) sys_mutex_new(m)
#define MOAT_SOCKETS_mutex_lock(m) sys_mutex_lock(m)
#define MOAT_SOCKETS_mutex_unlock(m) sys_mutex_unlock(m)
#define MOAT_SOCKETS_now_ms() sys_now()
#define MOAT_SOCKETS_sleep_ms(ms) sys_msleep(ms)

#elif defined(MOAT_SOCKETS_ZEPHYR)
#include <errno.h>

#include <zephyr/kernel.h>
#include <zephyr/net/socket.h>

#ifdef ZVFS_F_SETFL
#define MOAT_SOCKETS_nonblocking(fd) zsock_fcntl(fd, ZVFS_F_SETFL, ZVFS_O_NONBLOCK)
#else
#include <fcntl.h>
#define MOAT_SOCKETS_nonblocking(fd) zsock_fcntl(fd, F_SETFL, O_NONBLOCK)
#endif

#define MOAT_SOCKETS_IPV6 1
#define MOAT_SOCKETS_pollfd struct zsock_pollfd
#define MOAT_SOCKETS_POLLIN ZSOCK_POLLIN
#define MOAT_SOCKETS_POLLOUT ZSOCK_POLLOUT
#define MOAT_SOCKETS_POLLERR ZSOCK_POLLERR
#define MOAT_SOCKETS_socket(family) zsock_socket(family, SOCK_STREAM, IPPROTO_TCP)
#define MOAT_SOCKETS_setsockopt zsock_setsockopt
#define MOAT_SOCKETS_getsockopt zsock_getsockopt
#define MOAT_SOCKETS_connect zsock_connect
#define MOAT_SOCKETS_send(fd, p, n) zsock_send(fd, p, n, ZSOCK_MSG_DONTWAIT)
#define MOAT_SOCKETS_recv(fd, p, n) zsock_recv(fd, p, n, ZSOCK_MSG_DONTWAIT)
#define MOAT_SOCKETS_poll zsock_poll
#define MOAT_SOCKETS_close zsock_close
#define MOAT_SOCKETS_inet_pton zsock_inet_pton

#define MOAT_SOCKETS_mutex struct k_mutex
#define MOAT_SOCKETS_mutex_init(m) k_mutex_init(m)
#define MOAT_SOCKETS_mutex_lock(m) k_mutex_lock(m, K_FOREVER)
#define MOAT_SOCKETS_mutex_unlock(m) k_mutex_unlock(m)
#define MOAT_SOCKETS_now_ms() k_uptime_get_32()
#define MOAT_SOCKETS_sleep_ms(ms) k_msleep((int32_t)(ms))

#else
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifdef ESP_PLATFORM
#include <sys/poll.h> /* ESP-IDF has no poll.h above it */
#else
#include <poll.h>
#endif

#ifdef MSG_NOSIGNAL
#define MOAT_SOCKETS_FLAGS (MSG_DONTWAIT | MSG_NOSIGNAL)
#else
#define MOAT_SOCKETS_FLAGS MSG_DONTWAIT
#endif

#define MOAT_SOCKETS_IPV6 1
#define MOAT_SOCKETS_pollfd struct pollfd
#define MOAT_SOCKETS_POLLIN POLLIN
#define MOAT_SOCKETS_POLLOUT POLLOUT
#define MOAT_SOCKETS_POLLERR POLLERR
#define MOAT_SOCKETS_socket(family) socket(family, SOCK_STREAM, 0)
#define MOAT_SOCKETS_nonblocking(fd) fcntl(fd, F_SETFL, O_NONBLOCK)
#define MOAT_SOCKETS_setsockopt setsockopt
#define MOAT_SOCKETS_getsockopt getsockopt
#define MOAT_SOCKETS_connect connect
#define MOAT_SOCKETS_send(fd, p, n) send(fd, p, n, MOAT_SOCKETS_FLAGS)
#define MOAT_SOCKETS_recv(fd, p, n) recv(fd, p, n, MSG_DONTWAIT)
#define MOAT_SOCKETS_poll poll
#define MOAT_SOCKETS_close close
#define MOAT_SOCKETS_inet_pton inet_pton

#define MOAT_SOCKETS_mutex pthread_mutex_t
#define MOAT_SOCKETS_mutex_init(m) pthread_mutex_init(m, NULL)
#define MOAT_SOCKETS_mutex_lock(m) pthread_mutex_lock(m)
#define MOAT_SOCKETS_mutex_unlock(m) pthread_mutex_unlock(m)
#define MOAT_SOCKETS_now_ms() moat_sockets__posix_now_ms()
#define MOAT_SOCKETS_sleep_ms(ms) moat_sockets__posix_sleep_ms(ms)
#define MOAT_SOCKETS_THREADS 1 /* getaddrinfo() in a thread: moat_sockets_threads */

uint32_t moat_sockets__posix_now_ms(void);
void moat_sockets__posix_sleep_ms(uint32_t ms);
#endif

#endif
