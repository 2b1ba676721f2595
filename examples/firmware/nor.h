/* A NOR flash as boards have it. It is read like memory. Programming clears bits, each unit once.
 * Only erasing a whole block sets them again, which takes time.
 *
 * The flash is emulated in memory that the figures do not count. Every change is written to a file
 * of the host at once, so a reboot finds it. If QEMU is killed, the current operation is left
 * unfinished: a write is cut short, or a block is erased in part. */
#ifndef NOR_H
#define NOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NOR_UNIT = 8, NOR_BLOCK = 4096, NOR_BLOCKS = 5, NOR_ERASE_MS = 20 };

/* `file` may be empty: then nothing is kept after the run. Returns -1 if the file cannot be read or
 * made. `cut` ends all power after so many changes; 0 never does. `ms` is the time to erase a
 * block. */
int nor_open(const char *file, uint32_t cut, uint32_t ms);

const uint8_t *nor_block(unsigned block);
/* Returns 0, or -1 while a block is being erased, if the unit is not erased, or if the file cannot
 * be written. */
int nor_program(unsigned block, size_t at, const uint8_t unit[NOR_UNIT]);
/* Begins to erase a block. nor_busy() is false when it is done. */
int nor_erase(unsigned block);
bool nor_busy(void);

#endif
