/* A disk that can lose its power: a recorder under the POSIX port.
 *
 * The calls that change files are replaced here. They work as ever, and each change in the recorded
 * folder is noted as well. Until a sync a change may be lost, each sector of a file and its length
 * by themselves, and each change of a name. crash() makes every folder that a power loss at this
 * moment could leave, in disk.replay, and calls disk.look for each. One sector at a time may also
 * be torn within. */
#ifndef DISK_H
#define DISK_H

#include "cmocka_all.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "checks.h"

enum { SECTOR = 512, SECTORS = 40, INODES = 200, ENTRIES = 12, CHANGES = 8, FDS = 1024 };
enum { SIZES = 80, DIGITS = 64, STATES = 2048, TEAR = 32, TEARS = 64 };

/* Faults to seed. */
enum {
  NO_FAULT,
  NO_RECORD_SYNC,   /* a record that is overwritten is not synced */
  NO_MARK_SYNC,     /* nor is a mark */
  NO_NEW_FILE_SYNC, /* a file is renamed before it is synced */
  NO_FOLDER_SYNC,
  OVER_NEWEST_RECORD, /* the wrong one is overwritten */
  OVER_NEWEST_MARK,
  FAULTS
};

typedef struct {
  uint8_t (*versions)[SECTOR]; /* the first is durable, the last is what a read sees */
  unsigned count;
} disk_sector;

typedef struct {
  disk_sector sectors[SECTORS];
  size_t sizes[SIZES];
  unsigned size_count;
} disk_inode;

typedef struct {
  char name[32];
  int inode;
} disk_entry;

typedef struct {
  disk_entry entries[ENTRIES];
} disk_folder;

typedef struct {
  char from[32], to[32]; /* from nothing: made; to nothing: unlinked */
  int inode;
} disk_change;

/* A file of the replay folder: absent if the size is less than 0. */
typedef struct {
  uint8_t bytes[SECTORS * SECTOR];
  long size;
} disk_file;

static const char *const disk_names[] = {"grant.a", "grant.b", "mark", "tls"};
enum { DISK_FILES = COUNT(disk_names), TLS_FILE = 3 };

static struct {
  int fault;
  bool records;
  int dir, inode_at[FDS];
  disk_inode inodes[INODES];
  int inode_count;
  disk_folder durable, current;
  disk_change changes[CHANGES];
  unsigned change_count;
  char replay[64];
  disk_file made[DISK_FILES], wanted[DISK_FILES];
  bool (*look)(void); /* false: enough has been seen */
  bool seen;
  unsigned states, file_syncs, data_syncs, folder_syncs;
  uint32_t random;
} disk;

/* ---- Folders ---- */

static disk_entry *disk_find(disk_folder *f, const char *name) {
  for (int i = 0; i < ENTRIES; i++)
    if (strcmp(f->entries[i].name, name) == 0) return &f->entries[i];
  return NULL;
}

static void disk_set(disk_folder *f, const char *name, int inode) {
  disk_entry *e = disk_find(f, name);
  if (!e) e = disk_find(f, "");
  assert_non_null(e);
  (void)snprintf(e->name, sizeof e->name, "%s", name);
  e->inode = inode;
}

static void disk_apply(disk_folder *f, const disk_change *c) {
  disk_entry *from = *c->from ? disk_find(f, c->from) : NULL;
  if (*c->to) disk_set(f, c->to, c->inode);
  if (from) *from = (disk_entry){.name = ""};
}

/* ---- What is noted ---- */

static void disk_crash(void);

static disk_inode *disk_new_inode(int *number) {
  assert_true(disk.inode_count < INODES);
  *number = disk.inode_count++;
  disk_inode *n = &disk.inodes[*number];
  n->size_count = 1;
  for (int i = 0; i < SECTORS; i++) {
    n->sectors[i].versions = calloc(1, SECTOR);
    n->sectors[i].count = 1;
  }
  return n;
}

