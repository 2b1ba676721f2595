/* stdin, whole. What does not fit is an error and never cut: half a code looks like a wrong one. */
#include "input.h"

#include "account.h"

#include <errno.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

bool input_is_terminal(void) {
  return isatty(STDIN_FILENO);
}

/* The handlers are installed without SA_RESTART, so a signal ends the read; other signals than ours
 * do not count. */
int input_read(char *p, size_t size, size_t *n) {
  /* A terminal has no end of input until somebody thinks of Ctrl-D. */
  bool line = input_is_terminal();
  for (*n = 0; *n < size;) {
    if (account_cancelled) return EINTR;
    ssize_t r = read(STDIN_FILENO, p + *n, size - *n);
    if (r < 0 && errno == EINTR) continue;
    if (r < 0) return errno;
    if (r == 0) break;
    *n += (size_t)r;
    if (line && memchr(p + *n - r, '\n', (size_t)r)) break;
  }
  if (*n == size) return EFBIG;
  p[*n] = '\0';
  return 0;
}

/* Echo comes back whatever happens; a signal only sets a flag, so there is no way past it. */
int input_ask(const char *prompt, char *p, size_t size, size_t *n) {
  struct termios before, silent;
  if (tcgetattr(STDIN_FILENO, &before)) return errno;
  silent = before;
  silent.c_lflag &= ~(tcflag_t)ECHO;
  /* Silence first: what is typed at the sight of the prompt must neither show nor be flushed. */
  if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)) return errno;
  int error = write_all(STDERR_FILENO, prompt, strlen(prompt));
  if (!error) error = input_read(p, size, n);
  (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
  (void)write_all(STDERR_FILENO, "\n", 1);
  return error;
}
