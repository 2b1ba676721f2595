/* A refresh on demand: whatever the age of the access token, the server is asked. */
#include "commands.h"

#include "../terminal/term.h"
#include "fetch_token.h"

int cmd_refresh(account *a) {
  char until[TIME_SIZE];
  int status = account_open(a);
  if (!status) status = fetch_token(a, true);
  if (status) return status;
  uint32_t expires = moat_account_record(&a->moat)->expires;
  if (!expires) return print("%s is refreshed.", a->options.name);
  return print("%s is refreshed; the access token is valid until %s.", a->options.name,
               time_text(expires, until));
}
