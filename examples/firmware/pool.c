#include "pool.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <mbedtls/memory_buffer_alloc.h>
#include <mbedtls/platform.h>

/* The allocator clears the pool, and writes its notes about the first piece at the start. */
enum { PAINT = 0xA5, ADMINISTRATION = 64 };

static _Alignas(8) unsigned char pool[POOL_SIZE];
static uint32_t size = POOL_SIZE;
static bool ran_out;

void pool_init(uint32_t limit) {
  if (limit > 2 * ADMINISTRATION && limit < size) size = limit & ~7u;
  mbedtls_memory_buffer_alloc_init(pool, size);
  memset(pool + ADMINISTRATION, PAINT, size - ADMINISTRATION);
}

uint32_t pool_size(void) {
  return size;
}

/* The allocator takes the first place that fits, so it uses no higher addresses than it must. */
uint32_t pool_used(void) {
  uint32_t n = size;
  while (n > 0 && pool[n - 1] == PAINT)
    n--;
  return n;
}

/* The linker replaces mbedtls_calloc with this function (--wrap). */
void *__real_mbedtls_calloc(size_t n, size_t each);
void *__wrap_mbedtls_calloc(size_t n, size_t each);

void *__wrap_mbedtls_calloc(size_t n, size_t each) {
  void *p = __real_mbedtls_calloc(n, each);
  if (!p && n && each) ran_out = true;
  return p;
}

bool pool_ran_out(void) {
  bool r = ran_out;
  ran_out = false;
  return r;
}
