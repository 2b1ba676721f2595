/* Slots are files of one folder.
 *
 * A new file gets its name by rename(), whole and durable. The files of the grant and of the mark
 * then keep their size, and whoever holds the lock overwrites them in place. That costs one sync of
 * data, because nothing else about file and folder changes. A power loss spoils only what was being
 * written. Of the grant that is the older record, because A and B are written in turn. The mark's
 * file has two places, which are written in turn as well: the newest mark stays until the next one
 * is durable.
 *
 * slot_file.h tells what these files look like. The other files, and those of an older Moat, are
 * the bytes of the slot and nothing else. */
#include "internal.h"
#include "slot_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define TEMP_PREFIX "temp."
enum { TEMP_SIZE = sizeof TEMP_PREFIX "0123456789abcdef" };

/* ---- Files ---- */

int moat_posix__sync(int fd) {
  int r;
  do {
    r = fsync(fd);
  } while (r && errno == EINTR);
  return r ? errno : 0;
}

static int sync_data(int fd) {
  int r;
  do {
    r = fdatasync(fd);
  } while (r && errno == EINTR);
  return r ? errno : 0;
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

/* In one system call, unless it is interrupted. */
static int write_record(int fd, const uint8_t *head, const uint8_t *p, size_t n) {
  struct iovec parts[] = {{(void *)(uintptr_t)head, HEAD}, {(void *)(uintptr_t)p, n}};
  ssize_t r = writev(fd, parts, 2);
  if (r < 0 && errno != EINTR) return errno;
  size_t done = r < 0 ? 0 : (size_t)r, of_head = done < HEAD ? done : HEAD;
  int error = write_all(fd, head + of_head, HEAD - of_head);
  return error ? error : write_all(fd, p + (done - of_head), n - (done - of_head));
}

/* ---- Overwriting ---- */

enum { NOT_THERE = -1 };

/* Finds a full disk where a file cannot be reserved. This file is left with n bytes. */
static int check_room(int fd, size_t n) {
  int error = 0;
#if defined(_POSIX_ADVISORY_INFO) && _POSIX_ADVISORY_INFO > 0
  do {
    error = posix_fallocate(fd, 0, FILE_SIZE);
  } while (error == EINTR);
  if (error == EOPNOTSUPP || error == EINVAL || error == ENOSYS)
    error = 0; /* the file system cannot tell */
#endif
  return error ? error : ftruncate(fd, (off_t)n) ? errno : 0;
}

static int overwrite_record(int fd, const uint8_t *p, size_t n) {
  uint8_t head[HEAD];
  moat_posix__record_head(head, n);
  int error = write_record(fd, head, p, n);
  return error ? error : sync_data(fd);
}

static int overwrite_mark(int fd, const uint8_t *p, size_t n) {
  uint8_t file[MARK_READ];
  int error = moat_posix__read_all(fd, file, sizeof file);
  if (error) return error;
  const uint8_t *place = moat_posix__next_mark(file, p, n);
  if (lseek(fd, place - file, SEEK_SET) < 0) return errno;
  error = write_all(fd, place, HEAD + n);
  return error ? error : sync_data(fd);
}

/* The TLS session is a cache: after a power loss it may be an older one, or damaged. */
static int overwrite_session(int fd, const uint8_t *p, size_t n) {
  int error = write_all(fd, p, n);
  return error ? error : ftruncate(fd, (off_t)n) ? errno : 0;
}

/* A file with a second name, such as one in a backup, is not overwritten: both would change. */
static bool is_ours_alone(const moat_posix *c, const struct stat *st) {
  return moat_posix__is_private(c, st) && st->st_nlink == 1 && (st->st_mode & 07777) == 0600;
}

/* Returns 0, an errno, or NOT_THERE if the file has to be replaced. Only under the lock, because
 * two writers would mix their bytes. */
static int overwrite(moat_posix *c, int slot, const void *p, size_t n) {
  struct stat st;
  size_t size = moat_posix__kept_size(slot, n);
  if (!c->held || (!size && slot != MOAT_SLOT_TLS)) return NOT_THERE;
  int fd =
      openat(c->dir, moat_posix__slot_names[slot], O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return NOT_THERE;
  int error = NOT_THERE;
  if (fstat(fd, &st) == 0 && is_ours_alone(c, &st) && (!size || st.st_size == (off_t)size))
    error = slot == MOAT_SLOT_MARK  ? overwrite_mark(fd, p, n)
            : slot == MOAT_SLOT_TLS ? overwrite_session(fd, p, n)
                                    : overwrite_record(fd, p, n);
  if (close(fd) && !error) error = errno;
  return error;
}

/* ---- Replacing ---- */

/* Removes what a crash left over. A file that cannot be removed is no reason to fail. */
static void sweep(int dir) {
  int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *d = fd < 0 ? NULL : fdopendir(fd);
  if (!d) {
    if (fd >= 0) close(fd);
    return;
  }
  for (struct dirent *e; (e = readdir(d)) != NULL;)
    if (strncmp(e->d_name, TEMP_PREFIX, sizeof TEMP_PREFIX - 1) == 0)
      (void)unlinkat(dir, e->d_name, 0);
  closedir(d);
}

/* Some file systems cannot sync a folder and return EINVAL. Nothing can be done about that, so it
 * is no error. */
static int sync_folder(moat_posix *c) {
  if (c->held) sweep(c->dir); /* else a file may be another writer's */
  int error = moat_posix__sync(c->dir);
  return error == EINVAL ? 0 : error;
}

/* Each writer needs a file name of its own, because writers need not hold the lock. If two shared a
 * file, the first rename would publish what the second has not finished. */
static int temp_name(moat_posix *c, char out[TEMP_SIZE]) {
  uint32_t r[2];
  if (moat_posix__random(c, r, sizeof r)) return MOAT_E_RANDOM;
  (void)snprintf(out, TEMP_SIZE, TEMP_PREFIX "%08lx%08lx", (unsigned long)r[0],
                 (unsigned long)r[1]);
  return MOAT_OK;
}

/* Zeros are written: an allocation alone would be one more change to sync later. */
static int fill(int fd, size_t n) {
  const uint8_t zeros[512] = {0};
  int error = 0;
  for (size_t part; n > 0 && !error; n -= part) {
    part = n < sizeof zeros ? n : sizeof zeros;
    error = write_all(fd, zeros, part);
  }
  return error;
}

static int write_contents(int fd, int slot, const uint8_t *p, size_t n) {
  uint8_t head[HEAD], file[MARK_READ] = {0};
  size_t size = moat_posix__kept_size(slot, n);
  if (!size) return write_all(fd, p, n);
  moat_posix__record_head(head, n);
  int error = slot == MOAT_SLOT_MARK ? write_all(fd, moat_posix__next_mark(file, p, n), HEAD + n)
                                     : write_record(fd, head, p, n);
  return error ? error : fill(fd, size - HEAD - n);
}

/* Whatever the umask is. A file system without modes shows the same one for all files: if that
 * closes them, it does no harm that fchmod() fails. */
static int close_to_others(int fd) {
  struct stat st;
  if (fchmod(fd, 0600) == 0) return 0;
  int error = errno;
  return fstat(fd, &st) == 0 && !(st.st_mode & 077) ? 0 : error;
}

static int write_temp(const moat_posix *c, const char *temp, int slot, const void *p, size_t n) {
  int fd = openat(c->dir, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return errno;
  bool has_room = slot != MOAT_SLOT_MARK || c->has_room;
  size_t size = moat_posix__kept_size(slot, n);
  int error = close_to_others(fd);
  if (!error) error = write_contents(fd, slot, p, n);
  if (!error && !has_room) error = check_room(fd, size ? size : n);
  if (!error && slot != MOAT_SLOT_TLS) error = moat_posix__sync(fd);
  if (close(fd) && !error) error = errno;
  return error;
}

/* Readers, and a machine after a power loss, see either the old file or the new one: the new bytes
 * are on disk before the name points to them. */
static int replace(const moat_posix *c, const char *temp, int slot, const void *p, size_t n) {
  int error = write_temp(c, temp, slot, p, n);
  if (!error && renameat(c->dir, temp, c->dir, moat_posix__slot_names[slot])) error = errno;
  if (error) (void)unlinkat(c->dir, temp, 0);
  return error;
}

/* ---- Reserving ----
 *
 * An answer follows a mark, and its refresh token is lost if it cannot be stored. So both files of
 * the grant are there before a request, and the answer is stored in place. */

static int fill_temp(int dir, const char *temp) {
  int fd = openat(dir, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return errno;
  int error = close_to_others(fd);
  if (!error) error = fill(fd, FILE_SIZE);
  if (!error) error = moat_posix__sync(fd);
  if (close(fd) && !error) error = errno;
  return error;
}

static int reserve_file(moat_posix *c, int slot) {
  char temp[TEMP_SIZE];
  if (temp_name(c, temp)) return EIO;
  int error = fill_temp(c->dir, temp);
  if (!error && renameat(c->dir, temp, c->dir, moat_posix__slot_names[slot])) error = errno;
  if (error) (void)unlinkat(c->dir, temp, 0);
  return error ? error : sync_folder(c);
}

/* A file of another size is replaced, and for that there is room now, at least. */
static int reserve(moat_posix *c, int slot) {
  struct stat st;
  if (fstatat(c->dir, moat_posix__slot_names[slot], &st, AT_SYMLINK_NOFOLLOW))
    return errno == ENOENT ? reserve_file(c, slot) : errno;
  return st.st_size == FILE_SIZE ? 0 : check_room(c->lock, 0);
}

static int reserve_both(moat_posix *c) {
  if (c->has_room) return MOAT_OK;
  int error = reserve(c, MOAT_SLOT_A);
  if (!error) error = reserve(c, MOAT_SLOT_B);
  c->has_room = !error;
  return error ? moat_posix__fail(c, MOAT_E_STORE, error) : MOAT_OK;
}

int moat_posix_reserve(moat_posix *c) {
  if (c->held) return reserve_both(c);
  int r = moat_posix__lock(c);
  if (r) return r;
  r = reserve_both(c);
  moat_posix__unlock(c);
  return r;
}

/* ---- Writing ---- */

int moat_posix__slot_write(void *ctx, int slot, const void *p, size_t n) {
  moat_posix *c = ctx;
  int r = moat_posix__check_slot(c, slot);
  if (r == MOAT_OK && slot == MOAT_SLOT_MARK && c->held) r = reserve_both(c);
  if (r) return r;
  int error = overwrite(c, slot, p, n);
  if (error == 0) return MOAT_OK;
  if (error != NOT_THERE) return moat_posix__fail(c, MOAT_E_STORE, error);
  /* ENOENT: another context has just removed the file as a left-over. */
  error = ENOENT;
  for (int tries = 0; tries < 3 && error == ENOENT; tries++) {
    char temp[TEMP_SIZE];
    r = temp_name(c, temp);
    if (r) return r;
    error = replace(c, temp, slot, p, n);
  }
  if (!error && slot != MOAT_SLOT_TLS) error = sync_folder(c);
  return error ? moat_posix__fail(c, MOAT_E_STORE, error) : MOAT_OK;
}

/* ---- Erasing ---- */

/* The old bytes are not overwritten: journals and flash keep copies out of reach anyway. The sync
 * is needed even if the file is gone, because an interrupted erase may have removed it. */
int moat_posix__slot_erase(void *ctx, int slot) {
  moat_posix *c = ctx;
  int r = moat_posix__check_slot(c, slot);
  if (r) return r;
  int error = unlinkat(c->dir, moat_posix__slot_names[slot], 0) && errno != ENOENT ? errno : 0;
  if (slot <= MOAT_SLOT_B) c->has_room = 0;
  if (!error) error = sync_folder(c);
  return error ? moat_posix__fail(c, MOAT_E_STORE, error) : MOAT_OK;
}
