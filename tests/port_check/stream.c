/* The byte stream, against echo.mjs: it sends back what it gets, closes after an EOT, resets the
 * connection after a CAN, and after an XOFF leaves its side open for good. */
#include "port_check.h"

#include <string.h>

enum { EOT = 4, XOFF = 19, CAN = 24 };

static bool is_want(int r) {
  return r == MOAT_WANT_READ || r == MOAT_WANT_WRITE || r == MOAT_WANT_TIME;
}

/* Waits as moat_run() does, and so not where there is more work at once; or goes round as a
 * super-loop does. */
static void pause(const port_check_setup *s, int want) {
  if (s->stream->wait && want != MOAT_WANT_TIME) (void)s->stream->wait(s->io, want, 100);
}

static int connect_to(const port_check_setup *s, const char *host, uint16_t port) {
  uint32_t start = s->platform->ticks_ms(s->platform_ctx);
  for (;;) {
    int r = s->stream->connect(s->io, host, port);
    if (!is_want(r) || port_check_late(s, start)) return r;
    pause(s, r);
  }
}

static bool is_connected(const port_check_setup *s) {
  int r = connect_to(s, s->host, s->port);
  return port_check_that(r == 0, "result of connect", r);
}

static int receive(const port_check_setup *s, char *p, size_t n) {
  uint32_t start = s->platform->ticks_ms(s->platform_ctx);
  for (;;) {
    int r = s->stream->recv(s->io, p, n);
    if (!is_want(r) || port_check_late(s, start)) return r;
    pause(s, r);
  }
}

static bool send_all(const port_check_setup *s, const char *p, size_t n) {
  uint32_t start = s->platform->ticks_ms(s->platform_ctx);
  while (n > 0) {
    int r = s->stream->send(s->io, p, n);
    if (is_want(r) && !port_check_late(s, start)) {
      pause(s, r);
      continue;
    }
    if (!port_check_that(r > 0 && (size_t)r <= n, "result of send", r)) return false;
    p += r;
    n -= (size_t)r;
  }
  return true;
}

/* Sends n bytes and reads them back, both as far as they go: what is not read in time would stop
 * the other direction. */
static bool echoes(const port_check_setup *s, size_t n) {
  char *to = s->memory, *from = s->memory + s->size / 2;
  size_t sent = 0, got = 0;
  uint32_t start = s->platform->ticks_ms(s->platform_ctx);
  for (size_t i = 0; i < n; i++)
    to[i] = (char)(32 + i % 90);
  while (got < n) {
    int w = sent < n ? s->stream->send(s->io, to + sent, n - sent) : MOAT_WANT_READ;
    if (w > 0) sent += (size_t)w;
    if (!port_check_that(w != 0 && (w > 0 || is_want(w)), "result of send", w)) return false;
    int r = s->stream->recv(s->io, from + got, n - got);
    if (r > 0) got += (size_t)r;
    if (!port_check_that(r != 0 && (r > 0 || is_want(r)), "result of recv", r)) return false;
    if (w < 0 && r < 0) pause(s, r);
    if (!port_check_that(!port_check_late(s, start), "bytes that came back", (long)got))
      return false;
  }
  return port_check_that(memcmp(to, from, n) == 0, "other bytes came back, of", (long)n);
}

static void echo(const port_check_setup *s) {
  port_check_begin("bytes go out and come in");
  if (is_connected(s) && echoes(s, 1) && echoes(s, s->size / 2)) port_check_end();
  s->stream->close(s->io);
}

static void quiet(const port_check_setup *s) {
  char byte;
  port_check_begin("recv without bytes says so");
  if (is_connected(s)) {
    int r = s->stream->recv(s->io, &byte, 1);
    port_check_that(is_want(r), "result", r);
    port_check_end();
  }
  s->stream->close(s->io);
}

static void ends(const port_check_setup *s, char how, int expected, const char *name) {
  char byte;
  port_check_begin(name);
  if (is_connected(s) && send_all(s, &how, 1)) {
    int r = receive(s, &byte, 1);
    port_check_that(r == expected, "result of recv", r);
    port_check_end();
  }
  s->stream->close(s->io);
}

static void refused(const port_check_setup *s) {
  port_check_begin("a port that nobody listens at: MOAT_E_CONNECT");
  int r = connect_to(s, s->host, s->closed_port);
  port_check_that(r == MOAT_E_CONNECT, "result of connect", r);
  s->stream->close(s->io);
  port_check_end();
  if (!s->unknown_host) return;
  port_check_begin("a host that nobody knows: MOAT_E_DNS");
  r = connect_to(s, s->unknown_host, s->port);
  port_check_that(r == MOAT_E_DNS, "result of connect", r);
  s->stream->close(s->io);
  port_check_end();
}

/* Before anything, twice, and in the middle of a connect. */
static void closing(const port_check_setup *s) {
  port_check_begin("close at any time, and connect again");
  for (int i = 0; i < 3; i++) {
    s->stream->close(s->io);
    (void)s->stream->connect(s->io, s->host, s->port);
    s->stream->close(s->io);
    s->stream->close(s->io);
    if (!is_connected(s) || !echoes(s, 10)) return;
  }
  s->stream->close(s->io);
  port_check_end();
}

/* More than a small stack has connections. */
static void often(const port_check_setup *s) {
  port_check_begin("one connection after the other, and none is left over");
  for (int i = 0; i < 40; i++) {
    if (!is_connected(s) || !echoes(s, 10)) return;
    s->stream->close(s->io);
  }
  port_check_end();
}

/* More of them than a small stack has, and none that it could wait for. */
static void abandoned(const port_check_setup *s) {
  const char hold = XOFF;
  char byte;
  port_check_begin("a server that never closes is in nobody's way");
  for (int i = 0; i < 10; i++) {
    if (!is_connected(s) || !send_all(s, &hold, 1)) return;
    int r = receive(s, &byte, 1);
    if (!port_check_that(r == 1 && byte == hold, "result of recv", r)) return;
    s->stream->close(s->io);
  }
  port_check_end();
}

static void waiting(const port_check_setup *s) {
  if (!s->stream->wait) return; /* then only moat_step() works */
  port_check_begin("wait ends when there is something, or when the time is over");
  if (!is_connected(s)) return;
  uint32_t start = s->platform->ticks_ms(s->platform_ctx);
  int r = s->stream->wait(s->io, MOAT_WANT_TIME, 50);
  uint32_t spent = s->platform->ticks_ms(s->platform_ctx) - start;
  port_check_that(r == MOAT_WANT_TIME, "result of a pause", r);
  port_check_that(spent >= 45, "milliseconds of a pause of 50", (long)spent);
  if (!send_all(s, "x", 1)) return;
  r = s->stream->wait(s->io, MOAT_WANT_READ, 30000);
  port_check_that(r == 0, "result once a byte is there", r);
  s->stream->close(s->io);
  port_check_end();
}

void port_check_stream(const port_check_setup *s) {
  closing(s);
  echo(s);
  quiet(s);
  ends(s, EOT, MOAT_E_EOF, "an orderly end: MOAT_E_EOF");
  ends(s, CAN, MOAT_E_NETWORK, "a reset connection: MOAT_E_NETWORK");
  refused(s);
  waiting(s);
  often(s);
  abandoned(s);
}
