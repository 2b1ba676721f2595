/* Reads and replaces a file that is another program's, too.
 *
 * A new file takes the place of the old one in one step, so that nobody reads half of it. Where the
 * old one cannot be replaced, because it is mounted there or has other names, it is overwritten. A
 * backup lies beside it until the new text is durable. */
#define _DEFAULT_SOURCE /* initgroups() */
#include "target.h"

#include "../files.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINKS = 16 };

static char old_text[262144]; /* for the backup */

void target_wipe(void) {
  moat_wipe(old_text, sizeof old_text);
}

const char *target_error(int error) {
  if (error == TARGET_ODD) return "it is not a regular file";
  if (error == TARGET_LINK) return "another user's link leads there";
  if (error == ESTALE) return "another program has changed it meanwhile";
  return strerror(error);
}

/* ---- Reading ---- */

/* A relative link begins in the folder that the link is in. */
static int take_link(char path[PATH_SIZE]) {
  static char to[PATH_SIZE];
  ssize_t n = readlink(path, to, sizeof to - 1);
  if (n < 0) return errno;
  to[n] = '\0';
  char *slash = strrchr(path, '/');
  size_t folder = to[0] != '/' && slash ? (size_t)(slash + 1 - path) : 0;
  if (folder + (size_t)n >= PATH_SIZE) return ENAMETOOLONG;
  memcpy(path + folder, to, (size_t)n + 1);
  return 0;
}

/* Somebody else's link could lead to any file of ours. */
static int find(target *t, const char *path) {
  if (strlen(path) >= sizeof t->path) return ENAMETOOLONG;
  memcpy(t->path, path, strlen(path) + 1);
  for (int i = 0; i < LINKS; i++) {
    t->exists = lstat(t->path, &t->st) == 0;
    if (!t->exists) return errno == ENOENT ? 0 : errno;
    if (S_ISREG(t->st.st_mode)) return 0;
    if (!S_ISLNK(t->st.st_mode)) return TARGET_ODD;
    if (t->st.st_uid != 0 && t->st.st_uid != geteuid()) return TARGET_LINK;
    int error = take_link(t->path);
    if (error) return error;
  }
  return ELOOP;
}

/* Reads a file that is no link. */
static int read_file(const char *path, struct stat *st, char *p, size_t size, size_t *n) {
  int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return errno;
  int error = fstat(fd, st) ? errno : S_ISREG(st->st_mode) ? 0 : TARGET_ODD;
  if (!error) error = file_read_fd(fd, p, size, n);
  close(fd);
  return error;
}

/* The name says whose it is, in case somebody finds it. */
static bool backup_path(const target *t, char out[PATH_SIZE]) {
  int n = snprintf(out, PATH_SIZE, "%s.moat-backup", t->path);
  return n > 0 && n < PATH_SIZE;
}

/* A backup is there only if the last write was interrupted. The file may be half of two then. A
 * backup that is not the owner's is none of Moat's. */
static int read_backup(target *t, document *d) {
  static char path[PATH_SIZE];
  struct stat st, link;
  if (!backup_path(t, path) || lstat(path, &link)) return 0;
  if (!S_ISREG(link.st_mode) || (link.st_uid != t->st.st_uid && link.st_uid != geteuid())) return 0;
  t->interrupted = true;
  return read_file(path, &st, d->p, d->size, &d->n);
}

/* Without a file there is no backup either. */
int target_read(target *t, const char *path, document *d) {
  t->interrupted = false;
  d->n = 0;
  int error = find(t, path);
  if (error || !t->exists) return error;
  error = read_file(t->path, &t->st, d->p, d->size, &d->n);
  return error ? error : read_backup(t, d);
}

/* ---- Writing ---- */

/* A moment before it is replaced. */
static int check_unchanged(const target *t) {
  struct stat now;
  if (lstat(t->path, &now)) return errno;
  bool same = now.st_ino == t->st.st_ino && now.st_size == t->st.st_size &&
              now.st_mtim.tv_sec == t->st.st_mtim.tv_sec &&
              now.st_mtim.tv_nsec == t->st.st_mtim.tv_nsec;
  return same ? 0 : ESTALE;
}

