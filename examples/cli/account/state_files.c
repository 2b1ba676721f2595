/* Judges the owner, the kind and the mode of the files of the state. The first one that is wrong is
 * told. */
#include "account.h"

#include "../files.h"
#include "../terminal/term.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* The files of the port, of the profile, and of the program. */
static const char *const names[] = {"grant.a", "grant.b",  "mark",       "pending",      "tls",
                                    "lock",    "secret",   "secret.new", "secret.next",  "exports",
                                    "history", "identity", "keep",       "registration", "claims"};

static bool is_known(const char *name) {
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp(names[i], name) == 0) return true;
  return name[0] == '.' && (!name[1] || strcmp(name, "..") == 0);
}

/* Another user could not read the files that root makes in that user's folder. */
static int tell_owner(const char *path, const struct stat *st) {
  unsigned long id = st->st_uid;
  say(CLI_PROFILE, "%s belongs to user %lu, and this is user %lu", path, id,
      (unsigned long)geteuid());
  if (geteuid() == 0)
    hint("Run moat as that user: setpriv --reuid=%lu --regid=GROUP --init-groups moat ...", id);
  else
    hint("Run moat as that user, or let root give it to you: chown -R");
  return CLI_PROFILE;
}

static int tell_folder(const char *path, const struct stat *st) {
  if (st->st_uid != geteuid() && st->st_uid != 0) return tell_owner(path, st);
  if (!(st->st_mode & 022)) return CLI_OK;
  say(CLI_PROFILE, "others can write to the folder %s", path);
  hint("They could put another grant there. Close it: chmod go-w %s", path);
  hint("Where that changes nothing, the file system keeps no modes: mount it with umask=077.");
  return CLI_PROFILE;
}

/* Another moat may have removed a file that was just there. */
static int tell_use(const char *path, int use) {
  int error = faccessat(AT_FDCWD, path, use, AT_EACCESS) ? errno : 0;
  if (!error || error == ENOENT) return CLI_OK;
  say(CLI_FAILED, "%s cannot be read and written: %s", path, file_error(error));
  if (error == EACCES)
    hint("Both have to be possible: chmod u+rw%s %s", use & X_OK ? "x" : "", path);
  else
    hint("See to its disk, and how that is mounted.");
  return CLI_FAILED;
}

static int tell_odd(const account *a, const char *path) {
  say(CLI_PROFILE, "%s is not a regular file", path);
  hint("Move it elsewhere. Then sign in again if there is no grant: moat login %s",
       a->options.name);
  return CLI_PROFILE;
}

/* A client secret does not come with a sign-in. */
static bool is_secret(const char *path) {
  return strncmp(strrchr(path, '/') + 1, "secret", 6) == 0;
}

static int tell_file(const account *a, const char *path, const struct stat *st) {
  if (S_ISLNK(st->st_mode)) {
    say(CLI_PROFILE, "%s is a link, and no file of the state may be one", path);
    hint(is_secret(path) ? "Put the file itself there, or store the secret anew: moat secret %s"
                         : "Put the file itself there, or sign in again: moat login %s",
         a->options.name);
    return CLI_PROFILE;
  }
  if (st->st_uid != geteuid()) return tell_owner(path, st);
  if (!(st->st_mode & 077)) return tell_use(path, R_OK | W_OK);
  say(CLI_PROFILE, "%s can be read or changed by others", path);
  hint("If that is by mistake: chmod 600 %s", path);
  hint(is_secret(path)
           ? "If somebody may have read it, have the provider replace it: moat secret %s"
           : "If somebody may have read it: moat logout %s, and sign in again.",
       a->options.name);
  return CLI_PROFILE;
}

/* A folder that is not Moat's does no harm. */
static int tell_entry(const account *a, int folder, const char *name) {
  static char path[PATH_SIZE + sizeof(struct dirent)];
  struct stat st;
  bool is_file = strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
  if (!is_file || fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW)) return CLI_OK;
  (void)snprintf(path, sizeof path, "%s/%s", a->paths.state, name);
  bool is_odd = !S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode);
  if (is_odd) return is_known(name) ? tell_odd(a, path) : CLI_OK;
  return tell_file(a, path, &st);
}

/* Some file systems do not count their files. Root may use what is kept for it. */
static int tell_full(const char *folder) {
  struct statvfs fs;
  if (statvfs(folder, &fs) || !fs.f_blocks) return CLI_OK;
  if ((geteuid() ? fs.f_bavail : fs.f_bfree) && (!fs.f_files || fs.f_ffree)) return CLI_OK;
  say(CLI_FAILED, "the disk of %s is full", folder);
  hint("Make room. Until then no refresh is begun, because its answer might not be stored.");
  return CLI_FAILED;
}

int account_check_files(const account *a) {
  const char *folder = a->paths.state;
  struct stat st;
  DIR *d = opendir(folder);
  int status = stat(folder, &st) ? CLI_OK : tell_folder(folder, &st);
  for (struct dirent *e; d && !status && (e = readdir(d)) != NULL;)
    status = tell_entry(a, dirfd(d), e->d_name);
  if (d) closedir(d);
  if (!status) status = tell_use(folder, R_OK | W_OK | X_OK);
  return status ? status : tell_full(folder);
}

int account_tell_whose(const account *a) {
  const char *folder = a->paths.state;
  int status = account_check_files(a);
  if (status) return status;
  say(CLI_PROFILE, "files in %s are not this user's alone", folder);
  hint("See whose they are, and with which modes: ls -l %s", folder);
  return CLI_PROFILE;
}

/* ---- Leftovers ---- */

/* The name of an unfinished file has a random end, so two writers never share one. */
static void tell_leftover(const account *a, const char *name) {
  if (strncmp(name, "temp.", 5) == 0) {
    say(CLI_OK, "warning: %s/%s is not finished", a->paths.state, name);
    hint("Another moat writes it, or was killed. Then the next refresh removes it.");
  } else {
    say(CLI_OK, "warning: %s/%s is no file of Moat's", a->paths.state, name);
    hint("`moat remove %s` would remove it. Move it elsewhere if it is of use.", a->options.name);
  }
}

/* The first one is named: whoever looks at that sees the others. */
int account_tell_leftovers(const account *a) {
  int count = 0;
  DIR *d = opendir(a->paths.state);
  for (struct dirent *e; d && (e = readdir(d)) != NULL;)
    if (!is_known(e->d_name) && !count++) tell_leftover(a, e->d_name);
  if (d) closedir(d);
  if (count > 1) hint("The folder has %d more of them.", count - 1);
  return count;
}
