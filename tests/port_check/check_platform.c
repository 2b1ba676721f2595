/* Clock, lock, MAC. */
#include "port_check.h"

#include <string.h>

/* More reads than a millisecond has on any board. */
enum { READS = 200000000, DAY = 86400 };

/* Not watched: see port_check_ticks(). */
static uint32_t raw_ticks(const port_check_setup *s) {
  return s->platform->ticks_ms(s->platform_ctx);
}

/* A machine that stands still makes one step long, and not each of three. */
static bool ticks(const port_check_setup *s) {
  enum { STEPS = 3, STEP_MS = 100 };
  uint32_t last = raw_ticks(s), shortest = UINT32_MAX;
  int steps = 0;
  port_check_begin("ticks_ms counts, and never back");
  for (long i = 0; i < READS && steps < STEPS; i++) {
    uint32_t now = raw_ticks(s), step = now - last;
    if (!port_check_that(step < 0x80000000u, "it went back to", (long)now)) return false;
    if (step) steps++;
    if (step && step < shortest) shortest = step;
    last = now;
  }
  port_check_that(steps == STEPS, "steps counted", steps);
  port_check_that(shortest <= STEP_MS, "milliseconds of the shortest step", (long)shortest);
  return port_check_end();
}

static bool date(const port_check_setup *s) {
  const int64_t start_of_2024 = 1704067200, start_of_2100 = 4102444800;
  int64_t seconds = 0;
  port_check_begin("unix_time knows the date");
  int r = port_check_unix_time(s, &seconds);
  port_check_that(r == 0, "result", r);
  port_check_that(seconds >= start_of_2024 && seconds < start_of_2100, "seconds since 1970",
                  (long)seconds);
  return port_check_end();
}

/* By at least a second in 2.5 seconds of the ticks: neither clock need be exact. */
static bool date_goes_on(const port_check_setup *s) {
  enum { PARTS = 5, PART_MS = 500, MOST = 10 };
  int64_t before = 0, after = 0, last;
  port_check_begin("unix_time goes on");
  (void)port_check_unix_time(s, &before);
  last = before;
  for (int i = 0; i < PARTS; i++) {
    port_check_sleep(s, PART_MS);
    int r = port_check_unix_time(s, &after);
    port_check_that(r == 0, "result", r);
    port_check_that(after >= last, "seconds that it went back", (long)(last - after));
    last = after;
  }
  port_check_that(after > before && after - before <= MOST,
                  "seconds that it went on in 2.5 seconds", (long)(after - before));
  return port_check_end();
}

/* A new date may move the ticks by the time that this takes, and by no more. */
static void set_date(const port_check_setup *s, int64_t by) {
  int64_t old = 0, new = 0;
  (void)s->platform->unix_time(s->platform_ctx, &old);
  uint32_t start = raw_ticks(s);
  s->board->set_date(s->platform_ctx, old + by);
  uint32_t moved = raw_ticks(s) - start;
  (void)s->platform->unix_time(s->platform_ctx, &new);
  port_check_that(moved < DAY / 2 * 1000, "milliseconds that a new date moved the ticks",
                  (long)(int32_t)moved);
  int64_t wrong = new - old - by;
  port_check_that(wrong >= 0 && wrong < DAY / 2, "seconds that unix_time is off the new date",
                  (long)wrong);
}

/* Seconds of 32 bits with a sign end in 2038. */
static void far_date(const port_check_setup *s) {
  const int64_t years = (int64_t)20 * 365 * DAY;
  int64_t now = 0, then = 0;
  port_check_begin("unix_time knows a date in 20 years");
  (void)port_check_unix_time(s, &now);
  s->board->set_date(s->platform_ctx, now + years);
  int r = port_check_unix_time(s, &then);
  s->board->set_date(s->platform_ctx, now);
  port_check_that(r == 0, "result", r);
  then -= now + years;
  port_check_that(then >= 0 && then < DAY / 2, "days that it is off", (long)(then / DAY));
  port_check_end();
}

static void ticks_and_date(const port_check_setup *s) {
  const char *what = "ticks_ms does not follow the date";
  if (!s->board || !s->board->set_date) {
    port_check_skip(what, "the board has no set_date");
    return;
  }
  port_check_begin(what);
  set_date(s, DAY);
  set_date(s, -DAY);
  if (port_check_end()) far_date(s);
}

/* ---- The lock ---- */

