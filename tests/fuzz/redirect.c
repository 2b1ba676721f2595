/* What comes back through a browser: a redirect, a code, a request to the listener. */
#include "fuzz.h"

#include <ctype.h>

static const char state[] = "st4te";
static const char issuer[] = "https://issuer.example";

static void check(const moat_redirect *out, int r, const char *text, size_t n) {
  CHECK(fuzz_is_inside(out->code, text, n) && fuzz_is_inside(out->error, text, n) &&
        fuzz_is_inside(out->description, text, n));
  CHECK(!r == (out->code.n > 0));
  CHECK(fuzz_has_only(out->code, ' ', '~'));
  (void)fuzz_touch(out->error);
  (void)fuzz_touch(out->description);
}

/* Does it say `what` anywhere, with its escapes decoded? */
static bool says(fuzz_input in, const char *what) {
  char *text = fuzz_text(in);
  size_t n = 0;
  for (size_t i = 0; i < in.n; i++) {
    unsigned c = (uint8_t)text[i], escaped;
    if (c == '%' && in.n - i > 2 && sscanf(text + i + 1, "%2x", &escaped) == 1) {
      c = escaped;
      i += 2;
    }
    text[n++] = (char)c;
  }
  bool found = fuzz_count((moat_span){text, n}, moat_str(what)) > 0;
  free(text);
  return found;
}

/* Nothing is believed, not even an error, without the state and the issuer that belong to it. */
static void check_origin(fuzz_input in, const moat_expect *expect) {
  CHECK(says(in, state));
  CHECK(!expect->issuer.n || expect->iss_optional || says(in, issuer));
}

static void read_url(fuzz_input in, const moat_expect *expect) {
  moat_redirect out;
  char *text = fuzz_copy(in.p, in.n);
  int r = moat_redirect_url(text, in.n, expect, &out);
  CHECK(r == 0 || r == MOAT_E_DUPLICATE || r == MOAT_E_STATE || r == MOAT_E_ISSUER ||
        r == MOAT_E_OAUTH || r == MOAT_E_CODE);
  check(&out, r, text, in.n);
  CHECK((r == MOAT_E_OAUTH) == (out.error.n > 0));
  if (r == 0 || r == MOAT_E_OAUTH || r == MOAT_E_CODE) check_origin(in, expect);
  free(text);
}

static void read_code(fuzz_input in, const moat_expect *expect) {
  moat_redirect out;
  char *text = fuzz_copy(in.p, in.n);
  int r = moat_redirect_code(text, in.n, expect, &out);
  CHECK(r == 0 || r == MOAT_E_CODE ||
        (r == MOAT_E_ISSUER && expect->issuer.n && !expect->iss_optional));
  check(&out, r, text, in.n);
  CHECK(fuzz_has_only(out.code, '!', '~'));
  free(text);
}

/* Names of hosts are the same in either case. */
static void check_host(fuzz_input in) {
  char *text = fuzz_text(in);
  for (size_t i = 0; i < in.n; i++)
    text[i] = (char)tolower((uint8_t)text[i]);
  fuzz_input lower = {(const uint8_t *)text, in.n};
  CHECK(says(lower, "localhost") || says(lower, "127.0.0.1") || says(lower, "[::1]") ||
        says(lower, "http/1.0"));
  free(text);
}

typedef struct {
  moat_span path;
  uint16_t port;
  const moat_expect *expect;
} listener;

/* The result, and the code in `code`, which fuzz_copy made. */
static int judge(const listener *l, fuzz_input in, moat_span *code) {
  moat_redirect out;
  char *text = fuzz_copy(in.p, in.n);
  int r = moat_redirect_request(text, in.n, l->path, l->port, l->expect, &out);
  CHECK(r == 0 || r == MOAT_WANT_READ || (r >= 400 && r < 500));
  check(&out, r, text, in.n);
  if (r == 0) check_origin(in, l->expect);
  if (r == 0) check_host(in);
  *code = (moat_span){fuzz_copy(out.code.p, out.code.n), out.code.n};
  free(text);
  return r;
}

static void judge_prefix(const listener *l, fuzz_input in, size_t n, int whole, moat_span code) {
  moat_span got;
  int r = judge(l, (fuzz_input){in.p, n}, &got);
  if (r != MOAT_WANT_READ) CHECK(r == whole && moat_span_equal(got, code));
  free((char *)(uintptr_t)got.p);
}

/* However much of it has come, the verdict is the final one or none yet. */
static void read_request(fuzz_input in, const listener *l, unsigned step) {
  moat_span code;
  int whole = judge(l, in, &code);
  size_t tail = in.n > 24 ? in.n - 24 : 0;
  for (size_t n = 0; n < in.n; n += n < tail && in.n > 96 ? in.n / 24 + step : 1)
    judge_prefix(l, in, n, whole, code);
  free((char *)(uintptr_t)code.p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_input in = {data, size};
  uint8_t how = fuzz_byte(&in), more = fuzz_byte(&in);
  moat_expect expect = {moat_str(state), moat_str(how & 4 ? issuer : NULL), how & 8};
  listener l = {moat_str(more & 1 ? "/cb" : "/"), more & 2 ? 8080 : more & 4 ? 80 : 0, &expect};
  if (how & 1)
    read_request(in, &l, more >> 3);
  else if (how & 2)
    read_code(in, &expect);
  else
    read_url(in, &expect);
  return 0;
}
