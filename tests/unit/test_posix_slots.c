/* Slots of the POSIX port that are overwritten in place, under the lock: what is kept of them,
 * which files are replaced instead, and what spoiled files are read as. test_posix_disk.c has what
 * a power loss does. */
#define _GNU_SOURCE 1 /* mkdtemp */
#include "cmocka_all.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../port/posix/moat_posix.h"
#include "checks.h"

#define PLATFORM moat_posix_platform

enum { FILE_SIZE = 16384, MARK_SIZE = 8192, BLOCK = 4096, HEAD = 16, LARGEST = 20000 };

static const char *const names[] = {"grant.a", "grant.b", "mark", "pending", "tls"};
static char folder[] = "/tmp/test_posix_slots.XXXXXX";
static unsigned char bytes[LARGEST], got[LARGEST + 8];

static int make_folder(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof bytes; i++)
    bytes[i] = (unsigned char)(i * 7 + i / 251);
  return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
  (void)state;
  return rmdir(folder);
}

static const char *path(const char *name) {
  static char out[2][100];
  static int turn;
  turn = !turn;
  (void)snprintf(out[turn], sizeof out[turn], "%s/%s", folder, name);
  return out[turn];
}

static int open_locked(void **state) {
  static moat_posix p;
  *state = &p;
  return moat_posix_open(&p, folder) || PLATFORM.lock(&p);
}

static int close_it(void **state) {
  moat_posix_close(*state);
  for (size_t i = 0; i < COUNT(names); i++)
    (void)unlink(path(names[i]));
  (void)unlink(path("elsewhere"));
  return unlink(path("lock"));
}

static struct stat facts(const char *name) {
  struct stat st;
  assert_int_equal(lstat(path(name), &st), 0);
  return st;
}

static void put(moat_posix *p, int slot, size_t n, unsigned char first) {
  bytes[0] = first;
  assert_int_equal(PLATFORM.slot_write(p, slot, bytes, n), 0);
}

static void assert_holds(moat_posix *p, int slot, size_t n, unsigned char first) {
  size_t length = 0;
  bytes[0] = first;
  memset(got, 0xa5, sizeof got);
  assert_int_equal(PLATFORM.slot_read(p, slot, got, n, &length), 0);
  assert_int_equal(length, n);
  assert_memory_equal(got, bytes, n);
  assert_int_equal(got[n], 0xa5);
}

static void flip(const char *name, off_t at) {
  char c;
  int fd = open(path(name), O_RDWR | O_CLOEXEC);
  assert_int_equal(pread(fd, &c, 1, at), 1);
  c = (char)(c ^ 0x55);
  assert_int_equal(pwrite(fd, &c, 1, at), 1);
  close(fd);
}

/* The same file, of the same size, holds one record after the other. */
static void test_in_place(void **state) {
  moat_posix *p = *state;
  static const size_t sizes[] = {1, 100, 4, 496, 12, 44};
  for (int slot = 0; slot < MOAT_SLOTS; slot++) {
    put(p, slot, 50, 0);
    struct stat before = facts(names[slot]);
    for (size_t i = 0; i < COUNT(sizes); i++) {
      put(p, slot, sizes[i], (unsigned char)i);
      assert_holds(p, slot, sizes[i], (unsigned char)i);
      struct stat after = facts(names[slot]);
      assert_int_equal(after.st_mode & 07777, 0600);
      if (slot == MOAT_SLOT_PENDING)
        before.st_ino = after.st_ino; /* it may be written without the lock, so it is replaced */
      assert_int_equal(after.st_ino, before.st_ino);
      if (slot <= MOAT_SLOT_B) assert_int_equal(after.st_size, FILE_SIZE);
      if (slot == MOAT_SLOT_MARK) assert_int_equal(after.st_size, MARK_SIZE);
      if (slot > MOAT_SLOT_MARK) assert_int_equal(after.st_size, sizes[i]);
    }
  }
}

