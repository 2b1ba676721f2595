/* A QR code on the terminal. */
#ifndef QR_H
#define QR_H

#include "../cli.h"

/* Draws `text`, dark on light whatever the terminal's colours are. Nothing, where it could not be
 * scanned: no terminal, one that is too narrow or knows no block characters, a text that is too
 * long, or a moat built without the library. Whether it was drawn. */
bool qr_show(const char *text);

/* Whether this moat was built with the library. */
extern const bool qr_built_in;

#endif
