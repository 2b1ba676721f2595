#include "trouble.h"

#include "account.h"
#include "console.h"
#include "network.h"
#include "pool.h"

static void detail(const char *name, int32_t n) {
  if (!n) return;
  say(name);
  say_number(n);
}

/* Causes that look like another cause come first. */
static const char *cause(int r, const moat_error_info *e) {
  if (!network_link()) return "the network cable is out";
  switch (r) {
  case MOAT_E_DNS: return "the name server does not know the provider's name, or does not answer";
#ifdef PROFILE_TINY
  case MOAT_E_CERT:
  case MOAT_E_TLS:
    return "the server's certificate was refused, or it has none on P-256 with SHA-256, and this "
           "image knows no other";
#endif
  default: break;
  }
  const char *text = moat_cause_text(moat_judge(e).cause);
  return text ? text : moat_error_text(r);
}

void trouble(const char *what, int r) {
  const moat_error_info *e = moat_account_error(&account.moat);
  say("trouble: ");
  say(what);
  say(": ");
  if (pool_ran_out())
    say("the TLS pool is too small (POOL_SIZE), whatever else is said");
  else
    say(cause(r, e));
  say(" [");
  say(moat_error_name(r));
  detail(", status ", e->status);
  detail(", detail ", e->port_code);
  if (e->error.n) say(", ");
  say_span(e->error);
  say("]\n");
}
