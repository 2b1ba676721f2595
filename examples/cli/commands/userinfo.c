/* Asks the provider whose grant it is (OpenID Connect Core 5.3). */
#include "commands.h"

#include <moat/token.h>

#include "../account/client.h"
#include "../report/report.h"
#include "../terminal/term.h"
#include "../terminal/write_output.h"
#include "adopt.h"
#include "fetch_token.h"

#include <unistd.h>

enum { TEXT_SIZE = 65536 };

/* Other programs get the server's bytes, and a terminal only what is safe to show. */
static int show(moat_span claims) {
  static char text[TEXT_SIZE];
  moat_span shown = term_without_secrets(claims);
  if (isatty(STDOUT_FILENO)) shown = (moat_span){text, term_clean(claims, text, sizeof text)};
  output_bytes(shown.p, shown.n);
  output_string("\n");
  return output_print();
}

/* One request. *status is not CLI_OK if something was reported already. */
static int ask(account *a, moat_userinfo *u, int *status) {
  *status = client_open(a, KEY_USERINFO_URL, a->profile.value[KEY_USERINFO_URL], CLIENT_UNKNOWN);
  if (*status) return MOAT_E_PORT;
  *u = (moat_userinfo){.endpoint = &a->client_endpoint,
                       .access_token = moat_account_access(&a->moat)};
  int r = client_run(a, moat_userinfo_begin(&a->client, u));
  *status = a->prepared;
  return r;
}

/* An access token may be refused before its time is over: then one refresh may help. Right after
 * the last one it would not. */
static int renew(account *a) {
  static char name[NAME_SIZE]; /* the answer itself is wiped */
  moat_error_info refusal = *moat_error(&a->client);
  refusal.error = (moat_span){name, term_clean(refusal.error, name, sizeof name)};
  refusal.description = (moat_span){NULL, 0};
  client_close(a);
  int r = moat_account_refused(&a->moat, moat_account_access(&a->moat));
  if (r == MOAT_OK) r = account_run(a);
  if (r == MOAT_E_LATER) return report_failure(a, &refusal);
  return r < 0 || a->prepared > CLI_OK ? fetch_failed(a, r) : CLI_OK;
}

/* The token goes to the endpoint of the profile and nowhere else: no redirect is followed. */
int cmd_userinfo(account *a) {
  moat_userinfo u;
  int status = account_open(a);
  if (!status) status = account_needs_url(a, KEY_USERINFO_URL);
  if (!status) status = adopt_and_fetch(a, false);
  if (status) return status;
  int r = ask(a, &u, &status);
  if (r && !status && moat_judge(moat_error(&a->client)).need == MOAT_NEED_SIGN_IN) {
    status = renew(a);
    if (!status) r = ask(a, &u, &status);
  }
  if (status) return status;
  return r ? report_failure(a, moat_error(&a->client)) : show(u.claims);
}
