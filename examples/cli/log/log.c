/* The time of day is in UTC, as everywhere in Moat. The first line has the date. */
#include "log.h"

#include "../files.h"
#include "../terminal/charset.h"
#include "../terminal/term.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINE_SIZE = 4096, CLOCK_SIZE = 32 };

/* A process runs one command, so there is one log. */
static int shown, file = -1;
static const char *command, *about;
static bool has_begun;

void log_show(int level) {
  shown = level;
}

/* A file that others may read is refused like one of the state: its owner may not know of that.
 * O_NONBLOCK: a FIFO must not hang the program. */
int log_open(const char *path) {
  struct stat st;
  int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
  if (fd < 0) return errno;
  int error = fstat(fd, &st) ? errno : S_ISREG(st.st_mode) ? 0 : FILE_ODD;
  if (!error) error = file_judge(&st, FILE_PRIVATE);
  if (error)
    close(fd);
  else
    file = fd;
  return error;
}

void log_about(const char *of, const char *name) {
  command = of;
  about = name;
}

/* The file alone has LOG_POLL. */
bool log_has(int level) {
  return level <= shown || (file >= 0 && level <= LOG_POLL);
}

/* "12:01:05.123", and the date at the first call. */
static const char *clock_text(char out[CLOCK_SIZE]) {
  struct timespec now = {0, 0};
  struct tm tm;
  size_t n = 0;
  (void)clock_gettime(CLOCK_REALTIME, &now);
  if (gmtime_r(&now.tv_sec, &tm))
    n = strftime(out, CLOCK_SIZE, has_begun ? "%H:%M:%S" : "%Y-%m-%d %H:%M:%S", &tm);
  (void)snprintf(out + n, CLOCK_SIZE - n, ".%03ld", now.tv_nsec / 1000000);
  return out;
}

/* One write for each line, so that lines of several processes do not mix. */
static void write_line(int level, const char *text) {
  static char line[LINE_SIZE + CLOCK_SIZE + NAME_SIZE];
  char clock[CLOCK_SIZE];
  int n = snprintf(line, sizeof line, "%s%s %s: %s\n", clock_text(clock), has_begun ? "" : " UTC",
                   about ? about : "moat", text);
  has_begun = true;
  if (n < 0 || (size_t)n >= sizeof line) return;
  if (level <= shown) (void)write_all(STDERR_FILENO, line, (size_t)n);
  if (file >= 0) (void)write_all(file, line, (size_t)n);
}

/* A server may have cut its own text, and with it a secret. */
void log_line(int level, const char *format, ...) {
  static char raw[LINE_SIZE], text[LINE_SIZE], first[64];
  va_list arguments;
  if (!log_has(level)) return;
  va_start(arguments, format);
  (void)vsnprintf(raw, sizeof raw, format, arguments);
  va_end(arguments);
  (void)term_clean_cut(moat_str(raw), text, sizeof text);
  moat_wipe(raw, strlen(raw));
  (void)snprintf(first, sizeof first, "moat %s, version " MOAT_VERSION, command ? command : "");
  if (!has_begun) write_line(LOG_BRIEF, first);
  write_line(level, text);
}

const char *log_arrow(void) {
  return charset_is_utf8(false) ? "\u2192" : "->";
}
