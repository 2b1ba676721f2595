/* Closing, and what a closed connection leaves behind. */
#include "port_check.h"

/* Before anything, twice, in the middle of a connect, and when there is a byte to read. */
static void closing(const port_check_setup *s) {
  port_check_begin("close at any time, and connect again");
  for (int i = 0; i < 3; i++) {
    port_check_close(s);
    (void)port_check_connect(s, s->host, s->port);
    port_check_close(s);
    port_check_close(s);
    if (!port_check_is_connected(s) || !port_check_echoes(s, 10) || !port_check_tell(s, 'x'))
      return;
    port_check_turn(s, MOAT_WANT_READ, 1000);
  }
  port_check_close(s);
  port_check_end();
}

/* More than a small stack has connections. Every second one is ended by the peer. */
static void often(const port_check_setup *s) {
  char p[2];
  port_check_begin("one connection after the other");
  for (int i = 0; i < 40; i++) {
    if (!port_check_is_connected(s) || !port_check_echoes(s, 10)) return;
    if (i % 2 && !port_check_tell(s, PEER_END)) return;
    while (i % 2 && port_check_receive(s, p, sizeof p) > 0)
      ;
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
    if (!port_check_tell(s, PEER_COUNT)) return;
    int r = port_check_receive(s, &open, 1);
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
    if (!port_check_is_connected(s) || !port_check_tell(s, PEER_OPEN)) return;
    int r = port_check_receive(s, &byte, 1);
    if (!port_check_that(r == 1 && byte == PEER_OPEN, "result of recv", r)) return;
    port_check_close(s);
  }
  port_check_end();
}

static bool gets_back(const port_check_setup *s, char sent) {
  char byte = 0;
  int r = port_check_receive(s, &byte, 1);
  return port_check_that(r == 1, "result of recv", r) &&
         port_check_that(byte == sent, "a byte of the other connection", byte);
}

/* As two tasks have them. */
static bool are_apart(const port_check_setup *s, const port_check_setup *other) {
  if (!port_check_is_connected(s) || !port_check_is_connected(other)) return false;
  if (!port_check_tell(s, 'a') || !port_check_tell(other, 'b')) return false;
  if (!gets_back(s, 'a') || !gets_back(other, 'b')) return false;
  port_check_close(s);
  return port_check_echoes(other, 10);
}

static void two(const port_check_setup *s) {
  const char *what = "two connections have nothing to do with each other";
  port_check_setup other = *s;
  if (!s->other_io) {
    port_check_skip(what, "there is no other_io");
    return;
  }
  other.io = s->other_io;
  port_check_begin(what);
  if (are_apart(s, &other)) port_check_end();
  port_check_close(s);
  port_check_close(&other);
}

void port_check_closing(const port_check_setup *s) {
  closing(s);
  often(s);
  leaking(s);
  abandoned(s);
  two(s);
}
