/* Slots. What a power cut leaves cannot be seen from inside a program: for that, pull the plug. */
#include "port_check.h"

#include <string.h>

static size_t third(const port_check_setup *s) {
  return s->size / 3;
}

/* The size of the largest record that this slot takes. */
static size_t largest(const port_check_setup *s, int slot) {
  size_t n = s->slot_size[slot];
  return n && n < third(s) ? n : third(s);
}

static size_t at_most(const port_check_setup *s, int slot, size_t n) {
  return n < largest(s, slot) ? n : largest(s, slot);
}

/* The bytes lie elsewhere when the call comes again, and at an address as odd. */
static int write_slot(const port_check_setup *s, int slot, char *p, size_t n) {
  char *elsewhere = p + third(s);
  uint32_t start = port_check_ticks(s);
  int r = port_check_slot_write(s, slot, p, n);
  if (r != MOAT_WANT_TIME) return r;
  memcpy(elsewhere, p, n);
  memset(p, 0x5a, n);
  while (port_check_again(s, r, start))
    r = port_check_slot_write(s, slot, elsewhere, n);
  return r;
}

static int erase_slot(const port_check_setup *s, int slot) {
  uint32_t start = port_check_ticks(s);
  int r;
  do
    r = port_check_slot_erase(s, slot);
  while (port_check_again(s, r, start));
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
  size_t got = 0;
  char *expected = s->memory + third(s), *p = s->memory + 2 * third(s);
  fill(expected, n, seed);
  memset(p, 0x5a, third(s));
  int r = port_check_slot_read(s, slot, p, third(s), &got);
  return port_check_that(r == 0, "result of slot_read", r) &&
         port_check_that(got == n, "bytes read", (long)got) &&
         port_check_that(memcmp(p, expected, n) == 0, "other bytes than were written to slot",
                         slot) &&
         port_check_that(n == third(s) || p[n] == 0x5a, "written behind the end of slot", slot);
}

static bool keeps(const port_check_setup *s, int slot, size_t n, unsigned seed) {
  fill(s->memory, n, seed);
  int r = write_slot(s, slot, s->memory, n);
  return port_check_that(r == 0, "result of slot_write", r) && holds(s, slot, n, seed);
}

static bool is_empty(const port_check_setup *s, int slot) {
  size_t n = 0;
  int r = port_check_slot_read(s, slot, s->memory, third(s), &n);
  return port_check_that(r == MOAT_E_EMPTY, "result of slot_read", r);
}

/* A record that is cut counts as damaged, and the grant in it is lost. The other slots are looked
 * at by separate(). */
static void too_long(const port_check_setup *s) {
  const char *what = "a record that is too long for a slot is not cut";
  int slot = 0;
  while (slot < MOAT_SLOTS && largest(s, slot) == third(s))
    slot++;
  if (slot == MOAT_SLOTS) {
    port_check_skip(what, "no slot_size is less than a third of the memory");
    return;
  }
  port_check_begin(what);
  if (!keeps(s, slot, 10, 1)) return;
  fill(s->memory, third(s), 1);
  int r = write_slot(s, slot, s->memory, third(s));
  if (r == 0) holds(s, slot, third(s), 1);
  port_check_that(r <= 0 && r != MOAT_WANT_TIME, "result of slot_write", r);
  port_check_end();
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
  for (int slot = 0; slot < MOAT_SLOTS; slot++) {
    const size_t n[] = {1, largest(s, slot), 7, 8, 41, largest(s, slot) - 1, 3};
    for (unsigned i = 0; i < sizeof n / sizeof *n; i++)
      if (!keeps(s, slot, n[i], i)) return;
  }
  port_check_end();
}

/* ---- No slot has to do with another ---- */

static size_t own_size(const port_check_setup *s, int slot, size_t most) {
  return at_most(s, slot, most) - (size_t)slot;
}

static bool fill_all(const port_check_setup *s, size_t most) {
  for (int slot = 0; slot < MOAT_SLOTS; slot++)
    if (!keeps(s, slot, own_size(s, slot, most), (unsigned)slot)) return false;
  return true;
}

static bool others_hold(const port_check_setup *s, int but, size_t most) {
  for (int slot = 0; slot < MOAT_SLOTS; slot++)
    if (slot != but && !holds(s, slot, own_size(s, slot, most), (unsigned)slot)) return false;
  return true;
}

/* Long records, since short ones may have room in a slot that is too small. */
static void separate(const port_check_setup *s) {
  size_t most = third(s);
  port_check_begin("each slot is its own");
  if (!fill_all(s, most)) return;
  for (int slot = 0; slot < MOAT_SLOTS; slot++) {
    int r = erase_slot(s, slot);
    if (!port_check_that(r == 0, "result of slot_erase", r) || !others_hold(s, slot, most)) return;
    if (!keeps(s, slot, own_size(s, slot, most), (unsigned)slot) || !others_hold(s, slot, most))
      return;
  }
  port_check_end();
}

/* Other bytes than the slot has or should have had, and then those that it has in this check. */
static bool keeps_anew(const port_check_setup *s, int slot, size_t n) {
  return keeps(s, slot, n, (unsigned)(slot + MOAT_SLOTS)) && keeps(s, slot, n, (unsigned)slot);
}

/* A block that is full is erased first, so some writes take more than one call. Moat gives up after
 * the first one where an exchange ends meanwhile. The next write may be that of another slot. */
