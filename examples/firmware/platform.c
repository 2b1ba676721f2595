#include "platform.h"

#include "board.h"
#include "figures.h"
#include "flash_slots.h"
#include "semihost.h"
#include "settings.h"

static uint32_t ticks_ms(void *ctx) {
  (void)ctx;
  return board_ms();
}

/* This stands for a clock with a battery. A clock that SNTP sets is unknown at first in the same
 * way. */
static int unix_time(void *ctx, int64_t *seconds) {
  (void)ctx;
  if (*settings.clock) {
    int file = semihost_open(settings.clock, SEMIHOST_READ);
    if (file < 0) return MOAT_E_CLOCK;
    semihost_close(file);
  }
  *seconds = semihost_time();
  return MOAT_OK;
}

/* This stands for a hardware generator whose output may be used directly. If it may not, seed a
 * DRBG with it here. */
static int random(void *ctx, void *p, size_t n) {
  (void)ctx;
  int file = semihost_open(settings.entropy, SEMIHOST_READ);
  if (file < 0) return MOAT_E_RANDOM;
  int r = semihost_read(file, p, n);
  semihost_close(file);
  return r ? MOAT_E_RANDOM : MOAT_OK;
}

static void event(void *ctx, int event, int32_t value) {
  (void)ctx;
  figures_event(event, value);
}

/* There is no mac: QEMU's boards have no place for a secret key. */
const moat_platform platform = {.ticks_ms = ticks_ms,
                                .unix_time = unix_time,
                                .random = random,
                                .slot_read = flash_slot_read,
                                .slot_write = flash_slot_write,
                                .slot_erase = flash_slot_erase,
                                .event = event};
