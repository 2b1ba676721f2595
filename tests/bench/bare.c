/* bare PORT ROOTS: the floor. The smallest program that makes the same POST with Mbed TLS alone,
 * written for this comparison: no parsing of the answer at all, blocking sockets. */
#include <stdio.h>
#include <stdlib.h>

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>

#include "token_text.h"

static mbedtls_ssl_context ssl;
static mbedtls_ssl_config config;
static mbedtls_x509_crt roots;
static mbedtls_entropy_context entropy;
static mbedtls_ctr_drbg_context drbg;
static mbedtls_net_context net;
static char request[4096];
static unsigned char answer[16384];

static void check(int r) {
  if (r == 0) return;
  fprintf(stderr, "-0x%04x\n", (unsigned)-r);
  exit(1);
}

static void connect_to(const char *port, const char *ca) {
  mbedtls_ssl_init(&ssl);
  mbedtls_ssl_config_init(&config);
  mbedtls_x509_crt_init(&roots);
  mbedtls_entropy_init(&entropy);
  mbedtls_ctr_drbg_init(&drbg);
  check(mbedtls_ctr_drbg_seed(&drbg, mbedtls_entropy_func, &entropy, NULL, 0));
  check(mbedtls_x509_crt_parse_file(&roots, ca));
  check(mbedtls_ssl_config_defaults(&config, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
                                    MBEDTLS_SSL_PRESET_DEFAULT));
  mbedtls_ssl_conf_ca_chain(&config, &roots, NULL);
  mbedtls_ssl_conf_rng(&config, mbedtls_ctr_drbg_random, &drbg);
  check(mbedtls_net_connect(&net, "localhost", port, MBEDTLS_NET_PROTO_TCP));
  check(mbedtls_ssl_setup(&ssl, &config));
  check(mbedtls_ssl_set_hostname(&ssl, "localhost"));
  mbedtls_ssl_set_bio(&ssl, &net, mbedtls_net_send, mbedtls_net_recv, NULL);
  check(mbedtls_ssl_handshake(&ssl));
}

int main(int argc, char **argv) {
  static const char form[] = "client_id=" CLIENT_ID "&client_secret=" CLIENT_SECRET
                             "&grant_type=refresh_token&refresh_token=%s&scope=offline_access";
  if (argc != 3) return 2;
  connect_to(argv[1], argv[2]);
  int body = snprintf(NULL, 0, form, refresh_token());
  int n = snprintf(request, sizeof request,
                   "POST /common/oauth2/v2.0/token HTTP/1.1\r\nHost: localhost:%s\r\n"
                   "Content-Type: application/x-www-form-urlencoded\r\n"
                   "Content-Length: %d\r\n\r\n",
                   argv[1], body);
  n += snprintf(request + n, sizeof request - (size_t)n, form, refresh_token());
  if (mbedtls_ssl_write(&ssl, (unsigned char *)request, (size_t)n) != n) return 1;
  size_t got = 0;
  while (got < 1021 + 4711) {
    int r = mbedtls_ssl_read(&ssl, answer + got, sizeof answer - got);
    if (r <= 0) return 1;
    got += (size_t)r;
  }
  mbedtls_ssl_close_notify(&ssl);
  mbedtls_net_free(&net);
  mbedtls_ssl_free(&ssl);
  mbedtls_ssl_config_free(&config);
  mbedtls_x509_crt_free(&roots);
  mbedtls_ctr_drbg_free(&drbg);
  mbedtls_entropy_free(&entropy);
  return 0;
}
