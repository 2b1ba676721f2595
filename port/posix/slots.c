/* Slots are files of one folder. rename() replaces each as a whole. */
#include "internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMP_PREFIX "temp."
enum { TEMP_SIZE = sizeof TEMP_PREFIX "0123456789abcdef" };

/* More bytes than any record has. */
enum { ROOM = 16384 };

static const char *const names[MOAT_SLOTS] = {[MOAT_SLOT_A] = "grant.a",
                                              [MOAT_SLOT_B] = "grant.b",
                                              [MOAT_SLOT_MARK] = "mark",
                                              [MOAT_SLOT_PENDING] = "pending",
                                              [MOAT_SLOT_TLS] = "tls"};

static int check(moat_posix *c, int slot) {
  if (slot < 0 || slot >= MOAT_SLOTS) return MOAT_E_MISUSE;
  return c->has_dir ? MOAT_OK : moat_posix__fail(c, MOAT_E_PORT, 0);
}

int moat_posix__sync(int fd) {
  int r;
  do {
    r = fsync(fd);
  } while (r && errno == EINTR);
  return r ? errno : 0;
}

/* Some file systems cannot sync a folder and return EINVAL. Nothing can be done about that, so it
 * is no error. */
static int sync_folder(int dir) {
  int error = moat_posix__sync(dir);
  return error == EINVAL ? 0 : error;
}

static int write_all(int fd, const uint8_t *p, size_t n) {
  while (n > 0) {
    ssize_t r = write(fd, p, n);
    if (r < 0 && errno == EINTR) continue;
    if (r <= 0) return r < 0 ? errno : EIO;
    p += r;
    n -= (size_t)r;
  }
  return 0;
}

int moat_posix__read_all(int fd, void *to, size_t n) {
  uint8_t *p = to;
  while (n > 0) {
    ssize_t r = read(fd, p, n);
    if (r < 0 && errno == EINTR) continue;
    if (r <= 0) return r < 0 ? errno : EIO;
    p += r;
    n -= (size_t)r;
  }
  return 0;
}

/* A grant that others could read or write is not used, so that somebody notices. A read error is
 * never MOAT_E_STORE: that would mean a damaged record, which the other slot may replace. */
static int read_private(moat_posix *c, int fd, void *p, size_t cap, size_t *n) {
  struct stat st;
  if (fstat(fd, &st)) return moat_posix__fail(c, MOAT_E_PORT, errno);
  if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 077))
    return moat_posix__fail(c, MOAT_E_PORT, EPERM);
  if (st.st_size > INT_MAX) return moat_posix__fail(c, MOAT_E_PORT, EFBIG);
  *n = (size_t)st.st_size;
  if (*n > cap) return MOAT_E_SPACE;
  int error = moat_posix__read_all(fd, p, *n);
  return error ? moat_posix__fail(c, MOAT_E_PORT, error) : MOAT_OK;
}

int moat_posix__slot_read(void *ctx, int slot, void *p, size_t cap, size_t *n) {
  moat_posix *c = ctx;
  *n = 0;
  int r = check(c, slot);
  if (r) return r;
  /* O_NONBLOCK: a FIFO in the file's place must not block the caller. */
  int fd = openat(c->dir, names[slot], O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT) return MOAT_E_EMPTY;
  if (fd < 0) return moat_posix__fail(c, MOAT_E_PORT, errno);
  r = read_private(c, fd, p, cap, n);
  close(fd);
  return r;
}

/* Each writer needs a file name of its own, for writers need not hold the lock. If two shared a
 * file, the first rename would publish what the second has not finished. */
static int temp_name(moat_posix *c, char out[TEMP_SIZE]) {
  uint32_t r[2];
  if (moat_posix__random(c, r, sizeof r)) return MOAT_E_RANDOM;
  (void)snprintf(out, TEMP_SIZE, TEMP_PREFIX "%08lx%08lx", (unsigned long)r[0],
                 (unsigned long)r[1]);
  return MOAT_OK;
}

/* An answer follows a mark, and its refresh token is lost if it cannot be stored. A full disk is
 * better found before the request. */
static int check_room(int fd, size_t n) {
  int error = 0;
#if defined(_POSIX_ADVISORY_INFO) && _POSIX_ADVISORY_INFO > 0
  do {
    error = posix_fallocate(fd, 0, ROOM);
  } while (error == EINTR);
  if (error == EOPNOTSUPP || error == EINVAL || error == ENOSYS)
    error = 0; /* the file system cannot tell */
#endif
  return error ? error : ftruncate(fd, (off_t)n) ? errno : 0;
}

static int write_temp(int dir, const char *temp, int slot, const void *p, size_t n) {
  int fd = openat(dir, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return errno;
  int error = fchmod(fd, 0600) ? errno : 0; /* whatever the umask is */
  if (!error) error = write_all(fd, p, n);
  if (!error && slot == MOAT_SLOT_MARK) error = check_room(fd, n);
  if (!error) error = moat_posix__sync(fd);
  if (close(fd) && !error) error = errno;
  return error;
}

/* Readers, and a machine after a power loss, see either the old file or the new one: the new bytes
 * are on disk before the name points to them. */
static int replace(int dir, const char *temp, int slot, const void *p, size_t n) {
  int error = write_temp(dir, temp, slot, p, n);
  if (!error && renameat(dir, temp, dir, names[slot])) error = errno;
  if (error) (void)unlinkat(dir, temp, 0);
  return error;
}

int moat_posix__slot_write(void *ctx, int slot, const void *p, size_t n) {
  moat_posix *c = ctx;
  int r = check(c, slot);
  if (r) return r;
  /* ENOENT: another context has just taken the lock and removed the file as a left-over. */
  int error = ENOENT;
  for (int tries = 0; tries < 3 && error == ENOENT; tries++) {
    char temp[TEMP_SIZE];
    r = temp_name(c, temp);
    if (r) return r;
    error = replace(c->dir, temp, slot, p, n);
  }
  if (!error) error = sync_folder(c->dir);
  return error ? moat_posix__fail(c, MOAT_E_STORE, error) : MOAT_OK;
}

/* The old bytes are not overwritten: journals and flash keep copies out of reach anyway. The sync
 * is needed even if the file is gone, for an interrupted erase may have removed it. */
int moat_posix__slot_erase(void *ctx, int slot) {
  moat_posix *c = ctx;
  int r = check(c, slot);
  if (r) return r;
  int error = unlinkat(c->dir, names[slot], 0) && errno != ENOENT ? errno : 0;
  if (!error) error = sync_folder(c->dir);
  return error ? moat_posix__fail(c, MOAT_E_STORE, error) : MOAT_OK;
}

/* There is no result: a file that cannot be removed is no reason to refuse the lock. */
void moat_posix__slots_sweep(moat_posix *c) {
  int fd = openat(c->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *d = fd < 0 ? NULL : fdopendir(fd);
  if (!d) {
    if (fd >= 0) close(fd);
    return;
  }
  for (struct dirent *e; (e = readdir(d)) != NULL;)
    if (strncmp(e->d_name, TEMP_PREFIX, sizeof TEMP_PREFIX - 1) == 0)
      (void)unlinkat(c->dir, e->d_name, 0);
  closedir(d);
}
