/* Moat compares names itself, because Mbed TLS does it differently from version to version. */
#include "tls_name.h"

#include "../text/text.h"

/* Lengths are compared too, so a NUL inside a name does not hide the rest. */
bool moat__dns_name_matches(moat_span name, moat_span host) {
  if (name.n >= 2 && name.p[0] == '*' && name.p[1] == '.') {
    name = (moat_span){name.p + 2, name.n - 2};
    moat_span rest = name;
    /* A wildcard such as "*.com" would match half the world. */
    if (!moat__take(&rest, '.').n || !rest.n || !moat__take(&host, '.').n) return false;
  }
  return host.n && moat__equal_nocase(name, host);
}
