/* As much of Zephyr's kernel as the port uses. Its mutex lets its own thread in again. */
#ifndef MOCK_ZEPHYR_KERNEL_H
#define MOCK_ZEPHYR_KERNEL_H

#include "../system.h"

struct k_mutex {
  pthread_mutex_t mutex;
};

#define K_FOREVER 0

int k_mutex_init(struct k_mutex *m);
int k_mutex_lock(struct k_mutex *m, int timeout);
int k_mutex_unlock(struct k_mutex *m);
uint32_t k_uptime_get_32(void);
int64_t k_uptime_get(void);
int32_t k_msleep(int32_t ms);

#endif
