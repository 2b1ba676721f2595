/* Programs read such URLs in many ways. What two of them could read differently is refused, and so
 * is a proxy that Moat cannot use. */
#include "proxy_url.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool begins(const char *s, const char *with) {
  return strncasecmp(s, with, strlen(with)) == 0;
}

/* The library judges host and port, as if the URL were https. */
static bool split(const char *authority, size_t n, proxy_url *out) {
  static char https[VALUE_SIZE + 16], memory[VALUE_SIZE + 16];
  moat_endpoint e;
  int length = snprintf(https, sizeof https, "https://%.*s", (int)n, authority);
  if (length < 0 || (size_t)length >= sizeof https) return false;
  if (moat_url_split(https, (size_t)length, memory, sizeof memory, &e) != MOAT_OK) return false;
  if (strlen(e.host) >= sizeof out->host) return false;
  memcpy(out->host, e.host, strlen(e.host) + 1);
  out->port = e.port;
  return true;
}

/* Some programs take 80 for a missing port, others 1080 or 3128. */
static bool has_port(const char *authority, size_t n) {
  while (n && authority[n - 1] >= '0' && authority[n - 1] <= '9')
    n--;
  return n && authority[n - 1] == ':';
}

/* The user ends at the last '@', wherever that is: even in a wrong URL it must be known, to be
 * hidden.
 */
static const char *take_user(const char *s, moat_span *user) {
  const char *at = strrchr(s, '@');
  if (!at) return s;
  *user = (moat_span){s, (size_t)(at - s)};
  return at + 1;
}

const char *proxy_url_read(const char *url, proxy_url *out) {
  const char *scheme = strstr(url, "://");
  *out = (proxy_url){.port = 0};
  const char *authority = take_user(scheme ? scheme + 3 : url, &out->user);
  size_t n = strcspn(authority, "/?#");
  if (begins(url, "socks")) return "is a SOCKS proxy, and Moat can only use an HTTP proxy";
  if (begins(url, "https://")) return "is a proxy over TLS, and Moat can only use one over http";
  if (scheme && !begins(url, "http://")) return "is not http://HOST:PORT";
  if (authority[n] && strcmp(authority + n, "/") != 0) return "has something after HOST:PORT";
  bool odd = out->user.n && strcspn(out->user.p, "/?#") < out->user.n;
  if (odd || !split(authority, n, out)) return "is not http://HOST:PORT";
  return has_port(authority, n) ? NULL : "has no port, and programs differ about what it is then";
}
