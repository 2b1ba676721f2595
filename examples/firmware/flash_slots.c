/* An entry is a header of one unit (magic, length, and the length's complement), followed by its
 * bytes. The header is written last, so an interrupted entry has none. The next write finds its
 * place not empty and has the block erased. Moat's checksums tell whether the bytes are good. */
#include "flash_slots.h"

#include "nor.h"

#include <moat/port.h>

#include <stdbool.h>
#include <string.h>

enum { HEADER = NOR_UNIT, MAGIC_0 = 0x4D, MAGIC_1 = 0x53, NOT_ERASED = -1 };

/* The block that was last erased to make room. If it has no room even then, the flash is broken. */
static int made_room = NOT_ERASED;

static size_t padded(size_t n) {
  return (n + NOR_UNIT - 1) / NOR_UNIT * NOR_UNIT;
}

/* Returns the length of the entry at `at`, or 0 if there is none. No entry is empty. */
static size_t entry_size(const uint8_t *block, size_t at) {
  const uint8_t *h = block + at;
  if (at + HEADER > NOR_BLOCK || h[0] != MAGIC_0 || h[1] != MAGIC_1) return 0;
  size_t n = (size_t)h[2] | (size_t)h[3] << 8, inverse = (size_t)h[4] | (size_t)h[5] << 8;
  return (n ^ inverse) == 0xffff && at + HEADER + padded(n) <= NOR_BLOCK ? n : 0;
}

/* Returns where the last entry begins, with its size (0: there is none) and the place of the next
 * entry. */
static size_t last_entry(const uint8_t *block, size_t *size, size_t *end) {
  size_t last = 0, at = 0, n;
  *size = 0;
  while ((n = entry_size(block, at)) > 0) {
    last = at;
    *size = n;
    at += HEADER + padded(n);
  }
  *end = at;
  return last;
}

static bool is_erased(const uint8_t *p, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (p[i] != 0xFF) return false;
  return true;
}

int flash_slot_read(void *ctx, int slot, void *p, size_t cap, size_t *n) {
  size_t end;
  (void)ctx;
  if (slot < 0 || slot >= NOR_BLOCKS) return MOAT_E_MISUSE;
  const uint8_t *block = nor_block((unsigned)slot);
  size_t at = last_entry(block, n, &end);
  if (!*n) return MOAT_E_EMPTY;
  if (*n > cap) return MOAT_E_SPACE;
  memcpy(p, block + at + HEADER, *n);
  return MOAT_OK;
}

static int program(unsigned block, size_t at, const uint8_t *p, size_t n) {
  uint8_t unit[NOR_UNIT];
  for (size_t i = 0; i < n; i += NOR_UNIT) {
    memset(unit, 0xFF, sizeof unit);
    memcpy(unit, p + i, n - i < NOR_UNIT ? n - i : NOR_UNIT);
    if (nor_program(block, at + i, unit)) return MOAT_E_STORE;
  }
  return MOAT_OK;
}

static int append(unsigned block, size_t at, const void *p, size_t n) {
  uint8_t size[2] = {(uint8_t)n, (uint8_t)(n >> 8)};
  uint8_t header[HEADER] = {MAGIC_0, MAGIC_1,           size[0],
                            size[1], (uint8_t)~size[0], (uint8_t)~size[1]};
  made_room = NOT_ERASED;
  int r = program(block, at + HEADER, p, n);
  return r ? r : program(block, at, header, HEADER);
}

static int erase(int slot) {
  made_room = slot;
  return nor_erase((unsigned)slot) ? MOAT_E_STORE : MOAT_WANT_TIME;
}

int flash_slot_write(void *ctx, int slot, const void *p, size_t n) {
  size_t size, end, needed = HEADER + padded(n);
  (void)ctx;
  if (slot < 0 || slot >= NOR_BLOCKS || n == 0) return MOAT_E_MISUSE;
  if (needed > NOR_BLOCK) return MOAT_E_SPACE;
  if (nor_busy()) return MOAT_WANT_TIME;
  const uint8_t *block = nor_block((unsigned)slot);
  (void)last_entry(block, &size, &end);
  if (end + needed <= NOR_BLOCK && is_erased(block + end, needed))
    return append((unsigned)slot, end, p, n);
  return made_room == slot ? MOAT_E_STORE : erase(slot);
}

int flash_slot_erase(void *ctx, int slot) {
  (void)ctx;
  if (slot < 0 || slot >= NOR_BLOCKS) return MOAT_E_MISUSE;
  if (nor_busy()) return MOAT_WANT_TIME;
  if (is_erased(nor_block((unsigned)slot), NOR_BLOCK)) {
    made_room = NOT_ERASED;
    return MOAT_OK;
  }
  return made_room == slot ? MOAT_E_STORE : erase(slot);
}
