/* The command that scripts call: an access token that is valid, with as little ado as can be. */
#include "commands.h"

#include "object.h"
#include "out.h"
#include "redeem.h"
#include "scope.h"
#include "term.h"

/* The members of RFC 6749 5.1, and when it expires; what is not known is not there. */
static int show_json(account *a, moat_span token) {
  const moat_record *r = moat_account_record(&a->moat);
  int64_t now = account_now(a);
  object_begin();
  object_text("access_token", token);
  object_text("token_type", moat_str("Bearer"));
  if (r->expires && now) object_number("expires_in", r->expires > now ? r->expires - now : 0);
  if (r->expires) object_time("expires_at", r->expires);
  if (r->scope.n) object_text("scope", scope_shown(r->scope));
  object_end();
  return out_print();
}

/* Not text to print but a token: bytes as they came. */
static int show(account *a, moat_span token) {
  if (a->options.json) return show_json(a, token);
  int status = print_bytes(token.p, token.n);
  return status ? status : print_bytes("\n", 1);
}

int cmd_token(account *a) {
  int status = account_open(a);
  if (!status) status = redeem_stored(a, false);
  if (status) return status;
  return show(a, moat_account_access(&a->moat));
}