/* At the ends of a block and of a file, and beyond them. */
static void test_any_size(void **state) {
  moat_posix *p = *state;
  static const size_t sizes[] = {BLOCK - HEAD - 1,
                                 BLOCK - HEAD,
                                 BLOCK - HEAD + 1,
                                 FILE_SIZE - HEAD,
                                 FILE_SIZE - HEAD + 1,
                                 30,
                                 FILE_SIZE + 1,
                                 MARK_SIZE + 1,
                                 497,
                                 LARGEST,
                                 1};
  for (int slot = 0; slot < MOAT_SLOTS; slot++) {
    for (size_t i = 0; i < COUNT(sizes); i++) {
      size_t n = 0;
      put(p, slot, sizes[i], (unsigned char)i);
      assert_holds(p, slot, sizes[i], (unsigned char)i);
      assert_int_equal(PLATFORM.slot_read(p, slot, got, sizes[i] - 1, &n), MOAT_E_SPACE);
      assert_int_equal(n, sizes[i]);
    }
  }
}

/* Two writers without the lock could mix their bytes. */
static void test_replaced_without_the_lock(void **state) {
  moat_posix *p = *state;
  put(p, MOAT_SLOT_A, 50, 1);
  int fd = open(path("grant.a"), O_RDONLY | O_CLOEXEC); /* so that the number stays taken */
  ino_t before = facts("grant.a").st_ino;
  PLATFORM.unlock(p);
  put(p, MOAT_SLOT_A, 50, 2);
  assert_int_not_equal(facts("grant.a").st_ino, before);
  close(fd);
  assert_holds(p, MOAT_SLOT_A, 50, 2);
}

/* ---- Files that are not ours alone ---- */

/* As a backup makes it: the other name keeps the old bytes. */
static void test_hard_link(void **state) {
  moat_posix *p = *state;
  static const int slots[] = {MOAT_SLOT_A, MOAT_SLOT_MARK, MOAT_SLOT_TLS};
  for (size_t i = 0; i < COUNT(slots); i++) {
    const char *name = names[slots[i]];
    put(p, slots[i], 50, 1);
    (void)unlink(path("elsewhere"));
    assert_int_equal(link(path(name), path("elsewhere")), 0);
    for (unsigned char first = 2; first < 5; first++) {
      put(p, slots[i], 50, first);
      assert_holds(p, slots[i], 50, first);
    }
    assert_int_not_equal(facts(name).st_ino, facts("elsewhere").st_ino);
    assert_int_equal(rename(path("elsewhere"), path(name)), 0);
    assert_holds(p, slots[i], 50, 1);
  }
}

static void test_symbolic_link(void **state) {
  moat_posix *p = *state;
  put(p, MOAT_SLOT_A, 50, 1);
  assert_int_equal(rename(path("grant.a"), path("elsewhere")), 0);
  assert_int_equal(symlink("elsewhere", path("grant.a")), 0);
  put(p, MOAT_SLOT_A, 50, 2);
  assert_true(S_ISREG(facts("grant.a").st_mode));
  assert_holds(p, MOAT_SLOT_A, 50, 2);
  assert_int_equal(rename(path("elsewhere"), path("grant.a")), 0);
  assert_holds(p, MOAT_SLOT_A, 50, 1);
}

/* Whatever the mode was, it becomes 0600, and nobody who has the file open sees the new bytes. */
static void test_mode_and_owner(void **state) {
  moat_posix *p = *state;
  static const mode_t modes[] = {0400, 0700, 0640, 0602, 04600};
  for (size_t i = 0; i < COUNT(modes); i++) {
    char seen[HEAD + 1] = "";
    put(p, MOAT_SLOT_A, 50, 1);
    assert_int_equal(chmod(path("grant.a"), modes[i]), 0);
    int reader = open(path("grant.a"), O_RDONLY | O_CLOEXEC);
    put(p, MOAT_SLOT_A, 50, 2);
    assert_int_equal(facts("grant.a").st_mode & 07777, 0600);
    assert_int_equal(read(reader, seen, sizeof seen), sizeof seen);
    assert_int_equal(seen[HEAD], 1);
    close(reader);
  }
  if (geteuid() != 0) return;
  assert_int_equal(chown(path("grant.a"), 65534, 65534), 0);
  put(p, MOAT_SLOT_A, 50, 3);
  assert_int_equal(facts("grant.a").st_uid, 0);
}

static void test_fifo(void **state) {
  moat_posix *p = *state;
  assert_int_equal(mkfifo(path("mark"), 0600), 0);
  put(p, MOAT_SLOT_MARK, 40, 2);
  assert_holds(p, MOAT_SLOT_MARK, 40, 2);
}

