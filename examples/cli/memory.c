/* A pool for Mbed TLS. In a handshake with the system's roots musl's malloc() asks the kernel for
 * memory, or gives it back, 160 times. The pool never does.
 *
 * A free block waits in the list of its size for the next allocation of that size. Blocks are
 * neither split nor merged: one process runs one command, and its sizes repeat. What the pool has
 * no room for comes from the libc. */
#include "memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <mbedtls/platform.h>

typedef union cell {
  uint64_t list;    /* of a block in use: in the cell before it */
  union cell *next; /* of a free block */
} cell;

/* Four times what a handshake with 145 roots takes. */
enum { CELLS = (1 << 20) / sizeof(cell), LISTS = 128 };

static _Alignas(16) cell pool[CELLS];
static cell *lists[LISTS];
static size_t used = 1; /* so that blocks, each with a cell before it, begin at multiples of 16 */

/* A size is told in units of two cells, as 8 to 15 times a power of two; up to 15 units it is
 * exact. Returns the number of the list for blocks of at least this size. */
static size_t list_of(size_t units) {
  size_t shift = 0;
  while (units >> shift > 15)
    shift++;
  return 8 * shift + ((units - 1) >> shift) + 1;
}

static size_t units_of(size_t list) {
  size_t shift = list < 16 ? 0 : list / 8 - 1;
  return (list - 8 * shift) << shift;
}

/* Both the fresh end of the pool and what was freed are zero, but for the link of the list. */
static cell *take(size_t list) {
  cell *block = lists[list];
  if (block) {
    lists[list] = block->next;
    block->next = NULL;
    return block;
  }
  size_t cells = 2 * units_of(list);
  if (cells > CELLS - used) return NULL;
  block = pool + used + 1;
  used += cells;
  block[-1].list = list;
  return block;
}

void *memory_calloc(size_t count, size_t size) {
  if (size && count > SIZE_MAX / size) return NULL;
  size_t bytes = count * size;
  cell *block = bytes < sizeof pool ? take(list_of((bytes + sizeof(cell) + 15) / 16)) : NULL;
  return block ? block : calloc(count, size);
}

void memory_free(void *p) {
  cell *block = p;
  uintptr_t at = (uintptr_t)p - (uintptr_t)pool;
  if (at >= sizeof pool) {
    free(p);
    return;
  }
  size_t list = (size_t)block[-1].list;
  memset(block, 0, 16 * units_of(list) - sizeof(cell));
  block->next = lists[list];
  lists[list] = block;
}

void memory_give(void) {
#ifdef MBEDTLS_PLATFORM_MEMORY
  mbedtls_platform_set_calloc_free(memory_calloc, memory_free);
#endif
}
