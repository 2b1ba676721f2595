/* connect() waits for the resolver, the connection and the handshake, as Zephyr's calls do. So give
 * the account a thread of its own. All else returns at once. */
#include "secure_stream.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <zephyr/kernel.h>
#include <zephyr/net/socket.h>
#include <zephyr/net/tls_credentials.h>

static int fail(secure_stream *s, int result, int error) {
  s->error = error;
  return result;
}

static void secure_close(void *io) {
  secure_stream *s = io;
  if (s->open) (void)zsock_close(s->fd);
  s->open = false;
}

/* The first of these does not depend on the default of a modem. Without the second, the certificate
 * of any server is good. */
static int protect(int fd, const char *host) {
  const int verify = TLS_PEER_VERIFY_REQUIRED;
  const sec_tag_t tags[] = {SECURE_STREAM_TAG};
  if (zsock_setsockopt(fd, SOL_TLS, TLS_PEER_VERIFY, &verify, sizeof verify)) return -1;
  if (zsock_setsockopt(fd, SOL_TLS, TLS_HOSTNAME, host, strlen(host) + 1)) return -1;
  return zsock_setsockopt(fd, SOL_TLS, TLS_SEC_TAG_LIST, tags, sizeof tags);
}

static int open_to(secure_stream *s, const char *host, const struct zsock_addrinfo *to) {
  s->fd = zsock_socket(to->ai_family, SOCK_STREAM, IPPROTO_TLS_1_2);
  if (s->fd < 0) return fail(s, MOAT_E_PORT, errno);
  s->open = true;
  if (protect(s->fd, host)) return fail(s, MOAT_E_PORT, errno);
  if (zsock_connect(s->fd, to->ai_addr, to->ai_addrlen)) return fail(s, MOAT_E_CONNECT, errno);
  return MOAT_OK;
}

static int secure_connect(void *io, const char *host, uint16_t port) {
  secure_stream *s = io;
  const struct zsock_addrinfo hints = {.ai_socktype = SOCK_STREAM};
  struct zsock_addrinfo *list = NULL;
  char service[6];
  (void)snprintf(service, sizeof service, "%u", (unsigned)port);
  secure_close(s);
  int error = zsock_getaddrinfo(host, service, &hints, &list);
  if (error) return fail(s, MOAT_E_DNS, error);
  int r = open_to(s, host, list);
  zsock_freeaddrinfo(list);
  if (r) secure_close(s);
  return r;
}

/* Maps the result of a send or recv. */
static int moved(secure_stream *s, ssize_t r, int want) {
  if (r > 0) return (int)r;
  if (r == 0) return MOAT_E_EOF;
  return errno == EAGAIN ? want : fail(s, MOAT_E_NETWORK, errno);
}

static int secure_send(void *io, const void *p, size_t n) {
  secure_stream *s = io;
  return moved(s, zsock_send(s->fd, p, n, ZSOCK_MSG_DONTWAIT), MOAT_WANT_WRITE);
}

static int secure_recv(void *io, void *p, size_t cap) {
  secure_stream *s = io;
  return moved(s, zsock_recv(s->fd, p, cap, ZSOCK_MSG_DONTWAIT), MOAT_WANT_READ);
}

static int secure_wait(void *io, int want, uint32_t ms) {
  secure_stream *s = io;
  struct zsock_pollfd p = {s->fd, want == MOAT_WANT_WRITE ? ZSOCK_POLLOUT : ZSOCK_POLLIN, 0};
  if (!s->open || want == MOAT_WANT_TIME) {
    (void)k_msleep((int32_t)ms);
    return MOAT_WANT_TIME;
  }
  int r = zsock_poll(&p, 1, (int)ms);
  if (r < 0 && errno != EINTR) return fail(s, MOAT_E_PORT, errno);
  return r > 0 ? MOAT_OK : MOAT_WANT_TIME;
}

static int32_t secure_detail(void *io) {
  return ((const secure_stream *)io)->error;
}

const moat_stream_ops secure_stream_ops = {.connect = secure_connect,
                                           .send = secure_send,
                                           .recv = secure_recv,
                                           .close = secure_close,
                                           .wait = secure_wait,
                                           .detail = secure_detail};
