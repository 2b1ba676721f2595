/* A profile that cannot be read is the first thing that goes wrong for most people, so each reason
 * comes with what to do. */
#include "unread.h"

#include "../files.h"
#include "../terminal/term.h"
#include "paths.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Root could read it, but would make files that the user cannot read then. */
static void hint_owner(const char *path) {
  if (geteuid() == 0)
    hint("Run moat as the user that it belongs to: setpriv --reuid=ID --regid=ID --init-groups");
  else
    hint("It has to be yours, or root's and closed to changes by others: chown it, then chmod 600 "
         "%s",
         path);
}

/* The NAME may be mistyped. */
static void hint_others(const char *path) {
  static char name[NAME_SIZE];
  const char *file = strrchr(path, '/') + 1;
  (void)snprintf(name, sizeof name, "%.*s", (int)(strlen(file) - strlen(".conf")), file);
  guess g = {.typed = name};
  paths_offer(&g);
  guess_hint(&g);
}

/* EACCES may be about the folder, and then nobody knows whether there is a profile. */
int unread_say(const char *path, int error) {
  if (error == FILE_OPEN) {
    say(CLI_PROFILE, "the profile %s can be read or changed by others", path);
    hint("It has to be yours alone: chmod 600 %s. Root's may be read, but not changed.", path);
  } else if (error == FILE_FOREIGN) {
    say(CLI_PROFILE, "the profile %s belongs to %s", path, file_owner(path));
    hint_owner(path);
  } else if (error == EACCES) {
    say(CLI_PROFILE, "this user may not read the profile %s", path);
    hint("Either the file or a folder above it is closed. Run moat as the user that it is for.");
  } else if (file_is_missing(path)) {
    say(CLI_PROFILE, "there is no profile %s", path);
    hint_others(path);
    hint("Make one with `moat init`; `moat init --help` says how.");
  } else {
    say(CLI_PROFILE, "cannot read the profile %s: %s", path, file_error(error));
    hint("Correct it by hand, or write it anew with `moat init` and --force.");
  }
  return CLI_PROFILE;
}
