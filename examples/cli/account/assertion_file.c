/* Such a file rotates, and whoever mounts it may replace it at any time. */
#include "assertion_file.h"

#include "../files.h"
#include "../profile/secret.h"
#include "../terminal/hide.h"
#include "../terminal/term.h"

#include <string.h>

/* As an access token, which may be the one that is exchanged. */
enum { ASSERTION_SIZE = 16384 };

/* A request may have both. */
static char of_grant[ASSERTION_SIZE], of_client[ASSERTION_SIZE];

void assertion_file_wipe(void) {
  moat_wipe(of_grant, sizeof of_grant);
  moat_wipe(of_client, sizeof of_client);
}

static int unreadable(int key, const char *path, int error) {
  say(CLI_PROFILE, "cannot read the assertion from %s: %s", path, file_error(error));
  if (error == FILE_LINK)
    hint("Name the file itself, or let the owner of the file make the link.");
  else
    hint("The profile names this file in %s.", profile_key(key));
  return CLI_PROFILE;
}

/* Its owner decides who may read it: it is often mounted. */
int assertion_file_read(const profile *p, int key, moat_span *out) {
  const char *path = secret_path(p->value[key]);
  char *text = key == KEY_CLIENT_ASSERTION ? of_client : of_grant;
  size_t n = 0;
  int error = secret_read_file(path, FILE_ANY, text, ASSERTION_SIZE, &n);
  if (error) return unreadable(key, path, error);
  while (n > 0 && strchr(" \r\n\t", text[n - 1]))
    n--;
  *out = (moat_span){text, n};
  hide_secret(*out); /* before anything is said about it */
  /* Whatever else it is, a token is one word. */
  for (size_t i = 0; i < n; i++)
    if (text[i] <= ' ' || text[i] > '~') n = 0;
  if (n) return CLI_OK;
  say(CLI_PROFILE, "there is no assertion in %s", path);
  hint("It has to hold one token and nothing else, %d bytes at most.", ASSERTION_SIZE);
  return CLI_PROFILE;
}
