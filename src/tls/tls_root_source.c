/* Roots that are read in the middle of a handshake. An image whose roots are at hand does not link
 * this file. */
#include "../text/text.h"
#include "moat/tls.h"

/* Mbed TLS takes the roots of one handshake from an interface that was made for a server's SNI. */
static int read_roots(moat_tls *t) {
  const moat_tls_context *c = t->context;
  const moat_tls_roots *roots;
  if (t->has_roots) return 0;
  int r = c->source->read(c->source_ctx, &roots);
  if (r) {
    t->detail = r;
    return moat__port_result(r, false);
  }
  /* Mbed TLS does not change the list, but says that it might. */
  mbedtls_ssl_set_hs_ca_chain(&t->ssl, (mbedtls_x509_crt *)(uintptr_t)&roots->list, NULL);
  t->has_roots = true;
  return 0;
}

void moat_tls_set_root_source(moat_tls_context *c, const moat_tls_root_source *source, void *ctx) {
  c->source = source;
  c->source_ctx = ctx;
  c->read_roots = read_roots;
}
