/* Each function of the port, and how long its calls took by the port's own ticks. No call is judged
 * by that: a busy machine may stop any program for a while. */
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

uint32_t port_check_ticks(const port_check_setup *s) {
  return s->platform->ticks_ms(s->platform_ctx);
}

static int ended(const port_check_setup *s, int call, uint32_t start, int r) {
  uint32_t *of = calls[call], spent = port_check_ticks(s) - start;
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

void port_check_print_calls(void (*print_row)(const char *name, const uint32_t numbers[3])) {
  for (int i = 0; i < CALLS; i++)
    if (calls[i][TIMES]) print_row(names[i], calls[i]);
  memset(calls, 0, sizeof calls);
}
