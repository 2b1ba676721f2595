/* Slots in files. A record is written beside the old one and takes its place when it is durable. */
#include "moat_sockets.h"

#ifdef MOAT_SOCKETS_FILES
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 256 };

static int fail(moat_sockets_files *s, int result) {
  s->error = errno;
  return result;
}

/* FOLDER/KEY and a suffix. */
static bool print_path(char path[PATH_SIZE], const moat_sockets_files *s, int slot,
                       const char *suffix) {
  const char *parts[] = {s->folder, "/", moat_sockets__key(slot), suffix};
  size_t n = 0;
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    size_t length = strlen(parts[i]);
    if (length >= PATH_SIZE - n) {
      errno = ENAMETOOLONG;
      return false;
    }
    memcpy(path + n, parts[i], length + 1);
    n += length;
  }
  return true;
}

/* A file system that is not mounted has no such file either. */
static int not_opened(moat_sockets_files *s) {
  struct stat st;
  if (errno != ENOENT) return fail(s, MOAT_E_PORT);
  return stat(s->folder, &st) ? fail(s, MOAT_E_PORT) : MOAT_E_EMPTY;
}

static int read_all(int fd, char *p, size_t n) {
  for (size_t at = 0; at < n;) {
    errno = EIO; /* for a file that is shorter than it says */
    ssize_t r = read(fd, p + at, n - at);
    if (r < 0 && errno == EINTR) continue;
    if (r <= 0) return -1;
    at += (size_t)r;
  }
  return 0;
}

/* Anything but a file was not put there by a write, so it is not taken for a record. */
static int read_opened(moat_sockets_files *s, int fd, void *p, size_t cap, size_t *n) {
  struct stat st;
  if (fstat(fd, &st)) return fail(s, MOAT_E_PORT);
  errno = EISDIR;
  if (!S_ISREG(st.st_mode)) return fail(s, MOAT_E_PORT);
  *n = (size_t)st.st_size;
  if (*n > cap) return MOAT_E_SPACE;
  return read_all(fd, p, *n) ? fail(s, MOAT_E_PORT) : MOAT_OK;
}

/* A file holds the record and nothing else, since a record knows by itself whether it is whole. */
static int read_file(void *store_ctx, int slot, void *p, size_t cap, size_t *n) {
  moat_sockets_files *s = store_ctx;
  char path[PATH_SIZE];
  *n = 0;
  if (!print_path(path, s, slot, "")) return fail(s, MOAT_E_PORT);
  int fd = open(path, O_RDONLY);
  if (fd < 0) return not_opened(s);
  int r = read_opened(s, fd, p, cap, n);
  (void)close(fd);
  return r;
}

/* The bytes are durable when it returns 0. */
static int write_all(int fd, const char *p, size_t n) {
  for (size_t at = 0; at < n;) {
    errno = ENOSPC; /* for a file system that writes nothing when it is full */
    ssize_t r = write(fd, p + at, n - at);
    if (r < 0 && errno == EINTR) continue;
    if (r <= 0) return -1;
    at += (size_t)r;
  }
  return fsync(fd);
}

static int write_new(const char *path, const void *p, size_t n) {
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (fd < 0) return -1;
  int r = write_all(fd, p, n), error = errno;
  if (close(fd) && !r) return -1;
  errno = error;
  return r;
}

/* On POSIX systems a new name is durable once its folder is. Others cannot open a folder, and sync
 * a rename themselves. */
static int sync_folder(const char *folder) {
#if defined(__unix__) || defined(__APPLE__)
  int fd = open(folder, O_RDONLY);
  if (fd < 0) return -1;
  int r = fsync(fd);
  (void)close(fd);
  return r;
#else
  (void)folder;
  return 0;
#endif
}

/* The old record stays until the new one is durable under a name of its own. */
static int write_file(void *store_ctx, int slot, const void *p, size_t n) {
  moat_sockets_files *s = store_ctx;
  char path[PATH_SIZE], fresh[PATH_SIZE];
  if (!print_path(path, s, slot, "") || !print_path(fresh, s, slot, ".new"))
    return fail(s, MOAT_E_STORE);
  if (write_new(fresh, p, n) || rename(fresh, path)) {
    int r = fail(s, MOAT_E_STORE);
    (void)unlink(fresh);
    return r;
  }
  return sync_folder(s->folder) ? fail(s, MOAT_E_STORE) : MOAT_OK;
}

/* A write that was cut off may have left a secret in the new file. */
static int erase_file(void *store_ctx, int slot) {
  moat_sockets_files *s = store_ctx;
  char path[PATH_SIZE], fresh[PATH_SIZE];
  if (!print_path(path, s, slot, "") || !print_path(fresh, s, slot, ".new"))
    return fail(s, MOAT_E_STORE);
  if ((unlink(fresh) && errno != ENOENT) || (unlink(path) && errno != ENOENT))
    return fail(s, MOAT_E_STORE);
  return sync_folder(s->folder) ? fail(s, MOAT_E_STORE) : MOAT_OK;
}

const moat_sockets_store moat_sockets_files_store = {
    .read = read_file, .write = write_file, .erase = erase_file};
#endif
