/* A profile and its secret are two files, and one rename() can replace only one of them.
 *
 * So the new profile waits as `.NAME.new`, and the new secret as `secret.next`, where an empty file
 * stands for no secret. The rename of `.NAME.new` to the profile is the moment at which both count:
 * while there is a `.NAME.new`, `secret.next` does not count. A profile that is removed becomes
 * `.NAME.gone` first, and that goes last. A NAME never begins with a dot. */
#include "change.h"

#include "../files.h"
#include "../terminal/term.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BESIDE_SIZE = PATH_SIZE + 8 };
typedef char beside[BESIDE_SIZE];

/* Names the hidden file beside the profile. */
static const char *hidden(beside out, const paths *p, const char *suffix) {
  const char *name = strrchr(p->conf, '/') + 1;
  int folder = (int)(name - p->conf), stem = (int)(strlen(name) - strlen(".conf"));
  (void)snprintf(out, BESIDE_SIZE, "%.*s.%.*s%s", folder, p->conf, stem, name, suffix);
  return out;
}

static const char *new_profile(const paths *p) {
  static beside path;
  return hidden(path, p, ".new");
}

static const char *gone_profile(const paths *p) {
  static beside path;
  return hidden(path, p, ".gone");
}

static const char *next_secret(const paths *p) {
  static beside path;
  (void)snprintf(path, sizeof path, "%s.next", p->secret);
  return path;
}

static const char *new_secret(const paths *p) {
  static beside path;
  (void)snprintf(path, sizeof path, "%s.new", p->secret);
  return path;
}

static int failed(const char *verb, const char *path, int error) {
  say(CLI_FAILED, "cannot %s %s: %s", verb, path, file_error(error));
  if (error == FILE_OPEN || error == FILE_FOREIGN) {
    hint("The file system keeps no modes. Mount it with umask=077 and uid=%lu, or use another.",
         (unsigned long)geteuid());
  } else {
    hint("See to the folder and its disk, then run the same command again.");
  }
  return CLI_FAILED;
}

/* ---- Recovering ---- */

/* The secret that waits is the one that belongs to the profile now. */
static int settle_secret(const paths *p) {
  struct stat st;
  const char *next = next_secret(p);
  if (lstat(next, &st)) return errno == ENOENT ? 0 : errno;
  if (st.st_size > 0) return file_move(next, p->secret);
  int error = file_erase(p->secret);
  return error ? error : file_erase(next);
}

/* The profile goes last, because without it the secret would count. */
static int drop_new(const paths *p) {
  int error = file_erase(next_secret(p));
  return error ? error : file_erase(new_profile(p));
}

/* Neither the folder itself nor the one above. */
static bool is_own_entry(const struct dirent *e) {
  return strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
}

/* A folder may lie elsewhere, behind a link. Then the link goes, and that folder stays, empty. */
static int remove_folder(const char *path) {
  struct stat st;
  bool is_link = lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
  return (is_link ? unlink(path) : rmdir(path)) ? errno : 0;
}

/* A profile that was never there leaves no folder that has only the lock in it. */
static int drop_empty_state(const paths *p) {
  DIR *d = opendir(p->state);
  if (!d) return errno == ENOENT ? 0 : errno;
  int others = 0;
  for (struct dirent *e; (e = readdir(d)) != NULL;)
    others += is_own_entry(e) && strcmp(e->d_name, "lock") != 0;
  int error = !others && unlinkat(dirfd(d), "lock", 0) && errno != ENOENT ? errno : 0;
  closedir(d);
  return error || others ? error : remove_folder(p->state);
}

/* The lock goes last. Whoever waits for it then finds no grant, and no folder to make one in. */
static int empty_state(const paths *p) {
  DIR *d = opendir(p->state);
  if (!d) return errno == ENOENT ? 0 : errno;
  int error = 0;
  for (struct dirent *e; !error && (e = readdir(d)) != NULL;)
    if (is_own_entry(e) && strcmp(e->d_name, "lock") != 0 && unlinkat(dirfd(d), e->d_name, 0))
      error = errno;
  if (!error && unlinkat(dirfd(d), "lock", 0) && errno != ENOENT) error = errno;
  closedir(d);
  return error ? error : remove_folder(p->state);
}

/* As long as there is a `.NAME.gone`, this is done again. */
static int finish_removal(const paths *p) {
  int error = empty_state(p);
  if (error) return failed("remove", p->state, error);
  const char *gone = gone_profile(p);
  error = file_erase(gone);
  return error ? failed("remove", gone, error) : CLI_OK;
}

/* Four looks at names that are hardly ever there. */
bool change_is_pending(const paths *p) {
  return file_exists(new_profile(p)) || file_exists(gone_profile(p)) ||
         file_exists(next_secret(p)) || file_exists(new_secret(p));
}

int change_recover(const paths *p) {
  const char *gone = gone_profile(p);
  int error = 0;
  if (file_exists(gone) && !file_exists(p->conf)) return finish_removal(p);
  bool never_was = file_exists(new_profile(p)) && !file_exists(p->conf);
  if (file_exists(gone)) error = file_erase(gone);
  if (!error) error = file_erase(new_secret(p));
  if (!error) error = file_exists(new_profile(p)) ? drop_new(p) : settle_secret(p);
  if (!error && never_was) error = drop_empty_state(p);
  return error ? failed("change", p->state, error) : CLI_OK;
}

/* ---- Changing ---- */

/* The secret is whole before it has the name that counts. */
static int put_secret(const paths *p, moat_span secret) {
  static char line[SECRET_SIZE + 1];
  const char *path = new_secret(p);
  memcpy(line, secret.p ? secret.p : "", secret.n);
  line[secret.n] = '\n';
  int error = file_make(path, line, secret.n ? secret.n + 1 : 0);
  moat_wipe(line, sizeof line);
  return error ? error : file_move(path, next_secret(p));
}

/* See above for the order. A file that is renamed has been synced, and so is its folder
 * afterwards. */
int change_write(const paths *p, const char *text, size_t n, const moat_span *secret) {
  const char *path = text ? p->conf : p->secret;
  int error = text ? file_make(new_profile(p), text, n) : 0;
  if (!error && secret) error = put_secret(p, *secret);
  if (!error && text) error = file_move(new_profile(p), p->conf);
  if (!error) error = settle_secret(p);
  if (!error) return CLI_OK;
  int status = failed("write", path, error);
  (void)change_recover(p);
  return status;
}

/* The state folder may be there even if the profile is not. */
int change_remove(const paths *p) {
  if (file_exists(p->conf)) {
    int error = file_move(p->conf, gone_profile(p));
    if (error) return failed("remove", p->conf, error);
  }
  return finish_removal(p);
}

/* Called for each refresh with a stored secret, so it costs no more than one look at a name that is
 * hardly ever there. */
const char *change_secret(const paths *p) {
  const char *next = next_secret(p);
  bool counts = file_exists(next) && !file_exists(new_profile(p));
  return counts ? next : p->secret;
}
