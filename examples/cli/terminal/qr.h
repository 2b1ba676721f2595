/* A QR code on the terminal. */
#ifndef QR_H
#define QR_H

#include "window.h"

enum { QR_ROW_SIZE = 256 };

/* Makes the code of `text`, and sets the part of the window that it needs. Returns false if the
 * terminal has no block characters, if the text is too long, or if this moat was built without the
 * library. */
bool qr_make(const char *text, window *needed);

/* Writes row `y` of the code that was made last, dark on light whatever the terminal's colours are.
 * Returns its length in bytes. */
size_t qr_row(int y, char row[QR_ROW_SIZE]);

/* Whether this moat was built with the library. */
extern const bool qr_built_in;

#endif
