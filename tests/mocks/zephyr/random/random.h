#ifndef MOCK_ZEPHYR_RANDOM_H
#define MOCK_ZEPHYR_RANDOM_H

#include <stddef.h>

int sys_csrand_get(void *p, size_t n);

#endif