static size_t disk_size(const disk_inode *n) {
  return n->sizes[n->size_count - 1];
}

static void disk_resize(disk_inode *n, size_t size) {
  if (size == disk_size(n)) return;
  assert_true(n->size_count < SIZES);
  n->sizes[n->size_count++] = size;
}

/* Bytes of one sector. */
static void disk_put(disk_sector *s, size_t at, const uint8_t *p, size_t n) {
  const uint8_t *last = s->versions[s->count - 1];
  if (memcmp(last + at, p, n) == 0) return;
  s->versions = realloc(s->versions, (s->count + 1) * SECTOR);
  memcpy(s->versions[s->count], s->versions[s->count - 1], SECTOR);
  memcpy(s->versions[s->count++] + at, p, n);
}

static void disk_write(int fd, size_t at, const void *bytes, size_t n) {
  if (disk.inode_at[fd] < 0) return;
  disk_inode *i = &disk.inodes[disk.inode_at[fd]];
  const uint8_t *p = bytes;
  size_t end = at + n;
  assert_true(end <= SECTORS * SECTOR);
  for (size_t part; n > 0; n -= part, p += part, at += part) {
    size_t room = SECTOR - at % SECTOR;
    part = n < room ? n : room;
    disk_put(&i->sectors[at / SECTOR], at % SECTOR, p, part);
  }
  if (end > disk_size(i)) disk_resize(i, end);
}

static void disk_truncate(int fd, size_t size) {
  static const uint8_t zeros[SECTOR];
  disk_inode *i = &disk.inodes[disk.inode_at[fd]];
  for (size_t at = size; at < disk_size(i); at += SECTOR - at % SECTOR)
    disk_put(&i->sectors[at / SECTOR], at % SECTOR, zeros, SECTOR - at % SECTOR);
  disk_resize(i, size);
}

static void disk_settle(disk_inode *n) {
  n->sizes[0] = disk_size(n);
  n->size_count = 1;
  for (int i = 0; i < SECTORS; i++) {
    disk_sector *s = &n->sectors[i];
    memcpy(s->versions[0], s->versions[s->count - 1], SECTOR);
    s->count = 1;
  }
}

static void disk_rename(const char *from, const char *to, int inode) {
  assert_true(disk.change_count < CHANGES);
  disk_change *c = &disk.changes[disk.change_count++];
  *c = (disk_change){.inode = inode};
  (void)snprintf(c->from, sizeof c->from, "%s", from);
  (void)snprintf(c->to, sizeof c->to, "%s", to);
  disk_apply(&disk.current, c);
}

static bool disk_is_named(int inode, const char *begin) {
  for (int i = 0; i < ENTRIES; i++) {
    const disk_entry *e = &disk.current.entries[i];
    if (*e->name && e->inode == inode && strncmp(e->name, begin, strlen(begin)) == 0) return true;
  }
  return false;
}

/* ---- The calls ---- */

static bool disk_notes(int dir, const char *name) {
  return disk.records && dir == disk.dir && strcmp(name, ".") != 0 && strcmp(name, "lock") != 0;
}

int openat(int dir, const char *name, int flags, ...) {
  va_list more;
  va_start(more, flags);
  int mode = flags & O_CREAT ? va_arg(more, int) : 0;
  va_end(more);
  bool noted = disk_notes(dir, name), overwrites = (flags & O_ACCMODE) == O_RDWR;
  if (noted && overwrites && disk.fault == OVER_NEWEST_RECORD && strncmp(name, "grant.", 6) == 0)
    name = name[6] == 'a' ? "grant.b" : "grant.a";
  int fd = (int)syscall(SYS_openat, dir, name, flags, mode);
  if (fd < 0) return fd;
  assert_true(fd < FDS);
  disk.inode_at[fd] = -1;
  if (noted && flags & O_CREAT) {
    (void)disk_new_inode(&disk.inode_at[fd]);
    disk_rename("", name, disk.inode_at[fd]);
    disk_crash();
  } else if (noted) {
    assert_non_null(disk_find(&disk.current, name));
    disk.inode_at[fd] = disk_find(&disk.current, name)->inode;
  }
  return fd;
}

