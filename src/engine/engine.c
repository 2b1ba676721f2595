/* How an exchange begins and ends. The work buffer holds secrets, so it is wiped at a begin, at an
 * early error and at a cancel. */
#include <string.h>

#include "engine.h"
#include "../http/http.h"
#include "../text/text.h"

int moat_init(moat_client *c, const moat_config *config) {
  if (!c || !config || !config->platform || !config->platform->ticks_ms || !config->stream ||
      !config->work)
    return MOAT_E_MISUSE;
  if (config->work_size < MOAT_WORK_MIN) return MOAT_E_SPACE;
  memset(c, 0, sizeof *c);
  c->config = *config;
  if (!c->config.timeout_ms) c->config.timeout_ms = MOAT_TIMEOUT_MS;
  c->result = MOAT_E_MISUSE; /* for a step before the first begin */
  return 0;
}

const moat_error_info *moat_error(const moat_client *c) {
  return &c->error;
}

void moat__event(const moat_client *c, int event, int32_t value) {
  if (c->config.platform->event) c->config.platform->event(c->config.platform_ctx, event, value);
}

uint32_t moat__now(const moat_client *c) {
  return c->config.platform->ticks_ms(c->config.platform_ctx);
}

int moat__border(moat_client *c, int r, bool may_wait) {
  int mapped = moat__port_result(r, may_wait);
  if (mapped == MOAT_E_PORT && r != MOAT_E_PORT) c->error.port_code = r;
  return mapped;
}

void moat__count_from(moat_client *c, uint32_t ticks) {
  c->started = ticks;
}

bool moat__in_work(const moat_client *c, const void *p, size_t n) {
  return moat__overlap(p, n, c->config.work, c->config.work_size);
}

bool moat_is_want(int r) {
  return r == MOAT_WANT_READ || r == MOAT_WANT_WRITE || r == MOAT_WANT_TIME;
}

char *moat__free_work(const moat_client *c, size_t *n) {
  const moat_http *h = &c->http;
  size_t used = h->buffer ? h->kept + h->held : 0;
  *n = c->config.work_size - used;
  return (char *)c->config.work + used;
}

void moat__close(moat_client *c) {
  c->config.stream->close(c->config.io);
  c->connected = NULL;
}

/* The writer goes on counting past the end, so the size needed is known after one pass. */
int moat__build(moat_client *c) {
  moat_writer w = {.p = c->config.work, .size = c->config.work_size, .config = &c->config};
  int r = c->ops->build(c, c->grant, &w);
  if (!r) r = w.error;
  if (r < 0) return r;
  c->used = c->dirty = w.n;
  c->sent = 0;
  c->send_error = 0;
  if (w.n <= w.size) return 0;
  c->dirty = 0;
  c->error.needed = w.n;
  moat_wipe(w.p, w.size);
  return MOAT_E_SPACE;
}

/* After a good exchange this is enough, and it is much less than a large buffer. */
void moat__wipe_used(moat_client *c) {
  moat_wipe(c->config.work, c->dirty);
  c->dirty = 0;
}

int moat__begin(moat_client *c, const moat_endpoint *endpoint, const moat_grant_ops *ops,
                void *grant) {
  if (c->state != MOAT__IDLE) return MOAT_E_MISUSE;
  moat__wipe_used(c);
  memset(&c->error, 0, sizeof c->error);
  c->endpoint = endpoint;
  c->ops = ops;
  c->grant = grant;
  c->started = moat__now(c);
  c->state = MOAT__BUILD;
  c->result = MOAT_WANT_TIME;
  int r = moat__build(c);
  if (r < 0) return moat__fail(c, r);
  c->state = MOAT__OPEN;
  return 0;
}

int moat__end(moat_client *c, int r) {
  c->state = MOAT__IDLE;
  c->result = r;
  moat__event(c, MOAT_EVENT_CLOSE, r);
  return r;
}

/* Before the answer is complete, the request and a partial answer are wiped. A complete answer is
 * kept for moat_error(). The grant may turn the error into another request: a device poll goes on
 * after a broken connection. */
int moat__fail(moat_client *c, int r) {
  if (c->state < MOAT__REPLY) {
    if (c->config.stream->detail && !c->error.port_code)
      c->error.port_code = c->config.stream->detail(c->config.io);
    moat__close(c);
    moat_wipe(c->config.work, c->config.work_size); /* a port may have written more than it said */
  }
  c->error.code = r;
  if (c->ops->failed) r = c->ops->failed(c, c->grant, r);
  if (r == MOAT_WANT_TIME) return r;
  c->error.code = r;
  return moat__end(c, r);
}

void moat_cancel(moat_client *c) {
  if (!c->config.stream) return; /* moat_init() was never called, or failed */
  if (c->state != MOAT__IDLE) (void)moat__fail(c, MOAT_E_CANCEL);
  moat__close(c);
  moat_wipe(c->config.work, c->config.work_size);
  memset(&c->error, 0, sizeof c->error);
  c->result = c->error.code = MOAT_E_CANCEL;
}
