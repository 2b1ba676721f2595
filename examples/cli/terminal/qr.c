/* Each character shows two modules of the code, one above the other. So the code is about square,
 * and half a window is large enough. */
#include "qr.h"

#ifdef MOAT_QR

#include "charset.h"

#include <qrcodegen/qrcodegen.h>
#include <stdlib.h>
#include <string.h>

/* Version 10 is the largest code that a phone easily reads from a screen. It holds 271 bytes. */
enum { VERSION_MAX = 10, QUIET = 4 };

static uint8_t code[qrcodegen_BUFFER_LEN_FOR_VERSION(VERSION_MAX)];

/* If the locale names a character set other than UTF-8, nothing is drawn. No character set usually
 * means a small machine that is seen through a modern terminal, so the code is drawn. */
static bool shows_blocks(void) {
  return getenv("TERM") && !terminal_is_dumb() && charset_is_utf8(true);
}

static size_t put(char *row, size_t n, const char *text) {
  size_t length = strlen(text);
  memcpy(row + n, text, length);
  return n + length;
}

const bool qr_built_in = true;

bool qr_make(const char *text, window *needed) {
  uint8_t work[sizeof code];
  if (!shows_blocks()) return false;
  if (!qrcodegen_encodeText(text, work, code, qrcodegen_Ecc_LOW, qrcodegen_VERSION_MIN, VERSION_MAX,
                            qrcodegen_Mask_AUTO, true))
    return false;
  needed->columns = qrcodegen_getSize(code) + 2 * QUIET;
  needed->rows = (needed->columns + 1) / 2;
  return true;
}

/* The colours are set, because the terminal may show light text on a dark ground. Many readers do
 * not accept such a code. */
size_t qr_row(int y, char row[QR_ROW_SIZE]) {
  static const char *const blocks[] = {" ", "\u2580", "\u2584", "\u2588"};
  int top = 2 * y - QUIET, end = qrcodegen_getSize(code) + QUIET;
  size_t n = put(row, 0, "\033[30;47m");
  for (int x = -QUIET; x < end; x++)
    n = put(row, n,
            blocks[qrcodegen_getModule(code, x, top) | qrcodegen_getModule(code, x, top + 1) << 1]);
  return put(row, n, "\033[0m");
}

#else

const bool qr_built_in = false;

bool qr_make(const char *text, window *needed) {
  (void)text;
  (void)needed;
  return false;
}

size_t qr_row(int y, char row[QR_ROW_SIZE]) {
  (void)y;
  (void)row;
  return 0;
}

#endif
