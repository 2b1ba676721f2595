/* Names that the resolver does not find, or not yet, and an address that nothing answers. */
#include "port_check.h"

/* Looks a name up, until there is a result. */
static int look_up(const port_check_setup *s, const char *name) {
  uint32_t start = port_check_ticks(s);
  int r;
  while (port_check_is_want(r = port_check_connect(s, name, s->port)) && !port_check_late(s, start))
    port_check_turn(s, r, 10);
  port_check_close(s);
  return r;
}

/* More of them than a small stack has places. */
static void unknown(const port_check_setup *s) {
  const char *what = "a host that nobody knows: MOAT_E_DNS";
  int r = MOAT_E_DNS;
  if (!s->unknown_host) {
    port_check_skip(what, "there is no unknown_host");
    return;
  }
  port_check_begin(what);
  for (int i = 0; i < 20 && r == MOAT_E_DNS; i++)
    r = look_up(s, s->unknown_host);
  port_check_that(r == MOAT_E_DNS, "result of connect", r);
  port_check_end();
}

/* How often connect can be called within a second, or until `error` is its result. The ticks end it
 * too, because on some stacks no answer comes by these calls alone. */
static int connects(const port_check_setup *s, const char *host, int error, int most) {
  enum { LATE_MS = 1000 };
  int calls = 0, r = MOAT_WANT_READ;
  uint32_t start = port_check_ticks(s);
  for (; calls < most && port_check_ticks(s) - start < LATE_MS; calls++)
    if (!port_check_is_want(r = port_check_connect(s, host, s->port))) break;
  port_check_close(s);
  bool good = r == error || port_check_is_want(r);
  return port_check_that(good, "result of connect", r) ? calls : -1;
}

/* The name server takes a second. */
static int connects_unanswered(const port_check_setup *s, int most) {
  return connects(s, s->late_host, MOAT_E_DNS, most);
}

static int connects_to_deaf(const port_check_setup *s, int most) {
  return connects(s, s->deaf_host, MOAT_E_CONNECT, most);
}

static bool is_looked_up(const port_check_setup *s, const char *name) {
  int r = port_check_connect(s, name, s->port);
  return port_check_that(port_check_is_want(r), "result of connect before there is an answer", r);
}

/* More of them than a resolver has places, which are free again when it has answered. Until then
 * the next lookup waits. */
static bool given_up(const port_check_setup *s) {
  enum { LOOKUPS = 10 };
  port_check_begin("lookups that were given up leave room for others");
  for (int i = 0; i < LOOKUPS; i++) {
    if (!is_looked_up(s, s->late_host)) return false;
    port_check_close(s);
  }
  int r = look_up(s, s->late_host);
  port_check_that(r == MOAT_E_DNS, "result of one more", r);
  return port_check_end();
}

/* A lookup is given up. Its answer brings an address. It comes while the next name is looked up,
 * and the second time before that. A port that still knows the address may connect at first. */
static void leads_nowhere(const port_check_setup *s) {
  const uint32_t pauses_ms[] = {300, 1500};
  const char *what = "the address of a cancelled lookup is not used";
  if (!s->found_host) {
    port_check_skip(what, "there is no found_host");
    return;
  }
  port_check_begin(what);
  for (int i = 0; i < 2; i++) {
    int r = port_check_connect(s, s->found_host, s->port);
    port_check_that(r == 0 || port_check_is_want(r), "result of connect", r);
    port_check_close(s);
    port_check_sleep(s, pauses_ms[i]);
    r = look_up(s, s->late_host);
    if (!port_check_that(r == MOAT_E_DNS, "result of connect to a host that nobody knows", r))
      return;
  }
  port_check_end();
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
  if (is_looked_up(s, s->silent_host)) port_check_sleeps(s, MOAT_WANT_READ);
  port_check_close(s);
  port_check_end();
}

/* The name is as long as the setup has it, and its address comes late. */
static bool found(const port_check_setup *s) {
  port_check_begin("a host that is found is connected to");
  uint32_t start = port_check_ticks(s);
  int r;
  while (port_check_is_want(r = port_check_connect(s, s->found_host, s->port)) &&
         !port_check_late(s, start))
    port_check_turn(s, r, 100);
  bool good = port_check_that(r == 0, "result of connect", r) && port_check_echoes(s, 10);
  port_check_close(s);
  return good && port_check_end();
}

/* A stack may call a connection writable that is still being made. */
static void sleeping_in_connect(const port_check_setup *s) {
  int r;
  port_check_begin("wait sleeps while a connection is made");
  while ((r = port_check_connect(s, s->deaf_host, s->port)) == MOAT_WANT_TIME)
    ;
  if (port_check_that(port_check_is_want(r), "result of connect", r)) port_check_sleeps(s, r);
  port_check_close(s);
  port_check_end();
}

static void deaf(const port_check_setup *s) {
  const char *what = "connect does not wait for a host that says nothing";
  if (!s->deaf_host) {
    port_check_skip(what, "there is no deaf_host");
    return;
  }
  if (port_check_at_once(s, connects_to_deaf, what) && s->stream->wait) sleeping_in_connect(s);
}

/* What comes last leaves lookups behind that the stack still works at. */
void port_check_names(const port_check_setup *s) {
  port_check_close(s);
  deaf(s);
  unknown(s);
  if (!s->late_host || !s->silent_host)
    port_check_skip("connect does not wait for the name server",
                    "there is no late_host or no silent_host");
  else if (port_check_at_once(s, connects_unanswered,
                              "connect does not wait for the name server") &&
           given_up(s)) {
    if (!s->found_host || found(s)) leads_nowhere(s);
    cancelled(s);
    if (s->stream->wait) sleeping(s);
  }
}
