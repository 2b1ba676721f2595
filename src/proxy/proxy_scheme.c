/* Reads Proxy-Authenticate. Only people need it, so it has a file of its own. */
#include "moat/proxy.h"

#include <string.h>

#include "../http/http.h"
#include "../text/text.h"

/* Returns the scheme at the start of one part of a list of challenges, or absent for a parameter of
 * the challenge before it (RFC 9110 11.6.1). */
static moat_span scheme_of(moat_span part) {
  size_t n = 0;
  while (part.n && *part.p == ' ') {
    part.p++;
    part.n--;
  }
  while (n < part.n && part.p[n] != ' ')
    n++;
  moat_span word = {part.p, n};
  return n && memchr(word.p, '=', n) ? (moat_span){NULL, 0} : word;
}

/* A comma in a quoted text makes parts that are no challenge. They cannot come first, so at worst a
 * scheme goes unnamed. */
moat_span moat_proxy_scheme(const moat_proxy *p) {
  moat_span first = {NULL, 0};
  for (unsigned i = 0; i < MOAT_KEPT_MAX; i++)
    for (moat_span list = moat__http_kept(&p->http, i); list.n;) {
      moat_span scheme = scheme_of(moat__take(&list, ','));
      if (moat__is_nocase(scheme, "basic")) return (moat_span){NULL, 0};
      if (!first.n) first = scheme;
    }
  return first;
}
