/* The person's own browser (RFC 8252 6). */
#ifndef BROWSER_H
#define BROWSER_H

#include "../cli.h"

/* Whether the environment has a screen for a browser, or names a browser in BROWSER. */
bool browser_is_there(void);

/* No program could open the URL; one was started for it and has not said yet; one has said that it
 * did. */
enum { BROWSER_NONE, BROWSER_STARTED, BROWSER_OPENED };

/* Opens `url`, which must be https, without a shell. Waits a few seconds for what the programs say
 * that open browsers, and tries the next one after a failure. */
int browser_open(const char *url);

#endif
