/* The port to POSIX systems: TCP over sockets, and one account's state in a folder of files.
 *
 * Both structs are plain and start as zero (`static moat_posix_net net;`). The members above the
 * line are the caller's, the ones below it the port's. */
#ifndef MOAT_POSIX_H
#define MOAT_POSIX_H

#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
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

/* ---- The loopback listener of a sign-in (RFC 8252 7.3) ----
 *
 * Reads what browsers on this machine send to 127.0.0.1 and [::1], and sends them pages. What is
 * asked for is judged by moat_redirect_request(), not here. Nothing blocks, and nobody keeps
 * another out: when all places are taken, the visitor who was silent for longest has to go. */

/* Visitors at a time, and bytes of a request that are kept. */
enum { MOAT_POSIX_VISITORS = 8, MOAT_POSIX_REQUEST = 16384 };

typedef struct {
  int fd;
  int stage;
  size_t n;
  int64_t since, touched;
} moat_posix_visitor;

typedef struct {
  /* Called whenever `visitor` sent more, with all of its n bytes. Returns MOAT_WANT_READ for more,
   * or 0 once moat_posix_listen_answer() has been called or will be. At MOAT_POSIX_REQUEST bytes
   * there is no more to come. */
  int (*request)(void *ctx, int visitor, char *p, size_t n);
  void *ctx;
  /* ---- */
  uint16_t port; /* read it */
  bool has_v6;   /* read it: false where the machine has no IPv6 */
  int32_t error; /* read it: the errno of a failed moat_posix_listen() */
  int fd[2];
  moat_posix_visitor visitor[MOAT_POSIX_VISITORS];
  char buffer[MOAT_POSIX_VISITORS][MOAT_POSIX_REQUEST];
} moat_posix_listener;

/* Listens on both loopback addresses with the same port; 0 picks a free one. An address that is
 * taken on either is an error, for the browser might choose that one. 0, or MOAT_E_PORT. */
int moat_posix_listen(moat_posix_listener *l, uint16_t port);
/* Takes in whoever came, reads what there is, and lets go of who was silent for 5 seconds or here
 * for 30. Never waits. */
void moat_posix_listen_step(moat_posix_listener *l);
/* What to poll for: fills at most MOAT_POSIX_VISITORS + 2 entries, returns how many. Step once a
 * second as well, for those who stay silent. */
int moat_posix_listen_fds(const moat_posix_listener *l, struct pollfd *fds);
/* Sends a whole response of up to 4 KB, and closes once the visitor has it. */
void moat_posix_listen_answer(moat_posix_listener *l, int visitor, const char *p, size_t n);
/* Whether somebody has not yet taken all of an answer. */
bool moat_posix_listen_busy(const moat_posix_listener *l);
/* Any number of times, on a listener that was begun or is zero. */
void moat_posix_listen_close(moat_posix_listener *l);

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
 * EROFS, EACCES …) is MOAT_E_STORE. There is no mac, for a key would be one more such file: owner
 * and mode are what guards the slots. */
int moat_posix_open(moat_posix *ctx, const char *dir);
/* Gives up lock and folder. Any number of times, on a context that was opened or is zero. */
void moat_posix_close(moat_posix *ctx);

#ifdef __cplusplus
}
#endif
#endif
