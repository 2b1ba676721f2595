/* The library has the grants. This file reads what the profile names, anew for each request: such a
 * file rotates, and whoever mounts it may replace it at any time. */
#include "unattended.h"

#include "../files.h"
#include "../profile/secret.h"
#include "../terminal/hide.h"
#include "../terminal/term.h"

#include <string.h>

/* As an access token, which may be the one that is exchanged. */
enum { ASSERTION_SIZE = 16384 };

static char assertion[ASSERTION_SIZE];

void unattended_wipe(void) {
  moat_wipe(assertion, sizeof assertion);
}

static bool is(const profile *p, const char *grant) {
  return strcmp(p->value[KEY_GRANT], grant) == 0;
}

/* check_value() knows the same names. */
const moat_unattended *unattended_set(unattended *u, const profile *p) {
  const char *type = p->value[KEY_SUBJECT_TYPE];
  *u = (unattended){.kind = {NULL}};
  if (is(p, "client-credentials")) u->kind.ops = &moat_unattended_client_credentials;
  if (is(p, "jwt-bearer")) u->kind.ops = &moat_unattended_jwt_bearer;
  if (is(p, "token-exchange"))
    u->exchange = (moat_unattended_exchange){
        .unattended = {&moat_unattended_token_exchange},
        .subject_token_type = moat_str(*type ? type : "urn:ietf:params:oauth:token-type:jwt")};
  return u->kind.ops ? &u->kind : NULL;
}

/* Its owner decides who may read it: it is often mounted. */
static int read_file(const char *path, moat_span *out) {
  size_t n = 0;
  int error = secret_read_file(path, FILE_ANY, assertion, sizeof assertion, &n);
  if (error) {
    say(CLI_PROFILE, "cannot read the assertion from %s: %s", path, file_error(error));
    hint(error == FILE_LINK ? "Name the file itself, or let the owner of the file make the link."
                            : "The profile names this file in assertion_file.");
    return CLI_PROFILE;
  }
  while (n > 0 && strchr(" \r\n\t", assertion[n - 1]))
    n--;
  *out = (moat_span){assertion, n};
  hide_secret(*out); /* before anything is said about it */
  /* Whatever else it is, a token is one word. */
  for (size_t i = 0; i < n; i++)
    if (assertion[i] <= ' ' || assertion[i] > '~') n = 0;
  if (n) return CLI_OK;
  say(CLI_PROFILE, "there is no assertion in %s", path);
  hint("It has to hold one token and nothing else, %d bytes at most.", ASSERTION_SIZE);
  return CLI_PROFILE;
}

int unattended_prepare(unattended *u, const profile *p) {
  const char *path = secret_path(p->value[KEY_ASSERTION_FILE]);
  if (is(p, "jwt-bearer")) return read_file(path, &u->assertion.assertion);
  if (is(p, "token-exchange")) return read_file(path, &u->exchange.subject_token);
  return CLI_OK;
}
