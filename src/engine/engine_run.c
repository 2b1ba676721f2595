/* The loop for callers that may block: it steps, and waits in between. A stream that has no wait
 * can only be stepped. */
#include "engine.h"

int moat__wait(const moat_stream_ops *stream, void *io, int want, uint32_t ms) {
  if (!ms) return 0;
  int r = stream->wait ? stream->wait(io, want, ms) : MOAT_E_PORT;
  return r == MOAT_WANT_TIME ? 0 : r;
}

/* After a cancel or a failed wait the next step returns the result. */
int moat_run(moat_client *c) {
  for (;;) {
    int r = moat_step(c);
    if (!moat_is_want(r)) return r;
    int w = moat__wait(c->config.stream, c->config.io, r, moat_wait_ms(c));
    if (w == MOAT_E_CANCEL)
      moat_cancel(c);
    else if (w)
      (void)moat__fail(c, moat__border(c, w, false));
  }
}
