/* URLs taken apart, and the authorize URL put together. */
#include "fuzz.h"

#include "moat/tls.h"

#include "text/text.h"

static int split(moat_span url, size_t size, char **memory, moat_endpoint *e) {
  *memory = fuzz_memory(size, 0xa5);
  return moat_url_split(url.p, url.n, *memory, size, e);
}

static void check_endpoint(const moat_endpoint *e) {
  moat_span host = moat_str(e->host), path = moat_str(e->path);
  CHECK(host.n > 0 && host.n <= 253 && e->port > 0);
  CHECK(fuzz_has_only(host, '!', '~') && fuzz_has_only(path, '!', '~'));
  CHECK(path.p[0] == '/');
  CHECK(!memchr(path.p, '#', path.n));
  for (size_t i = 0; i < host.n; i++)
    CHECK(!strchr("@/\\?#[]%\"<>", host.p[i]));
}

/* As a request would name it. */
static char *join(const moat_endpoint *e) {
  size_t size = strlen(e->host) + strlen(e->path) + 32;
  bool v6 = strchr(e->host, ':') != NULL;
  char *url = fuzz_memory(size, 0);
  snprintf(url, size, "https://%s%s%s:%u%s", v6 ? "[" : "", e->host, v6 ? "]" : "",
           (unsigned)e->port, e->path);
  return url;
}

static void check_round_trip(const moat_endpoint *e) {
  moat_endpoint again;
  char *url = join(e), *memory;
  CHECK(split(moat_str(url), strlen(url) + 2, &memory, &again) == 0);
  CHECK(!strcmp(e->host, again.host) && !strcmp(e->path, again.path) && e->port == again.port);
  free(memory);
  free(url);
}

/* What it needs is what it says it has written, and never more than two bytes more than there were.
 */
static void read_url(moat_span url, size_t small) {
  moat_endpoint e, less;
  char *memory, *smaller;
  int r = split(url, url.n + 2, &memory, &e);
  CHECK(r == 0 || r == MOAT_E_URL);
  int s = split(url, small % (url.n + 2), &smaller, &less);
  CHECK(r ? s == r : s == 0 || s == MOAT_E_SPACE);
  if (!r) {
    /* Before the authority ends there can be no userinfo in what was taken. */
    const char *end = url.p + 8;
    while (end < url.p + url.n && *end != '/' && *end != '?')
      end++;
    CHECK(!memchr(url.p + 8, '@', (size_t)(end - url.p) - 8));
    check_endpoint(&e);
    check_round_trip(&e);
  }
  free(memory);
  free(smaller);
}

static int no_hash(void *ctx, const void *p, size_t n, uint8_t out[32]) {
  (void)ctx;
  for (size_t i = 0; i < 32; i++)
    out[i] = (uint8_t)(i < n ? ((const uint8_t *)p)[i] : 0);
  return 0;
}

static char *authorize(const moat_authorize *a, size_t size, int *r) {
  static const moat_crypto crypto = {.sha256 = no_hash};
  static const moat_authorization_keys pending = {"STATE_456789012345678901234567890123456789_",
                                                  "VERIFIER_9012345678901234567890123456789_"};
  char *out = fuzz_memory(size, 0xa5);
  *r = moat_authorize_url(a, &pending, &crypto, NULL, out, size);
  return out;
}

/* One that could be made is itself a URL that would be connected to, and fits as it says. */
static void make_url(fuzz_input in) {
  moat_authorize a = {.client_id = fuzz_span(fuzz_part(&in))};
  a.redirect_uri = fuzz_span(fuzz_part(&in));
  a.scope = fuzz_span(fuzz_part(&in));
  a.extra = fuzz_span(fuzz_part(&in));
  a.url = fuzz_span(in);
  size_t plenty = 3 * (a.client_id.n + a.redirect_uri.n + a.scope.n) + a.extra.n + a.url.n + 1024;
  int r, exact, less;
  char *out = authorize(&a, plenty, &r);
  CHECK(r > 0 || r == MOAT_E_URL || (r == MOAT_E_MISUSE && !a.client_id.n));
  if (r > 0) {
    CHECK(strlen(out) == (size_t)r);
    CHECK(strstr(out, "state=STATE_") && strstr(out, "code_challenge_method=S256"));
    moat_endpoint e;
    char *memory;
    CHECK(split((moat_span){out, (size_t)r}, (size_t)r + 2, &memory, &e) == 0);
    check_endpoint(&e);
    free(memory);
    free(authorize(&a, (size_t)r + 1, &exact));
    free(authorize(&a, (size_t)r, &less));
    CHECK(exact == r && less == MOAT_E_SPACE);
  }
  free(out);
}

/* What is encoded comes back by decoding. */
static void encode(moat_span s, bool form) {
  moat_writer w = {.p = fuzz_memory(3 * s.n, 0), .size = 3 * s.n};
  if (form)
    moat__put_form(&w, s);
  else
    moat__put_percent(&w, s);
  CHECK(w.n <= w.size);
  CHECK(moat__is_url_text((moat_span){w.p, w.n}));
  int n = moat__unescape(w.p, w.n, form);
  bool has_nul = s.n && memchr(s.p, 0, s.n);
  CHECK(has_nul ? n < 0 : n >= 0 && moat_span_equal((moat_span){w.p, (size_t)n}, s));
  free(w.p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_input in = {data, size};
  uint8_t how = fuzz_byte(&in);
  if (how % 4 == 1) {
    make_url(in);
  } else if (how % 4 == 2) {
    encode(fuzz_span(in), how & 4);
  } else {
    char *text = fuzz_copy(in.p, in.n);
    read_url((moat_span){text, in.n}, how);
    free(text);
  }
  return 0;
}
