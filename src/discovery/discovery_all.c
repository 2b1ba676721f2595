/* Everything that Moat can use of metadata. A device that only signs in does not link this. */
#include "discovery.h"

#include <string.h>

/* Before the aliases have been read. */
enum { METHODS = MOAT__ALIASES + 1, MEMBERS };

static const moat__member members[MEMBERS] = {
    MOAT__BASIC_MEMBERS,
    [MOAT__INTROSPECTION] = {"introspection_endpoint", MOAT__STRING},
    [MOAT__USERINFO] = {"userinfo_endpoint", MOAT__STRING},
    [MOAT__REGISTRATION] = {"registration_endpoint", MOAT__STRING},
    [MOAT__ALIASES] = {"mtls_endpoint_aliases", MOAT__RAW},
    [METHODS] = {"token_endpoint_auth_methods_supported", MOAT__STRING | MOAT__LIST}};

/* The aliases are an object within the object, with members of the same names. Anything else counts
 * as none. */
static void read_aliases(const moat_reply *r, moat_span *v) {
  enum { COUNT = MOAT__METHODS - MOAT__ALIASES };
  moat_span object = v[MOAT__ALIASES], methods = v[METHODS], *aliases = &v[MOAT__ALIASES];
  moat__members m = {&members[MOAT__TOKEN], aliases, COUNT};
  memset(aliases, 0, COUNT * sizeof *aliases);
  v[MOAT__METHODS] = methods;
  if (object.n &&
      moat__json_read(r->body + (object.p - r->body), object.n, r->scratch, r->scratch_size, &m))
    memset(aliases, 0, COUNT * sizeof *aliases);
}

static const moat__discovery all = {.ops = {.build = moat__discovery_build,
                                            .reply = moat__discovery_reply,
                                            .replay = MOAT_REPLAY_SAFE},
                                    .members = members,
                                    .count = MEMBERS,
                                    .finish = read_aliases};

int moat_discovery_begin_all(moat_client *c, moat_discovery *d) {
  return moat__discovery_begin(c, d, &all);
}
