/* Metadata of an issuer: whatever it says, only the issuer's own counts, and only https URLs come
 * out of it. */
#include "answer.h"

#include "moat/discovery.h"

static const char *const issuers[] = {"https://login.example/tenant", "https://login.example",
                                      "https://login.microsoftonline.com/common/v2.0"};

static void check_endpoint(moat_span url) {
  char memory[5000];
  moat_endpoint e;
  if (url.n) CHECK(moat_url_split(url.p, url.n, memory, sizeof memory, &e) == 0);
}

static void check(const moat_discovery *d, const fuzz_exchange *e, bool all) {
  const moat_metadata *m = &d->metadata;
  const moat_span of_all[] = {m->introspection_endpoint,
                              m->userinfo_endpoint,
                              m->registration_endpoint,
                              m->mtls_token_endpoint,
                              m->mtls_device_authorization_endpoint,
                              m->mtls_revocation_endpoint,
                              m->mtls_introspection_endpoint,
                              m->mtls_userinfo_endpoint,
                              m->mtls_registration_endpoint};
  CHECK(moat_span_equal(m->issuer, d->issuer));
  CHECK(m->token_endpoint.n);
  check_endpoint(m->token_endpoint);
  check_endpoint(m->authorization_endpoint);
  check_endpoint(m->device_authorization_endpoint);
  check_endpoint(m->revocation_endpoint);
  for (size_t i = 0; i < sizeof of_all / sizeof *of_all; i++) {
    CHECK(all || !of_all[i].n);
    CHECK(fuzz_is_inside(of_all[i], e->work, e->work_size));
    check_endpoint(of_all[i]);
  }
  (void)fuzz_touch(m->token_endpoint_auth_methods_supported);
}

/* Whether the issuer, or Entra's template, is in the body as it is, or there are escapes in it. */
static bool may_name(fuzz_input body, const char *issuer) {
  moat_span text = fuzz_span(body);
  return memchr(body.p, '\\', body.n) || memchr(body.p, '%', body.n) ||
         memchr(body.p, '+', body.n) || fuzz_count(text, moat_str(issuer)) ||
         (issuer == issuers[2] && fuzz_count(text, moat_str("{")));
}

static int read_metadata(uint8_t setting, fuzz_input body, size_t room, bool all) {
  static const unsigned statuses[] = {200, 404, 400, 302};
  char memory[100];
  moat_endpoint endpoint;
  fuzz_exchange e;
  const char *issuer = issuers[setting % 3];
  moat_discovery d = {.issuer = moat_str(issuer), .endpoint = &endpoint};
  CHECK(moat_url_split(issuer, strlen(issuer), memory, sizeof memory, &endpoint) == 0);
  answer_init(&e, statuses[setting / 3 % 4], body, room);
  int r = answer_run(&e, all ? moat_discovery_begin_all(&e.c, &d) : moat_discovery_begin(&e.c, &d));
  if (r == 0) {
    CHECK(setting / 3 % 4 == 0);
    CHECK(may_name(body, issuer));
    check(&d, &e, all);
  } else {
    CHECK(r == MOAT_E_ISSUER || r != MOAT_E_SPACE || room < body.n * 24);
    CHECK(fuzz_is_inside(d.metadata.issuer, e.work, e.work_size) || d.metadata.issuer.p == issuer);
  }
  answer_free(&e);
  return r;
}

/* The first byte is issuer and status, the next two a work buffer that may be too small. What
 * everybody reads, the reader of all members reads, too. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_input in = {data, size};
  uint8_t setting = fuzz_byte(&in);
  size_t small = fuzz_number(&in, 2), plenty = in.n * 24 + 128;
  int basic = read_metadata(setting, in, plenty, false);
  int all = read_metadata(setting, in, plenty, true);
  CHECK(all == basic || (all == MOAT_E_URL && (basic == 0 || basic == MOAT_E_REPLY)) ||
        (all == MOAT_E_ISSUER && basic == MOAT_E_JSON)); /* a form with names for one of them */
  int tight = read_metadata(setting, in, small % plenty, false);
  CHECK(tight == basic || tight == MOAT_E_SPACE || tight == MOAT_E_JSON || tight == MOAT_E_STATUS);
  return 0;
}