/* The mark that would be overwritten is the other one. */
static void disk_misplace(int fd) {
  if (disk.fault != OVER_NEWEST_MARK || disk.inode_at[fd] < 0 ||
      disk_size(&disk.inodes[disk.inode_at[fd]]) != 8192 || lseek(fd, 0, SEEK_CUR) > 4096)
    return;
  (void)lseek(fd, lseek(fd, 0, SEEK_CUR) ^ 4096, SEEK_SET);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  bool noted = disk.records && disk.inode_at[fd] >= 0;
  size_t at = noted ? (size_t)lseek(fd, 0, SEEK_CUR) : 0;
  ssize_t r = syscall(SYS_writev, fd, parts, count);
  for (int i = 0; noted && r > 0 && i < count; at += parts[i].iov_len, i++)
    disk_write(fd, at, parts[i].iov_base, parts[i].iov_len);
  if (noted) disk_crash();
  return r;
}

ssize_t write(int fd, const void *p, size_t n) {
  bool noted = disk.records && fd >= 0 && disk.inode_at[fd] >= 0;
  if (noted) disk_misplace(fd);
  size_t at = noted ? (size_t)lseek(fd, 0, SEEK_CUR) : 0;
  ssize_t r = syscall(SYS_write, fd, p, n);
  if (noted && r > 0) disk_write(fd, at, p, (size_t)r);
  /* The zeros that fill a new file up to its length tell nothing new. */
  if (noted && at % SECTOR < 100) disk_crash();
  return r;
}

int ftruncate(int fd, off_t size) {
  int r = (int)syscall(SYS_ftruncate, fd, (long)size);
  if (!disk.records || disk.inode_at[fd] < 0 || r) return r;
  disk_truncate(fd, (size_t)size);
  disk_crash();
  return 0;
}

int posix_fallocate(int fd, off_t at, off_t n) {
  assert_int_equal(at, 0);
  struct stat
      st; /* not SYS_fallocate, whose offsets take two arguments each where a long has 32 bits */
  if (fstat(fd, &st)) return errno;
  if (at + n > st.st_size && syscall(SYS_ftruncate, fd, (long)(at + n))) return errno;
  if (disk.records && disk.inode_at[fd] >= 0 &&
      (size_t)n > disk_size(&disk.inodes[disk.inode_at[fd]]))
    disk_resize(&disk.inodes[disk.inode_at[fd]], (size_t)n);
  return 0;
}

/* No real sync: it would only take time. */
int fsync(int fd) {
  if (!disk.records) return 0;
  if (fd == disk.dir) {
    disk.folder_syncs++;
    if (disk.fault == NO_FOLDER_SYNC) return 0;
    disk.durable = disk.current;
    disk.change_count = 0;
  } else if (disk.inode_at[fd] >= 0) {
    disk.file_syncs++;
    if (disk.fault == NO_NEW_FILE_SYNC) return 0;
    disk_settle(&disk.inodes[disk.inode_at[fd]]);
  }
  disk_crash();
  return 0;
}

int fdatasync(int fd) {
  int i = disk.inode_at[fd];
  if (!disk.records || i < 0) return 0;
  disk.data_syncs++;
  if (disk.fault == NO_RECORD_SYNC && disk_is_named(i, "grant.")) return 0;
  if (disk.fault == NO_MARK_SYNC && disk_is_named(i, "mark")) return 0;
  disk_settle(&disk.inodes[i]);
  disk_crash();
  return 0;
}

int renameat(int from_dir, const char *from, int to_dir, const char *to) {
  int r = (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, 0);
  if (!disk_notes(from_dir, from) || r) return r;
  assert_non_null(disk_find(&disk.current, from));
  disk_rename(from, to, disk_find(&disk.current, from)->inode);
  disk_crash();
  return 0;
}

