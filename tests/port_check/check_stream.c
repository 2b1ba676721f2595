/* The byte stream, against echo.mjs: see there for what it does at which byte. */
#include "port_check.h"

#include <string.h>

enum { EOT = 4, ENQ = 5, BEL = 7, XOFF = 19, CAN = 24, SUB = 26 };

bool port_check_is_want(int r) {
  return r == MOAT_WANT_READ || r == MOAT_WANT_WRITE || r == MOAT_WANT_TIME;
}

static int connect_to(const port_check_setup *s, uint16_t port) {
  uint32_t start = port_check_ticks(s);
  for (;;) {
    int r = port_check_connect(s, s->host, port);
    if (!port_check_is_want(r) || port_check_late(s, start)) return r;
    port_check_turn(s, r, 100);
  }
}

bool port_check_is_connected(const port_check_setup *s) {
  int r = connect_to(s, s->port);
  return port_check_that(r == 0, "result of connect", r);
}

static int receive(const port_check_setup *s, char *p, size_t n) {
  uint32_t start = port_check_ticks(s);
  for (;;) {
    int r = port_check_recv(s, p, n);
    if (!port_check_is_want(r) || port_check_late(s, start)) return r;
    port_check_turn(s, r, 100);
  }
}

/* A byte that tells the peer what to do. */
static bool tell(const port_check_setup *s, char what) {
  uint32_t start = port_check_ticks(s);
  int r;
  while (port_check_is_want(r = port_check_send(s, &what, 1)) && !port_check_late(s, start))
    port_check_turn(s, r, 100);
  return port_check_that(r == 1, "result of send", r);
}

/* Sends n bytes and reads them back, both as far as they go: what is not read in time would stop
 * the other direction. */
bool port_check_echoes(const port_check_setup *s, size_t n) {
  char *to = s->memory, *from = s->memory + s->size / 2;
  size_t sent = 0, got = 0;
  uint32_t start = port_check_ticks(s);
  for (size_t i = 0; i < n; i++)
    to[i] = (char)(32 + i % 90);
  while (got < n) {
    int w = sent < n ? port_check_send(s, to + sent, n - sent) : MOAT_WANT_READ;
    if (w > 0) sent += (size_t)w;
    if (!port_check_that(w > 0 || port_check_is_want(w), "result of send", w)) return false;
    int r = port_check_recv(s, from + got, n - got);
    if (r > 0) got += (size_t)r;
    if (!port_check_that(r > 0 || port_check_is_want(r), "result of recv", r)) return false;
    if (w < 0 && r < 0) port_check_turn(s, r, 100);
    if (!port_check_that(!port_check_late(s, start), "bytes that came back", (long)got))
      return false;
  }
  return port_check_that(memcmp(to, from, n) == 0, "other bytes came back, of", (long)n);
}

static void echo(const port_check_setup *s) {
  port_check_begin("bytes go out and come in");
  if (port_check_is_connected(s) && port_check_echoes(s, 1) && port_check_echoes(s, s->size / 2))
    port_check_end();
  port_check_close(s);
}

/* How often recv can be called before a byte comes that the peer sends two seconds late. -1:
 * something failed. */
static int recvs_without_bytes(const port_check_setup *s, int most) {
  int calls = 0, r = MOAT_WANT_READ;
  char byte;
  if (!port_check_is_connected(s) || !tell(s, BEL)) return -1;
  for (; calls < most && port_check_is_want(r = port_check_recv(s, &byte, 1)); calls++)
    ;
  port_check_close(s);
  return port_check_that(r == 1 || port_check_is_want(r), "result of recv", r) ? calls : -1;
}

/* How often send can say that there is no room before the peer, which reads nothing, resets the
 * connection after two seconds. -1: something failed. */
static int sends_without_room(const port_check_setup *s, int most) {
  int calls = 0, r = 1;
  if (!port_check_is_connected(s) || !tell(s, SUB)) return -1;
  while (calls < most && (r > 0 || port_check_is_want(r))) {
    r = port_check_send(s, s->memory, s->size / 2);
    if (port_check_is_want(r)) calls++;
  }
  port_check_close(s);
  bool good = r == MOAT_WANT_WRITE || r == MOAT_WANT_READ || r == MOAT_E_NETWORK;
  return port_check_that(good, "result of send", r) ? calls : -1;
}

/* The calls count and not their time: one that blocks lets few of them happen, each time. A machine
 * that stands still for two seconds may do so once. */
static void at_once(const port_check_setup *s, int (*count)(const port_check_setup *s, int most),
                    const char *name) {
  enum { CALLS = 100, TRIES = 3 };
  int calls = 0;
  port_check_begin(name);
  for (int i = 0; i < TRIES && calls >= 0 && calls < CALLS; i++)
    calls = count(s, CALLS);
  port_check_that(calls == CALLS, "of 100 such calls in two seconds were made", calls);
  port_check_end();
}

static void ends(const port_check_setup *s, char how, int expected, const char *name) {
  char byte;
  port_check_begin(name);
  if (port_check_is_connected(s) && tell(s, how)) {
    int r = receive(s, &byte, 1);
    port_check_that(r == expected, "result of recv", r);
    port_check_end();
  }
  port_check_close(s);
}

