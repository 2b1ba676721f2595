/* Waits for the redirect of a sign-in: a browser's visit to the loopback listener, or a paste,
 * whichever is first. */
#ifndef AWAIT_REDIRECT_H
#define AWAIT_REDIRECT_H

#include "signin.h"

/* Whether a listener on this machine can answer `redirect_uri`. If so, *port is its port, or 0 for
 * any, and its path is noted. */
bool await_is_loopback(const account *a, const char *redirect_uri, uint16_t *port);

/* Listens, and writes the redirect URI to use. If any port will do, the one that was found is in
 * it. Returns 0, or an errno and changes nothing. */
int await_listen(const char *given, uint16_t port, char uri[VALUE_SIZE]);

/* Prepares the terminal for a paste. Call it before anybody is asked for one. */
void await_begin(void);

/* Waits at most `seconds` for the code of `p`, and exchanges it. The browser shows the result.
 * Reports what is wrong and returns a CLI_ status. */
int await_code(account *a, const moat_authorization *p, uint32_t seconds);

/* May be called any number of times. */
void await_end(void);

#endif
