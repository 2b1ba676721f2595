/* Profiles as people edit them, and the lines that they are made of. */
#include "fuzz.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "profile/check_value.h"
#include "profile/profile.h"
#include "profile/read_pairs.h"
#include "terminal/term.h"

static size_t told;

/* Instead of files.c's: nothing is printed. */
int __wrap_write_all(int fd, const char *p, size_t n);
int __wrap_write_all(int fd, const char *p, size_t n) {
  CHECK(fd == STDERR_FILENO);
  CHECK(n && !memchr(p, 0, n));
  told += n;
  return 0;
}

static const char *path(void) {
  static char name[64];
  if (name[0]) return name;
  const char *folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
  snprintf(name, sizeof name, "%s/moat-fuzz-XXXXXX", folder);
  int fd = mkstemp(name);
  CHECK(fd >= 0);
  close(fd);
  return name;
}

static void forget_file(void) {
  (void)unlink(path());
}

static void write_file(const char *p, size_t n) {
  int fd = open(path(), O_WRONLY | O_TRUNC | O_CREAT, 0600);
  CHECK(fd >= 0 && write(fd, p, n) == (ssize_t)n);
  close(fd);
}

/* As the file says it, and a value that Moat would take from the command line as well. Lines of
 * export come on top of each other. */
static void check_values(const profile *p) {
  for (int key = 0; key < KEYS; key++) {
    const char *value = p->value[key];
    CHECK(strnlen(value, VALUE_SIZE) < VALUE_SIZE);
    CHECK(check_value(key, value) == NULL);
    CHECK(!strpbrk(value, key == KEY_EXPORT ? "\r" : "\r\n"));
  }
}

/* What was read and written again reads the same. */
static void check_round_trip(const profile *p) {
  static char text[KEYS * VALUE_SIZE + 8192];
  static profile again;
  size_t n = profile_text(p, p, text, 32768);
  if (!n) return; /* too long for a file */
  CHECK(strlen(text) == n);
  write_file(text, n);
  int status = profile_read(&again, path());
  CHECK(status == CLI_OK);
  for (int key = 0; key < KEYS; key++)
    CHECK(strcmp(p->value[key], again.value[key]) == 0);
}

static void check_resolved(profile *p) {
  static const command login = {.name = "login", .bit = CMD_LOGIN};
  options o = {.command = &login, .name = "drive"};
  int status = profile_resolve(p, &o);
  CHECK(status == CLI_OK || status == CLI_PROFILE);
  if (!status) check_values(p);
}

static void read_lines(fuzz_input in) {
  char *text = fuzz_text(in);
  size_t n = strlen(text);
  pair_reader l = {.next = text};
  int r, number = 0;
  while ((r = read_pair(&l)) > 0) {
    CHECK(l.number > number);
    number = l.number;
    CHECK(fuzz_is_inside(moat_str(l.key), text, n + 1) && l.key[0] != '#');
    CHECK(fuzz_is_inside(moat_str(l.value), text, n + 1));
    CHECK(!strpbrk(l.key, "\n=") && !strchr(l.value, '\n'));
  }
  CHECK(r == 0 || r == -1);
  free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static profile p;
  static bool registered;
  if (!registered) registered = atexit(forget_file) == 0;
  fuzz_input in = {data, size};
  read_lines(in);
  write_file((const char *)in.p, in.n);
  told = 0;
  int status = profile_read(&p, path());
  CHECK(status == CLI_OK || (status == CLI_PROFILE && told));
  if (status) return 0;
  check_values(&p);
  check_round_trip(&p);
  check_resolved(&p);
  return 0;
}
