/* Reads and replaces a file that is another program's, too.
 *
 * A new file takes the place of the old one in one step, so that nobody reads half of it. Where the
 * old one cannot be replaced, because it is mounted there or has other names, it is overwritten. A
 * backup lies beside it until the new text is durable. */
#define _DEFAULT_SOURCE /* initgroups(), flock() */
#include "target.h"

#include "../files.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { LOCK_MS = 3000, CHILD_MS = 30000, POLL_MS = 20, START_S = 10 };

static const char acl[] = "system.posix_acl_access";

static char old_text[262144]; /* for the backup */
static found_file at = {.folder = -1};
static char backup[NAME_MAX + 16], fresh[NAME_MAX + 16]; /* names in that folder */

void target_wipe(void) {
  moat_wipe(old_text, sizeof old_text);
  find_close(&at);
}

const char *target_error(int error) {
  if (error == TARGET_ODD) return "it is not a regular file";
  if (error == TARGET_LINK) return "another user's link leads there";
  if (error == TARGET_BACKUP) return "FILE.moat-backup is there, and the file is newer";
  if (error == TARGET_LATE) return "it took too long as the file's owner";
  if (error == ESTALE) return "another program has changed it meanwhile";
  return file_error(error);
}

/* ---- Reading ---- */

static int open_file(const char *name, int flags, int *fd, struct stat *st) {
  *fd = openat(at.folder, name, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (*fd < 0) return errno;
  int error = fstat(*fd, st) ? errno : S_ISREG(st->st_mode) ? 0 : TARGET_ODD;
  if (error) close(*fd);
  return error;
}

/* The name says whose it is, in case somebody finds it. It belongs to who wrote it: for root, that
 * is the file's owner. */
static int open_backup(int *fd, struct stat *st) {
  int error = open_file(backup, O_RDONLY, fd, st);
  if (error) return error;
  uid_t user = geteuid();
  if (st->st_uid == at.st.st_uid || (user != 0 && st->st_uid == user)) return 0;
  close(*fd);
  return TARGET_ODD;
}

/* A backup is there only if the last write was interrupted. The file may be half of two then. If it
 * was written later, its program has done that, and what it wrote must not be lost. */
static int read_backup(target *t, document *d) {
  struct stat st;
  int fd;
  if (open_backup(&fd, &st)) return 0;
  t->interrupted = at.st.st_mtim.tv_sec <= st.st_mtim.tv_sec + START_S;
  int error = t->interrupted ? file_read_fd(fd, d->p, d->size, &d->n) : TARGET_BACKUP;
  close(fd);
  return error;
}

/* A file that does not exist has no backup either. */
int target_read(target *t, const char *path, document *d) {
  int fd, error = find_file(&at, path);
  *t = (target){.exists = at.exists};
  d->n = 0;
  (void)snprintf(backup, sizeof backup, "%s.moat-backup", at.name);
  (void)snprintf(fresh, sizeof fresh, "%s.moat-new", at.name);
  if (!error && t->exists) error = open_file(at.name, O_RDONLY, &fd, &at.st);
  if (error || !t->exists) return error;
  t->has_acl = fgetxattr(fd, acl, NULL, 0) > 0;
  error = file_read_fd(fd, d->p, d->size, &d->n);
  close(fd);
  return error ? error : read_backup(t, d);
}

/* ---- Writing ---- */

/* A moment before it is replaced. */
static int check_unchanged(const target *t) {
  struct stat now;
  if (fstatat(at.folder, at.name, &now, AT_SYMLINK_NOFOLLOW))
    return errno != ENOENT ? errno : t->exists ? ESTALE : 0;
  bool same = t->exists && now.st_dev == at.st.st_dev && now.st_ino == at.st.st_ino &&
              now.st_size == at.st.st_size && now.st_mtim.tv_sec == at.st.st_mtim.tv_sec &&
              now.st_mtim.tv_nsec == at.st.st_mtim.tv_nsec;
  return same ? 0 : ESTALE;
}

static int open_folder(int *fd) {
  *fd = openat(at.folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return *fd < 0 ? errno : 0;
}

static int sync_folder(void) {
  int fd, error = open_folder(&fd);
  if (error) return error;
  error = file_sync(fd);
  close(fd);
  return error;
}

/* The folder may give its files an ACL. */
static int take_mode(int fd) {
  struct stat own;
  if (fstat(fd, &own)) return errno;
  (void)fremovexattr(fd, acl);
  if (own.st_gid != at.st.st_gid && fchown(fd, (uid_t)-1, at.st.st_gid)) return errno;
  return fchmod(fd, at.st.st_mode & 07777) ? errno : 0;
}

/* Under one name always: what a killed export left there goes now. Group and mode are set before
 * the first byte is written. */
static int make_fresh(const char *p, size_t n, bool takes_mode) {
  if (unlinkat(at.folder, fresh, 0) && errno != ENOENT) return errno;
  int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  int fd = openat(at.folder, fresh, flags, 0600);
  if (fd < 0) return errno;
  int error = takes_mode ? take_mode(fd) : 0;
  if (!error) error = write_all(fd, p, n);
  if (!error) error = file_sync(fd);
  if (close(fd) && !error) error = errno;
  return error;
}

/* The new file lies in the same folder, because a rename does not cross file systems. */
static int put_file(const target *t, const char *name, const char *p, size_t n, bool takes_mode) {
  int error = make_fresh(p, n, takes_mode);
  if (!error) error = check_unchanged(t);
  if (!error && renameat(at.folder, fresh, at.folder, name)) error = errno;
  if (!error) return sync_folder();
  (void)unlinkat(at.folder, fresh, 0);
  return error;
}

/* The length is set last: until then nothing of the old text is lost but what is overwritten. */
static int put_text(int fd, const char *p, size_t n) {
  if (lseek(fd, 0, SEEK_SET) < 0) return errno;
  int error = write_all(fd, p, n);
  if (!error && ftruncate(fd, (off_t)n)) error = errno;
  return error ? error : file_sync(fd);
}

/* The backup already has the bytes from before a write that was interrupted. */
static int keep_old(const target *t, int fd, size_t *n) {
  struct stat st;
  int from = fd, error = t->interrupted ? open_backup(&from, &st) : 0;
  if (error) return ESTALE;
  error = file_read_fd(from, old_text, sizeof old_text, n);
  if (t->interrupted) close(from);
  if (error) return error;
  return t->interrupted ? check_unchanged(t) : put_file(t, backup, old_text, *n, false);
}

static int erase_backup(void) {
  if (unlinkat(at.folder, backup, 0)) return errno == ENOENT ? 0 : errno;
  return sync_folder();
}

/* If the new text does not fit on the disk, the old one is put back. It did fit. */
static int overwrite(const target *t, const document *d) {
  struct stat st;
  size_t n = 0;
  int fd, error = open_file(at.name, O_RDWR, &fd, &st);
  if (error) return error;
  bool same = st.st_dev == at.st.st_dev && st.st_ino == at.st.st_ino;
  error = same ? keep_old(t, fd, &n) : ESTALE;
  if (!error) {
    error = put_text(fd, d->p, d->n);
    bool is_whole = !error || put_text(fd, old_text, n) == 0;
    int erased = is_whole ? erase_backup() : 0;
    if (!error) error = erased;
  }
  if (close(fd) && !error) error = errno;
  return error;
}

/* A mounted file cannot be renamed over. Another group cannot always be given to a new file: it may
 * not be this user's, or have no number in this name space. */
static int write_existing(const target *t, const document *d) {
  bool stays = t->interrupted || t->has_acl || at.st.st_nlink > 1 || at.st.st_uid != geteuid();
  int error = stays ? EBUSY : put_file(t, at.name, d->p, d->n, true);
  return error == EBUSY || error == EPERM || error == EINVAL ? overwrite(t, d) : error;
}

/* Exports of two profiles may go into one file, and each has to find the other's. Some file systems
 * have no locks, and anybody who can open a folder can lock it for ever. So this does not wait for
 * long, and check_unchanged() finds most of what comes in between. */
static void wait_for_lock(int fd) {
  for (int ms = 0; ms < LOCK_MS && flock(fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK;
       ms += POLL_MS)
    (void)poll(NULL, 0, POLL_MS);
}

static int write_locked(const target *t, const document *d) {
  int folder, error = open_folder(&folder);
  if (error) return error;
  wait_for_lock(folder);
  error = t->exists ? write_existing(t, d) : put_file(t, at.name, d->p, d->n, false);
  close(folder);
  return error;
}

/* With the user's groups, and for good. */
static int become(uid_t user, gid_t group) {
  const struct passwd *p = getpwuid(user);
  if (p) group = p->pw_gid;
  if (p ? initgroups(p->pw_name, group) : setgroups(0, NULL)) return errno;
  return setgid(group) || setuid(user) ? errno : 0;
}

/* The owner may stop the child, which would hold the account's lock for ever. */
static int wait_for(pid_t child) {
  int status;
  pid_t ended;
  for (int ms = 0; (ended = waitpid(child, &status, WNOHANG)) == 0; ms += POLL_MS) {
    if (ms >= CHILD_MS) {
      (void)kill(child, SIGKILL);
      while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
      return TARGET_LATE;
    }
    (void)poll(NULL, 0, POLL_MS);
  }
  if (ended < 0) return errno;
  return WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
}

/* Root would follow whatever the owner puts in the file's place meanwhile. The owner can only get
 * at files of the owner's own. */
static int write_as(const struct stat *owner, const target *t, const document *d) {
  pid_t child = fork();
  if (child < 0) return errno;
  if (child > 0) return wait_for(child);
  int error = become(owner->st_uid, owner->st_gid);
  if (!error) error = write_locked(t, d);
  _exit(error < 0 ? EINVAL : error);
}

/* Only root can become somebody else. A new file is for whom the folder belongs to. */
int target_write(const target *t, const document *d) {
  struct stat owner = at.st;
  if (!t->exists && fstat(at.folder, &owner)) return errno;
  bool is_others = geteuid() == 0 && owner.st_uid != 0;
  return is_others ? write_as(&owner, t, d) : write_locked(t, d);
}
