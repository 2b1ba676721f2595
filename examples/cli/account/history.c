/* Lines are appended in one write and without a sync, so that they cost a refresh next to nothing.
 * A power loss can take the last ones, or leave a line that is none, which is not shown. */
#include "history.h"

#include "../files.h"
#include "../terminal/term.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { DETAIL_SIZE = 160, LINE_SIZE = 512, CUT_AT = 32768 };

static bool find_path(const account *a, char path[PATH_SIZE]) {
  int n = snprintf(path, PATH_SIZE, "%s/history", a->paths.state);
  return n > 0 && n < PATH_SIZE;
}

bool correlation_id(moat_span s, char out[CORRELATION_SIZE]) {
  static const char mark[] = "Correlation ID: ";
  size_t at = 0, n = 0;
  while (at + sizeof mark - 1 <= s.n && memcmp(s.p + at, mark, sizeof mark - 1) != 0)
    at++;
  for (at += sizeof mark - 1; at + n < s.n && n < CORRELATION_SIZE - 1; n++) {
    if (!s.p[at + n] || !strchr("0123456789abcdefABCDEF-", s.p[at + n])) break;
    out[n] = s.p[at + n];
  }
  out[n] = '\0';
  return n > 0;
}

/* ---- Writing ---- */

static const char *need_word(const moat_error_info *e) {
  if (!e->code) return "good";
  switch (moat_judge(e).need) {
  case MOAT_NEED_SIGN_IN: return "sign-in";
  case MOAT_NEED_WAIT: return "wait";
  case MOAT_NEED_CLOCK: return "clock";
  case MOAT_NEED_PROFILE: return "profile";
  default: return "device";
  }
}

/* The server's word is cleaned of what could drive a terminal, of tabs too, and of secrets. */
static void put_detail(const moat_error_info *e, char out[DETAIL_SIZE]) {
  char error[DETAIL_SIZE / 2] = "", number[16] = "", status[24] = "";
  out[0] = '\0';
  if (!e->code) return;
  term_clean(e->error, error, sizeof error);
  if (*error && e->provider_code)
    (void)snprintf(number, sizeof number, " %ld", (long)e->provider_code);
  if (e->status) (void)snprintf(status, sizeof status, "%sHTTP %d", *error ? ", " : "", e->status);
  (void)snprintf(out, DETAIL_SIZE, "%s%s%s", error, number, status);
  if (!*out) (void)snprintf(out, DETAIL_SIZE, "%s", moat_error_text(e->code));
}

/* The newest half of the file takes the place of all of it. If another moat is at work, this can be
 * done after any later exchange. */
static void cut(account *a, const char *path) {
  static char text[HISTORY_SIZE];
  char *last = history_read(a, text);
  if (last) (void)account_write(a, path, last, strlen(last), 0);
}

static void append(account *a, const char *line) {
  char path[PATH_SIZE];
  if (!find_path(a, path)) return;
  int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
  if (fd < 0) return;
  (void)write_all(fd, line, strlen(line));
  off_t size = lseek(fd, 0, SEEK_CUR);
  close(fd);
  if (size > CUT_AT) cut(a, path);
}

/* Only a verb that had a connection prepared has asked the server, or tried to. Where a token that
 * is still valid took the place of a failed refresh, the failure is noted. */
void history_add(account *a, int result) {
  char time[TIME_SIZE], detail[DETAIL_SIZE], raw[CORRELATION_SIZE], id[CORRELATION_SIZE] = "",
                                                                    line[LINE_SIZE];
  moat_error_info e = *moat_account_error(&a->moat);
  if (a->prepared != CLI_OK) return;
  e.code = result ? result : moat_account_early(&a->moat);
  if (!time_stamp(account_now(a), time)) memcpy(time, "unknown", sizeof "unknown");
  put_detail(&e, detail);
  if (e.code && correlation_id(e.description, raw)) term_clean(moat_str(raw), id, sizeof id);
  (void)snprintf(line, sizeof line, "%s\t%s\t%s\t%s\t%s\n", time, a->options.command->name,
                 need_word(&e), detail, id);
  append(a, line);
}

/* ---- Reading ---- */

char *history_read(const account *a, char text[HISTORY_SIZE]) {
  char path[PATH_SIZE];
  size_t n = 0;
  int lines = 0;
  if (!find_path(a, path) || file_read(path, FILE_PRIVATE, text, HISTORY_SIZE, &n) || !n)
    return NULL;
  for (char *c = text; c < text + n; c++)
    if (!*c) *c = '?'; /* as after a power loss */
  char *at = text + n;
  while (at > text && (at[-1] != '\n' || ++lines <= HISTORY_LINES))
    at--;
  return at;
}

/* Its time is that of the last line. */
bool history_is_older(const account *a, const char *than) {
  char path[PATH_SIZE];
  struct stat line, st;
  if (!find_path(a, path) || stat(path, &line) || stat(than, &st)) return false;
  const struct timespec *t = &line.st_mtim, *u = &st.st_mtim;
  return t->tv_sec < u->tv_sec || (t->tv_sec == u->tv_sec && t->tv_nsec < u->tv_nsec);
}

bool history_split(char *line, char *field[HISTORY_FIELDS]) {
  for (int i = 0; i < HISTORY_FIELDS; i++) {
    field[i] = line;
    line = strchr(line, i < HISTORY_FIELDS - 1 ? '\t' : '\0');
    if (!line) return false;
    *line++ = '\0';
  }
  return !strchr(field[HISTORY_FIELDS - 1], '\t') && strlen(field[0]) <= HISTORY_TIME_SIZE;
}
