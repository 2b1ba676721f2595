/* A QR code on the terminal. */
#ifndef QR_H
#define QR_H

#include "../cli.h"

/* Draws `text`, dark on light whatever the terminal's colours are. Returns whether it was drawn. It
 * is not if there is no terminal, if the terminal is too narrow or has no block characters, if the
 * text is too long, or if this moat was built without the library. */
bool qr_show(const char *text);

/* Whether this moat was built with the library. */
extern const bool qr_built_in;

#endif
