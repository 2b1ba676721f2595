/* The way to the provider: proxy, name, connection, TLS, certificates. The connection ends after
 * the handshake: no request is sent. */
#include "doctor.h"

#include "../log/log.h"
#include "../profile/date.h"
#include "../report/deadlines.h"
#include "../report/report.h"
#include "../signin/device.h"
#include "../terminal/term.h"
#include "finding.h"

#include <stdio.h>
#include <string.h>

enum { PLACE_SIZE = 512 };

/* ---- Connecting ---- */

/* The steps of the way, and the last that a connection came to. */
enum { AT_NAME, AT_CONNECTION, AT_TLS };
static int step;

/* The first step of the handshake is done as soon as there is a connection. */
static void take_event(void *ctx, int event, int32_t value) {
  (void)ctx;
  (void)value;
  if (event == MOAT_EVENT_HANDSHAKE) step = AT_TLS;
}

static int take_step(account *a, const moat_endpoint *to) {
  int r = moat_tls_stream.connect(&a->tls, to->host, to->port);
  bool has_name = moat_is_want(r) ? !moat_posix_resolves(&a->net) : r == MOAT_E_CONNECT;
  if (step == AT_NAME && has_name) step = AT_CONNECTION;
  return r;
}

/* A session that is stored is not resumed, so that the certificates are judged. */
static int handshake(account *a, const moat_endpoint *to) {
  uint32_t began = moat_posix_platform.ticks_ms(&a->posix);
  step = AT_NAME;
  a->posix.event = take_event;
  for (;;) {
    int r = take_step(a, to);
    uint32_t spent = moat_posix_platform.ticks_ms(&a->posix) - began;
    if (!moat_is_want(r)) return r;
    if (spent >= a->options.timeout_ms) return MOAT_E_TIMEOUT;
    r = r == MOAT_WANT_TIME ? 0 : account_wait(a, r, MOAT_CONNECT_POLL_MS);
    if (r && r != MOAT_WANT_TIME) return r;
  }
}

/* ---- Certificates ---- */

/* Many servers renew theirs only days before the end. */
enum { CERTIFICATE_SOON = 7, DAY_S = 86400 };

static deadline end_of(account *a, const mbedtls_x509_time *t) {
  deadline end = {.known = false};
  char date[40];
  (void)snprintf(date, sizeof date, "%04d-%02d-%02d", t->year, t->mon, t->day);
  end.known = date_day(date, &end.day);
  end.days_left = end.day - account_now(a) / DAY_S;
  return end;
}

static void warn_of_end(const account *a, const deadline *end, bool is_root) {
  say(CLI_OK, "warning: it %s", deadline_text(end));
  if (!is_root)
    hint("Whoever runs %s has to renew it. Without that no connection is made then.",
         a->server->host);
  else if (*a->profile.value[KEY_CA])
    hint("Put the one that follows it into %s.", a->profile.value[KEY_CA]);
  else
    hint("Keep the system's bundle of roots up to date, such as the package ca-certificates.");
}

/* Names in certificates are anybody's text, which print() cleans. */
static void show_certificate(account *a, const mbedtls_x509_crt *c, bool is_root) {
  char name[256];
  deadline end = end_of(a, &c->valid_to);
  finding_begin(is_root ? "root in use" : "certificate");
  if (mbedtls_x509_dn_gets(name, sizeof name, &c->subject) < 0) memcpy(name, "?", 2);
  if (end.known && end.days_left <= (is_root ? DEADLINE_SOON : CERTIFICATE_SOON))
    warn_of_end(a, &end, is_root);
  finding_end(CLI_OK, "%s, %s", name, end.known ? deadline_text(&end) : "without a last day");
}

/* The certificates that the server sent, and the root that it did not need to send. */
static void show_chain(account *a) {
  moat_tls_facts facts;
  moat_tls_look(&a->tls, &facts);
  log_line(LOG_BRIEF, "connected: TLS %s", facts.version);
  finding_begin("tls");
  finding_end(CLI_OK, "TLS %s", facts.version);
  for (const mbedtls_x509_crt *c = facts.peer; c; c = c->next)
    show_certificate(a, c, false);
  if (facts.root) show_certificate(a, facts.root, true);
}

/* ---- A server ---- */

/* The words of a proxy are about the connection, also if it comes in place of the handshake. */
static int step_of(int result) {
  bool is_tls = result == MOAT_E_TLS || result == MOAT_E_CERT || result == MOAT_E_CERT_DATE;
  return result == MOAT_E_PROXY ? AT_CONNECTION : is_tls ? AT_TLS : step;
}

/* The steps before the one that failed are well. A proxy resolves the name of the server itself,
 * and nothing is known of that before it has made the connection. */
static void tell_steps_before(const account *a, int failed) {
  const moat_endpoint *to = a->server;
  bool proxied = proxy_is_used(&a->proxy);
  if (failed > (proxied ? AT_CONNECTION : AT_NAME)) {
    finding_begin("name");
    finding_end(CLI_OK, "%s%s%s", proxied ? "the proxy finds " : "", to->host,
                proxied ? "" : " is found");
  }
  if (failed > AT_CONNECTION) {
    finding_begin("connection");
    finding_end(CLI_OK, "%s port %u%s", to->host, to->port, proxied ? ", through the proxy" : "");
  }
}

static void tell_failure(account *a, int failed, int result) {
  static const char *const checks[] = {"name", "connection", "tls"};
  moat_error_info e = {.code = result, .port_code = moat_tls_stream.detail(&a->tls)};
  log_line(LOG_BRIEF, "not connected: %s", moat_error_text(result));
  finding_begin(checks[failed]);
  a->posix.error = 0;
  finding_end(result == MOAT_E_CANCEL ? say_cancelled() : report_failure(a, &e), " ");
}

/* Returns whether to go on: false after a signal. */
static bool check_server(account *a, const moat_endpoint *to, int key) {
  a->server = to;
  a->server_key = key;
  log_line(LOG_BRIEF, "connecting to %s port %u", to->host, to->port);
  int r = handshake(a, to), last = step_of(r);
  tell_steps_before(a, last);
  if (r)
    tell_failure(a, last, r);
  else
    show_chain(a);
  moat_tls_stream.close(&a->tls);
  return r != MOAT_E_CANCEL;
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
  bool goes_on = check_server(a, &a->token_endpoint, KEY_TOKEN_URL);
  if (goes_on && device_offered(a) && is_other_server(&a->token_endpoint, &a->device_endpoint))
    check_server(a, &a->device_endpoint, KEY_DEVICE_URL);
}
