/* The platform table, and the folder behind it. */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A grant is only as durable as its folder. Errors are ignored: the parent may not be ours to
 * open. */
static void sync_parent(const char *path) {
  int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int parent = fd < 0 ? -1 : openat(fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (parent >= 0) {
    (void)moat_posix__sync(parent);
    close(parent);
  }
  if (fd >= 0) close(fd);
}

/* Makes `dir` and its missing parents. Returns 0, or the errno of the first one that could not be
 * made. That only matters if the folder then does not exist. */
static int make_folders(const char *dir) {
  char path[PATH_MAX];
  size_t n = strlen(dir);
  int error = 0;
  if (n >= sizeof path) return ENAMETOOLONG;
  memcpy(path, dir, n + 1);
  for (size_t i = 1; i <= n; i++) {
    if (path[i] != '/' && path[i] != '\0') continue;
    path[i] = '\0';
    if (mkdir(path, 0700) == 0)
      sync_parent(path);
    else if (errno != EEXIST && !error)
      error = errno;
    if (i < n) path[i] = '/';
  }
  return error;
}

static int open_folder(const char *dir) {
  return openat(AT_FDCWD, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Whoever can write to the folder can put another grant into it. */
static int judge_folder(const moat_posix *c) {
  struct stat st;
  if (fstat(c->dir, &st)) return errno;
  bool is_ours = st.st_uid == c->owner || st.st_uid == 0;
  return is_ours && !(st.st_mode & 022) ? 0 : EPERM;
}

int moat_posix_open(moat_posix *c, const char *dir) {
  c->error = 0;
  c->has_dir = 0;
  c->held = 0;
  if (!dir) return MOAT_OK;
  /* The folder is kept open, so that neither chdir() nor a renamed parent moves the account. */
  c->dir = open_folder(dir);
  if (c->dir < 0 && errno == ENOENT) {
    int error = make_folders(dir);
    c->dir = open_folder(dir);
    if (c->dir < 0 && errno == ENOENT && error) errno = error;
  }
  if (c->dir < 0) return moat_posix__fail(c, MOAT_E_STORE, errno);
  c->owner = geteuid();
  int error = judge_folder(c);
  c->has_dir = !error;
  if (!error) return MOAT_OK;
  close(c->dir);
  return moat_posix__fail(c, MOAT_E_STORE, error);
}

void moat_posix_close(moat_posix *c) {
  moat_posix__unlock(c);
  if (c->has_dir) close(c->dir);
  c->has_dir = 0;
}

static void pass_event(void *ctx, int event, int32_t value) {
  const moat_posix *c = ctx;
  if (c->event) c->event(c->event_ctx, event, value);
}

const moat_platform moat_posix_platform = {.ticks_ms = moat_posix__ticks_ms,
                                           .unix_time = moat_posix__unix_time,
                                           .random = moat_posix__random,
                                           .slot_read = moat_posix__slot_read,
                                           .slot_write = moat_posix__slot_write,
                                           .slot_erase = moat_posix__slot_erase,
                                           .lock = moat_posix__lock,
                                           .unlock = moat_posix__unlock,
                                           .event = pass_event};
