/* A file is read whole or not at all, and is written in the same way: under a temporary name, made
 * durable, and then moved to its place. */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The open file is judged and not its name, because the name could be another file's by then. */
int file_open(const char *path, int *fd, struct stat *st) {
  /* O_NONBLOCK: a FIFO in place of the file must not hang the program. openat(): for O_CLOEXEC,
   * musl's open() makes a second system call. */
  *fd = openat(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (*fd < 0) return errno;
  int error = fstat(*fd, st) ? errno : S_ISREG(st->st_mode) ? 0 : FILE_ODD;
  if (!error) return 0;
  close(*fd);
  *fd = -1;
  return error;
}

/* `end` is where the file should end: nothing is read to see that it does. */
static int read_up_to(int fd, off_t end, char *p, size_t size, size_t *n) {
  for (*n = 0; *n < size && (off_t)*n != end;) {
    ssize_t r = read(fd, p + *n, size - *n);
    if (r < 0 && errno == EINTR) continue;
    if (r < 0) return errno;
    if (r == 0) break;
    *n += (size_t)r;
  }
  if (*n == size) return EOVERFLOW;
  p[*n] = '\0';
  return 0;
}

int file_read_fd(int fd, char *p, size_t size, size_t *n) {
  return read_up_to(fd, -1, p, size, n);
}

int file_judge(const struct stat *st, file_demand demand) {
  mode_t forbidden = demand == FILE_ANY ? 0 : demand == FILE_CLOSED ? 022 : 077;
  bool whose = demand == FILE_PRIVATE || demand == FILE_TRUSTED;
  if (demand == FILE_TRUSTED && st->st_uid == 0) return st->st_mode & 022 ? FILE_OPEN : 0;
  if (whose && st->st_uid != geteuid()) return FILE_FOREIGN;
  return st->st_mode & forbidden ? FILE_OPEN : 0;
}

int file_read(const char *path, file_demand demand, char *p, size_t size, size_t *n) {
  struct stat st;
  int fd, error = file_open(path, &fd, &st);
  if (error) return error;
  off_t end = st.st_size > 0 ? st.st_size : -1; /* a file of the kernel's may say 0 */
  error = file_judge(&st, demand);
  if (!error) error = read_up_to(fd, end, p, size, n);
  close(fd);
  return error;
}

/* The user database is not asked: it may need a network, and a static program cannot. */
const char *file_owner(const char *path) {
  static char text[32];
  struct stat st;
  if (stat(path, &st)) return "another user";
  (void)snprintf(text, sizeof text, st.st_uid ? "user %lu" : "root", (unsigned long)st.st_uid);
  return text;
}

const char *file_error(int error) {
  switch (error) {
  case FILE_ODD: return "not a regular file";
  case FILE_OPEN: return "others may read or change it";
  case FILE_FOREIGN: return "it belongs to another user";
  case EFBIG: return "the file would be larger than ulimit -f or the disk allows";
  case EOVERFLOW: return "the file is too large";
  case FILE_LINK: return "it is a link of another user's than the file's";
  default: return strerror(error);
  }
}

int file_sync(int fd) {
  int r;
  do
    r = fsync(fd);
  while (r && errno == EINTR);
  return r && errno != EINVAL ? errno : 0; /* EINVAL: this file system cannot, and never will */
}

/* A new name is only durable when its folder is. */
int folder_sync_of(const char *path) {
  static char folder[PATH_SIZE];
  memcpy(folder, path, strlen(path) + 1);
  char *slash = strrchr(folder, '/');
  if (slash) slash[slash == folder] = '\0';
  int fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return errno;
  int error = file_sync(fd);
  close(fd);
  return error;
}

int write_all(int fd, const char *p, size_t n) {
  while (n > 0) {
    ssize_t r = write(fd, p, n);
    if (r < 0 && errno == EINTR) continue;
    if (r <= 0) return r < 0 ? errno : EIO;
    p += r;
    n -= (size_t)r;
  }
  return 0;
}

/* rename() would put a file in place of a device, a FIFO or /dev/stdout as well. */
static bool is_odd(const char *path) {
  struct stat st;
  return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

/* link() does not replace, rename() does. */
static int move(const char *from, const char *to, bool replace) {
  if (replace) return rename(from, to) ? errno : 0;
  int error = link(from, to) ? errno : 0;
  if (!error) (void)unlink(from);
  return error;
}

/* If this process is killed, the file that begins with "temp." stays. In the account's folder, it
 * is removed when the next file is made or erased there under the lock. */
int file_write(const char *path, const char *p, size_t n, bool replace) {
  static char temp[PATH_SIZE];
  if (is_odd(path)) return FILE_ODD;
  const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
  int length = snprintf(temp, sizeof temp, "%.*stemp.%s.XXXXXX", (int)(name - path), path, name);
  if (length < 0 || length >= PATH_SIZE) return ENAMETOOLONG;
  int fd = mkstemp(temp); /* 0600 */
  if (fd < 0) return errno;
  int error = write_all(fd, p, n);
  if (!error) error = file_sync(fd);
  if (close(fd) && !error) error = errno;
  if (!error) error = move(temp, path, replace);
  if (error) {
    (void)unlink(temp);
    return error;
  }
  return folder_sync_of(path);
}

/* A file system without modes shows the same mode for all files. If that closes them to others, it
 * is as good as 0600, and then it does no harm that fchmod() fails. */
static int close_to_others(int fd) {
  struct stat st;
  (void)fchmod(fd, 0600);
  if (fstat(fd, &st)) return errno;
  return file_judge(&st, FILE_PRIVATE);
}

int file_make(const char *path, const char *p, size_t n) {
  if (unlink(path) && errno != ENOENT) return errno;
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return errno;
  int error = close_to_others(fd);
  if (!error) error = write_all(fd, p, n);
  if (!error) error = file_sync(fd);
  if (close(fd) && !error) error = errno;
  if (error)
    (void)unlink(path);
  else
    error = folder_sync_of(path);
  return error;
}

int file_move(const char *from, const char *to) {
  if (is_odd(to)) return FILE_ODD;
  return rename(from, to) ? errno : folder_sync_of(to);
}

/* A link that leads nowhere counts as a file as well. */
bool file_exists(const char *path) {
  struct stat st;
  return lstat(path, &st) == 0;
}

bool file_is_missing(const char *path) {
  struct stat st;
  return lstat(path, &st) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

bool file_is_open(const char *path) {
  struct stat st;
  return stat(path, &st) == 0 && (st.st_mode & 044);
}

int file_erase(const char *path) {
  if (unlink(path)) return errno == ENOENT ? 0 : errno;
  return folder_sync_of(path);
}

/* Looks for the first folder that is there, from below. */
int folder_check_for(const char *path) {
  static char folder[PATH_SIZE];
  memcpy(folder, path, strlen(path) + 1);
  for (char *slash; (slash = strrchr(folder, '/')) != NULL;) {
    slash[slash == folder] = '\0';
    struct stat st;
    if (stat(folder, &st) == 0 && !S_ISDIR(st.st_mode)) return ENOTDIR;
    if (faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) == 0) return 0;
    if (errno != ENOENT || slash == folder) return errno;
  }
  return ENOENT;
}

/* Makes the missing folders. A folder above may exist, and mkdir() may still fail with another
 * error than EEXIST. So an error counts only if the last folder is missing in the end, and then the
 * first error explains it. */
int folder_make_for(const char *path) {
  static char folder[PATH_SIZE];
  memcpy(folder, path, strlen(path) + 1);
  int first = 0, last = 0;
  for (char *p = folder + 1; *p; p++) {
    if (*p != '/') continue;
    *p = '\0';
    last = mkdir(folder, 0700) ? errno : 0;
    if (!last) (void)folder_sync_of(folder); /* best effort: the parent may be closed to us */
    if (last == EEXIST) last = 0;
    if (!first) first = last;
    *p = '/';
  }
  return last ? first : 0;
}
