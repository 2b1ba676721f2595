/* Profiles are configuration and tokens are state, so the XDG folders keep them apart. MOAT_HOME is
 * one folder for both, for services and tests that have no home. */
#include "paths.h"

#include "../terminal/term.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* realpath() is not used, because it would replace symbolic links (see paths.h). */
int path_absolute(const char *path, char *out, size_t size) {
  size_t n = 0;
  if (path[0] != '/') {
    if (!getcwd(out, size)) return errno;
    n = strlen(out);
    out[n++] = '/';
  }
  if (strlen(path) >= size - n) return ENAMETOOLONG;
  memcpy(out + n, path, strlen(path) + 1);
  return 0;
}

/* Writes `folder`/`file`. Returns false if that does not fit. */
static bool join(char out[PATH_SIZE], const char *folder, const char *file) {
  int n = snprintf(out, PATH_SIZE, "%s/%s", folder, file);
  return n > 0 && n < PATH_SIZE;
}

/* Finds the folder in an XDG base folder. The specification ignores a relative path in the
 * variable. */
static bool base_folder(char out[PATH_SIZE], const char *variable, const char *below_home) {
  const char *base = getenv(variable), *home = getenv("HOME");
  if (base && base[0] == '/') return join(out, base, "moat");
  return home && home[0] == '/' && join(out, home, below_home);
}

int paths_find(paths *p, const char *name) {
  static char config[PATH_SIZE], state[PATH_SIZE], file[NAME_SIZE + sizeof ".conf"];
  const char *home = getenv("MOAT_HOME");
  bool found;
  if (home && home[0])
    found = !path_absolute(home, config, sizeof config) && memcpy(state, config, sizeof state);
  else
    found = base_folder(config, "XDG_CONFIG_HOME", ".config/moat") &&
            base_folder(state, "XDG_STATE_HOME", ".local/state/moat");
  (void)snprintf(file, sizeof file, "%s.conf", name);
  if (found && join(p->conf, config, file) && join(p->state, state, name) &&
      join(p->secret, p->state, "secret"))
    return CLI_OK;
  say(CLI_FAILED, "there is no folder for profiles");
  hint("Set HOME or MOAT_HOME to a folder that is yours.");
  return CLI_FAILED;
}