/* ---- Damage ---- */

static int read_with(moat_posix *p, int slot, size_t cap) {
  size_t n;
  return PLATFORM.slot_read(p, slot, got, cap, &n);
}

/* A spoiled head says nothing of a length that a buffer would have to have: the slot is damaged,
 * and the other one counts. */
static void test_spoiled_head(void **state) {
  moat_posix *p = *state;
  for (off_t at = 0; at < HEAD; at++) {
    put(p, MOAT_SLOT_A, 50, 1);
    flip("grant.a", at);
    assert_int_equal(read_with(p, MOAT_SLOT_A, 100), MOAT_E_STORE);
    /* With a large buffer the record's own checksum tells. */
    assert_int_equal(read_with(p, MOAT_SLOT_A, FILE_SIZE), 0);
    put(p, MOAT_SLOT_A, 50, 2);
    assert_holds(p, MOAT_SLOT_A, 50, 2);
  }
}

/* The newest mark is the other one, until both are spoiled. */
static void test_spoiled_marks(void **state) {
  moat_posix *p = *state;
  for (off_t at = 0; at < HEAD + 40; at++) {
    for (unsigned char first = 1; first < 4; first++)
      put(p, MOAT_SLOT_MARK, 40, first);
    flip("mark", at); /* the third is in the first place */
    assert_holds(p, MOAT_SLOT_MARK, 40, 2);
    flip("mark", BLOCK + at);
    assert_int_equal(read_with(p, MOAT_SLOT_MARK, 72), MOAT_E_STORE);
    put(p, MOAT_SLOT_MARK, 40, 4);
    assert_holds(p, MOAT_SLOT_MARK, 40, 4);
    put(p, MOAT_SLOT_MARK, 40, 5);
    assert_holds(p, MOAT_SLOT_MARK, 40, 5);
  }
}

/* A file that is cut short, or grew, is no file of ours any more. */
static void test_other_lengths(void **state) {
  moat_posix *p = *state;
  static const off_t lengths[] = {0, 1, HEAD, 60, FILE_SIZE - 1, FILE_SIZE + 1};
  for (size_t i = 0; i < COUNT(lengths); i++) {
    put(p, MOAT_SLOT_A, 50, 1);
    assert_int_equal(truncate(path("grant.a"), lengths[i]), 0);
    size_t n = 0;
    assert_int_equal(PLATFORM.slot_read(p, MOAT_SLOT_A, got, sizeof got, &n), 0);
    assert_int_equal(n, lengths[i]); /* as it is: the record's checksum tells */
    put(p, MOAT_SLOT_A, 50, 2);
    assert_holds(p, MOAT_SLOT_A, 50, 2);
    assert_int_equal(facts("grant.a").st_size, FILE_SIZE);
  }
}

/* An older Moat's file that happens to be as long as one of ours. With too little room for it, it
 * cannot be told from a spoiled one. */
static void test_old_file_of_that_size(void **state) {
  moat_posix *p = *state;
  static const int sizes[] = {[MOAT_SLOT_A] = FILE_SIZE, [MOAT_SLOT_MARK] = MARK_SIZE};
  for (int slot = MOAT_SLOT_A; slot <= MOAT_SLOT_MARK; slot += MOAT_SLOT_MARK) {
    int fd = open(path(names[slot]), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, bytes, (size_t)sizes[slot]), sizes[slot]);
    close(fd);
    assert_holds(p, slot, (size_t)sizes[slot], bytes[0]);
    assert_int_equal(read_with(p, slot, (size_t)sizes[slot] - 1), MOAT_E_STORE);
  }
}

/* ---- A full disk, in the shape of a limit ---- */

static int limited(rlim_t limit, int (*act)(moat_posix *p), moat_posix *p) {
  struct rlimit less, before;
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
  void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
  less = before;
  less.rlim_cur = limit;
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &less), 0);
  int r = act(p);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
  (void)signal(SIGXFSZ, handler);
  return r;
}

static int write_mark(moat_posix *p) {
  return PLATFORM.slot_write(p, MOAT_SLOT_MARK, bytes, 40);
}
static int write_a(moat_posix *p) {
  return PLATFORM.slot_write(p, MOAT_SLOT_A, bytes, 50);
}
static int write_b(moat_posix *p) {
  return PLATFORM.slot_write(p, MOAT_SLOT_B, bytes, 50);
}

