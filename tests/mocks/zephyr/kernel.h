/* As much of Zephyr's kernel as the port uses. Its mutex lets its own thread in again. */
#ifndef MOCK_ZEPHYR_KERNEL_H
#define MOCK_ZEPHYR_KERNEL_H

#include "../system.h"

struct k_mutex {
  pthread_mutex_t mutex;
};

#define K_FOREVER 0

static inline int k_mutex_init(struct k_mutex *m) {
  pthread_mutexattr_t recursive;
  (void)pthread_mutexattr_init(&recursive);
  (void)pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
  return pthread_mutex_init(&m->mutex, &recursive);
}

static inline int k_mutex_lock(struct k_mutex *m, int timeout) {
  (void)timeout;
  return pthread_mutex_lock(&m->mutex);
}

static inline int k_mutex_unlock(struct k_mutex *m) {
  return pthread_mutex_unlock(&m->mutex);
}

static inline uint32_t k_uptime_get_32(void) {
  return mock_now_ms();
}

static inline int64_t k_uptime_get(void) {
  return mock_now_ms();
}

static inline int32_t k_msleep(int32_t ms) {
  mock_sleep_ms((uint32_t)ms);
  return 0;
}

#endif
