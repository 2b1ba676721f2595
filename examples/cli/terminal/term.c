/* All output goes through two filters. The first drops what could drive a terminal, and the second
 * covers known secrets. Servers can put either into an error. The order counts: an escape sequence
 * within a secret must not hide the secret from the second filter. */
#include "term.h"

#include "../files.h"
#include "clean.h"
#include "cover.h"
#include "wrap.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINE_SIZE = 8192, GUARDED_SIZE = 65536 /* more than a record holds */ };

size_t term_clean(moat_span text, char *out, size_t size) {
  bool cut;
  size_t n = clean(text, out, size, &cut);
  (void)cover_secrets(out, cut);
  return n;
}

size_t term_clean_cut(moat_span text, char *out, size_t size) {
  bool cut;
  size_t n = clean(text, out, size, &cut);
  (void)cover_secrets(out, true);
  return n;
}

moat_span term_without_secrets(moat_span text) {
  static char shown[GUARDED_SIZE];
  bool cut;
  size_t n = clean(text, shown, sizeof shown, &cut);
  return cover_secrets(shown, cut) ? (moat_span){shown, n} : text;
}

/* ---- Lines ---- */

/* The last report, for the page in the browser. */
static char said[LINE_SIZE + 2048];
static size_t said_size;

static void note(const char *line, size_t n) {
  if (said_size + n >= sizeof said) return;
  memcpy(said + said_size, line, n);
  said_size += n;
  said[said_size] = '\0';
}

const char *term_said(void) {
  return said;
}

/* NULL while reports have several lines. */
static const char *subject;
static bool waits, holds;

void term_one_line(const char *name) {
  subject = name;
  said_size = 0;
}

void term_hold(void) {
  holds = true;
  said_size = 0;
  said[0] = '\0';
}

void term_release(void) {
  holds = false;
}

/* Adds a line to the one that waits, after what ends a sentence or else a part of one. */
static void join(char *out, size_t *n, const char *text, size_t length) {
  if (*n) {
    if (!strchr(".:;,", out[*n - 1])) out[(*n)++] = ';';
    out[(*n)++] = ' ';
  }
  memcpy(out + *n, text, length);
  *n += length;
}

/* Many reports begin with the name of the profile already. */
const char *term_flush(void) {
  static char line[NAME_SIZE + 2 * sizeof said];
  size_t named = subject ? strlen(subject) : 0, n = 0;
  if (!waits) return NULL;
  waits = false;
  const char *at = said;
  if (strncmp(at, subject, named) == 0 && strncmp(at + named, ": ", 2) == 0) at += named + 2;
  join(line, &n, subject, named);
  line[n++] = ':';
  for (size_t length; (length = strcspn(at, "\n")) > 0; at += length + 1)
    join(line, &n, at, length);
  line[n] = '\n';
  (void)wrap_write(STDERR_FILENO, line, n + 1, 2, wrap_columns(STDERR_FILENO));
  line[n] = '\0';
  return line;
}

/* A line that is not wrapped is one write, so that lines of several processes do not mix. A line
 * that is too long loses its end. Secrets are always searched for as in a cut text, because a
 * server may have cut its own text as well. Returns 0 or an errno. */
static int write_line(int fd, const char *before, size_t columns, const char *format,
                      va_list arguments) {
  static const char mark[] = "\u2026";
  static char raw[LINE_SIZE], line[LINE_SIZE + 16];
  int n = vsnprintf(raw, sizeof raw, format, arguments);
  if (n < 0) return EILSEQ;
  bool cut, whole = (size_t)n < sizeof raw;
  size_t start = strlen(before), at = start;
  memcpy(line, before, start);
  at += clean(moat_str(raw), line + start, sizeof raw, &cut);
  (void)cover_secrets(line + start, true);
  moat_wipe(raw, whole ? (size_t)n : sizeof raw);
  if (!whole) memcpy(line + at, mark, sizeof mark), at += sizeof mark - 1;
  line[at++] = '\n';
  if (fd == STDERR_FILENO) note(line + start, at - start);
  if (fd == STDERR_FILENO && (subject || holds)) return 0; /* term_flush() may write it */
  return wrap_write(fd, line, at, start, columns);
}

int say(int status, const char *format, ...) {
  va_list arguments;
  (void)term_flush();
  said_size = 0;
  waits = subject != NULL;
  va_start(arguments, format);
  (void)write_line(STDERR_FILENO, "moat: ", wrap_columns(STDERR_FILENO), format, arguments);
  va_end(arguments);
  return status;
}

int say_cancelled(void) {
  say(CLI_FAILED, "cancelled");
  hint("Nothing was sent, and nothing was changed.");
  return CLI_FAILED;
}

void hint(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  (void)write_line(STDERR_FILENO, "  ", wrap_columns(STDERR_FILENO), format, arguments);
  va_end(arguments);
}

/* A reader that has gone, such as `head`, wants no more, so there is nothing to tell. */
static int printed(int error) {
  if (!error) return CLI_OK;
  if (error == EPIPE) return CLI_FAILED;
  say(CLI_FAILED, "cannot write to standard output: %s", file_error(error));
  hint("Whatever was stored before stays stored: see moat status.");
  return CLI_FAILED;
}

int print(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int error = write_line(STDOUT_FILENO, "", wrap_columns(STDOUT_FILENO), format, arguments);
  va_end(arguments);
  return printed(error);
}

int print_wrapped(const char *format, ...) {
  va_list arguments;
  size_t columns = wrap_columns(STDOUT_FILENO);
  va_start(arguments, format);
  int error = write_line(STDOUT_FILENO, "", columns ? columns : WRAP_COLUMNS, format, arguments);
  va_end(arguments);
  return printed(error);
}

int print_bytes(const char *p, size_t n) {
  return printed(write_all(STDOUT_FILENO, p, n));
}

static bool format_time(int64_t seconds, const char *format, char out[TIME_SIZE]) {
  time_t t = (time_t)seconds;
  struct tm tm;
  return seconds > 0 && gmtime_r(&t, &tm) && strftime(out, TIME_SIZE, format, &tm) > 0;
}

const char *time_text(int64_t seconds, char out[TIME_SIZE]) {
  if (!format_time(seconds, "%Y-%m-%d %H:%M:%S UTC", out)) memcpy(out, "unknown", sizeof "unknown");
  return out;
}

bool time_stamp(int64_t seconds, char out[TIME_SIZE]) {
  return format_time(seconds, "%Y-%m-%dT%H:%M:%SZ", out);
}
