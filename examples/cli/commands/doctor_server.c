/* The way to the provider: proxy, name, connection, TLS, certificates. The connection ends after
 * the handshake: no request is sent. */
#include "doctor.h"

#include "../report/report.h"
#include "../signin/device.h"
#include "../terminal/term.h"
#include "finding.h"

#include <stdio.h>
#include <string.h>

enum { PLACE_SIZE = 512 };

/* ---- Connecting ---- */

/* A session that is stored is not resumed, so that the certificates are judged. */
static int handshake(account *a, const moat_endpoint *to) {
  uint32_t began = moat_posix_platform.ticks_ms(&a->posix);
  for (;;) {
    int r = moat_tls_stream.connect(&a->tls, to->host, to->port);
    uint32_t spent = moat_posix_platform.ticks_ms(&a->posix) - began;
    if (!moat_is_want(r)) return r;
    if (spent >= a->options.timeout_ms) return MOAT_E_TIMEOUT;
    r = r == MOAT_WANT_TIME ? 0 : account_wait(a, r, MOAT_CONNECT_POLL_MS);
    if (r && r != MOAT_WANT_TIME) return r;
  }
}

/* All else that goes wrong on the way counts as the connection. */
static bool is_about_tls(int result) {
  return result == MOAT_E_TLS || result == MOAT_E_CERT || result == MOAT_E_CERT_DATE;
}

/* ---- Certificates ---- */

/* "2026-05-01" */
static const char *day_of(const mbedtls_x509_time *t, char out[16]) {
  (void)snprintf(out, 16, "%04d-%02d-%02d", t->year % 10000, t->mon % 100, t->day % 100);
  return out;
}

/* Names in certificates are anybody's text, which print() cleans. */
static void show_certificate(const char *check, const mbedtls_x509_crt *c) {
  char name[256], day[16];
  finding_begin(check);
  if (mbedtls_x509_dn_gets(name, sizeof name, &c->subject) < 0) memcpy(name, "?", 2);
  finding_end(CLI_OK, "%s, until %s", name, day_of(&c->valid_to, day));
}

/* The certificates that the server sent, and the root that it did not need to send. */
static void show_chain(const account *a) {
  moat_tls_facts facts;
  moat_tls_look(&a->tls, &facts);
  finding_begin("tls");
  finding_end(CLI_OK, "TLS %s", facts.version);
  for (const mbedtls_x509_crt *c = facts.peer; c; c = c->next)
    show_certificate("certificate", c);
  if (facts.root) show_certificate("root in use", facts.root);
}

/* ---- A server ---- */

/* Ends the check in which a step failed, and returns false, or says that it is well. */
static bool check_step(account *a, const char *check, int result, const char *good) {
  moat_error_info e = {.code = result, .port_code = moat_tls_stream.detail(&a->tls)};
  finding_begin(check);
  a->posix.error = 0;
  finding_end(result ? report_failure(a, &e) : CLI_OK, "%s", good);
  return !result;
}

/* What comes before the step that failed is well. A proxy resolves the name of the server itself.
 */
static void check_server(account *a, const moat_endpoint *to, int key) {
  char text[PLACE_SIZE];
  a->server = to;
  a->server_key = key;
  int r = handshake(a, to);
  bool proxied = proxy_is_used(&a->proxy), is_tls = is_about_tls(r), is_name = r == MOAT_E_DNS;
  (void)snprintf(text, sizeof text, proxied ? "the proxy finds %s" : "%s is found", to->host);
  bool goes_on = check_step(a, "name", is_name ? r : 0, text);
  (void)snprintf(text, sizeof text, "%s port %u%s", to->host, to->port,
                 proxied ? ", through the proxy" : "");
  if (goes_on) goes_on = check_step(a, "connection", is_tls ? 0 : r, text);
  if (goes_on && is_tls) goes_on = check_step(a, "tls", r, "");
  if (goes_on) show_chain(a);
  moat_tls_stream.close(&a->tls);
}

static int check_proxy(account *a) {
  const proxy *p = &a->proxy;
  char text[PLACE_SIZE] = "none";
  finding_begin("proxy");
  int status = proxy_find(&a->proxy, &a->profile, &a->net);
  if (p->source)
    (void)snprintf(text, sizeof text, "%s port %u, from %s", p->stream.host, p->stream.port,
                   p->source);
  finding_end(status, "%s", text);
  return status;
}

static bool is_other_server(const moat_endpoint *a, const moat_endpoint *b) {
  return strcmp(a->host, b->host) != 0 || a->port != b->port;
}

/* A device code often comes from the server of the tokens. */
void doctor_look_at_servers(account *a) {
  if (check_proxy(a)) return;
  finding_begin("tls");
  int status = account_set_tls(a);
  if (status) finding_end(status, " ");
  if (status) return;
  check_server(a, &a->token_endpoint, KEY_TOKEN_URL);
  if (device_offered(a) && is_other_server(&a->token_endpoint, &a->device_endpoint))
    check_server(a, &a->device_endpoint, KEY_DEVICE_URL);
}
