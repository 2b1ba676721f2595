/* The program's pool for Mbed TLS. */
#include <stdbool.h>
#include <stdlib.h>

#include "cmocka_all.h"
#include "memory.h"

static bool is_zero(const unsigned char *p, size_t n) {
  while (n && p[n - 1] == 0)
    n--;
  return n == 0;
}

static size_t remainder_of_16(const void *p) {
  return (uintptr_t)p % 16;
}

/* Blocks of all sizes are zero, are aligned, and do not overlap. */
static void test_blocks(void **state) {
  (void)state;
  static unsigned char *blocks[300];
  enum { COUNT = sizeof blocks / sizeof *blocks };
  for (size_t i = 0; i < COUNT; i++) {
    blocks[i] = memory_calloc(1, 7 * i);
    assert_non_null(blocks[i]);
    assert_int_equal(remainder_of_16(blocks[i]), 0);
    assert_true(is_zero(blocks[i], 7 * i));
    memset(blocks[i], (int)i, 7 * i);
  }
  for (size_t i = 0; i < COUNT; i++)
    for (size_t at = 0; at < 7 * i; at++)
      assert_int_equal(blocks[i][at], (unsigned char)i);
  for (size_t i = 0; i < COUNT; i++)
    memory_free(blocks[i]);
  memory_free(NULL);
}

/* A secret does not stay in what is freed. Only the link of the list is written there. */
static void test_freed(void **state) {
  (void)state;
  unsigned char *block = memory_calloc(10, 100);
  memset(block, 0x5a, 1000);
  memory_free(block);
  assert_true(is_zero(block + sizeof(void *), 1000 - sizeof(void *)));
  assert_ptr_equal(memory_calloc(1000, 1), block);
  assert_true(is_zero(block, 1000));
  memory_free(block);
}

/* When the pool is full, and for a block that is larger than the pool, the libc helps out. */
static void test_full(void **state) {
  (void)state;
  enum { COUNT = 40, SIZE = 100000 };
  unsigned char *blocks[COUNT], *large = memory_calloc(2, 1 << 20);
  assert_non_null(large);
  memset(large, 1, 2 << 20);
  for (size_t i = 0; i < COUNT; i++) {
    blocks[i] = memory_calloc(1, SIZE);
    assert_non_null(blocks[i]);
    assert_true(is_zero(blocks[i], SIZE));
    memset(blocks[i], 1, SIZE);
  }
  memory_free(large);
  for (size_t i = 0; i < COUNT; i++)
    memory_free(blocks[i]);
}

static void test_overflow(void **state) {
  (void)state;
  assert_null(memory_calloc((SIZE_MAX >> 4) + 2, 16)); /* the product is 16 */
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_blocks),
      cmocka_unit_test(test_freed),
      cmocka_unit_test(test_full),
      cmocka_unit_test(test_overflow),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
