/* The clock, the pause and the random numbers of the mocked systems. */
#ifndef MOCK_SYSTEM_H
#define MOCK_SYSTEM_H

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

static inline uint32_t mock_now_ms(void) {
  struct timespec t;
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint32_t)((uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000);
}

static inline void mock_sleep_ms(uint32_t ms) {
  struct timespec t = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};
  (void)nanosleep(&t, NULL);
}

static inline void mock_random(void *p, size_t n) {
  if (getrandom(p, n, 0) != (ssize_t)n) abort();
}

#endif
