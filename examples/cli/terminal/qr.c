/* Two modules a character: what is drawn that way is about as wide as high, and small enough for
 * half a window. */
#include "qr.h"

#ifdef MOAT_QR

#include "term.h"

#include <qrcodegen/qrcodegen.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* A version 10 code is as large as a phone reads from a screen without trouble: 271 bytes. */
enum { VERSION_MAX = 10, QUIET = 4, LINE_SIZE = 512, COLUMNS_DEFAULT = 80 };

/* A locale that names another character set than UTF-8 is believed; none at all is most often a
 * small machine, looked at through a terminal that is up to date. */
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

/* Black on white is said to the terminal, whose own colours may be the other way round: many
 * readers take no light code on a dark ground. */
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
