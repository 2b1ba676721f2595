/* Slots. What a power cut leaves cannot be seen from inside a program: for that, pull the plug. */
#include "port_check.h"

#include <string.h>

static int write_slot(const port_check_setup *s, int slot, const char *p, size_t n) {
  uint32_t start = s->platform->ticks_ms(s->platform_ctx);
  int r;
  do
    r = s->platform->slot_write(s->platform_ctx, slot, p, n);
  while (r == MOAT_WANT_TIME && !port_check_late(s, start));
  return r;
}

static int erase_slot(const port_check_setup *s, int slot) {
  uint32_t start = s->platform->ticks_ms(s->platform_ctx);
  int r;
  do
    r = s->platform->slot_erase(s->platform_ctx, slot);
  while (r == MOAT_WANT_TIME && !port_check_late(s, start));
  return r;
}

/* Different in each slot and at each time. */
static void fill(char *p, size_t n, unsigned seed) {
  for (size_t i = 0; i < n; i++) {
    seed = seed * 1103515245u + 12345u;
    p[i] = (char)(seed >> 16);
  }
}

/* That the slot holds what was filled in with `seed`. `room` behind it stays as it is. */
static bool holds(const port_check_setup *s, int slot, size_t n, unsigned seed) {
  size_t third = s->size / 3, got = 0;
  char *expected = s->memory + third, *p = s->memory + 2 * third;
  fill(expected, n, seed);
  memset(p, 0x5a, third);
  int r = s->platform->slot_read(s->platform_ctx, slot, p, third, &got);
  return port_check_that(r == 0, "result of slot_read", r) &&
         port_check_that(got == n, "bytes read", (long)got) &&
         port_check_that(memcmp(p, expected, n) == 0, "other bytes than were written to slot",
                         slot) &&
         port_check_that(n == third || p[n] == 0x5a, "written behind the end of slot", slot);
}

static bool keeps(const port_check_setup *s, int slot, size_t n, unsigned seed) {
  fill(s->memory, n, seed);
  int r = write_slot(s, slot, s->memory, n);
  return port_check_that(r == 0, "result of slot_write", r) && holds(s, slot, n, seed);
}

static bool is_empty(const port_check_setup *s, int slot) {
  size_t n = 0;
  int r = s->platform->slot_read(s->platform_ctx, slot, s->memory, s->size / 3, &n);
  return port_check_that(r == MOAT_E_EMPTY, "result of slot_read", r);
}

static void erasing(const port_check_setup *s) {
  port_check_begin("slot_erase empties a slot, an empty one too");
  for (int slot = 0; slot < MOAT_SLOTS; slot++) {
    if (!keeps(s, slot, 10, 1)) return;
    for (int times = 0; times < 2; times++) {
      int r = erase_slot(s, slot);
      if (!port_check_that(r == 0, "result of slot_erase", r) || !is_empty(s, slot)) return;
    }
  }
  port_check_end();
}

static void sizes(const port_check_setup *s) {
  port_check_begin("a slot takes any size over any other");
  size_t largest = s->size / 3;
  const size_t n[] = {1, largest, 7, 8, 50, largest - 1, 3};
  for (int slot = 0; slot < MOAT_SLOTS; slot++)
    for (unsigned i = 0; i < sizeof n / sizeof *n; i++)
      if (!keeps(s, slot, n[i], i)) return;
  port_check_end();
}

static void separate(const port_check_setup *s) {
  port_check_begin("each slot is its own");
  for (int slot = 0; slot < MOAT_SLOTS; slot++)
    if (!keeps(s, slot, 100 + (size_t)slot, (unsigned)slot)) return;
  for (int slot = 0; slot < MOAT_SLOTS; slot++)
    if (!holds(s, slot, 100 + (size_t)slot, (unsigned)slot)) return;
  int r = erase_slot(s, MOAT_SLOT_MARK);
  if (!port_check_that(r == 0, "result of slot_erase", r)) return;
  for (int slot = 0; slot < MOAT_SLOTS; slot++)
    if (slot != MOAT_SLOT_MARK && !holds(s, slot, 100 + (size_t)slot, (unsigned)slot)) return;
  port_check_end();
}

static void room(const port_check_setup *s) {
  size_t n = 0;
  port_check_begin("slot_read into too little room says how much it takes");
  if (!keeps(s, MOAT_SLOT_A, 100, 1)) return;
  int r = s->platform->slot_read(s->platform_ctx, MOAT_SLOT_A, s->memory, 99, &n);
  port_check_that(r == MOAT_E_SPACE, "result", r);
  port_check_that(n == 100, "bytes it takes", (long)n);
  holds(s, MOAT_SLOT_A, 100, 1);
  port_check_end();
}

/* As records lie in a buffer: at any address. */
static void alignment(const port_check_setup *s) {
  port_check_begin("slot_write takes bytes from any address");
  for (size_t at = 0; at < 8; at++) {
    fill(s->memory + at, 33, (unsigned)at);
    int r = write_slot(s, MOAT_SLOT_B, s->memory + at, 33);
    if (!port_check_that(r == 0, "result", r) || !holds(s, MOAT_SLOT_B, 33, (unsigned)at)) return;
  }
  port_check_end();
}

/* Some 100 rotations: where blocks are worn in turns, more than one turn. */
static void rewriting(const port_check_setup *s) {
  port_check_begin("a slot is written again and again");
  for (unsigned i = 0; i < 100; i++)
    if (!keeps(s, i % 2 ? MOAT_SLOT_A : MOAT_SLOT_B, 200 + i, i)) return;
  port_check_end();
}

void port_check_slots(const port_check_setup *s) {
  erasing(s);
  sizes(s);
  separate(s);
  room(s);
  alignment(s);
  rewriting(s);
  for (int slot = 0; slot < MOAT_SLOTS; slot++)
    (void)erase_slot(s, slot);
}
