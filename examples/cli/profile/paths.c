/* Profiles are configuration and tokens are state, so the XDG folders keep them apart. MOAT_HOME is
 * one folder for both, for services and tests that have no home. */
#include "paths.h"

#include "../terminal/term.h"
#include "check_value.h"

#include <dirent.h>
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

static bool find_folders(char config[PATH_SIZE], char state[PATH_SIZE]) {
  const char *home = getenv("MOAT_HOME");
  if (home && home[0])
    return !path_absolute(home, config, PATH_SIZE) && memcpy(state, config, PATH_SIZE);
  return base_folder(config, "XDG_CONFIG_HOME", ".config/moat") &&
         base_folder(state, "XDG_STATE_HOME", ".local/state/moat");
}

static int no_folder(void) {
  say(CLI_FAILED, "there is no folder for profiles");
  hint("Set HOME or MOAT_HOME to a folder that is yours.");
  return CLI_FAILED;
}

int paths_find(paths *p, const char *name) {
  static char config[PATH_SIZE], state[PATH_SIZE], file[NAME_SIZE + sizeof ".conf"];
  (void)snprintf(file, sizeof file, "%s.conf", name);
  if (find_folders(config, state) && join(p->conf, config, file) && join(p->state, state, name) &&
      join(p->secret, p->state, "secret"))
    return CLI_OK;
  return no_folder();
}

/* ---- All profiles ---- */

static const char suffix[] = ".conf";
static struct dirent **list;

/* Only a file whose name could be given as a NAME is a profile. */
static int is_profile(const struct dirent *entry) {
  char name[NAME_SIZE];
  size_t n = strlen(entry->d_name), end = sizeof suffix - 1;
  if (n <= end || n - end >= sizeof name || strcmp(entry->d_name + n - end, suffix) != 0) return 0;
  (void)snprintf(name, sizeof name, "%.*s", (int)(n - end), entry->d_name);
  return check_name(name);
}

/* The number of profiles is the one thing here that no buffer is set aside for. */
int paths_list(int *count) {
  static char config[PATH_SIZE], state[PATH_SIZE];
  *count = 0;
  if (!find_folders(config, state)) return no_folder();
  int n = scandir(config, &list, is_profile, alphasort);
  if (n < 0 && errno != ENOENT) {
    say(CLI_FAILED, "cannot list the profiles in %s: %s", config, strerror(errno));
    hint("It has to be yours to read. MOAT_HOME names another place.");
    return CLI_FAILED;
  }
  for (int i = 0; i < n; i++)
    list[i]->d_name[strlen(list[i]->d_name) - sizeof suffix + 1] = '\0';
  if (n > 0) *count = n;
  return CLI_OK;
}

const char *paths_listed(int i) {
  return list[i]->d_name;
}
