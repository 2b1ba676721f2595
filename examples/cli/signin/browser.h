/* The person's own browser (RFC 8252 6). */
#ifndef BROWSER_H
#define BROWSER_H

#include "../cli.h"

#include <sys/types.h>

/* The umask that main() found. The browser gets it back: its files are not secrets of moat. */
extern mode_t browser_umask;

/* Whether there is a screen that a browser could show itself on. */
bool browser_has_display(void);

/* Opens `url`, which must be https, without a shell and without waiting. False if no program could
 * be started for it; whether that program then shows a page is not known. */
bool browser_open(const char *url);

#endif
