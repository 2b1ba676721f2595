/* Reads stdin as a whole. Input that does not fit is an error and is never cut: half a secret looks
 * like a wrong one. */
#include "read_stdin.h"

#include "../signals.h"

#include <errno.h>
#include <unistd.h>

/* The handlers are installed without SA_RESTART, so every signal ends the read. Only one that ends
 * the program sets signal_caught. */
int read_stdin(char *p, size_t size, size_t *n) {
  for (*n = 0; *n < size;) {
    if (signal_caught) return EINTR;
    ssize_t r = read(STDIN_FILENO, p + *n, size - *n);
    if (r < 0 && errno == EINTR) continue;
    if (r < 0) return errno;
    if (r == 0) break;
    *n += (size_t)r;
  }
  if (*n == size) return EFBIG;
  p[*n] = '\0';
  return 0;
}
