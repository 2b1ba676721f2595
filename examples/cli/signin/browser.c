/* The browser is started as a grandchild, so that this program need not wait for its end. It gets
 * nothing of moat but the environment: descriptors are closed on exec, and signals and umask are
 * put back. */
#include "browser.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Programs that know which browser the person prefers. */
static const char *const openers[][2] = {
#ifdef __APPLE__ /* elsewhere a file of that name may do anything */
    {"/usr/bin/open", NULL},
#endif
    {"xdg-open", NULL},      {"gio", "open"},      {"wslview", NULL},
    {"x-www-browser", NULL}, {"gnome-open", NULL}, {"sensible-browser", NULL}};

static bool is_set(const char *name) {
  const char *value = getenv(name);
  return value && *value;
}

bool browser_has_display(void) {
#ifdef __APPLE__
  return true;
#else
  return is_set("DISPLAY") || is_set("WAYLAND_DISPLAY") || is_set("WSL_DISTRO_NAME");
#endif
}

mode_t browser_umask = 022;

/* exec() itself puts back the signals that are caught. Those that were ignored when moat began stay
 * ignored. */
static void restore(void) {
  (void)signal(SIGPIPE, SIG_DFL);
  (void)signal(SIGXFSZ, SIG_DFL);
  (void)umask(browser_umask);
  int null = open("/dev/null", O_RDWR);
  for (int fd = STDIN_FILENO; null >= 0 && fd <= STDERR_FILENO; fd++)
    (void)dup2(null, fd);
  if (null > STDERR_FILENO) close(null);
  (void)setsid(); /* Ctrl-C here is not meant for the browser */
}

/* Returns only if none of them could be started. */
static void try_all(char *url) {
  for (size_t i = 0; i < sizeof openers / sizeof *openers; i++) {
    char *name = (char *)(uintptr_t)openers[i][0], *verb = (char *)(uintptr_t)openers[i][1];
    char *arguments[] = {name, verb ? verb : url, verb ? url : NULL, NULL};
    (void)execvp(name, arguments);
  }
}

/* exec() closes the pipe, so its end means that a program was started. A byte in it means that none
 * was. */
bool browser_open(const char *url) {
  int told[2];
  char byte;
  if (strncmp(url, "https://", 8) != 0 || pipe(told)) return false;
  (void)fcntl(told[0], F_SETFD, FD_CLOEXEC);
  (void)fcntl(told[1], F_SETFD, FD_CLOEXEC);
  pid_t child = fork();
  if (child == 0) {
    if (fork() != 0) _exit(0);
    restore();
    try_all((char *)(uintptr_t)url);
    (void)!write(told[1], "", 1);
    _exit(0);
  }
  close(told[1]);
  while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
    ;
  ssize_t n;
  while ((n = read(told[0], &byte, 1)) < 0 && errno == EINTR)
    ;
  close(told[0]);
  return child > 0 && n == 0;
}
