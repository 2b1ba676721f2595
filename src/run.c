#include "engine.h"

int moat_run(moat_client *c) {
  for (;;) {
    int r = moat_step(c);
    if (r != MOAT_WANT_READ && r != MOAT_WANT_WRITE && r != MOAT_WANT_TIME) return r;
    uint32_t ms = moat_wait_ms(c);
    if (!ms) continue;
    if (!c->config.stream->wait) return moat__fail(c, MOAT_E_PORT);
    int w = c->config.stream->wait(c->config.io, r, ms);
    if (w == MOAT_E_CANCEL) {
      moat_cancel(c);
      return w;
    }
    if (w < 0 && w != MOAT_WANT_TIME) return moat__fail(c, w);
  }
}
