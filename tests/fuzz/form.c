/* Form-encoded answers, from memory of exactly their size. */
#include "fuzz.h"

#include "grant/token.h"

static const int statuses[] = {200, 400, 401, 500};

typedef struct {
  int result, late;
  moat_token token;
  moat_error_info error;
  char *body, *scratch;
} outcome;

static outcome read_form(int status, fuzz_input in, size_t scratch_size) {
  outcome o = {.body = fuzz_copy(in.p, in.n), .scratch = fuzz_memory(scratch_size, 0xa5)};
  moat_reply r = {.status = status,
                  .body = o.body,
                  .body_size = in.n,
                  .scratch = o.scratch,
                  .scratch_size = scratch_size};
  o.result = moat__token_read(&r, &o.token, &o.late, &o.error);
  CHECK(o.result <= 0 && fuzz_is_documented(o.result) && !fuzz_is_want(o.result));
  const moat_span spans[] = {o.token.access_token, o.token.refresh_token, o.token.token_type,
                             o.token.scope,        o.token.id_token,      o.error.error,
                             o.error.description};
  for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
    CHECK(fuzz_is_inside(spans[i], o.body, in.n));
    (void)fuzz_touch(spans[i]);
  }
  CHECK(fuzz_has_only(o.token.access_token, ' ', '~'));
  CHECK(fuzz_has_only(o.token.refresh_token, ' ', '~'));
  return o;
}

static void compare(const outcome *a, const outcome *b) {
  CHECK(a->result == b->result && a->late == b->late);
  CHECK(moat_span_equal(a->token.access_token, b->token.access_token));
  CHECK(moat_span_equal(a->token.refresh_token, b->token.refresh_token));
  CHECK(moat_span_equal(a->token.scope, b->token.scope));
  CHECK(moat_span_equal(a->error.error, b->error.error));
  CHECK(a->token.expires_in == b->token.expires_in);
}

static void forget(outcome *o) {
  free(o->body);
  free(o->scratch);
}

/* The first byte is the status, the next two a scratch that may be too small. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_input in = {data, size};
  int status = statuses[fuzz_byte(&in) % 4];
  size_t small = fuzz_number(&in, 2), plenty = in.n * 24 + 128;
  outcome a = read_form(status, in, plenty), b = read_form(status, in, plenty + 3);
  outcome c = read_form(status, in, small % plenty);
  compare(&a, &b);
  if (c.result != MOAT_E_SPACE) compare(&a, &c);
  forget(&a);
  forget(&b);
  forget(&c);
  return 0;
}
