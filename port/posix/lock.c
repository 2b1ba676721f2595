/* The account's lock. It belongs to an open file and not to a process, so it also works between two
 * contexts of one process. The kernel releases it when its holder dies. */
#define _GNU_SOURCE 1 /* F_OFD_SETLK */

#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

static int set_lock(int fd, int on) {
#ifdef F_OFD_SETLK
  /* Length 0 means up to the end of the file, and l_pid must be 0. */
  struct flock whole_file = {.l_type = on ? F_WRLCK : F_UNLCK, .l_whence = SEEK_SET};
  return fcntl(fd, F_OFD_SETLK, &whole_file);
#else
  return flock(fd, on ? LOCK_EX | LOCK_NB : LOCK_UN);
#endif
}

/* The file is never removed: a process that has just opened it would then lock a file that is gone.
 * O_CLOEXEC keeps the lock from programs that are started meanwhile, such as a browser. */
int moat_posix__lock(void *ctx) {
  moat_posix *c = ctx;
  if (!c->has_dir) return moat_posix__fail(c, MOAT_E_PORT, 0);
  if (c->held) return MOAT_OK;
  int fd = openat(c->dir, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
  if (fd < 0) return moat_posix__fail(c, MOAT_E_STORE, errno);
  if (set_lock(fd, 1)) {
    int error = errno;
    close(fd);
    if (error == EAGAIN || error == EACCES) return MOAT_WANT_TIME;
    return moat_posix__fail(c, MOAT_E_PORT, error);
  }
  c->lock = fd;
  c->held = 1;
  c->has_room = 0;
  return MOAT_OK;
}

void moat_posix__unlock(void *ctx) {
  moat_posix *c = ctx;
  if (!c->held) return;
  /* Closing alone would not release the lock while a forked child has the file open. */
  (void)set_lock(c->lock, 0);
  close(c->lock);
  c->held = 0;
}
