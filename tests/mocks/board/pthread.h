/* As much of POSIX threads as the ports use, where the C library has no such header. */
#ifndef MOCK_BOARD_PTHREAD_H
#define MOCK_BOARD_PTHREAD_H

#if __has_include_next(<pthread.h>) /* newlib's declares them if the system has threads */
#define _POSIX_THREADS 1
#include_next <pthread.h>
#else

#include <stddef.h>

typedef unsigned pthread_t, pthread_mutex_t;
typedef struct {
  size_t stack_size;
} pthread_attr_t;

enum { PTHREAD_CREATE_DETACHED = 1 };

int pthread_attr_init(pthread_attr_t *attr);
int pthread_attr_setdetachstate(pthread_attr_t *attr, int state);
int pthread_attr_setstacksize(pthread_attr_t *attr, size_t n);
int pthread_attr_destroy(pthread_attr_t *attr);
int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *), void *arg);
int pthread_mutex_init(pthread_mutex_t *m, const void *attr);
int pthread_mutex_lock(pthread_mutex_t *m);
int pthread_mutex_unlock(pthread_mutex_t *m);
#endif

#endif
