/* The command that scripts call: an access token that is valid, with as little ado as can be. */
#include "commands.h"

#include "fresh.h"
#include "object.h"
#include "out.h"
#include "redeem.h"
#include "term.h"

/* The members of RFC 6749 5.1, and when it expires; what is not known is not there. */
static int show_json(account *a, moat_span token) {
  const moat_record *r = &a->store.record;
  int64_t now = account_now(a);
  object_begin();
  object_text("access_token", token);
  object_text("token_type", moat_str("Bearer"));
  if (r->expires && now) object_number("expires_in", r->expires > now ? r->expires - now : 0);
  if (r->expires) object_time("expires_at", r->expires);
  if (r->scope.n) object_text("scope", r->scope);
  object_end();
  return out_print();
}

/* The buffers are not NUL-terminated text to print but tokens: bytes as they came. */
static int show(account *a, moat_span token) {
  if (a->options.json) return show_json(a, token);
  int status = print_bytes(token.p, token.n);
  return status ? status : print_bytes("\n", 1);
}

static bool is_fresh(account *a) {
  return fresh_enough(&a->store.record, account_now(a));
}

/* Whoever waited for the lock may find that another one has done the work. */
int cmd_token(account *a) {
  int status = account_open(a);
  if (!status) status = account_load(a);
  if (status) return status;
  if (is_fresh(a)) return show(a, a->store.record.access_token);
  status = account_lock(a);
  if (!status) status = account_load(a);
  if (status) return status;
  if (is_fresh(a)) return show(a, a->store.record.access_token);
  status = redeem_refresh(a);
  return status ? status : show(a, moat_str(account_access));
}
