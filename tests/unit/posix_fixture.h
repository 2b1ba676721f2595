/* A listener on loopback and a connection to it. */
#ifndef POSIX_FIXTURE_H
#define POSIX_FIXTURE_H

#include "cmocka_all.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <unistd.h>

#include "../../port/posix/moat_posix.h"

#define STREAM moat_posix_stream
#define FOREVER 600000

static inline int bind_to(const char *text, uint16_t port) {
  char service[8];
  (void)snprintf(service, sizeof service, "%u", (unsigned)port);
  const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM};
  struct addrinfo *a;
  assert_int_equal(getaddrinfo(text, service, &hints, &a), 0);
  int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd >= 0 && bind(fd, a->ai_addr, a->ai_addrlen)) {
    close(fd);
    fd = -1;
  }
  freeaddrinfo(a);
  return fd;
}

static inline uint16_t port_of(int fd) {
  struct sockaddr_in a;
  socklen_t n = sizeof a;
  assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &n), 0);
  return ntohs(a.sin_port);
}

static inline int connect_waiting(moat_posix_net *net, const char *host, uint16_t port) {
  int r;
  while ((r = STREAM.connect(net, host, port)) == MOAT_WANT_READ || r == MOAT_WANT_WRITE)
    assert_int_equal(STREAM.wait(net, r, FOREVER), 0);
  return r;
}

#endif
