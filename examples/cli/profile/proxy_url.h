/* The URL of a proxy. */
#ifndef PROXY_URL_H
#define PROXY_URL_H

#include "../cli.h"

typedef struct {
  char host[256]; /* without brackets */
  uint16_t port;
  moat_span user; /* "user:password" as the URL has it, percent-encoded; or absent */
} proxy_url;

/* Reads http://[user:password@]HOST:PORT; "http://" may be missing. Returns NULL, or what is wrong:
 * "is ...". The span lies in `url`. */
const char *proxy_url_read(const char *url, proxy_url *out);

#endif
