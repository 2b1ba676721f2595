/* Each character shows two modules of the code, one above the other. So the code is about square,
 * and half a window is large enough. */
#include "qr.h"

#ifdef MOAT_QR

#include "term.h"

#include <qrcodegen/qrcodegen.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Version 10 is the largest code that a phone easily reads from a screen. It holds 271 bytes. */
enum { VERSION_MAX = 10, QUIET = 4, LINE_SIZE = 512, COLUMNS_DEFAULT = 80 };

/* If the locale names a character set other than UTF-8, nothing is drawn. No character set usually
 * means a small machine that is seen through a modern terminal, so the code is drawn. */
static bool shows_blocks(void) {
  static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
  const char *term = getenv("TERM"), *set = NULL;
  for (size_t i = 0; i < sizeof names / sizeof *names && !(set && *set); i++)
    set = getenv(names[i]);
  const char *dot = set ? strchr(set, '.') : NULL;
  return term && strcmp(term, "dumb") != 0 &&
         (!dot || strncasecmp(dot, ".utf-8", 6) == 0 || strncasecmp(dot, ".utf8", 5) == 0);
}

static int columns(void) {
  struct winsize size;
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col
                                                                     : COLUMNS_DEFAULT;
}

static size_t put(char *line, size_t n, const char *text) {
  size_t length = strlen(text);
  memcpy(line + n, text, length);
  return n + length;
}

/* The colours are set, because the terminal may show light text on a dark ground. Many readers do
 * not accept such a code. */
static int draw_line(const uint8_t *code, int y) {
  static const char *const blocks[] = {" ", "\u2580", "\u2584", "\u2588"};
  char line[LINE_SIZE];
  size_t n = put(line, 0, "\033[30;47m");
  int end = qrcodegen_getSize(code) + QUIET;
  for (int x = -QUIET; x < end; x++)
    n = put(line, n,
            blocks[qrcodegen_getModule(code, x, y) | qrcodegen_getModule(code, x, y + 1) << 1]);
  return print_bytes(line, put(line, n, "\033[0m\n"));
}

const bool qr_built_in = true;

bool qr_show(const char *text) {
  uint8_t work[qrcodegen_BUFFER_LEN_FOR_VERSION(VERSION_MAX)], code[sizeof work];
  if (!isatty(STDOUT_FILENO) || !shows_blocks()) return false;
  if (!qrcodegen_encodeText(text, work, code, qrcodegen_Ecc_LOW, qrcodegen_VERSION_MIN, VERSION_MAX,
                            qrcodegen_Mask_AUTO, true))
    return false;
  int size = qrcodegen_getSize(code);
  if (size + 2 * QUIET > columns()) return false;
  int status = CLI_OK;
  for (int y = -QUIET; y < size + QUIET && !status; y += 2)
    status = draw_line(code, y);
  return !status;
}

#else

const bool qr_built_in = false;

bool qr_show(const char *text) {
  (void)text;
  return false;
}

#endif
