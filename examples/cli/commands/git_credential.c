/* A credential helper for git (gitcredentials(7)). The hosts that get the token stand in the
 * profile: git asks for whatever host a repository names. */
#include "commands.h"

#include "../terminal/read_stdin.h"
#include "../terminal/term.h"
#include "../terminal/write_output.h"
#include "adopt.h"

#include <string.h>
#include <strings.h>

static char text[16384];

/* Copies the value of a line `key=value`. A value that does not fit counts as none. */
static bool find(const char *key, char *out, size_t size) {
  size_t n = strlen(key);
  *out = '\0';
  for (const char *line = text; *line && *line != '\n';) {
    size_t length = strcspn(line, "\n");
    bool is_it = length > n && strncmp(line, key, n) == 0 && line[n] == '=';
    if (is_it && length - n - 1 < size) {
      memcpy(out, line + n + 1, length - n - 1);
      out[length - n - 1] = '\0';
      return true;
    }
    line += length;
    line += *line == '\n';
  }
  return false;
}

/* A host stands in the list with its port, if it has one. */
static bool is_listed(const char *hosts, const char *host) {
  size_t n = strlen(host);
  while (*hosts) {
    size_t length = strcspn(hosts, " ");
    if (n && length == n && strncasecmp(hosts, host, n) == 0) return true;
    hosts += length;
    hosts += *hosts == ' ';
  }
  return false;
}

/* A helper without hosts is of no use, so its owner is told. */
static int no_hosts(const account *a) {
  say(CLI_PROFILE, "the profile of %s names no host that git may send the token to",
      a->options.name);
  hint("Name it in the profile: git_hosts = HOST");
  return CLI_PROFILE;
}

/* Any name goes with a token of OAuth; this one is what GitLab wants. */
static int answer(account *a, bool has_user) {
  int status = adopt_and_fetch(a, false);
  if (status) return status;
  moat_span token = moat_account_access(&a->moat);
  if (!has_user) output_string("username=oauth2\n");
  output_string("password=");
  output_bytes(token.p, token.n);
  output_string("\n");
  return output_print();
}

/* For another host, or without TLS, there is no answer, and git asks elsewhere. Git also tells what
 * became of the answer (store, erase), and that changes nothing. */
int cmd_git_credential(account *a) {
  static char protocol[16], host[1024], user[1024];
  size_t n = 0;
  if (read_stdin(text, sizeof text, &n)) return say(CLI_FAILED, "cannot read what git asks for");
  if (strcmp(a->options.words[0], "get") != 0) return CLI_OK;
  int status = account_open(a);
  if (status) return status;
  const char *hosts = a->profile.value[KEY_GIT_HOSTS];
  if (!*hosts) return no_hosts(a);
  bool may_have = find("protocol", protocol, sizeof protocol) && strcmp(protocol, "https") == 0 &&
                  find("host", host, sizeof host) && is_listed(hosts, host);
  return may_have ? answer(a, find("username", user, sizeof user)) : CLI_OK;
}
