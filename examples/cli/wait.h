/* The wait for a person: a browser's visit to the loopback listener, or a paste, whichever is
 * first. */
#ifndef WAIT_H
#define WAIT_H

#include "signin.h"

/* Whether `redirect_uri` is one that a listener on this machine can answer; then its port (0: any)
 * and path. */
bool wait_is_loopback(const account *a, const char *redirect_uri, uint16_t *port);

/* Listens, and writes the redirect URI to use, which has the port in it where any would do. 0, or
 * an errno and nothing is changed. */
int wait_listen(const char *given, uint16_t port, char uri[VALUE_SIZE]);

/* Readies the terminal for a paste: before anybody is asked for one. */
void wait_begin(void);

/* Waits, `seconds` at most, for the code of `p`, and exchanges it. The browser is shown what came
 * of it. A CLI_ status, with what is wrong said. */
int wait_for_code(account *a, const moat_authorization *p, uint32_t seconds);

/* Any number of times. */
void wait_end(void);

#endif
