/* Reads what a person pastes or types, or a pipe brings. */
#ifndef READ_PASTE_H
#define READ_PASTE_H

#include "../cli.h"

#include <termios.h>

enum { PASTE_MAX = 16384 };

/* A terminal shows the number of characters that came, the text that was typed, or nothing. */
enum { PASTE_SHOW_COUNT, PASTE_SHOW_TEXT, PASTE_SHOW_NOTHING };

/* One paste at a time; starts as zero. */
typedef struct {
  char text[PASTE_MAX + 1];
  size_t n;
  int show;         /* PASTE_SHOW_; but for the count, Enter alone is an answer as well */
  bool whole_input; /* where stdin is no terminal: up to its end, not to the end of a line */
  /* ---- */
  bool terminal, raw, at_end, too_long;
  bool quoted; /* inside a bracketed paste */
  char escape[8];
  size_t escape_size;
  size_t shown;      /* bytes of the text */
  char bytes[4096];  /* what was read */
  size_t at, filled; /* and not yet taken */
  struct termios before;
} paste;

enum { PASTE_MORE, PASTE_READY, PASTE_END };

/* A terminal's line mode drops what is beyond 4095 characters, so it is switched off; and what is
 * pasted need not be seen by who looks on. paste_end() puts things back. */
void paste_begin(paste *p);
void paste_end(paste *p);
/* To be asked before each wait for stdin: false while another job has the terminal. */
bool paste_may_read(paste *p);
/* For another one, after one that was refused: what else came with that is part of it. */
void paste_again(paste *p);
/* For another one, which may have been typed already. */
void paste_next(paste *p);

/* Takes what stdin has, which must be readable. PASTE_READY: `text` has n bytes and a NUL, or
 * `too_long` is set. PASTE_END: stdin ended with nothing in it. A negative errno otherwise. */
int paste_read(paste *p);
/* The same, waiting for it. -EINTR once a signal came. */
int paste_wait(paste *p);

#endif
