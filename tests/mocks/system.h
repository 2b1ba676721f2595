/* The clock, the pause and the random numbers of the mocked systems. */
#ifndef MOCK_SYSTEM_H
#define MOCK_SYSTEM_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

uint32_t mock_now_ms(void);
void mock_sleep_ms(uint32_t ms);
void mock_random(void *p, size_t n);

#endif