int unlinkat(int dir, const char *name, int flags) {
  int r = (int)syscall(SYS_unlinkat, dir, name, flags);
  if (!disk_notes(dir, name) || r) return r;
  disk_rename(name, "", -1);
  disk_crash();
  return 0;
}

/* ---- What a power loss could leave ---- */

static uint32_t disk_random(uint32_t below) {
  disk.random = disk.random * 1664525u + 1013904223u;
  return (disk.random >> 8) % below;
}

/* The replay folder's own calls are not recorded. */
static void disk_make(int i) {
  disk_file *made = &disk.made[i];
  const disk_file *wanted = &disk.wanted[i];
  char path[100];
  (void)snprintf(path, sizeof path, "%s/%s", disk.replay, disk_names[i]);
  if (wanted->size < 0 && made->size >= 0) assert_int_equal(unlink(path), 0);
  if (wanted->size < 0) {
    made->size = -1;
    return;
  }
  bool is_new = made->size < 0, resized = wanted->size != made->size;
  size_t n = (size_t)wanted->size;
  if (!resized && memcmp(made->bytes, wanted->bytes, n) == 0) return;
  int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  assert_true(fd >= 0);
  if (resized) assert_int_equal(syscall(SYS_ftruncate, fd, (long)wanted->size), 0);
  for (size_t at = 0; at < n; at += SECTOR) {
    size_t part = n - at < SECTOR ? n - at : SECTOR;
    if (is_new || resized || memcmp(made->bytes + at, wanted->bytes + at, part) != 0)
      assert_int_equal(pwrite(fd, wanted->bytes + at, part, (off_t)at), (ssize_t)part);
  }
  close(fd);
  memcpy(made->bytes, wanted->bytes, n);
  made->size = wanted->size;
}

static void disk_look(void) {
  if (disk.seen) return;
  for (int i = 0; i < (int)DISK_FILES; i++)
    disk_make(i);
  disk.states++;
  disk.seen = !disk.look();
}

/* A choice that is open: of the versions of a sector, or of the lengths of a file. */
typedef struct {
  int file, inode, sector; /* -1: the length */
  unsigned count, value;
} disk_digit;

static void disk_choose(const disk_digit *d) {
  const disk_inode *n = &disk.inodes[d->inode];
  disk_file *f = &disk.wanted[d->file];
  if (d->sector < 0)
    f->size = (long)n->sizes[d->value];
  else
    memcpy(f->bytes + (size_t)d->sector * SECTOR, n->sectors[d->sector].versions[d->value], SECTOR);
}

/* The durable version of a file, and the choices that are open with it. */
static int disk_begin(disk_folder *folder, int file, disk_digit *digits, int count) {
  const disk_entry *e = disk_find(folder, disk_names[file]);
  disk.wanted[file].size = -1;
  if (!e) return count;
  const disk_inode *n = &disk.inodes[e->inode];
  for (int s = -1; s < SECTORS; s++) {
    disk_digit d = {file, e->inode, s, s < 0 ? n->size_count : n->sectors[s].count, 0};
    disk_choose(&d);
    if (d.count < 2) continue;
    assert_true(count < DIGITS);
    digits[count++] = d;
  }
  return count;
}

/* Every combination or, of more than can be tried, some. */
static void disk_combine(disk_digit *digits, int count) {
  unsigned total = 1;
  for (int i = 0; i < count && total <= STATES; i++)
    total *= digits[i].count;
  bool all = total <= STATES;
  for (unsigned n = 0; n < (all ? total : STATES) && !disk.seen; n++) {
    unsigned rest = n;
    for (int i = 0; i < count; i++) {
      digits[i].value = all ? rest % digits[i].count : disk_random(digits[i].count);
      rest /= digits[i].count;
      disk_choose(&digits[i]);
    }
    disk_look();
  }
}

