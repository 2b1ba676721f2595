/* Moat's slots in NOR flash, an erase block each: the three functions of moat_platform. They never
 * wait for an erase, and they wear the flash little: entries go into a block one behind another,
 * and it is erased once it is full. */
#ifndef FLASH_SLOTS_H
#define FLASH_SLOTS_H

#include <stddef.h>

int flash_slot_read(void *ctx, int slot, void *p, size_t cap, size_t *n);
int flash_slot_write(void *ctx, int slot, const void *p, size_t n);
int flash_slot_erase(void *ctx, int slot);

#endif
