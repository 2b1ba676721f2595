/* The members that a device needs to sign in and out. */
#include "discovery.h"

static const moat__member members[MOAT__BASIC] = {MOAT__BASIC_MEMBERS};

static const moat__discovery basic = {.ops = {.build = moat__discovery_build,
                                              .reply = moat__discovery_reply,
                                              .replay = MOAT_REPLAY_SAFE},
                                      .members = members,
                                      .count = MOAT__BASIC};

int moat_discovery_begin(moat_client *c, moat_discovery *d) {
  return moat__discovery_begin(c, d, &basic);
}
