/* Covers the secrets in a text with stars. */
#ifndef COVER_H
#define COVER_H

#include "../cli.h"

/* Puts stars over the secrets (hide.h) in a text that is clean; whether there were any. At its end,
 * where it was `cut`, a part of one counts as well. */
bool cover_secrets(char *text, bool cut);

#endif
