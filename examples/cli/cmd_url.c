/* The authorize URL, and the pending sign-in that its redirect will be held against. */
#include "commands.h"

#include "pending.h"
#include "term.h"

#include <string.h>

enum { URL_SIZE = 5 * VALUE_SIZE };

static char url[URL_SIZE];

static int write_url(account *a, const pending *p) {
  char(*value)[VALUE_SIZE] = a->profile.value;
  moat_authorize request = {.url = moat_str(value[KEY_AUTHORIZE_URL]),
                            .client_id = moat_str(value[KEY_CLIENT_ID]),
                            .redirect_uri = moat_str(value[KEY_REDIRECT_URI]),
                            .scope = moat_str(value[KEY_SCOPE]),
                            .extra = moat_str(value[KEY_EXTRA])};
  return moat_authorize_url(&request, &p->keys, &moat_crypto_mbedtls, NULL, url, sizeof url - 1);
}

/* The redirect URI and scope of now, whatever the profile says at the exchange. */
static int make_pending(account *a, pending *p) {
  char(*value)[VALUE_SIZE] = a->profile.value;
  p->created = account_now(a);
  memcpy(p->token_url, value[KEY_TOKEN_URL], VALUE_SIZE);
  memcpy(p->client_id, value[KEY_CLIENT_ID], VALUE_SIZE);
  memcpy(p->redirect_uri, value[KEY_REDIRECT_URI], VALUE_SIZE);
  memcpy(p->scope, value[KEY_SCOPE], VALUE_SIZE);
  return moat_pending_make(&p->keys, &moat_posix_platform, &a->posix);
}

/* Only what the profile says can make it fail, or a machine without randomness. */
static int failed(int result) {
  say(CLI_FAILED, "the authorize URL cannot be made: %s", moat_error_text(result));
  hint("Check authorize_url, scope and extra in the profile.");
  return CLI_FAILED;
}

/* The verifier is durable before anybody sees its URL: it could not be exchanged otherwise. */
static int show(account *a, const pending *p, size_t n) {
  int status = account_lock(a);
  if (status) return status;
  int r = pending_save(a, p);
  if (r < 0) return account_state_failed(a, r);
  url[n] = '\n';
  status = print_bytes(url, n + 1);
  if (status) return status;
  hint("Open it in a browser and sign in. The browser then goes to %s, where it may find nothing;",
       p->redirect_uri);
  hint("copy the whole address from its address bar within %d minutes, and give it to:",
       PENDING_SECONDS / 60);
  hint("moat exchange %s", a->options.name);
  return CLI_OK;
}

int cmd_url(account *a) {
  static pending p;
  int status = account_open(a);
  if (status) return status;
  int n = make_pending(a, &p);
  if (n == MOAT_OK) n = write_url(a, &p);
  status = n < 0 ? failed(n) : show(a, &p, (size_t)n);
  moat_wipe(&p, sizeof p);
  return status;
}
