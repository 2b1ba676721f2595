/* Turns a failed exchange into a line that says what happened, lines that say what to do, and an
 * exit status for scripts. The library's verdict decides the status; this file has the words. */
#include "report.h"

#include "../account/history.h"
#include "../terminal/term.h"
#include "certificate.h"
#include "proxy_trouble.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_SIZE = 1024 };

/* The exit status that stands for the library's verdict. A clock that is not set may be set by
 * itself soon after a boot, so that is a case of trying again. Where nobody signs in, the profile
 * has to change. */
static int status_of(const account *a, const moat_verdict *v) {
  switch (v->need) {
  case MOAT_NEED_SIGN_IN: return a->config.unattended ? CLI_PROFILE : CLI_SIGN_IN;
  case MOAT_NEED_WAIT:
  case MOAT_NEED_CLOCK: return CLI_LATER;
  case MOAT_NEED_PROFILE: return CLI_PROFILE;
  default: return CLI_FAILED;
  }
}

/* The first line of a description, safe to print. In Entra's, the other lines are trace numbers. */
static const char *first_line(moat_span s, char out[TEXT_SIZE]) {
  size_t n = 0;
  while (n < s.n && s.p[n] != '\r' && s.p[n] != '\n')
    n++;
  term_clean((moat_span){s.p, n}, out, TEXT_SIZE);
  return out;
}

/* The library's texts cannot have the NAME in them, so the command to type is added here. */
static void hint_sign_in(const account *a, const moat_verdict *v) {
  if (v->need != MOAT_NEED_SIGN_IN) return;
  hint(a->config.unattended ? "To get another token: moat refresh %s"
                            : "Sign in again: moat login %s",
       a->options.name);
}

static void hint_retry(const moat_error_info *e) {
  if (e->retry_after) hint("The server asks to wait %lu seconds.", (unsigned long)e->retry_after);
}

/* Names the URL in use if it may be the mistake. */
static void hint_url(const account *a, uint8_t cause) {
  if (cause == MOAT_CAUSE_URL || cause == MOAT_CAUSE_PORTAL || cause == MOAT_CAUSE_GRANT_TYPE)
    hint("Check %s in the profile: %s", profile_key(a->server_key),
         a->profile.value[a->server_key]);
}

/* The advice by Entra's number is the more exact one. */
static void hint_advice(const account *a, const moat_error_info *e, uint8_t cause) {
  const char *advice = moat_provider_advice(e->provider_code, e->asked);
  /* The texts about these causes are for a token endpoint and a client that is there. */
  if (e->asked == MOAT_ASKED_REGISTRATION &&
      (cause == MOAT_CAUSE_REQUEST || cause == MOAT_CAUSE_URL)) {
    hint(
        "The provider decides which clients it registers, and whether they are deleted from here.");
    return;
  }
  if (!advice) advice = moat_cause_text(cause);
  if (advice) hint("%s", advice);
  if (cause == MOAT_CAUSE_CLIENT) client_key_advise(&a->profile);
  hint_url(a, cause);
}

static void hint_cause(const account *a, const moat_error_info *e, uint8_t cause) {
  hint_advice(a, e, cause);
  hint_retry(e);
}

static int report_oauth(account *a, const moat_error_info *e, const moat_verdict *v) {
  static char error[TEXT_SIZE], text[TEXT_SIZE], id[CORRELATION_SIZE];
  int status = status_of(a, v);
  term_clean(e->error, error, sizeof error);
  first_line(e->description, text);
  say(status, "%s: the server says %s%s%s", a->options.name, error, text[0] ? ": " : "", text);
  hint_cause(a, e, v->cause);
  hint_sign_in(a, v);
  if (correlation_id(e->description, id)) hint("Correlation id for support: %s", id);
  if (e->provider_code)
    hint("More: https://login.microsoftonline.com/error?code=%ld", (long)e->provider_code);
  return status;
}

static int report_status(account *a, const moat_error_info *e, const moat_verdict *v) {
  int status = status_of(a, v);
  say(status, "%s: %s answered with HTTP status %d and no OAuth error", a->options.name,
      a->server->host, e->status);
  hint_cause(a, e, v->cause);
  hint_sign_in(a, v);
  return status;
}

/* ---- Network and TLS ---- */

/* The port's number is the detail of the TLS stream: flags of the certificate, or Mbed TLS's own.
 */
