/* Moat compares names itself, because Mbed TLS does it differently from version to version. */
#include "tls_name.h"

#include <string.h>

#include "../text/text.h"

/* Lengths are compared too, so a NUL inside a name does not hide the rest. */
bool moat__dns_name_matches(moat_span name, moat_span host) {
  if (!host.n) return false;
  if (name.n < 2 || name.p[0] != '*' || name.p[1] != '.') return moat__equal_nocase(name, host);

  /* A wildcard such as "*.com" would match half the world. */
  moat_span label = moat__take(&host, '.');
  moat_span rest = {name.p + 2, name.n - 2};
  const char *dot = memchr(rest.p, '.', rest.n);
  if (!label.n || !dot || dot == rest.p || dot == rest.p + rest.n - 1) return false;
  return moat__equal_nocase(rest, host);
}
