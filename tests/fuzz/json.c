/* Answers of a token endpoint, read from memory of exactly their size, against a second reader. */
#include "fuzz.h"
#include "json_oracle.h"

#include "json/json.h"
#include "json/members.h"
#include "grant/token.h"

static const int statuses[] = {200, 400, 401, 500, 429, 302, 204, 999};

enum { ACCESS, REFRESH, TYPE, SCOPE, EXPIRES, ID, ERROR, DESCRIPTION, CODES, MEMBERS };
static const char *const members[MEMBERS] = {"access_token", "refresh_token",     "token_type",
                                             "scope",        "expires_in",        "id_token",
                                             "error",        "error_description", "error_codes"};

typedef struct {
  int result, late;
  moat_token token;
  moat_error_info error;
  char *body, *scratch;
} outcome;

static void check_span(moat_span s, const moat_reply *r) {
  CHECK(fuzz_is_inside(s, r->body, r->body_size));
  (void)fuzz_touch(s);
}

static outcome read_token(int status, fuzz_input in, size_t scratch_size, unsigned skew) {
  outcome o = {.body = fuzz_copy(in.p, in.n), .scratch = fuzz_memory(scratch_size + skew, 0xa5)};
  moat_reply r = {.status = status,
                  .body = o.body,
                  .body_size = in.n,
                  .scratch = o.scratch + skew,
                  .scratch_size = scratch_size};
  o.result = moat__token_read(&r, &o.token, &o.late, &o.error);
  CHECK(o.result <= 0 && fuzz_is_documented(o.result) && !fuzz_is_want(o.result));
  CHECK(o.late <= 0 && fuzz_is_documented(o.late));
  check_span(o.token.access_token, &r);
  check_span(o.token.refresh_token, &r);
  check_span(o.token.token_type, &r);
  check_span(o.token.scope, &r);
  check_span(o.token.id_token, &r);
  check_span(o.error.error, &r);
  check_span(o.error.description, &r);
  CHECK(o.token.expires_in >= -1);
  CHECK(fuzz_has_only(o.token.access_token, ' ', '~'));
  CHECK(fuzz_has_only(o.token.refresh_token, ' ', '~'));
  return o;
}

static void compare(const outcome *a, const outcome *b) {
  CHECK(a->result == b->result && a->late == b->late);
  CHECK(moat_span_equal(a->token.access_token, b->token.access_token));
  CHECK(moat_span_equal(a->token.refresh_token, b->token.refresh_token));
  CHECK(moat_span_equal(a->token.token_type, b->token.token_type));
  CHECK(moat_span_equal(a->token.scope, b->token.scope));
  CHECK(moat_span_equal(a->token.id_token, b->token.id_token));
  CHECK(a->token.expires_in == b->token.expires_in);
  CHECK(moat_span_equal(a->error.error, b->error.error));
  CHECK(moat_span_equal(a->error.description, b->error.description));
  CHECK(a->error.provider_code == b->error.provider_code);
}

static void forget(outcome *o) {
  free(o->body);
  free(o->scratch);
}

static bool is_text(moat_span s, const oracle_member *m) {
  return moat_span_equal(s, (moat_span){m->text, m->odd ? 0 : m->n});
}

/* Is in the answer what the second reader finds? Of several the last that can be one. */
static void check_token(moat_span got, const oracle_member *m) {
  CHECK(moat_span_equal(got, moat_str(m->token)));
}

static void check_members(const outcome *o, const oracle_member *m) {
  if (o->result == 0) {
    check_token(o->token.access_token, &m[ACCESS]);
    check_token(o->token.refresh_token, &m[REFRESH]);
    if (m[TYPE].count == 1 && m[TYPE].type == '"') CHECK(is_text(o->token.token_type, &m[TYPE]));
    if (m[ID].count == 1 && m[ID].type == '"') CHECK(is_text(o->token.id_token, &m[ID]));
    if (m[SCOPE].count == 1 && m[SCOPE].type == '"') CHECK(is_text(o->token.scope, &m[SCOPE]));
    CHECK(!m[EXPIRES].count == (o->token.expires_in < 0) || m[EXPIRES].count);
  }
  if (o->result == MOAT_E_OAUTH && m[ERROR].count == 1) CHECK(is_text(o->error.error, &m[ERROR]));
}

