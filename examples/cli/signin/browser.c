/* The browser gets nothing of moat but the environment: descriptors are closed on exec, and
 * signals, umask and limit are put back. */
#include "browser.h"

#include "../child.h"
#include "../signals.h"

#include <moat_posix.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS = 16, TEXT_SIZE = 16384, PATIENCE_MS = 5000, TURN_MS = 20, NOT_FOUND = 127 };

/* Programs that know which browser the person prefers, in the form of BROWSER. */
static const char openers[] =
#ifdef __APPLE__ /* elsewhere a file of that name may do anything */
    "/usr/bin/open:"
#endif
    "xdg-open:gio open:wslview:x-www-browser:gnome-open:sensible-browser";

static bool is_set(const char *name) {
  const char *value = getenv(name);
  return value && *value;
}

bool browser_is_there(void) {
#ifdef __APPLE__
  return true;
#else
  return is_set("BROWSER") || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY") ||
         is_set("WSL_DISTRO_NAME");
#endif
}

/* ---- One program ---- */

static void restore(void) {
  child_restore();
  int null = open("/dev/null", O_RDWR);
  for (int fd = STDIN_FILENO; null >= 0 && fd <= STDERR_FILENO; fd++)
    (void)dup2(null, fd);
  if (null > STDERR_FILENO) close(null);
  (void)setsid(); /* Ctrl-C here is not meant for the browser */
}

/* Some openers end at once, and others with the browser. So one that goes on for a while is left to
 * itself. */
static int wait_for(pid_t child) {
  uint32_t start = moat_posix_platform.ticks_ms(NULL);
  while (!signal_caught && moat_posix_platform.ticks_ms(NULL) - start < PATIENCE_MS) {
    int status;
    pid_t r = waitpid(child, &status, WNOHANG);
    if (r == child) return status == 0 ? BROWSER_OPENED : BROWSER_NONE;
    if (r < 0 && errno != EINTR) return BROWSER_NONE;
    (void)poll(NULL, 0, TURN_MS);
  }
  return BROWSER_STARTED;
}

static int run(char *const words[]) {
  pid_t child = fork();
  if (child < 0) return BROWSER_NONE;
  if (child > 0) return wait_for(child);
  restore();
  (void)execvp(words[0], words);
  _exit(NOT_FOUND);
}

/* ---- The list ---- */

/* Words are separated by blanks. In them "%s" is the URL, and "%%" a '%'. Without "%s" the URL
 * comes last. Returns false if there is nothing to run, or too much. */
static bool split(const char *entry, size_t size, const char *url, char *words[WORDS + 2]) {
  static char text[TEXT_SIZE];
  size_t n = 0, length = strlen(url), count = 0;
  bool inside = false, has_url = false;
  for (size_t i = 0; i < size; i++) {
    bool blank = entry[i] == ' ' || entry[i] == '\t', escape = entry[i] == '%' && i + 1 < size;
    bool is_url = escape && entry[i + 1] == 's';
    if (n + length + 2 > sizeof text || (!blank && !inside && count == WORDS)) return false;
    if (!blank && !inside) words[count++] = text + n;
    if (blank && inside) text[n++] = '\0';
    inside = !blank;
    if (blank) continue;
    if (is_url) memcpy(text + n, url, length);
    if (!is_url) text[n] = entry[i];
    n += is_url ? length : 1;
    has_url |= is_url;
    i += is_url || (escape && entry[i + 1] == '%');
  }
  text[n] = '\0';
  bool any = count > 0;
  if (!has_url) words[count++] = (char *)(uintptr_t)url;
  words[count] = NULL;
  return any;
}

/* Tries one after the other. An empty entry is passed over. */
static int open_by(const char *list, const char *url) {
  char *words[WORDS + 2];
  int result = BROWSER_NONE;
  while (*list && result == BROWSER_NONE && !signal_caught) {
    size_t n = strcspn(list, ":");
    if (split(list, n, url, words)) result = run(words);
    list += n + (list[n] == ':');
  }
  return result;
}

/* The person's choice comes first. */
int browser_open(const char *url) {
  if (strncmp(url, "https://", 8) != 0) return BROWSER_NONE;
  int result = is_set("BROWSER") ? open_by(getenv("BROWSER"), url) : BROWSER_NONE;
  return result == BROWSER_NONE ? open_by(openers, url) : result;
}
