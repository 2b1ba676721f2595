/* The secrets of this process, and how they are kept from the screen. They are told to it by
 * term_hide() and its like, in term.h. */
#ifndef HIDE_H
#define HIDE_H

#include "../cli.h"

/* Puts stars over the secrets in a text that is clean; whether there were any. At its end, where it
 * was `cut`, a part of one counts as well. */
bool hide_in(char *text, bool cut);

#endif
