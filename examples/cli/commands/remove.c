/* Takes a profile away, with all that Moat keeps for it on this machine. */
#include "commands.h"

#include "../files.h"
#include "../profile/change.h"
#include "../terminal/ask.h"
#include "../terminal/term.h"
#include "rewrite.h"

#include <unistd.h>

/* Only a person at a terminal can be asked. */
static int confirm(const account *a) {
  bool yes = false;
  if (a->options.yes) return CLI_OK;
  if (!isatty(STDERR_FILENO) || !ask_begin())
    return options_misuse(&a->options, "remove asks at a terminal; elsewhere it needs --yes");
  hint("The profile %s goes, and with it its tokens and a stored secret.", a->options.name);
  int status = ask_yes("Remove it? yes or no", &yes);
  ask_end();
  if (status || yes) return status;
  say(CLI_FAILED, "nothing was removed");
  return CLI_FAILED;
}

/* A profile that cannot be read can be removed all the same. */
static void show_rest(account *a) {
  static const int files[] = {KEY_SECRET_FILE, KEY_CLIENT_KEY, KEY_SERVICE_ACCOUNT};
  const char *revoke = profile_provider(&a->profile)->revoke;
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    const char *file = a->profile.value[files[i]];
    if (*file) hint("The file with the %s stays: %s", i ? "key" : "secret", file);
  }
  if (profile_is_unattended(&a->profile)) {
    hint("The provider was not told: the client is still registered there.");
    return;
  }
  hint("The provider was not told: a person withdraws the consent in the account.");
  if (revoke) hint("%s", revoke);
}

/* A removal that was killed may have left a state folder without a profile. */
int cmd_remove(account *a) {
  int status = paths_find(&a->paths, a->options.name);
  if (status) return status;
  bool is_there = !file_is_missing(a->paths.conf);
  if (is_there && !profile_read(&a->profile, a->paths.conf)) profile_fill(&a->profile);
  if (!is_there && file_is_missing(a->paths.state)) return profile_read(&a->profile, a->paths.conf);
  status = confirm(a);
  if (!status) status = rewrite_lock(a);
  if (!status) status = change_remove(&a->paths);
  if (!status)
    status = print("%s is removed: the profile, its tokens, and a stored secret.", a->options.name);
  if (!status) show_rest(a);
  return status;
}
