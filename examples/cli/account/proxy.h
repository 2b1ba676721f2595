/* The proxy that connections go through: the profile's, or that of the environment. */
#ifndef PROXY_H
#define PROXY_H

#include <moat/proxy.h>
#include <moat_posix.h>

#include "../profile/profile.h"

typedef struct {
  moat_proxy stream;  /* its host and port are the proxy's */
  const char *source; /* who names the proxy; NULL: there is none */
  const char *login;  /* where its credentials come from; NULL: there are none */
  const char *except; /* $no_proxy; NULL: no exceptions */
  bool is_bypassed;   /* the last server is one of the exceptions */
} proxy;

/* Finds the proxy and reads its credentials. `net` makes the connections. A CLI_ status, with what
 * is wrong said. */
int proxy_find(proxy *p, const profile *of, moat_posix_net *net);

/* Reads the credentials alone, from a file or a credential of systemd's. A CLI_ status, as above.
 */
int proxy_read_credentials(proxy *p, const char *file);

/* Whether the last connection went through a proxy, or was to. */
bool proxy_is_used(const proxy *p);

/* Wipes the credentials. */
void proxy_wipe(void);

#endif
