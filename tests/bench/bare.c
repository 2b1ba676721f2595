/* The floor: the smallest program that makes the same POST with Mbed TLS alone, at its best
 * settings. P-256 is the first group, PEM is decoded without the care that only secrets need, what
 * is sent is gathered until an answer is waited for, and what has come is read at once. The sockets
 * block, and of the answer nothing is parsed. token_text.h has its arguments. */
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <mbedtls/version.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>

#include "token_text.h"

#if MBEDTLS_VERSION_MAJOR >= 3 && defined(MBEDTLS_SSL_PROTO_TLS1_3)
#define HAS_TLS_1_3
#include <psa/crypto.h>
#endif

static mbedtls_ssl_context ssl;
static mbedtls_ssl_config config;
static mbedtls_x509_crt roots;
static mbedtls_entropy_context entropy;
static mbedtls_ctr_drbg_context drbg;
static mbedtls_net_context net;
static mbedtls_ssl_session session;
static char pem[1 << 20];
static unsigned char answer[16384], in[16384], out[16384];
static size_t in_at, in_end, out_n;

static void check(int r) {
  if (r >= 0) return;
  fprintf(stderr, "-0x%04x\n", (unsigned)-r);
  exit(1);
}

/* ---- The roots ---- */

static size_t read_file(const char *path, void *to, size_t size) {
  FILE *f = fopen(path, "rb");
  size_t n = f ? fread(to, 1, size, f) : 0;
  if (f) fclose(f);
  return n;
}

/* Base64 in place, up to the '-' that follows. Returns the length of what it decoded to. */
static size_t decode(char *text) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  static signed char value[256];
  unsigned char *to = (unsigned char *)text;
  unsigned bits = 0, held = 0;
  for (int i = 0; i < 64; i++)
    value[(unsigned char)digits[i]] = (signed char)(i + 1);
  for (const char *p = text; *p != '-' && *p != '='; p++) {
    int v = value[(unsigned char)*p];
    if (!v) continue;
    bits = bits << 6 | (unsigned)(v - 1);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    *to++ = (unsigned char)(bits >> held);
  }
  return (size_t)((char *)to - text);
}

static void read_roots(const char *path) {
  static const char begin[] = "-----BEGIN CERTIFICATE-----\n";
  pem[read_file(path, pem, sizeof pem - 1)] = 0;
  for (char *p = pem; (p = strstr(p, begin));) {
    char *der = p += sizeof begin - 1, *end = strchr(p, '-');
    if (!end) exit(1);
    check(mbedtls_x509_crt_parse_der_nocopy(&roots, (unsigned char *)der, decode(der)));
    p = end;
  }
}

/* ---- The wire ---- */

static void flush(void) {
  for (size_t at = 0; at < out_n;) {
    int n = mbedtls_net_send(&net, out + at, out_n - at);
    check(n);
    at += (size_t)n;
  }
  out_n = 0;
}

static int gather(void *io, const unsigned char *p, size_t n) {
  (void)io;
  if (n > sizeof out - out_n) flush();
  if (n > sizeof out) n = sizeof out;
  memcpy(out + out_n, p, n);
  out_n += n;
  return (int)n;
}

static int read_ahead(void *io, unsigned char *p, size_t n) {
  (void)io;
  flush();
  if (in_at == in_end) {
    int got = mbedtls_net_recv(&net, in, sizeof in);
    if (got <= 0) return got;
    in_at = 0;
    in_end = (size_t)got;
  }
  if (n > in_end - in_at) n = in_end - in_at;
  memcpy(p, in + in_at, n);
  in_at += n;
  return (int)n;
}

/* ---- TLS ---- */

static void prefer_p256(void) {
#if MBEDTLS_VERSION_MAJOR < 3
  static const mbedtls_ecp_group_id groups[] = {MBEDTLS_ECP_DP_SECP256R1, MBEDTLS_ECP_DP_SECP384R1,
                                                MBEDTLS_ECP_DP_CURVE25519, MBEDTLS_ECP_DP_NONE};
  mbedtls_ssl_conf_curves(&config, groups);
#else
  static const uint16_t groups[] = {
      MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1, MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1,
      MBEDTLS_SSL_IANA_TLS_GROUP_X25519, MBEDTLS_SSL_IANA_TLS_GROUP_NONE};
  mbedtls_ssl_conf_groups(&config, groups);
#endif
}

