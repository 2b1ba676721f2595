/* Names that the resolver does not find, or not yet. */
#include "port_check.h"

/* Looks a name up, until there is a result. `calls` of connect were made before it. */
static int look_up(const port_check_setup *s, const char *name, int *calls) {
  uint32_t start = port_check_ticks(s);
  int r;
  for (*calls = 0;; ++*calls) {
    r = port_check_connect(s, name, s->port);
    if (!port_check_is_want(r) || port_check_late(s, start)) break;
    port_check_turn(s, r, 10);
  }
  port_check_close(s);
  return r;
}

/* More of them than a small stack has places. */
static void unknown(const port_check_setup *s) {
  const char *what = "a host that nobody knows: MOAT_E_DNS";
  int calls, r = MOAT_E_DNS;
  if (!s->unknown_host) {
    port_check_skip(what, "there is no unknown_host");
    return;
  }
  port_check_begin(what);
  for (int i = 0; i < 20 && r == MOAT_E_DNS; i++)
    r = look_up(s, s->unknown_host, &calls);
  port_check_that(r == MOAT_E_DNS, "result of connect", r);
  port_check_end();
}

/* As in check_stream.c: a connect that waits for the name server can be called once or twice within
 * the second. */
static bool blocks_not(const port_check_setup *s) {
  enum { CALLS = 10, TRIES = 3 };
  int calls = 0, r = MOAT_E_DNS;
  port_check_begin("connect does not wait for the name server");
  for (int i = 0; i < TRIES && calls < CALLS; i++)
    r = look_up(s, s->late_host, &calls);
  port_check_that(calls >= CALLS, "calls before an answer that is a second late", calls);
  port_check_that(r == MOAT_E_DNS, "result in the end", r);
  return port_check_end();
}

static bool is_looked_up(const port_check_setup *s, const char *name) {
  int r = port_check_connect(s, name, s->port);
  return port_check_that(port_check_is_want(r), "result of connect before there is an answer", r);
}

/* More of them than a resolver has places, which are free again when it has answered. Until then
 * the next lookup waits. */
static bool given_up(const port_check_setup *s) {
  enum { LOOKUPS = 10 };
  int calls;
  port_check_begin("lookups that were given up leave room for others");
  for (int i = 0; i < LOOKUPS; i++) {
    if (!is_looked_up(s, s->late_host)) return false;
    port_check_close(s);
  }
  int r = look_up(s, s->late_host, &calls);
  port_check_that(r == MOAT_E_DNS, "result of one more", r);
  return port_check_end();
}

/* The late name is given up, and its answer comes while the silent one is looked up. */
static void cancelled(const port_check_setup *s) {
  enum { ALL_MS = 3000 };
  port_check_begin("the answer of a cancelled lookup is ignored");
  if (!is_looked_up(s, s->late_host)) return;
  port_check_close(s);
  uint32_t start = port_check_ticks(s);
  while (port_check_ticks(s) - start < ALL_MS) {
    if (!is_looked_up(s, s->silent_host)) return;
    port_check_turn(s, MOAT_WANT_READ, 50);
  }
  port_check_close(s);
  if (port_check_is_connected(s) && port_check_echoes(s, 10)) port_check_end();
  port_check_close(s);
}

static void sleeping(const port_check_setup *s) {
  port_check_begin("wait sleeps while a name is looked up");
  if (is_looked_up(s, s->silent_host)) port_check_sleeps(s);
  port_check_close(s);
  port_check_end();
}

/* What comes last leaves lookups behind that the stack still works at. */
void port_check_names(const port_check_setup *s) {
  port_check_close(s);
  unknown(s);
  if (!s->late_host || !s->silent_host)
    port_check_skip("connect does not wait for the name server",
                    "there is no late_host or no silent_host");
  else if (blocks_not(s) && given_up(s)) {
    cancelled(s);
    if (s->stream->wait) sleeping(s);
  }
}
