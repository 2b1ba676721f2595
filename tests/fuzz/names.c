/* Host names against names of certificates, addresses as text, Retry-After. */
#include "fuzz.h"

#include <arpa/inet.h>
#include <ctype.h>

#include "text/text.h"
#include "http/http.h"
#include "tls/tls_name.h"

/* The C library's opinion; it reads no bytes after a NUL. */
static size_t by_libc(const char *z, uint8_t out[16]) {
  if (inet_pton(AF_INET, z, out) == 1) return 4;
  return inet_pton(AF_INET6, z, out) == 1 ? 16 : 0;
}

static void read_address(fuzz_input in) {
  uint8_t ours[16] = {0}, theirs[16] = {0};
  char *exact = fuzz_copy(in.p, in.n), *z = fuzz_text(in);
  size_t n = moat__address((moat_span){exact, in.n}, ours);
  CHECK(n == 0 || n == 4 || n == 16);
  CHECK(n == (strlen(z) == in.n ? by_libc(z, theirs) : 0));
  CHECK(!n || memcmp(ours, theirs, n) == 0);
  free(exact);
  free(z);
}

static bool is_same(const char *a, const char *b, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (tolower((uint8_t)a[i]) != tolower((uint8_t)b[i])) return false;
  return true;
}

/* RFC 6125 6.4, written down once more. */
static bool matches(moat_span name, moat_span host) {
  if (!host.n) return false;
  if (name.n == host.n && is_same(name.p, host.p, name.n))
    return !(name.n > 1 && name.p[0] == '*' && name.p[1] == '.');
  if (name.n < 5 || name.p[0] != '*' || name.p[1] != '.') return false;
  const char *dot = memchr(host.p, '.', host.n);
  size_t label = dot ? (size_t)(dot - host.p) : host.n, rest = host.n - label;
  const char *inner = memchr(name.p + 2, '.', name.n - 2);
  return label > 0 && rest == name.n - 1 && is_same(name.p + 1, host.p + label, rest) && inner &&
         inner > name.p + 2 && inner < name.p + name.n - 1;
}

static void read_name(fuzz_input in) {
  fuzz_input first = fuzz_part(&in);
  moat_span name = {fuzz_copy(first.p, first.n), first.n}, host = {fuzz_copy(in.p, in.n), in.n};
  bool ours = moat__dns_name_matches(name, host);
  bool wild_host = host.n > 1 && host.p[0] == '*' && host.p[1] == '.'; /* no host, and no matter */
  if (!wild_host) CHECK(ours == matches(name, host));
  free((char *)(uintptr_t)name.p);
  free((char *)(uintptr_t)host.p);
}

static void read_retry_after(fuzz_input in) {
  fuzz_input first = fuzz_part(&in);
  moat_span value = {fuzz_copy(first.p, first.n), first.n}, date = {fuzz_copy(in.p, in.n), in.n};
  uint32_t seconds = moat__retry_after(value, date);
  CHECK(seconds <= MOAT_RETRY_AFTER_MAX);
  int32_t whole = moat__number_up_to(value, MOAT_RETRY_AFTER_MAX);
  if (whole >= 0) CHECK(seconds == (uint32_t)whole);
  free((char *)(uintptr_t)value.p);
  free((char *)(uintptr_t)date.p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_input in = {data, size};
  switch (fuzz_byte(&in) % 3) {
  case 0: read_address(in); break;
  case 1: read_name(in); break;
  default: read_retry_after(in); break;
  }
  return 0;
}
