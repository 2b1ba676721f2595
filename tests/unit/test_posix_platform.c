/* The POSIX port: clock, randomness, slots and lock. fsync and getrandom are replaced by ones that
 * can fail and keep a log. */
#define _GNU_SOURCE 1 /* syscall */
#include "cmocka_all.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../port/posix/moat_posix.h"

#define PLATFORM moat_posix_platform
#define FOREVER 600000

/* ---- Clock and randomness ---- */

static int no_getrandom;

ssize_t getrandom(void *p, size_t n, unsigned flags) {
  if (no_getrandom) {
    errno = no_getrandom;
    return -1;
  }
  return (ssize_t)syscall(SYS_getrandom, p, n, flags);
}

static void test_clock_and_random(void **state) {
  (void)state;
  moat_posix p = {0};
  assert_int_equal(moat_posix_open(&p, NULL), 0);
  int64_t now = 0;
  int r = PLATFORM.unix_time(&p, &now);
  assert_true(r == MOAT_E_CLOCK || now >= 1704067200);
  uint32_t before = PLATFORM.ticks_ms(&p);
  assert_true(PLATFORM.ticks_ms(&p) - before < FOREVER);

  static const uint8_t zero[300];
  uint8_t one[300] = {0}, two[300] = {0};
  assert_int_equal(PLATFORM.random(&p, one, sizeof one), 0);
  no_getrandom = ENOSYS;
  assert_int_equal(PLATFORM.random(&p, two, sizeof two), 0);
  assert_memory_not_equal(one, two, sizeof one);
  assert_memory_not_equal(one + 284, zero, 16);
  assert_memory_not_equal(two + 284, zero, 16);
  no_getrandom = EIO;
  assert_int_equal(PLATFORM.random(&p, two, sizeof two), MOAT_E_RANDOM);
  assert_int_equal(p.error, EIO);
  no_getrandom = 0;

  /* Without a folder there are no slots. */
  size_t n;
  assert_int_equal(PLATFORM.slot_read(&p, MOAT_SLOT_A, one, sizeof one, &n), MOAT_E_PORT);
  assert_int_equal(PLATFORM.slot_write(&p, MOAT_SLOT_A, one, 1), MOAT_E_PORT);
  assert_int_equal(PLATFORM.slot_erase(&p, MOAT_SLOT_A), MOAT_E_PORT);
  assert_int_equal(PLATFORM.lock(&p), MOAT_E_PORT);
  PLATFORM.unlock(&p);
  moat_posix_close(&p);
}

static int seen_event, seen_value;

static void on_event(void *ctx, int event, int32_t value) {
  assert_ptr_equal(ctx, &seen_event);
  seen_event = event;
  seen_value = value;
}

static void test_event_hook(void **state) {
  (void)state;
  moat_posix p = {0};
  PLATFORM.event(&p, MOAT_EVENT_STATUS, 200);
  p.event = on_event;
  p.event_ctx = &seen_event;
  assert_int_equal(moat_posix_open(&p, NULL), 0);
  PLATFORM.event(&p, MOAT_EVENT_STATUS, 200);
  assert_int_equal(seen_event, MOAT_EVENT_STATUS);
  assert_int_equal(seen_value, 200);
}

/* ---- Slots ---- */

static struct {
  int count, fail_at,
      folders;            /* calls since the last reset; which one fails; how many on folders */
  int file_before_rename; /* the first sync was of a file that was not in place yet */
  char place[PATH_MAX + 16];
} syncs;

int fsync(int fd) {
  struct stat st, placed;
  if (fstat(fd, &st)) return -1;
  if (S_ISDIR(st.st_mode)) syncs.folders++;
  if (++syncs.count == 1)
    syncs.file_before_rename =
        S_ISREG(st.st_mode) && (stat(syncs.place, &placed) || placed.st_ino != st.st_ino);
  if (syncs.count == syncs.fail_at) {
    errno = EIO;
    return -1;
  }
  return (int)syscall(SYS_fsync, fd);
}

static char root[] = "/tmp/test_posix.XXXXXX", folder[64];

static int make_root(void **state) {
  (void)state;
  if (!mkdtemp(root)) return -1;
  (void)snprintf(folder, sizeof folder, "%s/state/account", root);
  return 0;
}

static const char *path(const char *name) {
  static char out[PATH_MAX];
  (void)snprintf(out, sizeof out, "%s/%s", folder, name);
  return out;
}

/* How many files the folder holds; removes them if asked to. */
static int files(int remove_them) {
  int n = 0;
  DIR *d = opendir(folder);
  for (struct dirent *e; d && (e = readdir(d)) != NULL;) {
    if (e->d_name[0] == '.') continue;
    n++;
    if (remove_them) unlink(path(e->d_name));
  }
  if (d) closedir(d);
  return n;
}

