/* A pending device code in its slot. A loaded code is checked like a new answer of the server. */
#include "../text/text.h"
#include "store.h"

#include <string.h>

enum { VERSION = 1, TEXT_COUNT = 6 };

/* Offsets in a record */
enum {
  AT_VERSION = 4,
  AT_DEADLINE = 8,
  AT_SECONDS = 16,
  AT_INTERVAL = 20,
  AT_LENGTHS = 24,
  AT_TEXTS = AT_LENGTHS + 2 * TEXT_COUNT
};

#define MAGIC 0x5645444d   /* "MDEV" */
#define UNKNOWN UINT32_MAX /* as a deadline */

_Static_assert(offsetof(moat_device_prompt, message) == (TEXT_COUNT - 2) * sizeof(moat_span),
               "texts one behind the other");

static moat_span *text(moat_device_prompt *p, moat_span *owner, unsigned i) {
  return i < TEXT_COUNT - 1 ? &p->device_code + i : owner;
}

/* Returns the size of the record without its end, or 0 if it does not fit. */
static size_t assemble(moat_device_prompt *p, moat_span owner, char *buffer, size_t size) {
  size_t n = AT_TEXTS;
  for (unsigned i = 0; i < TEXT_COUNT; i++) {
    const moat_span *t = text(p, &owner, i);
    if (t->n > 0xffff || n + t->n > size) return 0;
    if (t->n) memcpy(buffer + n, t->p, t->n);
    moat__put16(buffer + AT_LENGTHS + 2 * i, t->n);
    n += t->n;
  }
  moat__put32(buffer, MAGIC);
  moat__put32(buffer + AT_VERSION, VERSION);
  moat__put32(buffer + AT_DEADLINE, p->deadline == UNKNOWN ? 0 : p->deadline);
  moat__put32(buffer + AT_DEADLINE + 4, 0);
  moat__put32(buffer + AT_SECONDS, (uint32_t)p->expires_in);
  moat__put32(buffer + AT_INTERVAL, (uint32_t)p->interval);
  return n;
}

/* The clock is read only once: a port that returns MOAT_WANT_TIME must get the same bytes again. */
int moat_device_save(moat_device_prompt *prompt, moat_span owner, const moat_platform *platform,
                     void *platform_ctx, char *buffer, size_t size) {
  if (!prompt->deadline) {
    uint32_t time = moat__unix_time(platform, platform_ctx);
    uint32_t life = (uint32_t)prompt->expires_in;
    prompt->deadline = time && life < UNKNOWN - time ? time + life : UNKNOWN;
  }
  size_t end = moat__record_end(platform), n = 0;
  if (size >= AT_TEXTS + end) n = assemble(prompt, owner, buffer, size - end);
  int r =
      n ? moat__record_seal(platform, platform_ctx, MOAT_SLOT_PENDING, buffer, n) : MOAT_E_SPACE;
  r = moat__port_result(r, false);
  if (!r)
    r = moat__port_result(platform->slot_write(platform_ctx, MOAT_SLOT_PENDING, buffer, n + end),
                          true);
  if (r != MOAT_WANT_TIME) moat_wipe(buffer, size);
  return r;
}

static int parse(const char *p, size_t n, moat_device_prompt *prompt, moat_span *owner) {
  if (n < AT_TEXTS || moat__get32(p) != MAGIC || moat__get32(p + AT_VERSION) != VERSION)
    return MOAT_E_STORE;
  prompt->expires_in = (int32_t)moat__get32(p + AT_SECONDS);
  prompt->interval = (int32_t)moat__get32(p + AT_INTERVAL);
  size_t at = AT_TEXTS;
  for (unsigned i = 0; i < TEXT_COUNT; i++) {
    size_t length = moat__get16(p + AT_LENGTHS + 2 * i);
    if (length > n - at) return MOAT_E_STORE;
    *text(prompt, owner, i) = (moat_span){p + at, length};
    at += length;
  }
  return at == n ? 0 : MOAT_E_STORE;
}

/* If the clock is unknown now or was unknown at the save, the whole time counts as left. The server
 * knows better. */
static int count_down(moat_device_prompt *prompt, int64_t deadline, int64_t time) {
  int64_t left = deadline - time;
  if (!deadline || !time || left > prompt->expires_in) return 0;
  if (left < 1) return MOAT_E_EXPIRED;
  prompt->expires_in = (int32_t)left;
  return 0;
}

int moat_device_load(moat_device_prompt *prompt, moat_span owner, const moat_platform *platform,
                     void *platform_ctx, char *buffer, size_t size) {
  size_t n;
  moat_span stored;
  *prompt = (moat_device_prompt){.expires_in = 0};
  int r = moat__record_open(platform, platform_ctx, MOAT_SLOT_PENDING, buffer, size, &n);
  r = moat__port_result(r, false);
  if (!r) r = parse(buffer, n, prompt, &stored);
  if (!r && !moat_span_equal(stored, owner)) r = MOAT_E_STORE;
  if (!r) r = moat__device_prompt_check(prompt);
  if (!r)
    r = count_down(prompt, moat__get32(buffer + AT_DEADLINE),
                   moat__unix_time(platform, platform_ctx));
  if (r) {
    *prompt = (moat_device_prompt){.expires_in = 0};
    moat_wipe(buffer, size);
  }
  return r;
}
