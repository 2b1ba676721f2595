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

static struct dirent **list;
static int listed;

/* The list of before ends with the next one. */
static void forget_list(void) {
  while (listed > 0)
    free(list[--listed]);
  free(list);
  list = NULL;
}

/* Only a file whose name could be given as a NAME is a profile. Returns the length of the NAME. */
static size_t name_in(const char *file, const char *suffix) {
  char name[NAME_SIZE];
  size_t n = strlen(file), end = strlen(suffix);
  if (n <= end || n - end >= sizeof name || strcmp(file + n - end, suffix) != 0) return 0;
  (void)snprintf(name, sizeof name, "%.*s", (int)(n - end), file);
  return check_name(name) ? n - end : 0;
}

static int is_profile(const struct dirent *e) {
  return name_in(e->d_name, ".conf") > 0;
}

/* change.c says what these are. */
static int is_unfinished(const struct dirent *e) {
  const char *name = e->d_name + 1;
  return e->d_name[0] == '.' && (name_in(name, ".new") || name_in(name, ".gone"));
}

/* Leaves the NAME in place of the file name. */
static void keep_name(char *file) {
  if (*file == '.') memmove(file, file + 1, strlen(file));
  *strrchr(file, '.') = '\0';
}

/* The number of profiles is the one thing here that no buffer is set aside for. */
static int list_files(int (*choose)(const struct dirent *), int *count) {
  static char config[PATH_SIZE], state[PATH_SIZE];
  *count = 0;
  forget_list();
  if (!find_folders(config, state)) return no_folder();
  int n = scandir(config, &list, choose, alphasort);
  if (n < 0 && errno != ENOENT) {
    say(CLI_FAILED, "cannot list the profiles in %s: %s", config, strerror(errno));
    hint("It has to be yours to read. MOAT_HOME names another place.");
    return CLI_FAILED;
  }
  for (int i = 0; i < n; i++)
    keep_name(list[i]->d_name);
  if (n > 0) *count = listed = n;
  return CLI_OK;
}

/* The list stays as it is, because whoever asks may be going through it. */
void paths_offer(guess *g) {
  static char config[PATH_SIZE], state[PATH_SIZE];
  DIR *folder = find_folders(config, state) ? opendir(config) : NULL;
  if (!folder) return;
  for (struct dirent *e; (e = readdir(folder)) != NULL;) {
    if (!is_profile(e)) continue;
    keep_name(e->d_name);
    guess_offer(g, e->d_name);
  }
  closedir(folder);
}

int paths_list(int *count) {
  return list_files(is_profile, count);
}

int paths_list_unfinished(int *count) {
  return list_files(is_unfinished, count);
}

const char *paths_listed(int i) {
  return list[i]->d_name;
}
