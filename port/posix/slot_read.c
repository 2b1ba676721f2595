/* Reading the files of slots. */
#include "internal.h"
#include "slot_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *const moat_posix__slot_names[MOAT_SLOTS] = {[MOAT_SLOT_A] = "grant.a",
                                                        [MOAT_SLOT_B] = "grant.b",
                                                        [MOAT_SLOT_MARK] = "mark",
                                                        [MOAT_SLOT_PENDING] = "pending",
                                                        [MOAT_SLOT_TLS] = "tls"};

int moat_posix__check_slot(moat_posix *c, int slot) {
  if (slot < 0 || slot >= MOAT_SLOTS) return MOAT_E_MISUSE;
  return c->has_dir ? MOAT_OK : moat_posix__fail(c, MOAT_E_PORT, 0);
}

/* A grant that others could read or write is not used, so that somebody notices. */
bool moat_posix__is_private(const moat_posix *c, const struct stat *st) {
  return S_ISREG(st->st_mode) && st->st_uid == c->owner && !(st->st_mode & 077);
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

/* ---- Reading ----
 *
 * A read error is never MOAT_E_STORE: that means a damaged record, which the other slot may
 * replace. */

enum { NO_HEAD = 1 };

/* A file that is reserved has neither a head nor anything else in its first block. */
static bool is_reserved(const uint8_t block[BLOCK]) {
  static const uint8_t none[BLOCK];
  return memcmp(block, none, BLOCK) == 0;
}

/* `block` has been read. Few records are longer. */
static int take_record(moat_posix *c, int fd, const uint8_t block[BLOCK], uint8_t *p, size_t cap,
                       size_t *n) {
  if (is_reserved(block)) return MOAT_E_EMPTY;
  if (!moat_posix__is_record(block)) return NO_HEAD;
  *n = moat_posix__head_length(block);
  if (*n > FILE_SIZE - HEAD) return MOAT_E_STORE;
  if (*n > cap) return MOAT_E_SPACE;
  size_t first = *n < BLOCK - HEAD ? *n : BLOCK - HEAD;
  memcpy(p, block + HEAD, first);
  int error = moat_posix__read_all(fd, p + first, *n - first);
  return error ? moat_posix__fail(c, MOAT_E_PORT, error) : MOAT_OK;
}

static int read_record(moat_posix *c, int fd, uint8_t *p, size_t cap, size_t *n) {
  uint8_t block[BLOCK];
  int error = moat_posix__read_all(fd, block, sizeof block);
  int r = error ? moat_posix__fail(c, MOAT_E_PORT, error) : take_record(c, fd, block, p, cap, n);
  moat_posix__wipe(block, sizeof block);
  return r;
}

static int read_mark(moat_posix *c, int fd, uint8_t *p, size_t cap, size_t *n) {
  uint8_t file[MARK_READ];
  int error = moat_posix__read_all(fd, file, sizeof file);
  if (error) return moat_posix__fail(c, MOAT_E_PORT, error);
  const uint8_t *place = moat_posix__newest_mark(file);
  if (!place) return NO_HEAD;
  *n = moat_posix__head_length(place);
  if (*n > cap) return MOAT_E_SPACE;
  memcpy(p, place + HEAD, *n);
  return MOAT_OK;
}

static int read_private(moat_posix *c, int slot, int fd, void *p, size_t cap, size_t *n) {
  struct stat st;
  if (fstat(fd, &st)) return moat_posix__fail(c, MOAT_E_PORT, errno);
  if (!moat_posix__is_private(c, &st)) return moat_posix__fail(c, MOAT_E_PORT, EPERM);
  if (st.st_size > INT_MAX) return moat_posix__fail(c, MOAT_E_PORT, EFBIG);
  *n = (size_t)st.st_size;
  bool kept = *n && *n == moat_posix__kept_size(slot, 0);
  if (kept) {
    int r = slot == MOAT_SLOT_MARK ? read_mark(c, fd, p, cap, n) : read_record(c, fd, p, cap, n);
    if (r != NO_HEAD) return r;
    /* Spoiled, or a file of an older Moat that happens to have this size. */
    if (lseek(fd, 0, SEEK_SET)) return moat_posix__fail(c, MOAT_E_PORT, errno);
  }
  if (*n > cap) return kept ? MOAT_E_STORE : MOAT_E_SPACE;
  int error = moat_posix__read_all(fd, p, *n);
  return error ? moat_posix__fail(c, MOAT_E_PORT, error) : MOAT_OK;
}

int moat_posix__slot_read(void *ctx, int slot, void *p, size_t cap, size_t *n) {
  moat_posix *c = ctx;
  *n = 0;
  int r = moat_posix__check_slot(c, slot);
  if (r) return r;
  /* O_NONBLOCK: a FIFO in the file's place must not block the caller. */
  int fd =
      openat(c->dir, moat_posix__slot_names[slot], O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT) return MOAT_E_EMPTY;
  if (fd < 0) return moat_posix__fail(c, MOAT_E_PORT, errno);
  r = read_private(c, slot, fd, p, cap, n);
  close(fd);
  return r;
}
