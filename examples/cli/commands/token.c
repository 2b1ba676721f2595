/* The command that scripts call. A valid access token, and nothing else, goes to stdout. */
#include "commands.h"

#include "../terminal/term.h"
#include "../terminal/write_json.h"
#include "../terminal/write_output.h"
#include "adopt.h"
#include "token_format.h"

/* The members of RFC 6749 5.1 and the time of expiry. What is not known is left out: a program must
 * not take a guess for the server's word. */
static int show_json(account *a, moat_span token) {
  const moat_record *r = moat_account_record(&a->moat);
  int64_t now = account_now(a);
  json_begin();
  json_text("access_token", token);
  json_text("token_type", moat_str("Bearer"));
  if (r->expires && now) json_number("expires_in", r->expires > now ? r->expires - now : 0);
  if (r->expires) json_time("expires_at", r->expires);
  if (r->scope.n) json_text("scope", term_without_secrets(r->scope));
  json_end();
  return output_print();
}

static int show(account *a, moat_span token) {
  if (a->options.json) return show_json(a, token);
  token_format_put(&a->options, token);
  return output_print();
}

int cmd_token(account *a) {
  int status = token_format_check(&a->options);
  if (!status) status = account_open(a);
  if (!status) status = adopt_and_fetch(a, false);
  if (status) return status;
  return show(a, moat_account_access(&a->moat));
}
