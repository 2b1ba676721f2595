/* Everything that Moat can use of metadata. A device that only signs in does not link this. */
#include "discovery.h"

static const moat__member members[MOAT__ALL] = {
    MOAT__BASIC_MEMBERS,
    [MOAT__INTROSPECTION] = {"introspection_endpoint", MOAT__STRING},
    [MOAT__USERINFO] = {"userinfo_endpoint", MOAT__STRING},
    [MOAT__REGISTRATION] = {"registration_endpoint", MOAT__STRING},
    [MOAT__ALIASES] = {"mtls_endpoint_aliases", MOAT__RAW},
    [MOAT__METHODS] = {"token_endpoint_auth_methods_supported", MOAT__STRING | MOAT__LIST}};

/* The aliases are an object within the object. Anything else counts as none. */
static void read_aliases(const moat_reply *r, moat_span *v) {
  moat_span object = v[MOAT__ALIASES], *alias = &v[MOAT__ALIASES];
  moat__members m = {&members[MOAT__TOKEN], alias, 1};
  *alias = (moat_span){NULL, 0};
  if (object.n &&
      moat__json_read(r->body + (object.p - r->body), object.n, r->scratch, r->scratch_size, &m))
    *alias = (moat_span){NULL, 0};
}

static const moat__discovery all = {.ops = {.build = moat__discovery_build,
                                            .reply = moat__discovery_reply,
                                            .replay = MOAT_REPLAY_SAFE},
                                    .members = members,
                                    .count = MOAT__ALL,
                                    .finish = read_aliases};

int moat_discovery_begin_all(moat_client *c, moat_discovery *d) {
  return moat__discovery_begin(c, d, &all);
}
