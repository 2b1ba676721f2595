/* The network of the packages' tests: each name is this machine, and port 443 is $MOCK_PORT. The
 * linker has all programs call these functions (--wrap). */
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

int __real_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
                       struct addrinfo **list);
int __wrap_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
                       struct addrinfo **list);
int __real_connect(int fd, const struct sockaddr *address, socklen_t n);
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t n);

/* Whether the system lets this socket connect. */
int host_may_connect(int fd);

int __wrap_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
                       struct addrinfo **list) {
  (void)host;
  return __real_getaddrinfo("127.0.0.1", service, hints, list);
}

int __wrap_connect(int fd, const struct sockaddr *address, socklen_t n) {
  struct sockaddr_in to;
  if (address->sa_family != AF_INET || !host_may_connect(fd)) abort();
  memcpy(&to, address, sizeof to);
  if (to.sin_port != htons(443)) abort();
  to.sin_port = htons((unsigned short)atoi(getenv("MOCK_PORT")));
  return __real_connect(fd, (const struct sockaddr *)&to, n);
}
