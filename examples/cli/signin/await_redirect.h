/* Waits for the redirect of a sign-in: a browser's visit to the loopback listener, or a paste,
 * whichever is first. */
#ifndef AWAIT_REDIRECT_H
#define AWAIT_REDIRECT_H

#include "signin.h"

/* Whether `redirect_uri` is one that a listener on this machine can answer; then its port (0: any)
 * and path. */
bool await_is_loopback(const account *a, const char *redirect_uri, uint16_t *port);

/* Listens, and writes the redirect URI to use, which has the port in it where any would do. 0, or
 * an errno and nothing is changed. */
int await_listen(const char *given, uint16_t port, char uri[VALUE_SIZE]);

/* Readies the terminal for a paste: before anybody is asked for one. */
void await_begin(void);

/* Waits, `seconds` at most, for the code of `p`, and exchanges it. The browser is shown what came
 * of it. A CLI_ status, with what is wrong said. */
int await_code(account *a, const moat_authorization *p, uint32_t seconds);

/* Any number of times. */
void await_end(void);

#endif
