/* The stores of the port to sockets: files, and NVS and ZMS over tests/mocks. */
#define _GNU_SOURCE 1 /* syscall */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cmocka_all.h"

#include "../../port/sockets/moat_sockets.h"
#include "../mocks/mocks.h"

/* A full file system, of which some say that they wrote nothing, and no error. */
static bool is_full;

ssize_t write(int fd, const void *p, size_t n) {
  return is_full ? 0 : syscall(SYS_write, fd, p, n);
}

static char folder[] = "/tmp/moat-sockets-XXXXXX";
static moat_sockets_files files = {.folder = folder};
static moat_sockets_nvs nvs = {.handle = 1};
static struct zms_fs fs;
static moat_sockets_zephyr zms = {.fs = &fs, .first_id = 100};

static moat_sockets_account stores[] = {
    {.store = &moat_sockets_files_store, .store_ctx = &files},
    {.store = &moat_sockets_nvs_store, .store_ctx = &nvs},
    {.store = &moat_sockets_zephyr_store, .store_ctx = &zms},
};
enum { STORES = sizeof stores / sizeof *stores };

static const char *path_of(const char *name) {
  static char path[64];
  (void)snprintf(path, sizeof path, "%s/%s", folder, name);
  return path;
}

static int set_up(void **state) {
  (void)state;
  memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
  mock_error = mock_commit_error = mock_commits = 0;
  mock_erase_all();
  return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state) {
  (void)state;
  mock_error = 0;
  for (int slot = 0; slot < MOAT_SLOTS; slot++)
    (void)moat_sockets_slot_erase(&stores[0], slot);
  return rmdir(folder);
}

static void assert_holds(moat_sockets_account *a, int slot, const char *text) {
  char p[16];
  size_t n = 0;
  assert_int_equal(moat_sockets_slot_read(a, slot, p, sizeof p, &n), 0);
  assert_int_equal(n, strlen(text));
  assert_memory_equal(p, text, n);
}

static int write_text(moat_sockets_account *a, int slot, const char *text) {
  return moat_sockets_slot_write(a, slot, text, strlen(text));
}

static void test_slots_are_kept(void **state) {
  static const char *const texts[MOAT_SLOTS] = {"A", "slot B", "mark", "pending", "session"};
  (void)state;
  for (int i = 0; i < STORES; i++) {
    for (int slot = 0; slot < MOAT_SLOTS; slot++)
      assert_int_equal(write_text(&stores[i], slot, texts[slot]), 0);
    for (int slot = 0; slot < MOAT_SLOTS; slot++)
      assert_holds(&stores[i], slot, texts[slot]);
    assert_int_equal(write_text(&stores[i], MOAT_SLOT_A, "A"), 0);
    assert_int_equal(write_text(&stores[i], MOAT_SLOT_B, "b"), 0);
    assert_holds(&stores[i], MOAT_SLOT_A, "A");
    assert_holds(&stores[i], MOAT_SLOT_B, "b");
    for (int slot = 0; slot < MOAT_SLOTS; slot++)
      assert_int_equal(moat_sockets_slot_erase(&stores[i], slot), 0);
    mock_erase_all(); /* NVS and ZMS share a memory here */
  }
}

static void test_empty_and_too_long(void **state) {
  char p[16];
  (void)state;
  for (int i = 0; i < STORES; i++) {
    size_t n = 99;
    moat_sockets_account *a = &stores[i];
    assert_int_equal(moat_sockets_slot_read(a, MOAT_SLOT_A, p, sizeof p, &n), MOAT_E_EMPTY);
    assert_int_equal(moat_sockets_slot_erase(a, MOAT_SLOT_A), 0);
    assert_int_equal(write_text(a, MOAT_SLOT_A, "twelve bytes"), 0);
    assert_int_equal(moat_sockets_slot_read(a, MOAT_SLOT_A, p, 11, &n), MOAT_E_SPACE);
    assert_int_equal(n, 12);
    assert_int_equal(moat_sockets_slot_read(a, MOAT_SLOT_A, p, 12, &n), 0);
    assert_int_equal(moat_sockets_slot_erase(a, MOAT_SLOT_A), 0);
    assert_int_equal(moat_sockets_slot_read(a, MOAT_SLOT_A, p, sizeof p, &n), MOAT_E_EMPTY);
  }
}

static void test_stores_in_memory_fail(void **state) {
  char p[16];
  size_t n;
  (void)state;
  for (int i = 1; i < STORES; i++) {
    mock_error = 0;
    assert_int_equal(write_text(&stores[i], MOAT_SLOT_A, "old"), 0);
    mock_error = -5; /* -EIO; to NVS just some number */
    assert_int_equal(moat_sockets_slot_read(&stores[i], MOAT_SLOT_A, p, sizeof p, &n), MOAT_E_PORT);
    assert_int_equal(write_text(&stores[i], MOAT_SLOT_A, "new"), MOAT_E_STORE);
    assert_int_equal(moat_sockets_slot_erase(&stores[i], MOAT_SLOT_A), MOAT_E_STORE);
  }
  assert_int_equal(nvs.error, -5);
  assert_int_equal(zms.error, -5);
}

