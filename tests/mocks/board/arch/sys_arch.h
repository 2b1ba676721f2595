/* The types of lwIP's layer over FreeRTOS. */
#ifndef ARCH_SYS_ARCH_H
#define ARCH_SYS_ARCH_H

typedef struct {
  void *sem;
} sys_sem_t;
typedef struct {
  void *mut;
} sys_mutex_t;
typedef struct {
  void *mbx;
} sys_mbox_t;
typedef struct {
  void *thread_handle;
} sys_thread_t;
typedef uint32_t sys_prot_t;

#endif
