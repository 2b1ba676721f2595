/* The byte stream, against echo.mjs: see there for what it does at which byte. */
#include "port_check.h"

#include <string.h>

bool port_check_is_want(int r) {
  return r == MOAT_WANT_READ || r == MOAT_WANT_WRITE || r == MOAT_WANT_TIME;
}

int port_check_connect_to(const port_check_setup *s, uint16_t port) {
  uint32_t start = port_check_ticks(s);
  for (;;) {
    int r = port_check_connect(s, s->host, port);
    if (!port_check_is_want(r) || port_check_late(s, start)) return r;
    port_check_turn(s, r, 100);
  }
}

/* A check that failed may have left a connection. */
bool port_check_is_connected(const port_check_setup *s) {
  port_check_close(s);
  int r = port_check_connect_to(s, s->port);
  return port_check_that(r == 0, "result of connect", r);
}

int port_check_receive(const port_check_setup *s, char *p, size_t n) {
  uint32_t start = port_check_ticks(s);
  for (;;) {
    int r = port_check_recv(s, p, n);
    if (!port_check_is_want(r) || port_check_late(s, start)) return r;
    port_check_turn(s, r, 100);
  }
}

static bool send_all(const port_check_setup *s, const char *p, size_t n) {
  uint32_t start = port_check_ticks(s);
  while (n > 0) {
    int r = port_check_send(s, p, n);
    bool later = port_check_is_want(r) && !port_check_late(s, start);
    if (!port_check_that(later || (r > 0 && (size_t)r <= n), "result of send", r)) return false;
    if (later) {
      port_check_turn(s, r, 100);
      continue;
    }
    p += r;
    n -= (size_t)r;
  }
  return true;
}

bool port_check_tell(const port_check_setup *s, char what) {
  return send_all(s, &what, 1);
}

static char byte_at(size_t i) {
  return (char)(32 + i % 90);
}

/* Sends n bytes and reads them back, both as far as they go: what is not read in time would stop
 * the other direction. Bytes that were taken are the caller's again, who wipes them. */
bool port_check_echoes(const port_check_setup *s, size_t n) {
  char *to = s->memory, *from = s->memory + s->size / 2;
  size_t sent = 0, got = 0;
  uint32_t start = port_check_ticks(s);
  for (size_t i = 0; i < n; i++)
    to[i] = byte_at(i);
  while (got < n) {
    int w = sent < n ? port_check_send(s, to + sent, n - sent) : MOAT_WANT_READ;
    if (w > 0) {
      memset(to + sent, 0, (size_t)w);
      sent += (size_t)w;
    }
    if (!port_check_that(w > 0 || port_check_is_want(w), "result of send", w)) return false;
    int r = port_check_recv(s, from + got, n - got);
    if (r > 0) got += (size_t)r;
    if (!port_check_that(r > 0 || port_check_is_want(r), "result of recv", r)) return false;
    if (w < 0 && r < 0) port_check_turn(s, r, 100);
    if (!port_check_that(!port_check_late(s, start), "bytes that came back", (long)got))
      return false;
  }
  for (size_t i = 0; i < n; i++)
    if (!port_check_that(from[i] == byte_at(i), "another byte came back, at", (long)i))
      return false;
  return true;
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
  if (!port_check_is_connected(s) || !port_check_tell(s, PEER_LATE)) return -1;
  for (; calls < most && port_check_is_want(r = port_check_recv(s, &byte, 1)); calls++)
    ;
  port_check_close(s);
  return port_check_that(r == 1 || port_check_is_want(r), "result of recv", r) ? calls : -1;
}

/* How often send can say that there is no room before the peer, which reads nothing, resets the
 * connection after two seconds. -1: something failed. */
static int sends_without_room(const port_check_setup *s, int most) {
  int calls = 0, r = 1;
  if (!port_check_is_connected(s) || !port_check_tell(s, PEER_FULL)) return -1;
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

/* One byte is there, and recv has room for two. A machine that stands still until the other one has
 * come may do so once. */
static void gives_what_is_there(const port_check_setup *s) {
  enum { TRIES = 3 };
  char bytes[2];
  int r = 2;
  port_check_begin("recv gives what is there, and waits for no more");
  for (int i = 0; i < TRIES && r == 2; i++) {
    if (!port_check_is_connected(s) || !port_check_tell(s, PEER_BOTH)) return;
    r = port_check_receive(s, bytes, 2);
    port_check_close(s);
  }
  port_check_that(r == 1, "result of recv", r);
  port_check_end();
}

/* The end comes while there are still bytes to read. The bytes go out together: the answers to
 * single ones would fill a small stack. */
static void ends(const port_check_setup *s) {
  enum { N = 41, NOTHING = 0x5a };
  char sent[N], p[2] = {0, NOTHING};
  int r, got = 0;
  port_check_begin("an orderly end, when all bytes were read: MOAT_E_EOF");
  for (size_t i = 0; i < N; i++)
    sent[i] = byte_at(i);
  sent[N - 1] = PEER_END;
  if (!port_check_is_connected(s) || !send_all(s, sent, N)) return;
  for (; (r = port_check_receive(s, p, 1)) == 1 && got < N; got++)
    port_check_that(p[0] == sent[got], "another byte came, at", got);
  port_check_that(p[1] == NOTHING, "a byte behind the room is", p[1]);
  port_check_that(r == MOAT_E_EOF, "result of recv", r);
  port_check_that(got == N, "of 41 bytes came before the end", got);
  port_check_close(s);
  port_check_end();
}

static void is_reset(const port_check_setup *s) {
  char byte;
  port_check_begin("a reset connection: MOAT_E_NETWORK");
  if (!port_check_is_connected(s) || !port_check_tell(s, PEER_RESET)) return;
  int r = port_check_receive(s, &byte, 1);
  port_check_that(r == MOAT_E_NETWORK, "result of recv", r);
  port_check_close(s);
  port_check_end();
}

/* More often than a small stack has connections: what failed leaves nothing behind. */
static void refused(const port_check_setup *s) {
  enum { TIMES = 20 };
  int r = MOAT_E_CONNECT;
  port_check_begin("a port that nobody listens at: MOAT_E_CONNECT");
  for (int i = 0; i < TIMES && r == MOAT_E_CONNECT; i++) {
    r = port_check_connect_to(s, s->closed_port);
    port_check_close(s);
  }
  port_check_that(r == MOAT_E_CONNECT, "result of connect", r);
  port_check_end();
}

void port_check_stream(const port_check_setup *s) {
  echo(s);
  at_once(s, recvs_without_bytes, "recv without bytes says so at once");
  at_once(s, sends_without_room, "send without room says so at once");
  gives_what_is_there(s);
  ends(s);
  is_reset(s);
  refused(s);
}
