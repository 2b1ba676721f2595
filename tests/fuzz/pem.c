/* Bundles of roots: decoded in place, and apart from it. */
#include "fuzz.h"

#include "moat/tls.h"
#include "tls/tls_pem.h"

static uint32_t ticks(void *ctx) {
  (void)ctx;
  return 0;
}

static int date(void *ctx, int64_t *seconds) {
  (void)ctx;
  *seconds = 1700000000;
  return 0;
}

static int random_bytes(void *ctx, void *p, size_t n) {
  (void)ctx;
  memset(p, 4, n);
  return 0;
}

static const moat_platform platform = {
    .ticks_ms = ticks, .unix_time = date, .random = random_bytes};

/* Over its own text, as the library does it, and elsewhere: the same certificates come out. */
static unsigned decode(fuzz_input in) {
  char *text = fuzz_copy(in.p, in.n), *other = fuzz_copy(in.p, in.n);
  uint8_t *apart = fuzz_memory(in.n, 0), *place = (uint8_t *)text;
  moat_span here = {text, in.n}, there = {other, in.n};
  size_t n, m;
  unsigned count = 0;
  while (moat__pem_next(&there, apart, &m)) {
    CHECK(moat__pem_next(&here, place, &n));
    CHECK(n == m && memcmp(place, apart, n) == 0);
    CHECK(fuzz_is_inside(here, text, in.n) && here.n == there.n);
    place += n;
    CHECK((const char *)place <= here.p);
    count += n > 0;
  }
  CHECK(!moat__pem_next(&here, place, &n));
  free(text);
  free(other);
  free(apart);
  return count;
}

static void add(fuzz_input in, unsigned most) {
  moat_tls_context c;
  char *text = fuzz_copy(in.p, in.n);
  CHECK(moat_tls_init(&c, &platform, NULL) == 0);
  int r = moat_tls_add_roots_pem(&c.roots, text, in.n);
  CHECK(r == MOAT_E_CERT || r == MOAT_E_MEMORY || r > 0);
  CHECK(r < 0 || (unsigned)r <= most);
  CHECK((r > 0) == (c.roots.list.raw.p != NULL));
  moat_tls_free(&c);
  free(text);
}

/* A bundle in DER, which is where a mutator gets further. */
static void add_der(fuzz_input in) {
  moat_tls_context c;
  char *der = fuzz_copy(in.p, in.n);
  CHECK(moat_tls_init(&c, &platform, NULL) == 0);
  int r = moat_tls_add_root_der(&c.roots, der, in.n);
  CHECK(r == 0 || r == MOAT_E_CERT || r == MOAT_E_MEMORY);
  moat_tls_free(&c);
  free(der);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_input in = {data, size};
  if (size && *data == 0)
    add_der((fuzz_input){data + 1, size - 1});
  else
    add(in, decode(in));
  return 0;
}