static void refused(const port_check_setup *s) {
  port_check_begin("a port that nobody listens at: MOAT_E_CONNECT");
  int r = connect_to(s, s->closed_port);
  port_check_that(r == MOAT_E_CONNECT, "result of connect", r);
  port_check_close(s);
  port_check_end();
}

/* ---- Closing ---- */

/* Before anything, twice, and in the middle of a connect. */
static void closing(const port_check_setup *s) {
  port_check_begin("close at any time, and connect again");
  for (int i = 0; i < 3; i++) {
    port_check_close(s);
    (void)port_check_connect(s, s->host, s->port);
    port_check_close(s);
    port_check_close(s);
    if (!port_check_is_connected(s) || !port_check_echoes(s, 10)) return;
  }
  port_check_close(s);
  port_check_end();
}

/* More than a small stack has connections. */
static void often(const port_check_setup *s) {
  port_check_begin("one connection after the other");
  for (int i = 0; i < 40; i++) {
    if (!port_check_is_connected(s) || !port_check_echoes(s, 10)) return;
    port_check_close(s);
  }
  port_check_end();
}

/* The peer says how many of its connections this side has not closed, the one that asks being one.
 * Closes that are still on their way are waited for. */
static void leaking(const port_check_setup *s) {
  enum { ASKED = 100, PAUSE_MS = 50 };
  char open = 0;
  port_check_begin("close ends the connection");
  for (int i = 0; i < 4; i++) {
    if (!port_check_is_connected(s) || !port_check_echoes(s, 10)) return;
    port_check_close(s);
  }
  if (!port_check_is_connected(s)) return;
  for (int i = 0; i < ASKED && open != 1; i++) {
    if (i) port_check_sleep(s, PAUSE_MS);
    if (!tell(s, ENQ)) return;
    int r = receive(s, &open, 1);
    if (!port_check_that(r == 1, "result of recv", r)) return;
  }
  port_check_close(s);
  port_check_that(open == 1, "connections that the peer has, where one is right", open);
  port_check_end();
}

/* More of them than a small stack has, and none that it could wait for. */
static void abandoned(const port_check_setup *s) {
  char byte;
  port_check_begin("a server that never closes is in nobody's way");
  for (int i = 0; i < 10; i++) {
    if (!port_check_is_connected(s) || !tell(s, XOFF)) return;
    int r = receive(s, &byte, 1);
    if (!port_check_that(r == 1 && byte == XOFF, "result of recv", r)) return;
    port_check_close(s);
  }
  port_check_end();
}

/* ---- Waiting ---- */

static void pauses(const port_check_setup *s) {
  uint32_t start = port_check_ticks(s);
  int r = port_check_wait(s, MOAT_WANT_TIME, 50);
  uint32_t spent = port_check_ticks(s) - start;
  port_check_that(r == MOAT_WANT_TIME, "result of a pause", r);
  port_check_that(spent >= 45, "milliseconds of a pause of 50", (long)spent);
}

/* Moat pauses with and without a connection: for a slot or the lock there may be none yet. */
static void waiting(const port_check_setup *s) {
  port_check_begin("wait ends when there is something, and a pause when it is over");
  pauses(s);
  if (!port_check_is_connected(s)) return;
  pauses(s);
  if (!tell(s, 'x')) return;
  int r = port_check_wait(s, MOAT_WANT_READ, 30000);
  port_check_that(r == 0, "result once a byte is there", r);
  port_check_close(s);
  port_check_end();
}

void port_check_sleeps(const port_check_setup *s) {
  enum { MOST = 50, ALL_MS = 500, EACH_MS = 100 };
  uint32_t start = port_check_ticks(s);
  int returns = 0, r = 0;
  while (returns <= MOST && port_check_ticks(s) - start < ALL_MS) {
    r = port_check_wait(s, MOAT_WANT_READ, EACH_MS);
    if (!port_check_that(r == 0 || r == MOAT_WANT_TIME, "result of wait", r)) return;
    returns++;
  }
  port_check_that(returns <= MOST, "returns of a wait of 100 ms in less than 500 ms", returns);
}

static void sleeping(const port_check_setup *s) {
  port_check_begin("wait sleeps while nothing comes");
  if (port_check_is_connected(s)) port_check_sleeps(s);
  port_check_close(s);
  port_check_end();
}

void port_check_stream(const port_check_setup *s) {
  closing(s);
  echo(s);
  at_once(s, recvs_without_bytes, "recv without bytes says so at once");
  at_once(s, sends_without_room, "send without room says so at once");
  ends(s, EOT, MOAT_E_EOF, "an orderly end: MOAT_E_EOF");
  ends(s, CAN, MOAT_E_NETWORK, "a reset connection: MOAT_E_NETWORK");
  refused(s);
  if (s->stream->wait) {
    waiting(s);
    sleeping(s);
  } else {
    port_check_skip("wait sleeps while nothing comes", "there is no wait, so use moat_step()");
  }
  often(s);
  leaking(s);
  abandoned(s);
}
