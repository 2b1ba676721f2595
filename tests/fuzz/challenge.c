/* The WWW-Authenticate of a service, and the parameters that answer it. */
#include "fuzz.h"

#include <moat/challenge.h>

enum { FIELDS = 16384 };

/* Whatever a service says, its parameters stay what they are: each value is one. */
static void answer(const moat_challenge *c, moat_span extra) {
  static char fields[FIELDS];
  int n = moat_challenge_extra(c, extra, fields, sizeof fields);
  if (n == MOAT_E_SPACE) return;
  CHECK(n >= 0 && fields[n] == '\0');
  moat_span all = {fields, (size_t)n};
  CHECK(fuzz_has_only(all, '!', '~'));
  size_t parameters = (c->acr_values.n > 0) + (c->claims.n > 0) + c->has_max_age;
  CHECK(fuzz_count(all, moat_str("=")) == parameters + 1);
  CHECK(fuzz_count(all, moat_str("&")) == parameters);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_input in = {data, size};
  moat_challenge c;
  char *text = fuzz_copy(in.p, in.n);
  int r = moat_challenge_read(&c, text, in.n);
  CHECK(r == 0 || r == MOAT_E_EMPTY || r == MOAT_E_HTTP);
  if (r == 0) {
    CHECK(c.error.n > 0 && fuzz_is_inside(c.error, text, in.n) &&
          fuzz_is_inside(c.description, text, in.n) && fuzz_is_inside(c.acr_values, text, in.n) &&
          fuzz_is_inside(c.claims, text, in.n));
    CHECK(!c.claims.n || (c.claims.p[0] == '{' && !c.acr_values.n && !c.has_max_age));
    (void)fuzz_touch(c.description);
    answer(&c, moat_str("x=1"));
  }
  free(text);
  return 0;
}
