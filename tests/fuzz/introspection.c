/* Answers about a token: of an introspection, of a revocation, and of the userinfo endpoint. */
#include "answer.h"

#include "moat/token.h"

static const moat_endpoint endpoint = {"login.example", 443, "/token"};
static const moat_auth auth = {&moat_auth_none, {"id", 2}, {NULL, 0}};
static const unsigned statuses[] = {200, 401, 403, 503, 204, 302};

static moat_token_query query(void) {
  return (moat_token_query){&endpoint, &auth, moat_str("token"), moat_str("access_token")};
}

static int introspect(unsigned status, fuzz_input body, size_t room, bool *active) {
  fuzz_exchange e;
  moat_introspection i = {.query = query(), .active = true};
  answer_init(&e, status, body, room);
  int r = answer_run(&e, moat_introspect_begin(&e.c, &i));
  const moat_span *spans = &i.scope;
  for (size_t k = 0; !r && k < (size_t)(&i.nbf - spans) + 1; k++) {
    CHECK(fuzz_is_inside(spans[k], e.work, e.work_size));
    (void)fuzz_touch(spans[k]);
  }
  CHECK(r == 0 || !i.active);
  CHECK(r || status == 200);
  CHECK(fuzz_has_only(i.exp, '+', 'e'));
  *active = i.active;
  answer_free(&e);
  return r;
}

static int revoke(unsigned status, fuzz_input body, size_t room) {
  fuzz_exchange e;
  moat_token_query q = query();
  answer_init(&e, status, body, room);
  int r = answer_run(&e, moat_revoke_begin(&e.c, &q));
  CHECK(r || status < 300);
  CHECK(!r || status >= 300 || r == MOAT_E_OAUTH);
  answer_free(&e);
  return r;
}

/* The claims are the body as it came. */
static int userinfo(unsigned status, fuzz_input body, size_t room) {
  fuzz_exchange e;
  moat_userinfo u = {&endpoint, moat_str("token"), {NULL, 0}};
  answer_init(&e, status, body, room);
  int r = answer_run(&e, moat_userinfo_begin(&e.c, &u));
  CHECK(r || status == 200);
  if (r == 0) {
    CHECK(fuzz_is_inside(u.claims, e.work, e.work_size));
    CHECK(u.claims.n && u.claims.n <= body.n);
    CHECK(memcmp(u.claims.p, body.p, u.claims.n) == 0);
  }
  answer_free(&e);
  return r;
}

/* The first byte is the status, the next two a work buffer that may be too small: then nothing else
 * is said than in a large one, or that it is too small. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_input in = {data, size};
  unsigned status = statuses[fuzz_byte(&in) % 6];
  size_t small = fuzz_number(&in, 2), plenty = in.n * 24 + 128;
  bool active, tight;
  int r = introspect(status, in, plenty, &active),
      s = introspect(status, in, small % plenty, &tight);
  if (s == r)
    CHECK(tight == active || !tight);
  else
    CHECK(s == MOAT_E_SPACE || s == MOAT_E_JSON || s == MOAT_E_STATUS);
  (void)revoke(status, in, plenty);
  (void)revoke(status, in, small % plenty);
  (void)userinfo(status, in, plenty);
  (void)userinfo(status, in, small % plenty);
  return 0;
}