/* A mark that is written promises that the answer can be stored, whatever becomes of the disk. */
static void test_room_is_kept(void **state) {
  moat_posix *p = *state;
  assert_int_equal(limited(FILE_SIZE - 1, write_mark, p), MOAT_E_STORE);
  assert_int_equal(p->error, EFBIG);
  assert_int_equal(read_with(p, MOAT_SLOT_MARK, 40), MOAT_E_EMPTY);
  assert_int_equal(limited(FILE_SIZE, write_mark, p), 0);
  for (int slot = MOAT_SLOT_A; slot <= MOAT_SLOT_B; slot++) {
    assert_int_equal(facts(names[slot]).st_size, FILE_SIZE);
    assert_int_equal(facts(names[slot]).st_mode & 07777, 0600);
    assert_int_equal(read_with(p, slot, 40), MOAT_E_EMPTY);
  }
  ino_t inode = facts("grant.b").st_ino;
  assert_int_equal(limited(HEAD + 50, write_a, p), 0);
  assert_int_equal(limited(HEAD + 50, write_b, p), 0);
  assert_holds(p, MOAT_SLOT_A, 50, bytes[0]);
  assert_holds(p, MOAT_SLOT_B, 50, bytes[0]);
  assert_int_equal(facts("grant.b").st_ino, inode);
  assert_int_equal(facts("lock").st_size, 0);
  /* A short write is an error. */
  for (rlim_t limit = 1; limit < HEAD + 50; limit += 13) {
    assert_int_equal(limited(limit, write_a, p), MOAT_E_STORE);
    assert_int_equal(p->error, EFBIG);
  }
}

/* For a code there is no mark. */
static void test_reserve(void **state) {
  moat_posix *p = *state;
  assert_int_equal(limited(FILE_SIZE - 1, moat_posix_reserve, p), MOAT_E_STORE);
  assert_int_equal(p->error, EFBIG);
  assert_int_equal(access(path("grant.a"), F_OK), -1);
  put(p, MOAT_SLOT_A, 50, 1);
  assert_int_equal(moat_posix_reserve(p), 0);
  assert_holds(p, MOAT_SLOT_A, 50, 1); /* what is stored stays */
  assert_int_equal(PLATFORM.slot_erase(p, MOAT_SLOT_B), 0);
  assert_int_equal(limited(FILE_SIZE - 1, moat_posix_reserve, p), MOAT_E_STORE);
  assert_int_equal(moat_posix_reserve(p), 0);
  /* A file of another size cannot be overwritten. It is only seen that there is room. */
  PLATFORM.unlock(p);
  assert_int_equal(PLATFORM.slot_erase(p, MOAT_SLOT_B), 0);
  assert_int_equal(moat_posix_reserve(p), 0); /* it takes the lock, and gives it back */
  assert_int_equal(facts("grant.b").st_size, FILE_SIZE);
  assert_int_equal(truncate(path("grant.a"), 60), 0);
  assert_int_equal(PLATFORM.lock(p), 0);
  assert_int_equal(limited(FILE_SIZE - 1, moat_posix_reserve, p), MOAT_E_STORE);
  assert_int_equal(moat_posix_reserve(p), 0);
  assert_int_equal(facts("grant.a").st_size, 60);
  assert_int_equal(facts("lock").st_size, 0);
}

#define LOCKED(test) cmocka_unit_test_setup_teardown(test, open_locked, close_it)

int main(void) {
  const struct CMUnitTest tests[] = {
      LOCKED(test_in_place),
      LOCKED(test_any_size),
      LOCKED(test_hard_link),
      LOCKED(test_replaced_without_the_lock),
      LOCKED(test_symbolic_link),
      LOCKED(test_mode_and_owner),
      LOCKED(test_fifo),
      LOCKED(test_spoiled_head),
      LOCKED(test_spoiled_marks),
      LOCKED(test_other_lengths),
      LOCKED(test_room_is_kept),
      LOCKED(test_reserve),
      LOCKED(test_old_file_of_that_size),
  };
  return cmocka_run_group_tests_name("posix: slots", tests, make_folder, remove_folder);
}
