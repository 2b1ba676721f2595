/* Each function of the port, and how long its calls took by the port's own ticks. No single call is
 * judged by that: a busy machine may stop any program for a while. */
#include "port_check.h"

#include <string.h>

enum {
  CONNECT,
  SEND,
  RECV,
  CLOSE,
  WAIT,
  UNIX_TIME,
  RANDOM,
  SLOT_READ,
  SLOT_WRITE,
  SLOT_ERASE,
  LOCK,
  UNLOCK,
  MAC,
  CALLS
};

static const char *const names[CALLS] = {
    "connect",   "send",       "recv",       "close", "wait",   "unix_time", "random",
    "slot_read", "slot_write", "slot_erase", "lock",  "unlock", "mac"};

enum { TIMES, LONGEST, ALL, NUMBERS };
static uint32_t calls[CALLS][NUMBERS];

/* The functions that return at once. Their calls that had a result are counted here: those without
 * and with an error, and of each the fast and the slow ones. Calls that said MOAT_WANT_* have
 * checks of their own. */
static const char *const slow[CALLS] = {
    [CONNECT] = "calls of connect of 20 ms or more", [SEND] = "calls of send of 20 ms or more",
    [RECV] = "calls of recv of 20 ms or more",       [CLOSE] = "calls of close of 20 ms or more",
    [LOCK] = "calls of lock of 20 ms or more",       [UNLOCK] = "calls of unlock of 20 ms or more"};
static int results[CALLS][2][2];

/* A counter that wraps before its 32 bits are used up goes back. From then on it is corrected here,
 * so that no other check fails by it. */
static struct {
  bool begun;
  uint32_t last, lost, from;
} watch;

uint32_t port_check_ticks(const port_check_setup *s) {
  uint32_t now = s->platform->ticks_ms(s->platform_ctx);
  if (watch.begun && now - watch.last >= 0x80000000u) {
    watch.lost += watch.last - now;
    watch.from = watch.last;
  }
  watch.begun = true;
  watch.last = now;
  return now + watch.lost;
}

static void ticks_all_along(void) {
  port_check_begin("ticks_ms does not go back later either");
  port_check_that(watch.lost == 0, "it went back from", (long)watch.from);
  port_check_end();
}

static int ended(const port_check_setup *s, int call, uint32_t start, int r) {
  enum { SLOW_MS = 20 };
  uint32_t *of = calls[call], spent = port_check_ticks(s) - start;
  if (!port_check_is_want(r)) results[call][r < 0][spent >= SLOW_MS]++;
  of[TIMES]++;
  of[ALL] += spent;
  if (spent > of[LONGEST]) of[LONGEST] = spent;
  return r;
}

int port_check_connect(const port_check_setup *s, const char *host, uint16_t port) {
  uint32_t start = port_check_ticks(s);
  return ended(s, CONNECT, start, s->stream->connect(s->io, host, port));
}

int port_check_send(const port_check_setup *s, const void *p, size_t n) {
  uint32_t start = port_check_ticks(s);
  return ended(s, SEND, start, s->stream->send(s->io, p, n));
}

int port_check_recv(const port_check_setup *s, void *p, size_t cap) {
  uint32_t start = port_check_ticks(s);
  return ended(s, RECV, start, s->stream->recv(s->io, p, cap));
}

void port_check_close(const port_check_setup *s) {
  uint32_t start = port_check_ticks(s);
  s->stream->close(s->io);
  (void)ended(s, CLOSE, start, 0);
}

int port_check_wait(const port_check_setup *s, int want, uint32_t ms) {
  uint32_t start = port_check_ticks(s);
  return ended(s, WAIT, start, s->stream->wait(s->io, want, ms));
}

int port_check_unix_time(const port_check_setup *s, int64_t *seconds) {
  uint32_t start = port_check_ticks(s);
  return ended(s, UNIX_TIME, start, s->platform->unix_time(s->platform_ctx, seconds));
}

int port_check_random(const port_check_setup *s, void *p, size_t n) {
  uint32_t start = port_check_ticks(s);
  return ended(s, RANDOM, start, s->platform->random(s->platform_ctx, p, n));
}

int port_check_slot_read(const port_check_setup *s, int slot, void *p, size_t cap, size_t *n) {
  uint32_t start = port_check_ticks(s);
  return ended(s, SLOT_READ, start, s->platform->slot_read(s->platform_ctx, slot, p, cap, n));
}

int port_check_slot_write(const port_check_setup *s, int slot, const void *p, size_t n) {
  uint32_t start = port_check_ticks(s);
  return ended(s, SLOT_WRITE, start, s->platform->slot_write(s->platform_ctx, slot, p, n));
}

int port_check_slot_erase(const port_check_setup *s, int slot) {
  uint32_t start = port_check_ticks(s);
  return ended(s, SLOT_ERASE, start, s->platform->slot_erase(s->platform_ctx, slot));
}

int port_check_lock(const port_check_setup *s) {
  uint32_t start = port_check_ticks(s);
  return ended(s, LOCK, start, s->platform->lock(s->platform_ctx));
}

void port_check_unlock(const port_check_setup *s) {
  uint32_t start = port_check_ticks(s);
  s->platform->unlock(s->platform_ctx);
  (void)ended(s, UNLOCK, start, 0);
}

int port_check_mac(const port_check_setup *s, const void *p, size_t n, uint8_t out[32]) {
  uint32_t start = port_check_ticks(s);
  return ended(s, MAC, start, s->platform->mac(s->platform_ctx, p, n, out));
}

static void take_little_time(void) {
  enum { LEAST = 5, SHARE = 4 };
  const char *what = "calls other than wait take little time";
  if (results[CONNECT][false][false] + results[CONNECT][false][true] == 0) {
    port_check_skip(what, "no connection was made");
    return;
  }
  port_check_begin(what);
  for (int i = 0; i < CALLS; i++)
    for (int error = 0; slow[i] && error < 2; error++) {
      const int *of = results[i][error];
      port_check_that(of[true] < LEAST || SHARE * of[true] < of[false], slow[i], of[true]);
    }
  port_check_end();
}

void port_check_calls(void) {
  take_little_time();
  ticks_all_along();
}

void port_check_print_calls(void (*print_row)(const char *name, const uint32_t numbers[3])) {
  for (int i = 0; i < CALLS; i++)
    if (calls[i][TIMES]) print_row(names[i], calls[i]);
  memset(&watch, 0, sizeof watch);
  memset(calls, 0, sizeof calls);
  memset(results, 0, sizeof results);
}