static void set_up(const char *ca) {
#ifdef HAS_TLS_1_3
  if (psa_crypto_init()) exit(1);
#endif
  mbedtls_ssl_init(&ssl);
  mbedtls_ssl_config_init(&config);
  mbedtls_ssl_session_init(&session);
  mbedtls_x509_crt_init(&roots);
  mbedtls_entropy_init(&entropy);
  mbedtls_ctr_drbg_init(&drbg);
  check(mbedtls_ctr_drbg_seed(&drbg, mbedtls_entropy_func, &entropy, NULL, 0));
  read_roots(ca);
  check(mbedtls_ssl_config_defaults(&config, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
                                    MBEDTLS_SSL_PRESET_DEFAULT));
  mbedtls_ssl_conf_ca_chain(&config, &roots, NULL);
  mbedtls_ssl_conf_rng(&config, mbedtls_ctr_drbg_random, &drbg);
  prefer_p256();
#ifdef HAS_TLS_1_3
  mbedtls_ssl_conf_tls13_enable_signal_new_session_tickets(
      &config, MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED);
#endif
  check(mbedtls_ssl_setup(&ssl, &config));
  check(mbedtls_ssl_set_hostname(&ssl, "localhost"));
  mbedtls_ssl_set_bio(&ssl, &net, gather, read_ahead, NULL);
}

static void connect_to(const char *port, bool offers) {
  int on = 1;
  in_at = in_end = 0;
  check(mbedtls_ssl_session_reset(&ssl));
  if (offers) check(mbedtls_ssl_set_session(&ssl, &session));
  check(mbedtls_net_connect(&net, "localhost", port, MBEDTLS_NET_PROTO_TCP));
  check(setsockopt(net.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
  check(mbedtls_ssl_handshake(&ssl));
}

static void disconnect(void) {
  mbedtls_ssl_close_notify(&ssl);
  flush();
  mbedtls_net_free(&net);
}

/* A session of TLS 1.2 stays the same when it is resumed; TLS 1.3 has a new one each time. */
static void keep_session(bool *has) {
  if (*has && strcmp(mbedtls_ssl_get_version(&ssl), "TLSv1.3") != 0) return;
  mbedtls_ssl_session_free(&session);
  check(mbedtls_ssl_get_session(&ssl, &session));
  *has = true;
}

/* ---- The request ---- */

static void post(const char *port) {
  static char request[4096];
  int n = snprintf(request, sizeof request,
                   "POST /common/oauth2/v2.0/token HTTP/1.1\r\nHost: localhost:%s\r\n"
                   "Content-Type: application/x-www-form-urlencoded\r\n"
                   "Content-Length: %zu\r\n\r\n" FORM_BEFORE_TOKEN "%s",
                   port, sizeof FORM_BEFORE_TOKEN - 1 + REFRESH_TOKEN, refresh_token());
  if (mbedtls_ssl_write(&ssl, (unsigned char *)request, (size_t)n) != n) exit(1);
  for (size_t got = 0; got < ANSWER_HEAD + ANSWER_BODY;) {
    int r = mbedtls_ssl_read(&ssl, answer + got, sizeof answer - got);
#ifdef HAS_TLS_1_3 /* a ticket has come, kept or not */
    if (r == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET || r == MBEDTLS_ERR_SSL_WANT_READ)
      continue;
#endif
    check(r ? r : -1);
    got += (size_t)r;
  }
}

int main(int argc, char **argv) {
  static unsigned char saved[8192];
  bench_args args = read_args(argc, argv);
  set_up(args.roots);
  size_t n = args.state ? read_file(args.state, saved, sizeof saved) : 0;
  bool offers = n && mbedtls_ssl_session_load(&session, saved, n) == 0, connected = false;
  for (int i = 0; i < args.count; i++) {
    if (!connected) connect_to(args.port, offers);
    post(args.port);
    if (args.resumes) keep_session(&offers);
    connected = args.keeps && i + 1 < args.count;
    if (!connected) disconnect();
  }
  FILE *f = args.state && args.resumes ? fopen(args.state, "wb") : NULL;
  if (f) {
    check(mbedtls_ssl_session_save(&session, saved, sizeof saved, &n));
    if (fwrite(saved, 1, n, f) != n || fclose(f)) return 1;
  }
  mbedtls_ssl_free(&ssl);
  mbedtls_ssl_session_free(&session);
  mbedtls_ssl_config_free(&config);
  mbedtls_x509_crt_free(&roots);
  mbedtls_ctr_drbg_free(&drbg);
  mbedtls_entropy_free(&entropy);
  return 0;
}