static int remove_root(void **state) {
  (void)state;
  (void)files(1);
  rmdir(folder);
  char up[80];
  (void)snprintf(up, sizeof up, "%s/state", root);
  rmdir(up);
  return rmdir(root);
}

static int open_empty(void **state) {
  static moat_posix p;
  (void)files(1);
  memset(&syncs, 0, sizeof syncs);
  *state = &p;
  return moat_posix_open(&p, folder);
}

static int close_it(void **state) {
  moat_posix_close(*state);
  moat_posix_close(*state);
  return 0;
}

static mode_t mode_of(const char *name) {
  struct stat st;
  assert_int_equal(lstat(name, &st), 0);
  return st.st_mode & 07777;
}

static void assert_slot(moat_posix *p, int slot, const char *text) {
  char got[64];
  size_t n = 99;
  assert_int_equal(PLATFORM.slot_read(p, slot, got, sizeof got, &n), 0);
  assert_int_equal(n, strlen(text));
  assert_memory_equal(got, text, n);
}

/* Whoever can write to the folder can put another grant into it. */
static void test_open_folder(void **state) {
  moat_posix *p = *state;
  static const mode_t modes[] = {0777, 0770, 0702, 01777};
  moat_posix other = {0};
  for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
    assert_int_equal(fchmod(p->dir, modes[i]), 0);
    assert_int_equal(moat_posix_open(&other, folder), MOAT_E_STORE);
    assert_int_equal(other.error, EPERM);
    assert_false(other.has_dir);
  }
  assert_int_equal(fchmod(p->dir, 0755), 0); /* to read is no harm */
  assert_int_equal(moat_posix_open(&other, folder), 0);
  moat_posix_close(&other);
  assert_int_equal(fchmod(p->dir, 0700), 0);
}

static void test_folder(void **state) {
  moat_posix again;
  (void)state;
  assert_int_equal(mode_of(folder), 0700);
  char up[80];
  (void)snprintf(up, sizeof up, "%s/state", root);
  assert_int_equal(mode_of(up), 0700);
  assert_int_equal(moat_posix_open(&again, folder), 0);
  assert_true(fcntl(again.dir, F_GETFD) & FD_CLOEXEC);
  moat_posix_close(&again);
  assert_int_equal(moat_posix_open(&again, "/proc/self/nothing/here"), MOAT_E_STORE);
  assert_int_equal(again.error, ENOENT);
  assert_int_equal(moat_posix_open(&again, "/dev/null"), MOAT_E_STORE);
  assert_int_equal(again.error, ENOTDIR);
}

static void test_slots(void **state) {
  moat_posix *p = *state;
  static const char *const names[] = {"grant.a", "grant.b", "mark", "pending", "tls"};
  char got[8];
  size_t n = 99;
  mode_t before = umask(0777);
  for (int i = 0; i < MOAT_SLOTS; i++) {
    assert_int_equal(PLATFORM.slot_read(p, i, got, sizeof got, &n), MOAT_E_EMPTY);
    assert_int_equal(PLATFORM.slot_erase(p, i), 0);
    assert_int_equal(PLATFORM.slot_write(p, i, names[i], strlen(names[i])), 0);
    assert_slot(p, i, names[i]);
    assert_int_equal(mode_of(path(names[i])), 0600);
  }
  umask(before);
  assert_int_equal(files(0), MOAT_SLOTS);
  assert_int_equal(PLATFORM.slot_write(p, MOAT_SLOT_A, "ten bytes!", 10), 0);
  assert_int_equal(PLATFORM.slot_read(p, MOAT_SLOT_A, got, sizeof got, &n), MOAT_E_SPACE);
  assert_int_equal(n, 10);
  assert_int_equal(PLATFORM.slot_erase(p, MOAT_SLOT_A), 0);
  assert_int_equal(PLATFORM.slot_read(p, MOAT_SLOT_A, got, sizeof got, &n), MOAT_E_EMPTY);
  assert_slot(p, MOAT_SLOT_B, "grant.b");
  assert_int_equal(PLATFORM.slot_read(p, MOAT_SLOTS, got, sizeof got, &n), MOAT_E_MISUSE);
  assert_int_equal(PLATFORM.slot_write(p, -1, got, 1), MOAT_E_MISUSE);
}