static bool writes_once(const port_check_setup *s, int slot, size_t most) {
  int next = (slot + 1) % MOAT_SLOTS;
  size_t n = own_size(s, slot, most);
  fill(s->memory, n, (unsigned)slot);
  int r = port_check_slot_write(s, slot, s->memory, n);
  if (r == 0) return true;
  return port_check_that(r == MOAT_WANT_TIME, "result of slot_write", r) &&
         others_hold(s, slot, most) && keeps_anew(s, next, own_size(s, next, most)) &&
         keeps_anew(s, slot, n);
}

static void given_up(const port_check_setup *s) {
  enum { WRITES = 40, MOST = 100 };
  port_check_begin("a write that was given up spoils no other slot");
  if (!fill_all(s, MOST)) return;
  for (int slot = 0; slot < MOAT_SLOTS; slot++)
    for (int i = 0; i < WRITES; i++)
      if (!writes_once(s, slot, MOST)) return;
  if (others_hold(s, MOAT_SLOTS, MOST)) port_check_end();
}

/* Returns whether the write is given up after so many calls, having not ended before. */
static bool gives_up(const port_check_setup *s, int slot, size_t n, int calls) {
  int r = MOAT_WANT_TIME;
  fill(s->memory, n, 1);
  for (int i = 0; i < calls && r == MOAT_WANT_TIME; i++) {
    if (i) port_check_sleep(s, 5);
    r = port_check_slot_write(s, slot, s->memory, n);
  }
  port_check_that(r == 0 || r == MOAT_WANT_TIME, "result of slot_write", r);
  return r == MOAT_WANT_TIME;
}

/* The next write of the same slot has other bytes, and the port is not told that they are others. A
 * record of both would count as damaged. Long records, since some ports take a second call only
 * where a block is full. */
static void given_up_and_again(const port_check_setup *s) {
  enum { WRITES = 24, CALLS = 8, MOST = 1000 };
  size_t n = at_most(s, MOAT_SLOT_A, MOST);
  port_check_begin("a write that was given up leaves nothing to the next one");
  for (int i = 0; i < WRITES; i++) {
    size_t next = i / CALLS % 2 ? n - 7 : n;
    if (gives_up(s, MOAT_SLOT_A, n, 1 + i % CALLS) && !keeps(s, MOAT_SLOT_A, next, 2)) return;
  }
  port_check_end();
}

/* Both have the same account. */
static void for_both(const port_check_setup *s) {
  port_check_setup other = *s;
  other.platform_ctx = s->other_ctx;
  port_check_begin("what one task writes or erases another one finds so");
  if (!keeps(s, MOAT_SLOT_A, 50, 1) || !holds(&other, MOAT_SLOT_A, 50, 1)) return;
  if (!keeps(&other, MOAT_SLOT_A, 60, 2) || !holds(s, MOAT_SLOT_A, 60, 2)) return;
  int r = erase_slot(&other, MOAT_SLOT_A);
  port_check_that(r == 0, "result of slot_erase", r);
  if (is_empty(s, MOAT_SLOT_A)) port_check_end();
}

/* ---- Reading ---- */

static void room(const port_check_setup *s) {
  size_t n = 0;
  port_check_begin("slot_read into too little room says how much it takes");
  if (!keeps(s, MOAT_SLOT_A, 100, 1)) return;
  s->memory[99] = 0x5a;
  int r = port_check_slot_read(s, MOAT_SLOT_A, s->memory, 99, &n);
  port_check_that(r == MOAT_E_SPACE, "result", r);
  port_check_that(n == 100, "bytes it takes", (long)n);
  port_check_that(s->memory[99] == 0x5a, "a byte behind the room is", s->memory[99]);
  holds(s, MOAT_SLOT_A, 100, 1);
  port_check_end();
}

/* A caller that takes it for empty has a person sign in again. */
static void broken(const port_check_setup *s) {
  const char *what = "a slot that cannot be read is not empty";
  size_t n = 0;
  if (!s->board || !s->board->break_slot) {
    port_check_skip(what, "the board has no break_slot");
    return;
  }
  port_check_begin(what);
  for (int slot = 0; slot < MOAT_SLOTS; slot++) {
    if (!keeps(s, slot, 20, (unsigned)slot)) return;
    s->board->break_slot(s->platform_ctx, slot, true);
    int r = port_check_slot_read(s, slot, s->memory, third(s), &n);
    s->board->break_slot(s->platform_ctx, slot, false);
    port_check_that(r < 0 && r != MOAT_E_EMPTY && r != MOAT_E_STORE, "result of slot_read", r);
    if (!holds(s, slot, 20, (unsigned)slot)) return;
  }
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
  for (unsigned i = 0; i < 100; i++) {
    int slot = i % 2 ? MOAT_SLOT_A : MOAT_SLOT_B;
    if (!keeps(s, slot, at_most(s, slot, 200 + i), i)) return;
  }
  port_check_end();
}

void port_check_slots(const port_check_setup *s) {
  sizes(s);
  too_long(s);
  erasing(s);
  separate(s);
  given_up(s);
  given_up_and_again(s);
  if (s->other_ctx) for_both(s);
  room(s);
  broken(s);
  alignment(s);
  rewriting(s);
  for (int slot = 0; slot < MOAT_SLOTS; slot++)
    (void)erase_slot(s, slot);
}
