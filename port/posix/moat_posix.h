/* The port to POSIX systems: TCP over sockets, and one account's state in a folder of files.
 *
 * Both structs are plain and start as zero (`static moat_posix_net net;`). The members above the
 * line are the caller's, the ones below it the port's. */
#ifndef MOAT_POSIX_H
#define MOAT_POSIX_H

#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <sys/socket.h>

#include <moat/port.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How many addresses of one host are tried, at most. */
enum { MOAT_POSIX_ADDRESSES = 8 };

typedef struct {
  int n;
  union {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
  } at[MOAT_POSIX_ADDRESSES];
} moat_posix_addresses;

struct moat_posix_lookup;

/* The `void *io` of moat_posix_stream: one TCP connection.
 *
 * A name is resolved by getaddrinfo() in a thread of its own, so the program links with -pthread;
 * numeric addresses and "localhost" need no thread. Closing while a lookup hangs does not wait for
 * it. detail() is an errno, or with MOAT_E_DNS an EAI_ code, and outlives close(). */
typedef struct {
  /* What the exchange may take, in milliseconds from the first connect(); 0 means 30000. It only
   * rations the addresses: each but the last gets min(3 s, half of what is left). */
  uint32_t timeout_ms;
  /* wait() returns MOAT_E_CANCEL once this is not 0, typically set by a signal handler. Or NULL. */
  const volatile sig_atomic_t *cancelled;
  /* ---- */
  int state;
  int fd;
  int32_t error;
  int next;
  int64_t started, turn_ends;
  struct moat_posix_lookup *lookup;
  moat_posix_addresses addresses;
} moat_posix_net;

extern const moat_stream_ops moat_posix_stream;

/* For a program with a select or poll loop of its own, after moat_step() returned a WANT: the
 * descriptor to watch (-1: none), and the milliseconds after which to step even if it stays quiet
 * (UINT32_MAX: no limit) because the next address is due. The descriptor changes between steps. */
int moat_posix_fd(const moat_posix_net *net);
uint32_t moat_posix_wait_ms(const moat_posix_net *net);

/* The `void *ctx` of moat_posix_platform: the state of one account. */
typedef struct {
  /* Called with every event of the client, under the rules of moat_platform.event. Or NULL. */
  void (*event)(void *event_ctx, int event, int32_t value);
  void *event_ctx;
  /* ---- */
  int32_t error; /* read it: the errno of the last failure */
  int has_dir, dir;
  int held, lock;
} moat_posix;

extern const moat_platform moat_posix_platform;

/* Opens the folder of the state, and makes it and its missing parents with mode 0700. Without a
 * folder (NULL) there are clock and randomness, while slots and lock answer MOAT_E_PORT.
 * 0, or MOAT_E_STORE.
 *
 * A slot is one file, 0600, replaced as a whole. One that is a link, another user's or open to
 * others is not read: MOAT_E_PORT, with EPERM or ELOOP. What keeps it from being written (ENOSPC,
 * EROFS, EACCES …) is MOAT_E_STORE. */
int moat_posix_open(moat_posix *ctx, const char *dir);
/* Gives up lock and folder. Any number of times, on a context that was opened or is zero. */
void moat_posix_close(moat_posix *ctx);

#ifdef __cplusplus
}
#endif
#endif
