/* Reads a line or a paste as a whole, or says that it is too long.
 *
 * On a terminal each byte comes as it is typed. The system's line editor is off, because it would
 * cut long lines and show the text. So Enter, Backspace, Ctrl-U and Ctrl-D are handled here. */
#include "read_paste.h"

#include "../files.h"
#include "../signals.h"
#include "charset.h"
#include "utf8.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CTRL_D = 0x04, CTRL_H = 0x08, CTRL_U = 0x15, ESC = 0x1b, DELETE = 0x7f };

static void show(const char *text) {
  (void)write_all(STDERR_FILENO, text, strlen(text));
}

/* If another job has the terminal, the system stops whoever reads or changes it. */
static bool is_ours(void) {
  return isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) == getpgrp();
}

/* Signals stay on, so that Ctrl-C works. The terminal is told to put brackets around a paste. Line
 * ends within them are not Enter: a mail reader may have wrapped the address. While this program
 * was stopped, another job may have changed the terminal, so its mode is looked at each time. */
static bool take_terminal(paste *p) {
  struct termios now;
  if (!is_ours() || tcgetattr(STDIN_FILENO, &now)) return false;
  if (p->raw && !(now.c_lflag & (ICANON | ECHO))) return true;
  if (!p->raw) p->before = now;
  now = p->before;
  now.c_lflag &= ~(tcflag_t)(ICANON | ECHO | IEXTEN);
  now.c_cc[VMIN] = 1;
  now.c_cc[VTIME] = 0;
  p->raw = tcsetattr(STDIN_FILENO, TCSANOW, &now) == 0;
  if (p->raw && !terminal_is_dumb()) show("\x1b[?2004h");
  return p->raw;
}

void paste_begin(paste *p) {
  p->terminal = isatty(STDIN_FILENO);
  if (p->terminal) signals_wake();
  (void)paste_may_read(p);
}

/* A terminal that has hung up never becomes ours again. But a read of it ends at once. */
bool paste_may_read(paste *p) {
  if (p->terminal && !isatty(STDIN_FILENO)) p->terminal = false;
  return !p->terminal || take_terminal(p);
}

void paste_end(paste *p) {
  if (p->raw && is_ours()) {
    if (!terminal_is_dumb()) show("\x1b[?2004l");
    (void)tcsetattr(STDIN_FILENO, TCSANOW, &p->before);
  }
  moat_wipe(p, sizeof *p);
}

void paste_next(paste *p) {
  moat_wipe(p->text, sizeof p->text);
  p->n = p->shown = p->escape_size = 0;
  p->too_long = p->quoted = false;
}

void paste_again(paste *p) {
  moat_wipe(p->bytes, sizeof p->bytes);
  p->at = p->filled = 0;
  paste_next(p);
}

/* ---- What a person sees of it ---- */

/* Removes what may not go to a screen from the part that is not shown yet: it is no part of an
 * answer. Returns how many bytes can be shown. With `coming`, the first bytes of a character are
 * kept, but not shown before the rest of it has come. */
static size_t drop_unseen(paste *p, bool coming) {
  size_t to = p->shown, step;
  for (size_t at = to; at < p->n; at += step) {
    uint32_t c;
    size_t n = utf8_decode(p->text + at, p->n - at, &c);
    step = n ? n : 1;
    if (!n && coming && utf8_is_begun(p->text + at, p->n - at)) {
      memmove(p->text + to, p->text + at, p->n - at);
      p->n -= at - to;
      return to;
    }
    if (!n || !utf8_is_shown(c)) continue;
    memmove(p->text + to, p->text + at, n);
    to += n;
  }
  p->n = to;
  p->text[to] = '\0';
  return to;
}

/* Brings the screen up to date. First it erases what Backspace has removed. */
static void show_text(paste *p, bool coming) {
  if (p->show != PASTE_SHOW_TEXT) return;
  for (; p->shown > p->n; p->shown--)
    if (!utf8_continues(p->text[p->shown - 1])) show("\b \b");
  size_t n = drop_unseen(p, coming);
  (void)write_all(STDERR_FILENO, p->text + p->shown, n - p->shown);
  p->shown = n;
}

/* A paste holds a code, so only its length is shown. */
static void show_count(const paste *p) {
  char line[80];
  int n = snprintf(line, sizeof line, "\r  %zu characters%s%s", p->n,
                   p->quoted ? "" : "; Enter to go on", terminal_is_dumb() ? "" : "\x1b[K");
  if (n > 0) (void)write_all(STDERR_FILENO, line, (size_t)n);
}