static void test_write_is_durable(void **state) {
  moat_posix *p = *state;
  (void)snprintf(syncs.place, sizeof syncs.place, "%s", path("grant.a"));
  assert_int_equal(PLATFORM.slot_write(p, MOAT_SLOT_A, "old", 3), 0);
  memset(&syncs.count, 0, sizeof syncs.count);
  syncs.folders = syncs.file_before_rename = 0;
  assert_int_equal(PLATFORM.slot_write(p, MOAT_SLOT_A, "new", 3), 0);
  assert_int_equal(syncs.count, 2);
  assert_true(syncs.file_before_rename);
  assert_int_equal(syncs.folders, 1);
  assert_int_equal(PLATFORM.slot_erase(p, MOAT_SLOT_A), 0);
  assert_int_equal(syncs.folders, 2);
}

static void test_failed_write_keeps_the_old(void **state) {
  moat_posix *p = *state;
  static const char big[4096];
  assert_int_equal(PLATFORM.slot_write(p, MOAT_SLOT_A, "old", 3), 0);

  /* A limit on file sizes stands for a full disk. */
  struct rlimit limit, before;
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
  void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
  limit = before;
  limit.rlim_cur = 100;
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
  int r = PLATFORM.slot_write(p, MOAT_SLOT_A, big, sizeof big);
  setrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, handler);
  assert_int_equal(r, MOAT_E_STORE);
  assert_int_equal(p->error, EFBIG);
  assert_slot(p, MOAT_SLOT_A, "old");
  assert_int_equal(files(0), 1);

  /* A mark is small, but the record after it is not. */
  assert_int_equal(PLATFORM.slot_write(p, MOAT_SLOT_MARK, "old", 3), 0);
  handler = signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
  r = PLATFORM.slot_write(p, MOAT_SLOT_MARK, "new", 3);
  setrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, handler);
  assert_int_equal(r, MOAT_E_STORE);
  assert_int_equal(p->error, EFBIG);
  assert_slot(p, MOAT_SLOT_MARK, "old");
  assert_int_equal(files(0), 2);
  assert_int_equal(PLATFORM.slot_erase(p, MOAT_SLOT_MARK), 0);

  /* The disk does not sync the file. */
  syncs.count = 0;
  syncs.fail_at = 1;
  assert_int_equal(PLATFORM.slot_write(p, MOAT_SLOT_A, "new", 3), MOAT_E_STORE);
  assert_int_equal(p->error, EIO);
  assert_slot(p, MOAT_SLOT_A, "old");
  assert_int_equal(files(0), 1);

  /* The file is in place, but the folder is not synced. */
  syncs.count = 0;
  syncs.fail_at = 2;
  assert_int_equal(PLATFORM.slot_write(p, MOAT_SLOT_A, "new", 3), MOAT_E_STORE);
  assert_slot(p, MOAT_SLOT_A, "new");
}

