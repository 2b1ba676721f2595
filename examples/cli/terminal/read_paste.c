/* Reads a line or a paste of any length up to its limit, and never a part of one.
 *
 * On a terminal each byte comes as it is typed: no line editor that would cut, no echo. What such
 * an editor does for a person is done here: Enter, Backspace, Ctrl-U and Ctrl-D. */
#include "read_paste.h"

#include "../files.h"
#include "../signals.h"
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

/* A terminal that another job has may be neither changed nor read: the system would stop us. */
static bool is_ours(void) {
  return isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) == getpgrp();
}

/* Signals stay on: Ctrl-C is for the program. With brackets around it, a paste may have line ends
 * in it, where a mail reader wrapped the address. Whoever had the terminal while we were stopped,
 * or in the background, has left it in a way of their own. */
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
  if (p->raw) show("\x1b[?2004h");
  return p->raw;
}

void paste_begin(paste *p) {
  p->terminal = isatty(STDIN_FILENO);
  (void)paste_may_read(p);
}

/* One that has gone will never be ours again, but is read to its end at once. */
bool paste_may_read(paste *p) {
  if (p->terminal && !isatty(STDIN_FILENO)) p->terminal = false;
  return !p->terminal || take_terminal(p);
}

void paste_end(paste *p) {
  if (p->raw && is_ours()) {
    show("\x1b[?2004l");
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

/* Takes out of what is not shown yet what may not go to a screen: it is no part of an answer.
 * Returns how much can be shown: not the beginning of a character that may still be `coming`. */
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

/* Brings the line to what was typed so far: what Backspace took goes first. */
static void show_text(paste *p, bool coming) {
  if (p->show != PASTE_SHOW_TEXT) return;
  for (; p->shown > p->n; p->shown--)
    if (!utf8_continues(p->text[p->shown - 1])) show("\b \b");
  size_t n = drop_unseen(p, coming);
  (void)write_all(STDERR_FILENO, p->text + p->shown, n - p->shown);
  p->shown = n;
}

/* How much came is all that is shown of a paste. */
static void show_count(const paste *p) {
  char line[80];
  int n = snprintf(line, sizeof line, "\r  %zu characters%s\x1b[K", p->n,
                   p->quoted ? "" : "; Enter to go on");
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

/* Enter on nothing asks for nothing; to a question it is an answer. */
static int take_line_end(paste *p) {
  if (p->quoted) return PASTE_MORE;
  if (!is_blank(p) || p->too_long || p->show != PASTE_SHOW_COUNT) return ready(p);
  p->n = 0;
  return PASTE_MORE;
}

/* The last character, with all its bytes, or all of them. */
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

/* From a pipe or a file nothing is left out: what does not belong there has to be refused. What is
 * too long is that already, and may have no end. */
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