static int report_certificate(account *a, const moat_error_info *e, const moat_verdict *v) {
  int status = status_of(a, v);
  say(status, "the certificate of %s was refused: %s", a->server->host,
      certificate_text(e->port_code));
  hint("%s", certificate_advice(e->port_code));
  return status;
}

/* The alert that the server sent, or what Mbed TLS means by its number. */
static const char *tls_text(int32_t code) {
  const char *alert = code > 0 ? moat_tls_alert_text(code) : NULL;
  if (alert) return alert;
  if (code == MBEDTLS_ERR_SSL_INVALID_RECORD) return "what it sent is not TLS";
  return code > 0 ? "it does not say why" : "it broke the rules of TLS";
}

/* Alerts of servers that want a certificate of the client, or another one (RFC 8446 6.2). */
static bool is_about_client(int32_t alert) {
  return alert == 40 || (alert >= 42 && alert <= 46) || alert == 48 || alert == 116;
}

static void hint_certificate(const account *a) {
  const char *file = a->profile.value[KEY_CLIENT_CERTIFICATE];
  if (*file)
    hint("The client's certificate is %s. Ask whoever runs the server which ones it takes.", file);
  else
    hint("If it wants one: moat set %s client_certificate=FILE client_key=FILE", a->options.name);
}

static int report_tls(account *a, const moat_error_info *e, const moat_verdict *v) {
  const char *host = a->server->host, *why = tls_text(e->port_code);
  int status = status_of(a, v);
  if (e->port_code > 0)
    say(status, "%s refused the TLS connection: %s (alert %d)", host, why, (int)e->port_code);
  else
    say(status, "TLS with %s failed: %s (Mbed TLS -0x%04x)", host, why, (unsigned)-e->port_code);
  if (is_about_client(e->port_code)) hint_certificate(a);
  hint("Check %s, and whether something between here and there changes connections.",
       profile_key(a->server_key));
  hint_proxy(a);
  return status;
}

/* The port's number is an errno or, if the name did not resolve, one of getaddrinfo(). */
static const char *network_text(int result, int32_t code) {
  if (result == MOAT_E_DNS && code) return gai_strerror((int)code);
  if (result != MOAT_E_DNS && code > 0) return strerror((int)code);
  return moat_error_text(result);
}

/* The proxy stands between, so before there is a connection it is the one that cannot be reached.
 */
static int report_network(account *a, int result, const moat_error_info *e, const moat_verdict *v) {
  int status = status_of(a, v);
  bool unconnected = result == MOAT_E_DNS || result == MOAT_E_CONNECT;
  const char *verb = result == MOAT_E_DNS ? "cannot resolve"
                     : unconnected        ? "cannot connect to"
                                          : "lost the connection to";
  const moat_proxy *p = unconnected && proxy_is_used(&a->proxy) ? &a->proxy.stream : NULL;
  say(status, "%s %s%s port %u: %s", verb, p ? "the proxy " : "", p ? p->host : a->server->host,
      p ? p->port : a->server->port, network_text(result, e->port_code));
  hint("Try again later.");
  hint_proxy(a);
  return status;
}

/* ---- The stored grant ---- */

/* The server may have accepted the refresh token already. To send it again could end the grant for
 * the other software as well, so a person decides. */
static void lost_and_shared(const account *a, int status) {
  const char *name = a->options.name;
  say(status, "the refresh token of %s may be spent", name);
  hint("Other software shares the grant, so it is not tried again: that could end it for both.");
  hint("To try all the same: moat refresh %s --shared no", name);
}

/* If nothing was sent, there are two cases. A refusal that is remembered has an error name. A
 * shared grant that is not tried again has none. */
static int report_lost(account *a, const moat_error_info *e, const moat_verdict *v) {
  int status = status_of(a, v);
  if (e->sent) return report_oauth(a, e, v);
  if (!e->error.n)
    lost_and_shared(a, status);
  else
    say(status, "the grant of %s has ended: its refresh token is spent", a->options.name);
  hint_sign_in(a, v);
  hint("%s", moat_cause_text(v->cause));
  return status;
}

/* During a pause the server is not asked, so this repeats what is remembered of the refusal. */
static int report_later(account *a, const moat_error_info *e, const moat_verdict *v) {
  const char *name = a->options.name;
  unsigned long seconds = e->retry_after;
  int status = status_of(a, v);
  if (v->cause == MOAT_CAUSE_BUSY) {
    say(status, "%s: the server asked for a pause", name);
    hint("It is over in %lu s. `moat refresh %s` does not wait for that.", seconds, name);
    return status;
  }
  say(status, "%s: the last request brought no token, and the server is not asked again for %lu s",
      name, seconds);
  hint_advice(a, e, v->cause);
  hint_sign_in(a, v);
  hint("To ask it now: moat refresh %s", name);
  return status;
}

