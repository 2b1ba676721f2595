/* Only grants that send several requests need this. It has a file of its own, so other images do
 * not link it. */
#include <string.h>

#include "engine.h"

/* The error of the last answer is forgotten: it was no result, only a reason to ask again. */
int moat__again(moat_client *c, uint32_t delay) {
  moat__event(c, MOAT_EVENT_AGAIN, (int32_t)delay);
  memset(&c->error, 0, sizeof c->error);
  c->delay = delay;
  c->started = moat__now(c);
  c->state = MOAT__DELAY;
  return c->result = MOAT_WANT_TIME;
}
