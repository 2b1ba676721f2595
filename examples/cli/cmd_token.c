/* The command that scripts call: an access token that is valid, with as little ado as can be. */
#include "commands.h"

#include "fresh.h"
#include "redeem.h"
#include "term.h"

#include <string.h>

/* The buffers are not NUL-terminated text to print but tokens: bytes as they came. */
static int show(moat_span token) {
  int status = print_bytes(token.p, token.n);
  return status ? status : print_bytes("\n", 1);
}

/* Whoever waited for the lock may find that another one has done the work. */
int cmd_token(account *a) {
  int status = account_open(a);
  if (!status) status = account_load(a);
  if (status) return status;
  if (fresh_enough(&a->store.record, account_now(a))) return show(a->store.record.access_token);
  status = account_lock(a);
  if (!status) status = account_load(a);
  if (status) return status;
  if (fresh_enough(&a->store.record, account_now(a))) return show(a->store.record.access_token);
  status = redeem_refresh(a);
  return status ? status : show(moat_str(account_access));
}
