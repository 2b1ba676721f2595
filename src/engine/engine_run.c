#include "engine.h"

/* After a cancel or a failed wait the next step returns the result. */
int moat_run(moat_client *c) {
  for (;;) {
    int r = moat_step(c);
    if (r != MOAT_WANT_READ && r != MOAT_WANT_WRITE && r != MOAT_WANT_TIME) return r;
    uint32_t ms = moat_wait_ms(c);
    if (!ms) continue;
    int w = c->config.stream->wait ? c->config.stream->wait(c->config.io, r, ms) : MOAT_E_PORT;
    if (w == MOAT_E_CANCEL)
      moat_cancel(c);
    else if (w && w != MOAT_WANT_TIME)
      (void)moat__fail(c, moat__border(c, w, false));
  }
}