/* Group and mode are set before the first byte is written. */
static int fill(int fd, const target *t, const document *d) {
  struct stat own;
  if (fstat(fd, &own)) return errno;
  if (own.st_gid != t->st.st_gid && fchown(fd, (uid_t)-1, t->st.st_gid)) return errno;
  if (fchmod(fd, t->st.st_mode & 07777)) return errno;
  int error = write_all(fd, d->p, d->n);
  return error ? error : file_sync(fd);
}

/* The new file lies in the same folder, because a rename does not cross file systems. */
static int replace(const target *t, const document *d) {
  static char temp[PATH_SIZE];
  const char *name = strrchr(t->path, '/') ? strrchr(t->path, '/') + 1 : t->path;
  int n = snprintf(temp, sizeof temp, "%.*stemp.%s.XXXXXX", (int)(name - t->path), t->path, name);
  if (n < 0 || n >= PATH_SIZE) return ENAMETOOLONG;
  int fd = mkstemp(temp);
  if (fd < 0) return errno;
  int error = fill(fd, t, d);
  if (close(fd) && !error) error = errno;
  if (!error) error = check_unchanged(t);
  if (!error && rename(temp, t->path)) error = errno;
  if (error)
    (void)unlink(temp);
  else
    error = folder_sync_of(t->path);
  return error;
}

/* The length is set last: until then nothing of the old text is lost but what is overwritten. */
static int put_text(int fd, const char *p, size_t n) {
  if (lseek(fd, 0, SEEK_SET) < 0) return errno;
  int error = write_all(fd, p, n);
  if (!error && ftruncate(fd, (off_t)n)) error = errno;
  return error ? error : file_sync(fd);
}

/* If the new text does not fit on the disk, the old one is put back. It did fit. */
static int overwrite(const target *t, const document *d) {
  static char backup[PATH_SIZE];
  struct stat st;
  size_t n = 0;
  if (!backup_path(t, backup)) return ENAMETOOLONG;
  int error = read_file(t->interrupted ? backup : t->path, &st, old_text, sizeof old_text, &n);
  if (!error) error = check_unchanged(t);
  if (!error && !t->interrupted) error = file_write(backup, old_text, n, true);
  if (error) return error;
  int fd = open(t->path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) error = errno;
  bool is_whole = fd < 0;
  if (fd >= 0) {
    error = put_text(fd, d->p, d->n);
    is_whole = !error || put_text(fd, old_text, n) == 0;
    if (close(fd) && !error) error = errno;
  }
  int erased = is_whole ? file_erase(backup) : 0;
  return error ? error : erased;
}

/* A mounted file cannot be renamed over. Another group cannot always be given to a new file. */
static int write_existing(const target *t, const document *d) {
  bool stays = t->interrupted || t->st.st_nlink > 1 || t->st.st_uid != geteuid();
  int error = stays ? EBUSY : replace(t, d);
  return error == EBUSY || error == EPERM ? overwrite(t, d) : error;
}

/* With the user's groups, and for good. */
static int become(uid_t user, gid_t group) {
  const struct passwd *p = getpwuid(user);
  if (p) group = p->pw_gid;
  if (p ? initgroups(p->pw_name, group) : setgroups(0, NULL)) return errno;
  return setgid(group) || setuid(user) ? errno : 0;
}

/* Root would follow whatever the owner puts in the file's place meanwhile. The owner can only get
 * at files of the owner's own. */
static int write_as_owner(const target *t, const document *d) {
  int status;
  pid_t child = fork();
  if (child < 0) return errno;
  if (child == 0) {
    int error = become(t->st.st_uid, t->st.st_gid);
    if (!error) error = write_existing(t, d);
    _exit(error < 0 ? EINVAL : error);
  }
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return errno;
  return WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
}

/* Only root can become somebody else. */
int target_write(const target *t, const document *d) {
  if (!t->exists) return file_write(t->path, d->p, d->n, true);
  bool is_others = geteuid() == 0 && t->st.st_uid != 0;
  return is_others ? write_as_owner(t, d) : write_existing(t, d);
}
