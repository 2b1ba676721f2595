/* The command that scripts call: an access token that is valid, with as little ado as can be. */
#include "commands.h"

#include "../terminal/term.h"
#include "../terminal/write_json.h"
#include "../terminal/write_output.h"
#include "fetch_token.h"

/* The members of RFC 6749 5.1, and when it expires; what is not known is not there. */
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

/* A token is printed byte by byte, without the sieves that text goes through. */
static int show(account *a, moat_span token) {
  if (a->options.json) return show_json(a, token);
  int status = print_bytes(token.p, token.n);
  return status ? status : print_bytes("\n", 1);
}

int cmd_token(account *a) {
  int status = account_open(a);
  if (!status) status = fetch_token(a, false);
  if (status) return status;
  return show(a, moat_account_access(&a->moat));
}
