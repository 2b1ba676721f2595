/* Lists of trusted certificates. */
#include <string.h>

#include <mbedtls/oid.h>

#include "moat/tls.h"
#include "tls_compat.h"
#include "tls_error.h"
#include "tls_pem.h"

void moat_tls_roots_init(moat_tls_roots *r) {
  mbedtls_x509_crt_init(&r->list);
  r->skipped = 0;
}

void moat_tls_roots_free(moat_tls_roots *r) {
  mbedtls_x509_crt_free(&r->list); /* leaves an empty one */
}

/* Called for extensions that Mbed TLS does not know. If this file does not know the extension
 * either, Mbed TLS refuses the root if it is critical. */
static int root_extension(void *p, const mbedtls_x509_crt *crt, const mbedtls_x509_buf *id,
                          int critical, const unsigned char *value, const unsigned char *end) {
  (void)p;
  (void)crt;
  (void)critical;
  (void)value;
  (void)end;
  return MBEDTLS_OID_CMP(MBEDTLS_OID_NAME_CONSTRAINTS, id) ? MBEDTLS_ERR_X509_INVALID_EXTENSIONS
                                                           : 0;
}

/* The root is not copied, so a root in flash costs only the RAM of Mbed TLS's notes about it. */
int moat_tls_add_root_der(moat_tls_roots *r, const void *der, size_t n) {
  int ret = moat__mbedtls_start();
  if (!ret) ret = mbedtls_x509_crt_parse_der_with_ext_cb(&r->list, der, n, 0, root_extension, NULL);
  return ret ? moat__tls_error_of(ret, MOAT_E_CERT) : 0;
}

/* DER is shorter than its PEM, so the decoded bytes never reach the text that is still unread. */
int moat_tls_add_roots_pem(moat_tls_roots *r, char *pem, size_t n) {
  moat_span rest = {pem, n};
  uint8_t *out = (uint8_t *)pem;
  int added = 0;
  size_t size;
  while (moat__pem_next(&rest, out, &size)) {
    int result = moat_tls_add_root_der(r, out, size);
    if (result == MOAT_E_MEMORY) return result;
    if (result) {
      r->skipped++;
    } else {
      added++;
      out += size;
    }
  }
  return added ? added : MOAT_E_CERT;
}