const char *report_reason(const account *a) {
  const moat_note *n = moat_account_note(&a->moat);
  const char *text = moat_provider_advice(n->provider_code, MOAT_ASKED_REFRESH);
  if (!text) text = n->dead_code == MOAT_E_LOST ? moat_cause_text(MOAT_CAUSE_LOST) : NULL;
  if (!text) text = moat_cause_text((int)n->cause);
  return text ? text : "";
}

/* ---- The rest ---- */

static int report_answer(account *a, int result, const moat_error_info *e, const moat_verdict *v) {
  char http[32] = "";
  int status = status_of(a, v);
  if (e->status) (void)snprintf(http, sizeof http, " (HTTP status %d)", e->status);
  say(status, "%s answered%s, but %s", a->server->host, http,
      result == MOAT_E_SPACE ? "its headers have no end" : moat_error_text(result));
  hint_cause(a, e, v->cause);
  /* The server speaks OAuth, but not as RFC 6749 5.1 has it. */
  if (result == MOAT_E_TYPE || result == MOAT_E_REPLY)
    hint("If the URL is right, this server's answers are not for Moat.");
  return status;
}

/* The remaining errors are about this machine: its time, its clock, its memory. */
static int report_other(account *a, int result, const moat_error_info *e, const moat_verdict *v) {
  int status = status_of(a, v);
  say(status, "%s: %s", a->options.name, moat_error_text(result));
  if (result == MOAT_E_TIMEOUT)
    hint("The limit was %lu s. Try again later, or with a longer --timeout.",
         (unsigned long)(a->options.timeout_ms / 1000));
  if (result == MOAT_E_CLOCK) hint("Set the clock of this machine first.");
  if (result == MOAT_E_SPACE && e->needed)
    hint("%lu bytes would have been enough. Please report it.", (unsigned long)e->needed);
  return status;
}

/* Only a failing slot or lock sets posix.error. The errno of the network is in port_code. */
static int report(account *a, int result, const moat_error_info *e, const moat_verdict *v) {
  switch (result) {
  case MOAT_E_OAUTH: return report_oauth(a, e, v);
  case MOAT_E_LOST: return report_lost(a, e, v);
  case MOAT_E_LATER: return report_later(a, e, v);
  case MOAT_E_STATUS: return report_status(a, e, v);
  case MOAT_E_CERT:
  case MOAT_E_CERT_DATE: return report_certificate(a, e, v);
  case MOAT_E_TLS: return report_tls(a, e, v);
  case MOAT_E_PROXY: return report_proxy(a, status_of(a, v), e, v);
  case MOAT_E_DNS:
  case MOAT_E_CONNECT:
  case MOAT_E_NETWORK:
  case MOAT_E_EOF: return report_network(a, result, e, v);
  case MOAT_E_HTTP:
  case MOAT_E_JSON:
  case MOAT_E_REPLY:
  case MOAT_E_TYPE: return report_answer(a, result, e, v);
  default: break;
  }
  if (v->cause == MOAT_CAUSE_PORTAL) return report_answer(a, result, e, v); /* MOAT_E_SPACE */
  return a->posix.error ? account_state_failed(a, result) : report_other(a, result, e, v);
}

/* The error need not be one of the account's. */
int report_failure(account *a, const moat_error_info *e) {
  moat_verdict v = moat_judge(e);
  return report(a, e->code, e, &v);
}

void report_advice(const account *a, const moat_error_info *e) {
  hint_advice(a, e, moat_judge(e).cause);
}

int report_exchange(account *a, int result) {
  moat_error_info e = *moat_account_error(&a->moat);
  e.code = result; /* the program may have ended the exchange, after a signal for example */
  return report_failure(a, &e);
}

/* An error in the redirect is judged like one in the answer to a code: the names are the same. */
int report_redirect(account *a, const moat_redirect *redirect) {
  moat_error_info e = {.code = MOAT_E_OAUTH,
                       .asked = MOAT_ASKED_CODE,
                       .error = redirect->error,
                       .description = redirect->description};
  e.provider_code = moat_provider_code(e.description);
  moat_verdict v = moat_judge(&e);
  return report_oauth(a, &e, &v);
}
