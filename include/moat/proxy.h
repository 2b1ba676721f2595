/* A tunnel through an HTTP proxy (RFC 9110 9.3.6, CONNECT): a byte stream over a byte stream, to be
 * put below TLS. The proxy resolves the server's name. It sees that name and the port, and of
 * everything else only what TLS shows anybody.
 *
 *   static moat_proxy proxy = {.lower = &moat_posix_stream, .lower_io = &net,
 *                              .host = "proxy.example", .port = 3128,
 *                              .buffer = buffer, .size = sizeof buffer};
 *   moat_tls_setup(&tls, &context, &moat_proxy_stream, &proxy);
 *
 * The connection to the proxy itself is not encrypted, so whoever can listen there can read the
 * credentials. The only scheme is Basic (RFC 7617). */
#ifndef MOAT_PROXY_H
#define MOAT_PROXY_H

#include "moat.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The `void *io` of moat_proxy_stream. It starts as zero. The members above the line belong to the
 * caller, and those below it to Moat. What they point to stays borrowed. */
typedef struct {
  const moat_stream_ops *lower; /* makes the connection to the proxy */
  void *lower_io;
  const char *host; /* of the proxy: a name, or an address without brackets; NUL-terminated */
  uint16_t port;
  moat_span credentials; /* "user:password", or absent */
  /* Holds the request, and then what is kept of the answer. The request takes 80 bytes, the name of
   * the server twice, and 4/3 of the credentials with 30 bytes more: 1 KB serves most. It is wiped
   * once it was sent. */
  void *buffer;
  size_t size;
  /* Whether this server is reached without the proxy. May be NULL: none is. */
  bool (*bypass)(void *ctx, const char *host, uint16_t port);
  void *bypass_ctx;
  /* ---- */
  uint8_t state;
  bool refused;      /* the last error was the proxy's */
  size_t used, sent; /* bytes of the request, and how many of them were sent */
  moat_http http;
} moat_proxy;

/* The stream. connect() connects to the proxy and has it connect to the server. Its own errors are
 *   MOAT_E_PROXY   the proxy answered, but there is no tunnel to a TLS server. detail() is the HTTP
 *                  status of the answer; 0 if the answer was not HTTP. recv() returns it too, with
 *                  a 2xx: what then came out of the tunnel was not TLS.
 *   MOAT_E_MISUSE  a member is missing
 *   MOAT_E_SPACE   the request does not fit the buffer; nothing was sent
 * All other errors are those of the lower stream, with its detail(). */
extern const moat_stream_ops moat_proxy_stream;

/* After a 407: the scheme that the proxy wants in place of Basic, such as "Negotiate". Absent if it
 * takes Basic, or names none. The text is the proxy's: raw and untrusted. It lies in the buffer,
 * until the next connect. */
moat_span moat_proxy_scheme(const moat_proxy *p);

#ifdef __cplusplus
}
#endif
#endif
