/* Answers to a registration, and to its end. */
#include "answer.h"

#include "moat/registration.h"

static const moat_endpoint endpoint = {"login.example", 443, "/register"};
static const unsigned statuses[] = {201, 200, 400, 401, 503, 302, 204};

/* A client ID, a secret and a token can be stored as one line each. */
static void check_text(moat_span s) {
  for (size_t i = 0; i < s.n; i++)
    CHECK(s.p[i] >= ' ' && s.p[i] <= '~');
}

static int enroll(unsigned status, fuzz_input body, size_t room) {
  fuzz_exchange e;
  moat_registration g = {.endpoint = &endpoint,
                         .initial_access_token = moat_str("token"),
                         .asked = {.redirect_uris = moat_str("http://localhost http://[::1]"),
                                   .client_name = moat_str("a \"name\"")}};
  answer_init(&e, status, body, room);
  int r = answer_run(&e, moat_register_begin(&e.c, &g));
  const moat_span *spans = &g.registered.client_id;
  CHECK(r || status < 300);
  CHECK(r || g.registered.client_id.n);
  for (size_t k = 0; !r && k < sizeof g.registered / sizeof *spans; k++) {
    CHECK(fuzz_is_inside(spans[k], e.work, e.work_size));
    (void)fuzz_touch(spans[k]);
  }
  if (r == 0) {
    check_text(g.registered.client_id);
    check_text(g.registered.client_secret);
    check_text(g.registered.registration_access_token);
  }
  answer_free(&e);
  return r;
}

static int withdraw(unsigned status, fuzz_input body, size_t room) {
  fuzz_exchange e;
  moat_unregistration u = {&endpoint, moat_str("token"), false};
  answer_init(&e, status, body, room);
  int r = answer_run(&e, moat_unregister_begin(&e.c, &u));
  CHECK((r == 0) == (status < 300 || u.was_unknown));
  CHECK(!u.was_unknown || status == 401); /* and 401 with a page says nothing */
  answer_free(&e);
  return r;
}

/* The first byte is the status, the next two a work buffer that may be too small: then nothing else
 * is said than in a large one, or that it is too small. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_input in = {data, size};
  unsigned status = statuses[fuzz_byte(&in) % 7];
  size_t small = fuzz_number(&in, 2), plenty = in.n * 24 + 128;
  int r = enroll(status, in, plenty), s = enroll(status, in, small % plenty);
  CHECK(s == r || s == MOAT_E_SPACE || s == MOAT_E_JSON || s == MOAT_E_STATUS);
  (void)withdraw(status, in, plenty);
  (void)withdraw(status, in, small % plenty);
  return 0;
}
