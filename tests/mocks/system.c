/* The clock, the pause and the random numbers, and what the kernels of Zephyr and FreeRTOS make of
 * them. Headers only declare, so that tests/proof/ports.sh counts none of it. */
#include "system.h"

#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include <task.h>
#include <zephyr/kernel.h>
#include <zephyr/random/random.h>

uint32_t mock_now_ms(void) {
  struct timespec t;
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint32_t)((uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000);
}

void mock_sleep_ms(uint32_t ms) {
  struct timespec t = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};
  (void)nanosleep(&t, NULL);
}

void mock_random(void *p, size_t n) {
  if (getrandom(p, n, 0) != (ssize_t)n) abort();
}

/* ---- FreeRTOS ---- */

void vTaskDelay(TickType_t ticks) {
  mock_sleep_ms(ticks * MOCK_TICK_MS);
}

/* ---- Zephyr ---- */

int k_mutex_init(struct k_mutex *m) {
  pthread_mutexattr_t recursive;
  (void)pthread_mutexattr_init(&recursive);
  (void)pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
  return pthread_mutex_init(&m->mutex, &recursive);
}

int k_mutex_lock(struct k_mutex *m, int timeout) {
  (void)timeout;
  return pthread_mutex_lock(&m->mutex);
}

int k_mutex_unlock(struct k_mutex *m) {
  return pthread_mutex_unlock(&m->mutex);
}

uint32_t k_uptime_get_32(void) {
  return mock_now_ms();
}

int64_t k_uptime_get(void) {
  return mock_now_ms();
}

int32_t k_msleep(int32_t ms) {
  mock_sleep_ms((uint32_t)ms);
  return 0;
}

int sys_csrand_get(void *p, size_t n) {
  mock_random(p, n);
  return 0;
}