static void put(const char *name, const char *text, mode_t mode) {
  int fd = open(path(name), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
  assert_int_equal(fchmod(fd, mode), 0);
  close(fd);
}

static void assert_refused(moat_posix *p, int error) {
  char got[64] = "";
  size_t n;
  assert_int_equal(PLATFORM.slot_read(p, MOAT_SLOT_A, got, sizeof got, &n), MOAT_E_PORT);
  assert_int_equal(p->error, error);
  assert_string_equal(got, "");
  /* Writing and erasing replace what is there, and never follow a link. */
  assert_int_equal(PLATFORM.slot_write(p, MOAT_SLOT_A, "mine", 4), 0);
  assert_slot(p, MOAT_SLOT_A, "mine");
  assert_int_equal(PLATFORM.slot_erase(p, MOAT_SLOT_A), 0);
}

static void test_foreign_files_are_refused(void **state) {
  moat_posix *p = *state;
  put("elsewhere", "planted", 0600);
  assert_int_equal(symlink("elsewhere", path("grant.a")), 0);
  assert_refused(p, ELOOP);
  put("grant.a", "readable", 0640);
  assert_refused(p, EPERM);
  put("grant.a", "writable", 0602);
  assert_refused(p, EPERM);
  assert_int_equal(mkfifo(path("grant.a"), 0600), 0);
  assert_refused(p, EPERM);
  if (geteuid() == 0) {
    put("grant.a", "somebody's", 0600);
    assert_int_equal(chown(path("grant.a"), 65534, 65534), 0);
    assert_refused(p, EPERM);
  }
  char got[16] = "";
  int fd = open(path("elsewhere"), O_RDONLY | O_CLOEXEC);
  assert_int_equal(read(fd, got, sizeof got), 7);
  assert_string_equal(got, "planted");
  close(fd);
}

/* The next file that is made or erased under the lock takes it along, and nothing does without. */
static void test_crash_leaves_nothing_for_long(void **state) {
  moat_posix *p = *state;
  const char *left_over = "temp.0123456789abcdef";
  for (int erase = 0; erase < 2; erase++) {
    put(left_over, "half a sec", 0600);
    assert_int_equal(PLATFORM.slot_write(p, MOAT_SLOT_B, "kept", 4), 0);
    assert_int_equal(access(path(left_over), F_OK), 0);
    assert_int_equal(PLATFORM.lock(p), 0);
    if (erase)
      assert_int_equal(PLATFORM.slot_erase(p, MOAT_SLOT_A), 0);
    else
      assert_int_equal(PLATFORM.slot_write(p, MOAT_SLOT_A, "new", 3), 0);
    assert_int_equal(access(path(left_over), F_OK), -1);
    assert_slot(p, MOAT_SLOT_B, "kept");
    PLATFORM.unlock(p);
  }
}

/* ---- The lock ---- */

static void test_lock_between_contexts(void **state) {
  moat_posix *p = *state, other;
  assert_int_equal(moat_posix_open(&other, folder), 0);
  assert_int_equal(PLATFORM.lock(p), 0);
  assert_int_equal(PLATFORM.lock(p), 0);
  assert_int_equal(mode_of(path("lock")), 0600);
  assert_true(fcntl(p->lock, F_GETFD) & FD_CLOEXEC);
  assert_int_equal(PLATFORM.lock(&other), MOAT_WANT_TIME);
  PLATFORM.unlock(&other);
  assert_int_equal(PLATFORM.lock(&other), MOAT_WANT_TIME);
  PLATFORM.unlock(p);
  assert_int_equal(PLATFORM.lock(&other), 0);
  assert_int_equal(PLATFORM.lock(p), MOAT_WANT_TIME);
  moat_posix_close(&other);
  assert_int_equal(PLATFORM.lock(p), 0);
}

/* A process that takes the lock, starts `cat` (which outlives it), reports that, and hangs. */
static void hold(int in, int out) {
  moat_posix mine;
  if (moat_posix_open(&mine, folder) || PLATFORM.lock(&mine)) _exit(1);
  pid_t cat = fork();
  if (cat == 0) {
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    execlp("cat", "cat", (char *)NULL);
    _exit(1);
  }
  if (cat < 0) _exit(1);
  for (;;)
    pause();
}

static void test_lock_dies_with_its_holder(void **state) {
  moat_posix *p = *state;
  int in[2], out[2];
  char c;
  assert_int_equal(pipe2(in, O_CLOEXEC), 0);
  assert_int_equal(pipe2(out, O_CLOEXEC), 0);
  pid_t holder = fork();
  assert_true(holder >= 0);
  if (holder == 0) hold(in[0], out[1]);
  close(in[0]);
  close(out[1]);
  /* What comes back through cat proves that its exec is done. */
  ssize_t sent = write(in[1], "x", 1), back = read(out[0], &c, 1);
  int while_held = PLATFORM.lock(p);
  kill(holder, SIGKILL);
  waitpid(holder, NULL, 0);
  int after = PLATFORM.lock(p);
  close(in[1]);
  ssize_t end = read(out[0], &c, 1); /* cat is gone */
  close(out[0]);
  assert_int_equal(sent, 1);
  assert_int_equal(back, 1);
  assert_int_equal(while_held, MOAT_WANT_TIME);
  assert_int_equal(after, 0);
  assert_int_equal(end, 0);
}

static void test_unlock_reaches_forked_children(void **state) {
  moat_posix *p = *state, other;
  int hold_open[2];
  char c;
  assert_int_equal(moat_posix_open(&other, folder), 0);
  assert_int_equal(PLATFORM.lock(p), 0);
  assert_int_equal(pipe2(hold_open, O_CLOEXEC), 0);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    close(hold_open[1]);
    _exit(read(hold_open[0], &c, 1) != 0);
  }
  PLATFORM.unlock(p);
  int r = PLATFORM.lock(&other);
  close(hold_open[1]);
  waitpid(child, NULL, 0);
  assert_int_equal(r, 0);
  close(hold_open[0]);
  moat_posix_close(&other);
}

#define WITH_FOLDER(f) cmocka_unit_test_setup_teardown(f, open_empty, close_it)

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_clock_and_random),
      cmocka_unit_test(test_event_hook),
      WITH_FOLDER(test_folder),
      WITH_FOLDER(test_open_folder),
      WITH_FOLDER(test_slots),
      WITH_FOLDER(test_write_is_durable),
      WITH_FOLDER(test_failed_write_keeps_the_old),
      WITH_FOLDER(test_foreign_files_are_refused),
      WITH_FOLDER(test_crash_leaves_nothing_for_long),
      WITH_FOLDER(test_lock_between_contexts),
      WITH_FOLDER(test_lock_dies_with_its_holder),
      WITH_FOLDER(test_unlock_reaches_forked_children),
  };
  return cmocka_run_group_tests_name("posix: platform", tests, make_root, remove_root);
}
