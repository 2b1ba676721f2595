#include <string.h>

#include "engine.h"

int moat__again(moat_client *c, uint32_t delay) {
  memset(&c->error, 0, sizeof c->error);
  c->delay = delay;
  c->started = moat__now(c);
  c->state = MOAT__DELAY;
  return c->result = MOAT_WANT_TIME;
}
