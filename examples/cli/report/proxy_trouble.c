/* A refused login, a refusal, a server that the proxy cannot reach and a portal: each has somebody
 * else who can do something about it. The library's verdict says which of them it is. */
#include "proxy_trouble.h"

#include "../terminal/term.h"

#include <stdio.h>

enum { SCHEME_SIZE = 64, PLACE_SIZE = 320 };

/* "HOST port N", with the HTTP status if there is one. */
static const char *place(const account *a, int32_t status) {
  static char text[PLACE_SIZE];
  const moat_proxy *p = &a->proxy.stream;
  int n = snprintf(text, sizeof text, "%s port %u", p->host, p->port);
  if (status && n > 0 && (size_t)n < sizeof text)
    (void)snprintf(text + n, sizeof text - (size_t)n, " (HTTP status %d)", (int)status);
  return text;
}

/* Whoever reads the message may not know that there is a proxy, so it says where that was set. */
void hint_proxy(const account *a) {
  if (proxy_is_used(&a->proxy))
    hint("The connection goes through the proxy %s, which %s names.", place(a, 0), a->proxy.source);
}

/* Credentials do not help where another scheme is wanted, so that comes first. */
static void report_login(const account *a, int status, int32_t http) {
  static char scheme[SCHEME_SIZE];
  const proxy *p = &a->proxy;
  bool set = a->profile.value[KEY_PROXY][0] != '\0';
  term_clean(moat_proxy_scheme(&p->stream), scheme, sizeof scheme);
  if (scheme[0]) {
    say(status, "the proxy %s wants the scheme %s, and Moat has only Basic", place(a, http),
        scheme);
    hint("Whoever runs the proxy can allow Basic, or let connections to %s through without.",
         a->server->host);
  } else if (p->login) {
    say(status, "the proxy %s refused the user or the password", place(a, http));
    hint("Correct what %s has.", p->login);
  } else {
    say(status, "the proxy %s wants a user and a password", place(a, http));
    hint("Write user:password into a file, in one line, and name it: "
         "moat set %s proxy_credentials=FILE%s, or --proxy-credentials FILE%s",
         a->options.name, set ? "" : " proxy=URL", set ? "" : ", beside --proxy");
  }
}

/* The last case is a server that the proxy cannot reach. */
int report_proxy(account *a, int status, const moat_error_info *e, const moat_verdict *v) {
  const char *host = a->server->host, *at = place(a, e->port_code);
  unsigned port = a->server->port;
  switch (v->cause) {
  case MOAT_CAUSE_PROXY_LOGIN: report_login(a, status, e->port_code); break;
  case MOAT_CAUSE_PROXY:
    say(status, "the proxy %s refuses to connect to %s port %u", at, host, port);
    hint("Whoever runs the proxy has to allow it.");
    break;
  case MOAT_CAUSE_PORTAL:
    say(status, "the proxy %s made no connection to %s port %u: something else answered", at, host,
        port);
    hint("%s", moat_cause_text(MOAT_CAUSE_PORTAL));
    break;
  default:
    say(status, "the proxy %s could not connect to %s port %u", at, host, port);
    hint("Try again later.");
  }
  hint_proxy(a);
  return status;
}
