/* How long wait takes. */
#include "port_check.h"

/* The shortest of three pauses counts: a busy machine may make one long. */
static bool pauses(const port_check_setup *s) {
  enum { TRIES = 3, PAUSE_MS = 50, LEAST_MS = 45, MOST_MS = 500 };
  uint32_t shortest = UINT32_MAX;
  for (int i = 0; i < TRIES && shortest > MOST_MS; i++) {
    uint32_t start = port_check_ticks(s);
    int r = port_check_wait(s, MOAT_WANT_TIME, PAUSE_MS);
    uint32_t spent = port_check_ticks(s) - start;
    if (spent < shortest) shortest = spent;
    if (!port_check_that(r == MOAT_WANT_TIME, "result of a pause", r)) return false;
  }
  return port_check_that(shortest >= LEAST_MS && shortest <= MOST_MS,
                         "milliseconds, by ticks_ms, of a pause of 50", (long)shortest);
}

/* Moat pauses with and without a connection: for a slot or the lock there may be none yet. A byte
 * that comes does not end a pause. */
static void pausing(const port_check_setup *s) {
  port_check_begin("a pause takes its time, and no more");
  if (!pauses(s) || !port_check_is_connected(s)) return;
  if (pauses(s) && port_check_tell(s, 'x')) {
    port_check_turn(s, MOAT_WANT_READ, 1000);
    pauses(s);
  }
  port_check_close(s);
  port_check_end();
}

/* Waits until recv has a result. wait may end while there is nothing, but it has to end when there
 * is something. */
static bool wakes(const port_check_setup *s, int want, int expected) {
  enum { MOST_MS = 15000 };
  uint32_t start = port_check_ticks(s);
  char byte;
  int r;
  do {
    r = port_check_wait(s, want, MOST_MS);
    if (!port_check_that(r == 0, "result of wait", r)) return false;
    r = want == MOAT_WANT_READ ? port_check_recv(s, &byte, 1) : expected;
  } while (port_check_is_want(r) && !port_check_late(s, start));
  uint32_t spent = port_check_ticks(s) - start;
  return port_check_that(spent < MOST_MS, "milliseconds that it took", (long)spent) &&
         port_check_that(r == expected, "result of recv after it", r);
}

/* An end is something, too. */
static void waking(const port_check_setup *s) {
  port_check_begin("wait ends when there is something");
  if (!port_check_is_connected(s)) return;
  if (wakes(s, MOAT_WANT_WRITE, 1) && port_check_tell(s, 'x') && wakes(s, MOAT_WANT_READ, 1) &&
      port_check_tell(s, PEER_END) && wakes(s, MOAT_WANT_READ, 1))
    (void)wakes(s, MOAT_WANT_READ, MOAT_E_EOF);
  port_check_close(s);
  port_check_end();
}

/* The shortest of three or more counts: a busy machine may make one long. */
void port_check_sleeps(const port_check_setup *s, int want) {
  enum { LEAST = 3, MOST = 50, ALL_MS = 500, EACH_MS = 100, LATE_MS = 400 };
  uint32_t start = port_check_ticks(s), shortest = UINT32_MAX;
  int returns = 0;
  while (returns < LEAST || (returns <= MOST && port_check_ticks(s) - start < ALL_MS)) {
    uint32_t before = port_check_ticks(s);
    int r = port_check_wait(s, want, EACH_MS);
    uint32_t spent = port_check_ticks(s) - before;
    if (!port_check_that(r == 0 || r == MOAT_WANT_TIME, "result of wait", r)) return;
    if (spent < shortest) shortest = spent;
    returns++;
  }
  port_check_that(shortest <= LATE_MS, "milliseconds of a wait of 100", (long)shortest);
  port_check_that(returns <= MOST, "returns of a wait of 100 ms in less than 500 ms", returns);
}

static void sleeping(const port_check_setup *s) {
  port_check_begin("wait sleeps while nothing comes");
  if (port_check_is_connected(s)) port_check_sleeps(s, MOAT_WANT_READ);
  port_check_close(s);
  port_check_end();
}

/* The peer reads nothing. wait may be wrong at times, and then send tells. */
static void without_room(const port_check_setup *s) {
  enum { MOST = 50, ALL_MS = 500, EACH_MS = 100 };
  int wrong = 0, r;
  port_check_begin("wait sleeps while there is no room");
  if (!port_check_is_connected(s) || !port_check_tell(s, PEER_FULL)) return;
  do
    r = port_check_send(s, s->memory, s->size / 2);
  while (r > 0);
  uint32_t start = port_check_ticks(s);
  while (wrong <= MOST && (r > 0 || port_check_is_want(r)) &&
         port_check_ticks(s) - start < ALL_MS) {
    int ready = port_check_wait(s, MOAT_WANT_WRITE, EACH_MS);
    r = port_check_send(s, s->memory, s->size / 2);
    if (ready == 0 && port_check_is_want(r)) wrong++;
  }
  port_check_that(wrong <= MOST, "times that it said wrongly that there is", wrong);
  port_check_close(s);
  port_check_end();
}

/* Whether four waits of 100 ms are over before a byte ends them, which the peer sends two seconds
 * late. Timers of 250 ms are exact enough. */
static bool in_time(const port_check_setup *s) {
  enum { WAITS = 4, MOST_MS = 1800 };
  if (!port_check_is_connected(s) || !port_check_tell(s, PEER_LATE)) return false;
  uint32_t start = port_check_ticks(s);
  for (int i = 0; i < WAITS; i++)
    (void)port_check_wait(s, MOAT_WANT_READ, 100);
  uint32_t spent = port_check_ticks(s) - start;
  port_check_close(s);
  return spent < MOST_MS;
}

/* A busy machine may be late once. A wait that does not end by itself would hang where nothing
 * comes. */
static bool ending(const port_check_setup *s) {
  enum { TRIES = 3 };
  int late = 0;
  port_check_begin("wait ends when its time is over");
  while (late < TRIES && !in_time(s))
    late++;
  port_check_that(late < TRIES, "times that four waits of 100 ms took 1.8 seconds", late);
  return port_check_end();
}

void port_check_waiting(const port_check_setup *s) {
  if (!s->stream->wait) {
    port_check_skip("wait sleeps while nothing comes", "there is no wait, so use moat_step()");
    return;
  }
  pausing(s);
  waking(s);
  if (!ending(s)) return;
  sleeping(s);
  without_room(s);
}
