/* What the files of this port share. */
#ifndef MOAT_POSIX_INTERNAL_H
#define MOAT_POSIX_INTERNAL_H

#include "moat_posix.h"

/* clock.c: milliseconds that never wrap, and the entries of moat_posix_platform. */
int64_t moat_posix__now_ms(void);
uint32_t moat_posix__ticks_ms(void *ctx);
int moat_posix__unix_time(void *ctx, int64_t *seconds);
int moat_posix__random(void *ctx, void *p, size_t n);

/* slots.c */
int moat_posix__slot_read(void *ctx, int slot, void *p, size_t cap, size_t *n);
int moat_posix__slot_write(void *ctx, int slot, const void *p, size_t n);
int moat_posix__slot_erase(void *ctx, int slot);
/* Removes what a crash left behind. Only for the holder of the lock. */
void moat_posix__slots_sweep(moat_posix *c);

/* Both 0 or an errno; fewer than n bytes are EIO. */
int moat_posix__read_all(int fd, void *p, size_t n);
int moat_posix__sync(int fd);

/* lock.c */
int moat_posix__lock(void *ctx);
void moat_posix__unlock(void *ctx);

/* Keeps the errno and passes the result on. */
static inline int moat_posix__fail(moat_posix *c, int result, int error) {
  c->error = error;
  return result;
}

/* net.c: a TCP socket that never blocks and no other program inherits; -1 with errno. */
int moat_posix__socket(int family);

/* resolve.c: the hosts that need no name service. 0, or an EAI_ code. */
int moat_posix__resolve_local(const char *host, uint16_t port, moat_posix_addresses *out);
/* Starts a lookup; `*fd` becomes readable once it has ended, and is the caller's to close. NULL
 * with errno if there is no room for it. */
struct moat_posix_lookup *moat_posix__lookup_start(const char *host, uint16_t port, int *fd);
/* 0, MOAT_WANT_READ, or MOAT_E_DNS with an EAI_ code in *error. */
int moat_posix__lookup_result(struct moat_posix_lookup *l, moat_posix_addresses *out,
                              int32_t *error);
/* Lets go of a lookup, ended or not. NULL is fine. */
void moat_posix__lookup_drop(struct moat_posix_lookup *l);

#endif
