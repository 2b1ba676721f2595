/* What the TLS stream calls where sessions are kept, so that an image that keeps none has nothing
 * of it. */
#ifndef MOAT_TLS_SESSION_H
#define MOAT_TLS_SESSION_H

#include "moat/tls.h"

struct moat__tls_session_ops {
  void (*offer)(moat_tls *t); /* before a handshake */
  void (*keep)(moat_tls *t);  /* before it is closed */
};

#endif
