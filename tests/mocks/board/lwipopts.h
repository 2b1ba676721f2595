/* lwIP with an OS and sockets, whose names are as ESP-IDF has them: close() and fcntl() are the C
 * library's. */
#ifndef LWIPOPTS_H
#define LWIPOPTS_H

#define LWIP_DNS 1
#ifndef LWIP_IPV6
#define LWIP_IPV6 1
#endif
#define LWIP_POSIX_SOCKETS_IO_NAMES 0
#define LWIP_ERRNO_STDINCLUDE 1
#define LWIP_TIMEVAL_PRIVATE 0

#endif
