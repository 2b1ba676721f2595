/* The configuration that connections share. */
#include <string.h>

#include "moat/tls.h"
#include "tls_algorithms.h"
#include "tls_compat.h"
#include "tls_error.h"

#if defined(MBEDTLS_SSL_PROTO_TLS1_3) || defined(MBEDTLS_USE_PSA_CRYPTO) ||                        \
    MBEDTLS_VERSION_MAJOR >= 4
#define NEEDS_PSA
#include <psa/crypto.h>
#endif

/* Connections share the context, so it cannot note whose call failed. */
int moat__tls_random(void *p, unsigned char *out, size_t n) {
  const moat_tls_context *c = p;
  return c->platform->random(c->platform_ctx, out, n) ? MOAT__TLS_RANDOM_FAILED : 0;
}

/* PSA is started here: a program could forget it, and the first handshake would be too late.
 * Besides memory, only the source of entropy can fail. */
static int start_psa(void) {
#ifdef NEEDS_PSA
  psa_status_t status = psa_crypto_init();
  if (status) return status == PSA_ERROR_INSUFFICIENT_MEMORY ? MOAT_E_MEMORY : MOAT_E_RANDOM;
#endif
  return 0;
}

/* Structs of Mbed TLS are part of Moat's. A session has a time_t, if Mbed TLS has a clock. Where
 * the two were compiled with another width of it, one would write past what the other has. To set a
 * session up clears all of it, which shows how large it is; the context is the room for it. */
static bool same_structs(moat_tls_context *c) {
#ifdef MBEDTLS_HAVE_TIME
  enum { SIZE = sizeof(mbedtls_ssl_session), ALIGN = _Alignof(mbedtls_ssl_session), MORE = 64 };
  _Static_assert(sizeof *c >= SIZE + ALIGN + MORE, "a context has room for a session");
  memset(c, 0xff, sizeof *c);
  const uint8_t *room = (uint8_t *)c + (-(uintptr_t)c & (ALIGN - 1));
  mbedtls_ssl_session_init((mbedtls_ssl_session *)(uintptr_t)room);
  return room[SIZE - 1] == 0 && room[SIZE] == 0xff;
#else
  (void)c;
  return true;
#endif
}

int moat__tls_init(moat_tls_context *c, const moat_platform *platform, void *platform_ctx,
                   size_t size) {
#ifdef MBEDTLS_SSL_ALPN
  static const char *const alpn[] = {"http/1.1", NULL};
#endif
  bool same = size == sizeof(moat_tls) && same_structs(c);
  memset(c, 0, sizeof *c);
  mbedtls_ssl_config_init(&c->config);
  mbedtls_x509_crt_init(&c->roots.list);
  if (!same) return MOAT_E_MISUSE;
  if (!platform->random || !platform->unix_time) return MOAT_E_MISUSE;
  c->platform = platform;
  c->platform_ctx = platform_ctx;
  int r = start_psa();
  if (r) return r;
  int ret = mbedtls_ssl_config_defaults(&c->config, MBEDTLS_SSL_IS_CLIENT,
                                        MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
#ifdef MBEDTLS_SSL_ALPN
  if (!ret) ret = mbedtls_ssl_conf_alpn_protocols(&c->config, (const char **)(uintptr_t)alpn);
#endif
  if (ret) return moat__tls_error_of(ret, MOAT_E_PORT);
  moat__tls_set_algorithms(&c->config);
  mbedtls_ssl_conf_authmode(&c->config, MBEDTLS_SSL_VERIFY_REQUIRED);
  mbedtls_ssl_conf_ca_chain(&c->config, &c->roots.list, NULL);
  moat__mbedtls_set_random(c);
#if defined(MBEDTLS_SSL_PROTO_TLS1_3) &&                                                           \
    defined(MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED)
  mbedtls_ssl_conf_tls13_enable_signal_new_session_tickets(
      &c->config, MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED);
#endif
#ifdef MBEDTLS_SSL_RENEGOTIATION
  mbedtls_ssl_conf_renegotiation(&c->config, MBEDTLS_SSL_RENEGOTIATION_DISABLED);
#endif
  return 0;
}

void moat_tls_free(moat_tls_context *c) {
  mbedtls_x509_crt_free(&c->roots.list);
  mbedtls_ssl_config_free(&c->config);
}
