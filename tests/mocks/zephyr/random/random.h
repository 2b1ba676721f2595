#ifndef MOCK_ZEPHYR_RANDOM_H
#define MOCK_ZEPHYR_RANDOM_H

#include "../../system.h"

static inline int sys_csrand_get(void *p, size_t n) {
  mock_random(p, n);
  return 0;
}

#endif
