/* The authorize URL, for people who want to open it elsewhere. Only the URL goes to stdout. */
#include "commands.h"

#include "../signin/challenge.h"
#include "../signin/signin.h"
#include "../terminal/term.h"

#include <string.h>

int cmd_url(account *a) {
  static char url[SIGNIN_URL_SIZE + 1];
  int status = account_open(a);
  if (!status) status = account_needs_person(a);
  if (!status) status = challenge_ask(a);
  if (!status) status = signin_begin(a, a->profile.value[KEY_REDIRECT_URI], url);
  if (status) return status;
  size_t n = strlen(url);
  url[n] = '\n';
  status = print_bytes(url, n + 1);
  if (status) return status;
  hint("Open it in a browser and sign in. The browser then goes to %s, where it may find nothing;",
       a->profile.value[KEY_REDIRECT_URI]);
  hint("copy the whole address from its address bar within %d minutes, and give it to:",
       MOAT_PENDING_SECONDS / 60);
  hint("moat exchange %s", a->options.name);
  return CLI_OK;
}
