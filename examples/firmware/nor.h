/* A NOR flash as boards have it: it is read like memory; programming clears bits, a unit at a time
 * and once; only erasing a whole block sets them again, and takes its time.
 *
 * It is emulated in memory that is not counted, and every change goes through to a file of the host
 * at once. So a reboot finds it, and if QEMU is killed whatever was going on is left half done: a
 * write cut short, a block that is erased in part. */
#ifndef NOR_H
#define NOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NOR_UNIT = 8, NOR_BLOCK = 4096, NOR_BLOCKS = 5, NOR_ERASE_MS = 20 };

/* `file` may be empty: nothing outlives the run then. -1 if it cannot be read or made. `cut` ends
 * all power after so many changes; 0 never does. `ms` is what it takes to erase a block. */
int nor_open(const char *file, uint32_t cut, uint32_t ms);

const uint8_t *nor_block(unsigned block);
/* 0; or -1 while a block is being erased, if the unit is not erased, or if it cannot be kept. */
int nor_program(unsigned block, size_t at, const uint8_t unit[NOR_UNIT]);
/* Begins; nor_busy() tells when it is done. */
int nor_erase(unsigned block);
bool nor_busy(void);

#endif