static void show_progress(paste *p, int result) {
  bool count = p->show == PASTE_SHOW_COUNT;
  show_text(p, result == PASTE_MORE);
  if (count && p->n) show_count(p);
  if ((!count || p->n) && result != PASTE_MORE) show("\n");
}

/* ---- Bytes ---- */

static void append(paste *p, char c) {
  if (p->n < PASTE_MAX)
    p->text[p->n++] = c;
  else
    p->too_long = true;
}

/* An escape sequence is never part of an address. Two of them are the brackets of a paste. */
static void take_escape(paste *p, char c) {
  if (p->escape_size < sizeof p->escape) p->escape[p->escape_size] = c;
  p->escape_size++;
  bool opens = p->escape_size == 1 || (p->escape_size == 2 && (c == '[' || c == 'O'));
  if (opens || (p->escape_size > 2 && (c < '@' || c > '~'))) return;
  if (p->escape_size == 6 && memcmp(p->escape + 1, "[200~", 5) == 0) p->quoted = true;
  if (p->escape_size == 6 && memcmp(p->escape + 1, "[201~", 5) == 0) p->quoted = false;
  p->escape_size = 0;
}

static bool is_blank(const paste *p) {
  for (size_t i = 0; i < p->n; i++)
    if (!strchr(" \t\r\n", p->text[i]) || !p->text[i]) return false;
  return true;
}

static int ready(paste *p) {
  p->text[p->n] = '\0';
  return PASTE_READY;
}

/* An empty line is no paste. It is ignored, unless somebody has pressed Enter and sees nothing come
 * of it. To a question it is an answer. */
static int take_line_end(paste *p) {
  if (p->quoted) return PASTE_MORE;
  bool ends = p->raw && p->at == p->filled;
  if (!is_blank(p) || p->too_long || p->show != PASTE_SHOW_COUNT || ends) return ready(p);
  p->n = 0;
  return PASTE_MORE;
}

/* Removes the last character, which may have several bytes, or all of them. */
static void take_back(paste *p, bool all) {
  show_text(p, true);
  do
    p->n -= p->n > 0;
  while (p->n > 0 && (all || utf8_continues(p->text[p->n])));
  show_text(p, true);
  if (all) paste_next(p);
}

static int take_key(paste *p, char c) {
  if (p->escape_size || c == ESC) {
    take_escape(p, c);
    return PASTE_MORE;
  }
  if (c == '\n' || c == '\r') return take_line_end(p);
  if (c == CTRL_D && p->n == 0) return PASTE_END;
  if (c == CTRL_D) return ready(p);
  if (c == CTRL_U || c == DELETE || c == CTRL_H) take_back(p, c == CTRL_U);
  if ((unsigned char)c >= ' ' && c != DELETE) append(p, c);
  return PASTE_MORE;
}

/* From a pipe or a file every byte is taken: what does not belong there has to be refused later. If
 * the text is too long, nothing more is read, because a pipe may have no end. */
static int take_byte(paste *p, char c) {
  if (c == '\n' && !p->whole_input) return take_line_end(p);
  append(p, c);
  return p->too_long ? ready(p) : PASTE_MORE;
}

/* ---- Reading ---- */

static int end(paste *p) {
  p->at_end = true;
  return is_blank(p) && !p->too_long ? PASTE_END : ready(p);
}

/* The bytes after a line end stay, for paste_next(). */
int paste_read(paste *p) {
  if (p->at == p->filled) {
    ssize_t r = read(STDIN_FILENO, p->bytes, sizeof p->bytes);
    if (r < 0) return errno == EINTR || errno == EAGAIN ? PASTE_MORE : -errno;
    if (r == 0) return end(p);
    p->at = 0;
    p->filled = (size_t)r;
  }
  int result = PASTE_MORE;
  while (p->at < p->filled && result == PASTE_MORE) {
    char c = p->bytes[p->at];
    p->bytes[p->at++] = '\0';
    result = p->raw ? take_key(p, c) : take_byte(p, c);
  }
  if (p->raw) show_progress(p, result);
  return result;
}

/* While another job has the terminal, this looks twice a second whether that is over. */
int paste_wait(paste *p) {
  for (;;) {
    struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
    if (signal_caught) return -EINTR;
    int n = p->at < p->filled ? 1 : poll(&in, paste_may_read(p) ? 1 : 0, 500);
    if (n < 0 && errno != EINTR) return -errno;
    int r = n > 0 ? paste_read(p) : PASTE_MORE;
    if (r != PASTE_MORE) return r;
  }
}