/* A write that is not committed may not be durable. */
static void test_nvs_commits(void **state) {
  moat_sockets_account *a = &stores[1];
  (void)state;
  assert_int_equal(write_text(a, MOAT_SLOT_A, "x"), 0);
  assert_int_equal(mock_commits, 1);
  assert_int_equal(moat_sockets_slot_erase(a, MOAT_SLOT_A), 0);
  assert_int_equal(mock_commits, 2);
  mock_commit_error = 0x1101;
  assert_int_equal(write_text(a, MOAT_SLOT_A, "y"), MOAT_E_STORE);
  assert_int_equal(moat_sockets_slot_erase(a, MOAT_SLOT_A), MOAT_E_STORE);
  assert_int_equal(nvs.error, 0x1101);
}

/* ---- Files ---- */

/* A write that does not come to its end leaves the old record, and so does one that the power cut
 * off: what it had written is in nobody's way. */
static void test_an_old_file_stays(void **state) {
  moat_sockets_account *a = &stores[0];
  (void)state;
  assert_int_equal(write_text(a, MOAT_SLOT_A, "old"), 0);
  assert_int_equal(mkdir(path_of("a.new"), 0700), 0);
  assert_int_equal(write_text(a, MOAT_SLOT_A, "new"), MOAT_E_STORE);
  assert_int_equal(files.error, EISDIR);
  assert_holds(a, MOAT_SLOT_A, "old");
  assert_int_equal(rmdir(path_of("a.new")), 0);

  FILE *cut = fopen(path_of("a.new"), "w");
  assert_non_null(cut);
  assert_true(fputs("a longer one that was cut of", cut) >= 0);
  assert_int_equal(fclose(cut), 0);
  assert_holds(a, MOAT_SLOT_A, "old");
  assert_int_equal(write_text(a, MOAT_SLOT_A, "new"), 0);
  assert_holds(a, MOAT_SLOT_A, "new");
}

static void test_a_full_disk_ends_a_write(void **state) {
  struct stat st;
  (void)state;
  assert_int_equal(write_text(&stores[0], MOAT_SLOT_A, "old"), 0);
  is_full = true;
  int r = write_text(&stores[0], MOAT_SLOT_A, "new");
  is_full = false;
  assert_int_equal(r, MOAT_E_STORE);
  assert_int_equal(files.error, ENOSPC);
  assert_int_equal(stat(path_of("a.new"), &st), -1);
  assert_holds(&stores[0], MOAT_SLOT_A, "old");
}

static void test_an_erase_takes_what_was_cut_off(void **state) {
  struct stat st;
  FILE *cut = fopen(path_of("a.new"), "w");
  (void)state;
  assert_non_null(cut);
  assert_int_equal(fclose(cut), 0);
  assert_int_equal(moat_sockets_slot_erase(&stores[0], MOAT_SLOT_A), 0);
  assert_int_equal(stat(path_of("a.new"), &st), -1);
}

static void test_a_rename_that_fails_leaves_no_file(void **state) {
  struct stat st;
  (void)state;
  assert_int_equal(mkdir(path_of("a"), 0700), 0);
  assert_int_equal(write_text(&stores[0], MOAT_SLOT_A, "new"), MOAT_E_STORE);
  assert_int_equal(stat(path_of("a.new"), &st), -1);
  assert_int_equal(moat_sockets_slot_erase(&stores[0], MOAT_SLOT_A), MOAT_E_STORE);
  assert_int_equal(rmdir(path_of("a")), 0);
}

/* A file system that is not mounted: a person must not sign in because of that. */
static void test_no_folder_is_not_empty(void **state) {
  moat_sockets_files lost = {.folder = "/tmp/moat-sockets-nothing-is-here"};
  moat_sockets_account a = {.store = &moat_sockets_files_store, .store_ctx = &lost};
  char p[16], long_name[300];
  size_t n;
  (void)state;
  assert_int_equal(moat_sockets_slot_read(&a, MOAT_SLOT_A, p, sizeof p, &n), MOAT_E_PORT);
  assert_int_equal(lost.error, ENOENT);
  assert_int_equal(write_text(&a, MOAT_SLOT_A, "x"), MOAT_E_STORE);
  assert_int_equal(moat_sockets_slot_erase(&a, MOAT_SLOT_A), MOAT_E_STORE);
  memset(long_name, 'x', sizeof long_name);
  long_name[sizeof long_name - 1] = '\0';
  lost.folder = long_name;
  assert_int_equal(moat_sockets_slot_read(&a, MOAT_SLOT_A, p, sizeof p, &n), MOAT_E_PORT);
  assert_int_equal(lost.error, ENAMETOOLONG);
  assert_int_equal(write_text(&a, MOAT_SLOT_A, "x"), MOAT_E_STORE);
  assert_int_equal(moat_sockets_slot_erase(&a, MOAT_SLOT_A), MOAT_E_STORE);
}

static void test_files_are_their_owners(void **state) {
  struct stat st;
  (void)state;
  assert_int_equal(write_text(&stores[0], MOAT_SLOT_A, "secret"), 0);
  assert_int_equal(stat(path_of("a"), &st), 0);
  assert_int_equal(st.st_mode & 0777, 0600);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_slots_are_kept, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_empty_and_too_long, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_stores_in_memory_fail, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_nvs_commits, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_an_old_file_stays, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_a_full_disk_ends_a_write, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_an_erase_takes_what_was_cut_off, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_a_rename_that_fails_leaves_no_file, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_no_folder_is_not_empty, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_files_are_their_owners, set_up, tear_down),
  };
  return cmocka_run_group_tests_name("stores of the port to sockets", tests, NULL, NULL);
}
