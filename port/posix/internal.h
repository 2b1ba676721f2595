/* Shared by the files of this port. */
#ifndef MOAT_POSIX_INTERNAL_H
#define MOAT_POSIX_INTERNAL_H

#include <string.h>

#include "moat_posix.h"

/* clock.c: milliseconds that never wrap, and the entries of moat_posix_platform. */
int64_t moat_posix__now_ms(void);
uint32_t moat_posix__ticks_ms(void *ctx);
int moat_posix__unix_time(void *ctx, int64_t *seconds);
int moat_posix__random(void *ctx, void *p, size_t n);

/* slot_read.c: the names of the files; whether there is such a slot, and whether a file is nobody
 * else's. */
struct stat;
extern const char *const moat_posix__slot_names[MOAT_SLOTS];
int moat_posix__check_slot(moat_posix *c, int slot);
bool moat_posix__is_private(const moat_posix *c, const struct stat *st);
int moat_posix__slot_read(void *ctx, int slot, void *p, size_t cap, size_t *n);

/* slots.c */
int moat_posix__slot_write(void *ctx, int slot, const void *p, size_t n);
int moat_posix__slot_erase(void *ctx, int slot);

/* Both return 0 or an errno. Fewer than n bytes are EIO. */
int moat_posix__read_all(int fd, void *p, size_t n);
int moat_posix__sync(int fd);

/* A plain memset of memory that is not read again could be left out by the compiler. */
static inline void moat_posix__wipe(void *p, size_t n) {
  static void *(*const volatile set)(void *, int, size_t) = memset;
  set(p, 0, n);
}

/* lock.c */
int moat_posix__lock(void *ctx);
void moat_posix__unlock(void *ctx);

/* Stores the errno and returns the result. */
static inline int moat_posix__fail(moat_posix *c, int result, int error) {
  c->error = error;
  return result;
}

/* The states of a connection. IDLE is zero, so that a static struct needs no initialiser. While
 * CONNECTING, fd is -1 between two attempts. While RESOLVING, fd is the pipe that announces the
 * result. */
enum { MOAT_POSIX__IDLE, MOAT_POSIX__RESOLVING, MOAT_POSIX__CONNECTING, MOAT_POSIX__CONNECTED };

/* A signal may come between the check of `cancelled` and a wait. Its flag is then seen after this
 * time, in milliseconds. */
enum { MOAT_POSIX__SLICE_MS = 500 };

/* net_connect.c: takes a step towards a connection. Returns 0, MOAT_WANT_*, or an error, after
 * which the caller disconnects. */
int moat_posix__connect(moat_posix_net *s, const char *host, uint16_t port);
void moat_posix__disconnect(moat_posix_net *s);
/* Returns a TCP socket that never blocks and is not inherited by other programs, or -1 with
 * errno. */
int moat_posix__socket(int family);

/* resolve.c: resolves hosts that need no name service. Returns 0 or an EAI_ code. */
int moat_posix__resolve_local(const char *host, uint16_t port, moat_posix_addresses *out);
/* Starts a lookup. `*fd` becomes readable once it has ended; the caller closes it. Returns NULL
 * with errno if there is no memory or thread for it. */
struct moat_posix_lookup *moat_posix__lookup_start(const char *host, uint16_t port, int *fd);
/* Returns 0, MOAT_WANT_READ, or MOAT_E_DNS with an EAI_ code in *error. */
int moat_posix__lookup_result(struct moat_posix_lookup *l, moat_posix_addresses *out,
                              int32_t *error);
/* Releases a lookup, whether it has ended or not. NULL is allowed. */
void moat_posix__lookup_drop(struct moat_posix_lookup *l);

#endif
