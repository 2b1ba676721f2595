/* The client's own certificate and key. An image that has none does not link this file. */
#include <string.h>

#include "moat/tls.h"
#include "tls_compat.h"
#include "tls_error.h"

void moat_tls_identity_init(moat_tls_identity *i) {
  memset(i, 0, sizeof *i);
  moat_tls_roots_init(&i->chain);
  mbedtls_pk_init(&i->parsed);
}

void moat_tls_identity_free(moat_tls_identity *i) {
  moat_tls_roots_free(&i->chain);
  mbedtls_pk_free(&i->parsed);
}

int moat_tls_identity_add_der(moat_tls_identity *i, const void *der, size_t n) {
  return moat_tls_add_root_der(&i->chain, der, n);
}

int moat_tls_identity_add_pem(moat_tls_identity *i, char *pem, size_t n) {
  int r = moat_tls_add_roots_pem(&i->chain, pem, n);
  if (r < 0) return r;
  return i->chain.skipped ? MOAT_E_CERT : 0;
}

int moat_tls_identity_parse_key(moat_tls_identity *i, const moat_tls_context *c, const void *key,
                                size_t n) {
  void *ctx = (void *)(uintptr_t)c;
  int ret = moat__mbedtls_parse_key(&i->parsed, key, n, moat__tls_random, ctx);
  if (ret) return moat__tls_error_of(ret, MOAT_E_CERT);
  i->key = &i->parsed;
  return 0;
}

static int check_pair(const moat_tls_context *c, const moat_tls_identity *i) {
  void *ctx = (void *)(uintptr_t)c;
  int ret = moat__mbedtls_check_pair(&i->chain.list.pk, i->key, moat__tls_random, ctx);
  if (!ret || ret == MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE) return 0;
  return moat__tls_error_of(ret, MOAT_E_CERT);
}

/* A Certificate message is one record of Mbed TLS (RFC 8446 4.4.2): a header of 8 bytes, and with
 * each certificate its length and that of its extensions. */
static bool fits(const mbedtls_x509_crt *crt) {
  size_t n = 8;
  for (; crt; crt = crt->next)
    n += 3 + crt->raw.len + 2;
  return n <= MBEDTLS_SSL_OUT_CONTENT_LEN;
}

int moat_tls_set_identity(moat_tls_context *c, moat_tls_identity *i) {
  mbedtls_x509_crt *own = &i->chain.list;
  if (!own->raw.p || !i->key || c->config.MBEDTLS_PRIVATE(key_cert)) return MOAT_E_MISUSE;
  if (!fits(own)) return MOAT_E_SPACE;
  int r = check_pair(c, i);
  if (!r) r = moat_crypto_mbedtls.sha256(NULL, own->raw.p, own->raw.len, c->identity);
  if (r) return r;
  int ret = mbedtls_ssl_conf_own_cert(&c->config, own, i->key);
  return ret ? moat__tls_error_of(ret, MOAT_E_PORT) : 0;
}
