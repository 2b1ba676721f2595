/* As much of lwIP's layer over an OS as the port uses. */
#ifndef MOCK_LWIP_SYS_H
#define MOCK_LWIP_SYS_H

#include "../system.h"

typedef pthread_mutex_t sys_mutex_t;

static inline int sys_mutex_new(sys_mutex_t *m) {
  return pthread_mutex_init(m, NULL);
}

static inline void sys_mutex_lock(sys_mutex_t *m) {
  (void)pthread_mutex_lock(m);
}

static inline void sys_mutex_unlock(sys_mutex_t *m) {
  (void)pthread_mutex_unlock(m);
}

static inline uint32_t sys_now(void) {
  return mock_now_ms();
}

static inline void sys_msleep(uint32_t ms) {
  mock_sleep_ms(ms);
}

#endif
