#ifndef MOCK_BOARD_RANDOM_H
#define MOCK_BOARD_RANDOM_H

#include <stddef.h>
#include <sys/types.h>

ssize_t getrandom(void *p, size_t n, unsigned flags);

#endif
