/* Moat's slots in NOR flash, with an erase block for each: the three functions of moat_platform.
 * They never wait for an erase, and they spare the flash: a block takes one entry after another,
 * and is erased only when it is full. */
#ifndef FLASH_SLOTS_H
#define FLASH_SLOTS_H

#include <stddef.h>

int flash_slot_read(void *ctx, int slot, void *p, size_t cap, size_t *n);
int flash_slot_write(void *ctx, int slot, const void *p, size_t n);
int flash_slot_erase(void *ctx, int slot);

#endif
