#include "nor.h"

#include "board.h"
#include "console.h"
#include "semihost.h"

#include <string.h>

enum { ERASED = 0xFF, NONE = -1 };

__attribute__((section(".emulated"))) static uint8_t flash[NOR_BLOCKS][NOR_BLOCK];
static int file = NONE, erasing = NONE;
static uint32_t began, changes_left, erase_ms;

/* After the last change the power is gone: the loop waits until the test ends the run. */
static void change(void) {
  if (!changes_left || --changes_left) return;
  say("flash: the power is cut\n");
  for (;;)
    ;
}

static int keep(const uint8_t *p, size_t n) {
  if (file == NONE) return 0;
  if (semihost_seek(file, (size_t)(p - flash[0])) || semihost_write(file, p, n)) return -1;
  return 0;
}

int nor_open(const char *name, uint32_t cut, uint32_t ms) {
  changes_left = cut;
  erase_ms = ms;
  memset(flash, ERASED, sizeof flash);
  if (!*name) return 0;
  file = semihost_open(name, SEMIHOST_UPDATE);
  if (file != NONE && semihost_read(file, flash, sizeof flash) == 0) return 0;
  /* A file that is too short was cut off when it was made, so it held nothing. */
  if (file != NONE) semihost_close(file);
  memset(flash, ERASED, sizeof flash);
  file = semihost_open(name, SEMIHOST_CREATE);
  return file == NONE ? -1 : keep(flash[0], sizeof flash);
}

const uint8_t *nor_block(unsigned block) {
  return flash[block];
}

int nor_program(unsigned block, size_t at, const uint8_t unit[NOR_UNIT]) {
  uint8_t *to = flash[block] + at;
  if (nor_busy() || at % NOR_UNIT || at >= NOR_BLOCK) return -1;
  for (unsigned i = 0; i < NOR_UNIT; i++)
    if (to[i] != ERASED) return -1;
  memcpy(to, unit, NOR_UNIT);
  if (keep(to, NOR_UNIT)) return -1;
  change();
  return 0;
}

/* An erase is not atomic: for a while, only half of the block is erased. */
static int erase_half(unsigned block, size_t from) {
  memset(flash[block] + from, ERASED, NOR_BLOCK / 2);
  int r = keep(flash[block] + from, NOR_BLOCK / 2);
  change();
  return r;
}

int nor_erase(unsigned block) {
  if (nor_busy()) return -1;
  erasing = (int)block;
  began = board_ms();
  return erase_half(block, NOR_BLOCK / 2);
}

bool nor_busy(void) {
  if (erasing == NONE) return false;
  if (board_ms() - began < erase_ms) return true;
  unsigned block = (unsigned)erasing;
  erasing = NONE;
  (void)erase_half(block, 0);
  return false;
}
