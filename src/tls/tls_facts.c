/* Facts about a connection. Firmware that does not ask for them links none of this. */
#include <string.h>

#include "moat/tls.h"
#include "tls_compat.h"

/* There is no context if it has no configuration: Mbed TLS would read through a null pointer. The
 * root is the first of the chain that was verified. */
void moat_tls_look(const moat_tls *t, moat_tls_facts *out) {
  const mbedtls_ssl_context *ssl = &t->ssl;
  const char *name = ssl->MBEDTLS_PRIVATE(conf) ? mbedtls_ssl_get_version(ssl) : "";
  memset(out, 0, sizeof *out);
  if (*name != 'T') return; /* "unknown" */
  out->version = name + sizeof "TLSv" - 1;
  out->resumed = !t->verified;
  if (out->resumed) return;
  out->root = t->chain[0];
  out->peer = mbedtls_ssl_get_peer_cert(ssl);
}