/* Looks at a torn sector, unless it was torn alike before: much of a sector seldom changes. */
static void disk_look_once(const uint8_t *torn, uint8_t (*tried)[SECTOR], int *count) {
  for (int i = 0; i < *count; i++)
    if (memcmp(tried[i], torn, SECTOR) == 0) return;
  memcpy(tried[(*count)++], torn, SECTOR);
  disk_look();
}

/* The new bytes up to one byte, or from there on; or neither the old nor the new. */
static void disk_tear(const disk_digit *d) {
  uint8_t *p = disk.wanted[d->file].bytes + (size_t)d->sector * SECTOR, whole[SECTOR];
  uint8_t tried[TEARS][SECTOR];
  int count = 0;
  const disk_sector *s = &disk.inodes[d->inode].sectors[d->sector];
  const uint8_t *before = s->versions[s->count - 2], *after = s->versions[s->count - 1];
  memcpy(whole, p, SECTOR);
  for (size_t at = 0; at < SECTOR; at += at < 64 ? 4 : TEAR) {
    for (int turned = 0; turned < 2; turned++) {
      memcpy(p, turned ? before : after, at);
      memcpy(p + at, (turned ? after : before) + at, SECTOR - at);
      disk_look_once(p, tried, &count);
    }
  }
  for (int filler = 0; filler < 3; filler++) {
    memset(p, filler == 0 ? 0 : filler == 1 ? 0xff : 0x5a, SECTOR);
    disk_look_once(p, tried, &count);
  }
  memcpy(p, whole, SECTOR);
}

static void disk_tear_each(disk_digit *digits, int count) {
  for (int i = 0; i < count; i++) {
    if (digits[i].sector < 0) continue;
    for (int newest = 0; newest < 2; newest++) {
      for (int k = 0; k < count; k++) {
        digits[k].value = newest ? digits[k].count - 1 : 0;
        disk_choose(&digits[k]);
      }
      disk_tear(&digits[i]);
    }
  }
}

static void disk_crash(void) {
  if (!disk.records || disk.seen) return;
  disk.records = false;
  for (unsigned mask = 0; mask < 1u << disk.change_count; mask++) {
    disk_folder folder = disk.durable;
    disk_digit digits[DIGITS], cache[DIGITS];
    int count = 0, of_cache;
    for (unsigned i = 0; i < disk.change_count; i++)
      if (mask & 1u << i) disk_apply(&folder, &disk.changes[i]);
    for (int file = 0; file < TLS_FILE; file++)
      count = disk_begin(&folder, file, digits, count);
    /* The cache has no part in the rest: any of its versions will do. */
    of_cache = disk_begin(&folder, TLS_FILE, cache, 0);
    for (int i = 0; i < of_cache; i++) {
      cache[i].value = disk_random(cache[i].count);
      disk_choose(&cache[i]);
    }
    disk_combine(digits, count);
    disk_tear_each(digits, count);
  }
  disk.records = true;
}

/* The replay folder was written to by others: it is made anew. */
static void disk_spoiled(void) {
  char path[100];
  for (int i = 0; i < (int)DISK_FILES; i++) {
    (void)snprintf(path, sizeof path, "%s/%s", disk.replay, disk_names[i]);
    (void)unlink(path);
    disk.made[i].size = -1;
  }
}

/* ---- Begin and end ---- */

static void disk_free(void) {
  for (int i = 0; i < disk.inode_count; i++)
    for (int s = 0; s < SECTORS; s++)
      free(disk.inodes[i].sectors[s].versions);
  disk.inode_count = 0;
}

/* Records the open folder `dir` from now on. It is empty. */
static void disk_record(int dir, const char *replay, bool (*look)(void)) {
  disk_free();
  memset(&disk, 0, sizeof disk);
  memset(disk.inode_at, -1, sizeof disk.inode_at);
  (void)snprintf(disk.replay, sizeof disk.replay, "%s", replay);
  for (int i = 0; i < (int)DISK_FILES; i++)
    disk.made[i].size = -1;
  disk.look = look;
  disk.dir = dir;
  disk.records = true;
}

#endif
