/* Clock, randomness, lock. */
#include "port_check.h"

#include <string.h>

/* More reads than a millisecond has on any board. */
enum { READS = 200000000 };

static void ticks(const port_check_setup *s) {
  const moat_platform *p = s->platform;
  port_check_begin("ticks_ms counts, and never back");
  uint32_t first = p->ticks_ms(s->platform_ctx), last = first;
  for (long i = 0; i < READS && last - first < 20; i++) {
    uint32_t now = p->ticks_ms(s->platform_ctx);
    if (!port_check_that(now - last < 0x80000000u, "it went back to", (long)now)) return;
    last = now;
  }
  port_check_that(last - first >= 20, "milliseconds counted", (long)(last - first));
  port_check_end();
}

static void date(const port_check_setup *s) {
  const int64_t start_of_2024 = 1704067200, start_of_2100 = 4102444800;
  int64_t seconds = 0;
  port_check_begin("unix_time knows the date");
  int r = s->platform->unix_time(s->platform_ctx, &seconds);
  port_check_that(r == 0, "result", r);
  port_check_that(seconds >= start_of_2024 && seconds < start_of_2100, "seconds since 1970",
                  (long)seconds);
  port_check_end();
}

/* That it is strong no test can tell; that it fills what it should, and with something new, can be
 * seen. */
static void randomness(const port_check_setup *s) {
  enum { N = 64 };
  uint8_t a[N + 1], b[N + 1], seen[N] = {0};
  port_check_begin("random fills all of it, anew each time");
  for (int times = 0; times < 8; times++) {
    memset(a, 0, sizeof a);
    memset(b, 0, sizeof b);
    int r = s->platform->random(s->platform_ctx, a, N);
    if (!port_check_that(r == 0, "result", r)) return;
    r = s->platform->random(s->platform_ctx, b, N);
    if (!port_check_that(r == 0, "result", r)) return;
    port_check_that(memcmp(a, b, N) != 0, "the same bytes twice", a[0]);
    port_check_that(a[N] == 0, "a byte behind the end is", a[N]);
    for (int i = 0; i < N; i++)
      seen[i] = (uint8_t)(seen[i] | a[i] | b[i]);
  }
  for (int i = 0; i < N; i++)
    port_check_that(seen[i] != 0, "never set was byte", i);
  int r = s->platform->random(s->platform_ctx, a, 1);
  port_check_that(r == 0, "result for a single byte", r);
  port_check_end();
}

static void locking(const port_check_setup *s) {
  const moat_platform *p = s->platform;
  if (!p->lock && !p->unlock) return; /* one process */
  port_check_begin("lock is to be had, again after each unlock");
  if (!port_check_that(p->lock && p->unlock, "lock and unlock come together", 0)) return;
  for (int i = 0; i < 3; i++) {
    int r = p->lock(s->platform_ctx);
    port_check_that(r == 0, "result", r);
    p->unlock(s->platform_ctx);
  }
  port_check_end();
}

void port_check_platform(const port_check_setup *s) {
  ticks(s);
  date(s);
  randomness(s);
  locking(s);
}
