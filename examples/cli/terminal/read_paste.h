/* Reads what a person pastes or types, or a pipe brings. */
#ifndef READ_PASTE_H
#define READ_PASTE_H

#include "../cli.h"

#include <termios.h>

enum { PASTE_MAX = 16384 };

/* A terminal shows the number of characters that came, the text that was typed, or nothing. */
enum { PASTE_SHOW_COUNT, PASTE_SHOW_TEXT, PASTE_SHOW_NOTHING };

/* The state of a reader. It starts as zero, and holds one paste or line at a time. */
typedef struct {
  char text[PASTE_MAX + 1];
  size_t n;
  int show;         /* PASTE_SHOW_; with any but the count, Enter alone is an answer */
  bool whole_input; /* if stdin is no terminal: read to its end, not to the end of a line */
  /* ---- */
  bool terminal, raw, at_end, too_long;
  bool quoted; /* inside a bracketed paste */
  char escape[8];
  size_t escape_size;
  size_t shown;     /* bytes of the text */
  char bytes[4096]; /* what was read; from `at` to `filled` it is not yet taken */
  size_t at, filled;
  struct termios before;
} paste;

enum { PASTE_MORE, PASTE_READY, PASTE_END };

/* Switches off a terminal's line mode, which drops what is beyond 4095 characters, and its echo,
 * which would show a paste to onlookers. paste_end() switches both on again. */
void paste_begin(paste *p);
void paste_end(paste *p);
/* Call it before each wait for stdin. False while another job has the terminal. */
bool paste_may_read(paste *p);
/* Begins another paste after a refused one. Whatever else came with that one is dropped. */
void paste_again(paste *p);
/* Begins another line, which may have been typed already. */
void paste_next(paste *p);

/* Takes what stdin has, which must be readable. Returns PASTE_READY if `text` has n bytes and a
 * NUL, or `too_long` is set; PASTE_MORE; PASTE_END if stdin ended with nothing in it; or a negative
 * errno. */
int paste_read(paste *p);
/* The same, but waits. Returns -EINTR after a signal that ends the program. */
int paste_wait(paste *p);

#endif
