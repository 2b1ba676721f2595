/* Covers the secrets in a text with stars. */
#ifndef COVER_H
#define COVER_H

#include "../cli.h"

/* Puts stars over the secrets (hide.h) in a text that came from clean(). Returns whether there were
 * any. With `cut`, the first part of a secret counts at the end of the text. */
bool cover_secrets(char *text, bool cut);

#endif
