/* The command gets no shell, no secret, and nothing of the environment but four variables. The
 * profile that names it was read, so nobody else can write to it. */
#include "run_command.h"

#include "../child.h"
#include "../files.h"
#include "../signals.h"
#include "../terminal/term.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LIMIT_MS = 60000, POLL_MS = 20, WORDS = VALUE_SIZE / 2 + 1, LINE_SIZE = 8192, LATE = -1 };

/* Words are separated by spaces, and there are no quotes. */
static void split(char *text, char *words[WORDS]) {
  size_t n = 0;
  for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
    words[n++] = word;
  words[n] = NULL;
}

/* A value that does not fit loses its end. A variable that is not set becomes an empty one. */
static void put(char *out, size_t size, const char *name, const char *value) {
  (void)snprintf(out, size, "%s=%s", name, value ? value : "");
}

/* Its output goes where moat's errors go, and it ends with all that it started. */
static void restore(void) {
  child_restore();
  int null = open("/dev/null", O_RDONLY);
  if (null >= 0) (void)dup2(null, STDIN_FILENO);
  if (null > STDERR_FILENO) close(null);
  (void)dup2(STDERR_FILENO, STDOUT_FILENO);
  (void)setpgid(0, 0);
}

/* Runs in the child, and does not return. 127 is what a shell ends with in such a case. */
static void become(const account *a, const char *line) {
  static char text[VALUE_SIZE], path[PATH_SIZE + 8], home[PATH_SIZE + 8], name[NAME_SIZE + 16],
      trouble[LINE_SIZE + 16];
  static char *words[WORDS];
  char *environment[] = {path, home, name, trouble, NULL};
  memcpy(text, a->profile.value[KEY_ON_TROUBLE], sizeof text);
  split(text, words);
  put(path, sizeof path, "PATH", getenv("PATH"));
  put(home, sizeof home, "HOME", getenv("HOME"));
  put(name, sizeof name, "MOAT_PROFILE", a->options.name);
  put(trouble, sizeof trouble, "MOAT_TROUBLE", line);
  restore();
  (void)execve(words[0], words, environment);
  _exit(127);
}

/* Returns what waitpid() tells, or LATE. After that, all that it started ends as well. */
static int wait_for(account *a, pid_t child) {
  uint32_t began = moat_posix_platform.ticks_ms(&a->posix);
  int told = 0;
  while (waitpid(child, &told, WNOHANG) == 0) {
    bool is_late = moat_posix_platform.ticks_ms(&a->posix) - began >= LIMIT_MS;
    if (!is_late && !signal_caught) {
      (void)poll(NULL, 0, POLL_MS);
      continue;
    }
    (void)kill(-child, SIGKILL);
    while (waitpid(child, &told, 0) < 0 && errno == EINTR)
      ;
    return LATE;
  }
  return told;
}

/* A folder can be entered, and counts as executable. */
int run_command_check(const account *a) {
  static char path[VALUE_SIZE];
  const char *line = a->profile.value[KEY_ON_TROUBLE];
  size_t n = strcspn(line, " ");
  struct stat st;
  if (!n) return CLI_OK;
  memcpy(path, line, n);
  path[n] = '\0';
  bool fails = stat(path, &st) || faccessat(AT_FDCWD, path, X_OK, AT_EACCESS);
  if (!fails && S_ISREG(st.st_mode)) return CLI_OK;
  say(CLI_FAILED, "on_trouble: %s cannot be run: %s", path,
      fails ? strerror(errno) : file_error(FILE_ODD));
  return CLI_FAILED;
}

/* Its failure is trouble as well, for otherwise nobody would ever hear of the first. */
int run_command(account *a, const char *line) {
  const char *what = a->profile.value[KEY_ON_TROUBLE];
  if (!*what || !line) return CLI_OK;
  if (run_command_check(a)) {
    hint("It is told again the next time.");
    return CLI_FAILED;
  }
  pid_t child = fork();
  if (child == 0) become(a, line);
  if (child > 0) (void)setpgid(child, child); /* whoever comes first */
  int told = child > 0 ? wait_for(a, child) : errno;
  if (child > 0 && told == 0) return CLI_OK;
  if (child < 0 || told == LATE)
    say(CLI_FAILED, "on_trouble: %s: %s", what,
        child < 0 ? strerror(told) : "it was ended after 60 s, or by a signal");
  else
    say(CLI_FAILED, "on_trouble: %s ended with %s %d", what, WIFEXITED(told) ? "status" : "signal",
        WIFEXITED(told) ? WEXITSTATUS(told) : WTERMSIG(told));
  hint("It is told again the next time.");
  return CLI_FAILED;
}
