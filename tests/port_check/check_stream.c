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

/* 90 bytes differ from the next 90, so that missing and repeated ones show. */
static char byte_at(size_t i) {
  return (char)(32 + (i + i / 90) % 90);
}

/* n bytes that go out and come back. Those from `at` to `end` are in the first half of the memory.
 */
typedef struct {
  size_t n, sent, got, at, end;
} exchange;

static size_t half_at_most(const port_check_setup *s, size_t n) {
  return n < s->size / 2 ? n : s->size / 2;
}

/* Bytes that were taken are the caller's again, who wipes them. Returns 0 if the result is wrong.
 */
static int send_some(const port_check_setup *s, exchange *e) {
  if (e->at == e->end) {
    e->at = 0;
    e->end = half_at_most(s, e->n - e->sent);
    for (size_t i = 0; i < e->end; i++)
      s->memory[i] = byte_at(e->sent + i);
  }
  size_t n = e->end - e->at;
  int r = port_check_send(s, s->memory + e->at, n);
  if (port_check_is_want(r)) return r;
  if (!port_check_that(r > 0 && (size_t)r <= n, "result of send", r)) return 0;
  memset(s->memory + e->at, 0, (size_t)r);
  e->at += (size_t)r;
  e->sent += (size_t)r;
  return r;
}

/* As send_some(). */
static int receive_some(const port_check_setup *s, exchange *e) {
  char *p = s->memory + s->size / 2;
  size_t n = half_at_most(s, e->n - e->got);
  int r = port_check_recv(s, p, n);
  if (port_check_is_want(r)) return r;
  if (!port_check_that(r > 0 && (size_t)r <= n, "result of recv", r)) return 0;
  for (int i = 0; i < r; i++, e->got++)
    if (!port_check_that(p[i] == byte_at(e->got), "another byte came back, at", (long)e->got))
      return 0;
  return r;
}

/* Both directions as far as they go: what is not read in time would stop the other one. */
static bool comes_back(const port_check_setup *s, exchange *e) {
  uint32_t start = port_check_ticks(s);
  while (e->got < e->n) {
    int w = e->sent < e->n ? send_some(s, e) : MOAT_WANT_READ;
    int r = w ? receive_some(s, e) : 0;
    if (!w || !r) return false;
    if (w < 0 && r < 0) port_check_turn(s, r, 100);
    if (!port_check_that(!port_check_late(s, start), "bytes that came back", (long)e->got))
      return false;
  }
  return true;
}

bool port_check_echoes(const port_check_setup *s, size_t n) {
  exchange e = {.n = n};
  return comes_back(s, &e);
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
 * that stands still for a second may do so once. */
bool port_check_at_once(const port_check_setup *s,
                        int (*count)(const port_check_setup *s, int most), const char *name) {
  enum { CALLS = 100, TRIES = 3 };
  int calls = 0;
  port_check_begin(name);
  for (int i = 0; i < TRIES && calls >= 0 && calls < CALLS; i++)
    calls = count(s, CALLS);
  port_check_that(calls == CALLS, "of 100 such calls, made before anything came", calls);
  return port_check_end();
}

/* The peer reads nothing for a second, and then sends everything back. So some sends take only a
 * part of the bytes, or none, unless each send is slow. */
static void crowded(const port_check_setup *s) {
  enum { FULL_MS = 1000 };
  exchange e = {.n = SIZE_MAX};
  int w;
  port_check_begin("send without room loses and repeats nothing");
  if (!port_check_is_connected(s) || !port_check_tell(s, PEER_SLOW)) return;
  uint32_t start = port_check_ticks(s);
  do
    w = send_some(s, &e);
  while (w > 0 && port_check_ticks(s) - start < FULL_MS);
  e.n = e.sent + (e.end - e.at) + 2 * s->size;
  if (w && comes_back(s, &e)) port_check_end();
  port_check_close(s);
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

/* The end comes while there are still bytes to read, and the stack has the time to tell. The bytes
 * go out together: the answers to single ones would fill a small stack. */
static void ends(const port_check_setup *s) {
  enum { N = 41, NOTHING = 0x5a, PAUSE_MS = 300 };
  char sent[N], p[2] = {0, NOTHING};
  int r, got = 0;
  port_check_begin("an orderly end, when all bytes were read: MOAT_E_EOF");
  for (size_t i = 0; i < N; i++)
    sent[i] = byte_at(i);
  sent[N - 1] = PEER_END;
  if (!port_check_is_connected(s) || !send_all(s, sent, N)) return;
  for (; (r = port_check_receive(s, p, 1)) == 1 && got < N; got++) {
    port_check_that(p[0] == sent[got], "another byte came, at", got);
    if (!got) port_check_sleep(s, PAUSE_MS);
  }
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

/* Some stacks tell it, and others take the bytes until recv tells it. */
static void sends_after_reset(const port_check_setup *s) {
  enum { SENDS = 10, PAUSE_MS = 50 };
  int r = 1;
  port_check_begin("send after a reset: no error but MOAT_E_NETWORK");
  if (!port_check_is_connected(s) || !port_check_tell(s, PEER_RESET)) return;
  for (int i = 0; i < SENDS && (r > 0 || port_check_is_want(r)); i++) {
    port_check_sleep(s, PAUSE_MS);
    r = port_check_send(s, s->memory, 1);
  }
  port_check_that(r > 0 || port_check_is_want(r) || r == MOAT_E_NETWORK, "result of send", r);
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
  (void)port_check_at_once(s, recvs_without_bytes, "recv without bytes says so at once");
  (void)port_check_at_once(s, sends_without_room, "send without room says so at once");
  crowded(s);
  gives_what_is_there(s);
  ends(s);
  is_reset(s);
  sends_after_reset(s);
  refused(s);
}