/* It is JSON to both. What is no object may still be a form, which form.c looks at. */
static void check_verdict(int status, fuzz_input in, const outcome *o) {
  oracle_member m[MEMBERS];
  unsigned depth;
  int object = oracle_object((const char *)in.p, in.n, members, m, MEMBERS, &depth);
  bool good = status >= 200 && status < 300;
  if (object == ORACLE_NO && o->error.body != MOAT_BODY_OBJECT)
    CHECK(o->result == (good ? MOAT_E_JSON : MOAT_E_STATUS));
  if (object == ORACLE_NO && in.n && *in.p == '{') CHECK(o->error.body != MOAT_BODY_OBJECT);
  if (object == ORACLE_YES) {
    CHECK(o->error.body == MOAT_BODY_OBJECT && o->result != MOAT_E_JSON);
    bool refused = m[ERROR].type == '"' && m[ERROR].n && !m[ERROR].odd;
    if (m[ERROR].count <= 1 && good) CHECK(!o->result == !refused);
    check_members(o, m);
  }
  oracle_free(m, MEMBERS);
}

/* The answer is the same with less room for nesting and lists, or a word that it takes more. A
 * sixteenth of JSON is enough for nesting, and an eighth of any text, where nothing closes. No list
 * is read without room. */
static void check_space(int status, fuzz_input in, const outcome *whole, unsigned skew,
                        size_t scratch) {
  outcome less = read_token(status, in, scratch, skew);
  if (less.error.body == MOAT_BODY_DROPPED) {
    CHECK(scratch < in.n / (whole->error.body == MOAT_BODY_OBJECT ? 16 : 8) + 1);
    CHECK(less.result == MOAT_E_SPACE || less.result == MOAT_E_STATUS);
  } else {
    CHECK(less.result == whole->result);
    CHECK(moat_span_equal(less.token.access_token, whole->token.access_token));
    CHECK(moat_span_equal(less.token.refresh_token, whole->token.refresh_token));
  }
  forget(&less);
}

/* Arrays, numbers and other names than those of a token. */
static void read_device(fuzz_input in, size_t scratch_size) {
  static const moat__member names[] = {{"device_code", MOAT__VSCHAR},
                                       {"user_code", MOAT__STRING},
                                       {"expires_in", MOAT__NUMBER | MOAT__STRING},
                                       {"interval", MOAT__NUMBER},
                                       {"scope", MOAT__STRING | MOAT__LIST},
                                       {"message", MOAT__NUMBER | MOAT__LIST},
                                       {"", MOAT__STRING}};
  enum { COUNT = sizeof names / sizeof *names };
  moat_span v[COUNT];
  moat_error_info e = {.code = 0};
  char *body = fuzz_copy(in.p, in.n), *scratch = fuzz_memory(scratch_size, 0);
  moat_reply r = {.status = 200,
                  .body = body,
                  .body_size = in.n,
                  .scratch = scratch,
                  .scratch_size = scratch_size};
  int result = moat__members_read(&r, names, v, COUNT, &e);
  CHECK(result == 0 || result == MOAT_E_JSON || result == MOAT_E_SPACE);
  for (unsigned i = 0; i < COUNT && !result; i++) {
    CHECK(fuzz_is_inside(v[i], body, in.n));
    CHECK(!v[i].n == !v[i].p);
    CHECK(!memchr(v[i].n ? v[i].p : "x", 0, v[i].n));
    CHECK(moat__json_seconds(v[i]) >= -1);
  }
  CHECK(result || fuzz_has_only(v[0], ' ', '~'));
  free(body);
  free(scratch);
}

/* The first byte is the status, the second where the scratch lies and how much there is. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_input in = {data, size};
  int status = statuses[fuzz_byte(&in) % 8];
  uint8_t where = fuzz_byte(&in);
  unsigned skew = where % 8;
  size_t plenty = in.n * 20 + 64;
  outcome whole = read_token(status, in, plenty, skew);
  outcome again = read_token(status, in, plenty + 5, (skew + 3) % 8);
  compare(&whole, &again);
  check_verdict(status, in, &whole);
  check_space(status, in, &whole, skew, where);
  read_device(in, plenty);
  read_device(in, where);
  forget(&whole);
  forget(&again);
  return 0;
}
