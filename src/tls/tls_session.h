/* The functions that the TLS stream calls to keep sessions. An image that keeps none does not link
 * them. */
#ifndef MOAT__TLS_SESSION_H
#define MOAT__TLS_SESSION_H

#include "moat/tls.h"

struct moat__tls_session_ops {
  void (*offer)(moat_tls *t); /* before a handshake */
  void (*keep)(moat_tls *t);  /* before the connection is closed */
  int (*anchor)(moat_tls *t); /* after a chain was judged; 0 or an error */
};

/* Makes the stream keep its last session from now on. */
void moat__tls_resume(moat_tls *t);
/* session_load and session_save of moat_tls_resuming_stream. */
MOAT_NODISCARD int moat__tls_session_load(void *io, void *buffer, size_t size);
MOAT_NODISCARD int moat__tls_session_save(void *io, void *buffer, size_t size);

/* The functions of both streams. */
int moat__tls_connect(void *io, const char *host, uint16_t port);
int moat__tls_send(void *io, const void *p, size_t n);
int moat__tls_recv(void *io, void *p, size_t cap);
void moat__tls_close(void *io);
int moat__tls_wait(void *io, int want, uint32_t ms);
int32_t moat__tls_detail(void *io);

#endif