/* More of them than a small system has handles. */
static void locking(const port_check_setup *s) {
  port_check_begin("lock is to be had, again after each unlock");
  if (!port_check_that(s->platform->lock && s->platform->unlock, "lock and unlock come together",
                       0))
    return;
  for (int i = 0; i < 40; i++) {
    int r = port_check_lock(s);
    port_check_that(r == 0, "result", r);
    port_check_unlock(s);
  }
  port_check_end();
}

typedef struct {
  const port_check_setup *s;
  int result;
} attempt;

static void try_lock(void *arg) {
  attempt *a = arg;
  const moat_platform *p = a->s->platform;
  void *ctx = a->s->other_ctx ? a->s->other_ctx : a->s->platform_ctx;
  a->result = p->lock(ctx);
  if (a->result == 0) p->unlock(ctx);
}

static int lock_elsewhere(const port_check_setup *s) {
  attempt a = {.s = s};
  if (s->board && s->board->in_task)
    s->board->in_task(s->platform_ctx, try_lock, &a);
  else
    try_lock(&a);
  return a.result;
}

/* The shortest of three tries counts: a busy machine may delay one. */
static void says_at_once(const port_check_setup *s) {
  enum { TRIES = 3, MOST_MS = 500 };
  uint32_t shortest = UINT32_MAX;
  for (int i = 0; i < TRIES && shortest > MOST_MS; i++) {
    uint32_t start = port_check_ticks(s);
    int r = lock_elsewhere(s);
    uint32_t spent = port_check_ticks(s) - start;
    if (spent < shortest) shortest = spent;
    port_check_that(r == MOAT_WANT_TIME, "result of the second while the first has it", r);
  }
  port_check_that(shortest <= MOST_MS, "milliseconds until the second was told", (long)shortest);
}

static void locking_out(const port_check_setup *s) {
  const char *what = "one task at a time has the lock";
  if (!s->other_ctx && !(s->board && s->board->in_task)) {
    port_check_skip(what, "there is neither other_ctx nor the board's in_task");
    return;
  }
  port_check_begin(what);
  int held = port_check_lock(s);
  port_check_that(held == 0, "result of the first", held);
  says_at_once(s);
  port_check_unlock(s);
  int r = lock_elsewhere(s);
  port_check_that(r == 0, "result of the second after the first", r);
  held = port_check_lock(s);
  port_check_that(held == 0, "result of the first after the second", held);
  port_check_unlock(s);
  port_check_end();
}

/* The key is unknown here, so only what any HMAC has is checked. `other` differs from `one` in its
 * last byte. */
static void mac_of(const port_check_setup *s, const char *one, const char *other, size_t n) {
  uint8_t first[33] = {0}, again[33] = {0}, shorter[33] = {0}, changed[33] = {0};
  int r = port_check_mac(s, one, n, first);
  port_check_that(r == 0, "result", r);
  (void)port_check_mac(s, one, n, again);
  (void)port_check_mac(s, one, n - 1, shorter);
  (void)port_check_mac(s, other, n, changed);
  port_check_that(memcmp(first, again, 32) == 0, "another MAC of the same bytes, as many as",
                  (long)n);
  port_check_that(memcmp(first, changed, 32) != 0, "the same MAC of other bytes, as many as",
                  (long)n);
  port_check_that(memcmp(first, shorter, 32) != 0, "the same MAC of one byte less than", (long)n);
  port_check_that(first[32] == 0, "a byte behind the end is", first[32]);
}

/* Short ones, and one as long as the largest record. */
static void mac(const port_check_setup *s) {
  const size_t third = s->size / 3, sizes[] = {5, 64, 65, third};
  char *one = s->memory, *other = s->memory + third;
  port_check_begin("mac depends on all bytes, and on nothing else");
  memset(s->memory, 0, 2 * third);
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    other[sizes[i] - 1] = 1;
    mac_of(s, one, other, sizes[i]);
    other[sizes[i] - 1] = 0;
  }
  port_check_end();
}

bool port_check_platform(const port_check_setup *s) {
  if (!ticks(s)) return false;
  if (date(s) && date_goes_on(s)) ticks_and_date(s);
  if (!s->platform->lock && !s->platform->unlock) {
    port_check_skip("one task at a time has the lock",
                    "there is no lock, which is right for a single task alone");
  } else {
    locking(s);
    locking_out(s);
  }
  if (s->platform->mac) mac(s);
  return true;
}
