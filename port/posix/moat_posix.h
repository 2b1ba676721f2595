/* The port to POSIX systems: TCP over sockets, and the state of one account in a folder of files.
 *
 * Both structs are plain and start as zero (`static moat_posix_net net;`). In each, the members
 * above the line belong to the caller, and those below it to the port. */
#ifndef MOAT_POSIX_H
#define MOAT_POSIX_H

#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <moat/port.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Most addresses of one host that are tried. */
enum { MOAT_POSIX_ADDRESSES = 8 };

typedef struct {
  int n;
  union {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
  } at[MOAT_POSIX_ADDRESSES];
} moat_posix_addresses;

/* Bytes of what is gathered before it is sent, and of what is received at once. */
enum { MOAT_POSIX_OUT = 1024, MOAT_POSIX_IN = 8192 };

struct moat_posix_lookup;

/* The `void *io` of moat_posix_stream: one TCP connection, with 10 KB of buffers. What is sent is
 * gathered there until recv(), wait() or close() is called, or the buffer is full.
 *
 * getaddrinfo() resolves names in a thread of its own, so the program links with -pthread. Numeric
 * addresses and "localhost" need no thread. A close during a lookup does not wait for it. detail()
 * is an errno or, with MOAT_E_DNS, an EAI_ code. It is kept after close(). */
typedef struct {
  /* Time for one exchange, in milliseconds from the first connect(); 0 means 30000. It only divides
   * the time among the addresses: each but the last gets min(3 s, half of what is left). */
  uint32_t timeout_ms;
  /* wait() returns MOAT_E_CANCEL once this is not 0, typically set by a signal handler. May be
   * NULL. */
  const volatile sig_atomic_t *cancelled;
  /* ---- */
  int state;
  int fd;
  int32_t error;
  int next;
  int64_t started, turn_ends;
  struct moat_posix_lookup *lookup;
  moat_posix_addresses addresses;
  int64_t resolved; /* when the addresses were looked up; 0: they are not those of `host` */
  uint16_t port;
  bool asked;      /* something was sent since the last receive */
  bool out_failed; /* what was gathered could not be sent */
  int in_result;   /* what follows the bytes in `in`: MOAT_E_EOF, an error, or 0 */
  size_t in_at, in_n, out_n;
  char host[256];
  char out[MOAT_POSIX_OUT], in[MOAT_POSIX_IN];
} moat_posix_net;

extern const moat_stream_ops moat_posix_stream;

/* For programs with a select or poll loop of their own, after moat_step() returned MOAT_WANT_*.
 * moat_posix_fd() is the descriptor to watch, level-triggered, or -1. moat_posix_wait_ms() is the
 * time after which to step even without activity, because the next address is due (UINT32_MAX: no
 * limit). The descriptor changes between steps. */
int moat_posix_fd(const moat_posix_net *net);
uint32_t moat_posix_wait_ms(const moat_posix_net *net);
/* Whether the name of the host is still being resolved. */
bool moat_posix_resolves(const moat_posix_net *net);

/* ---- The loopback listener of a sign-in (RFC 8252 7.3) ----
 *
 * It reads requests that browsers on this machine send to 127.0.0.1 and [::1], and sends them
 * pages. moat_redirect_request() judges the requests, not the listener. Nothing blocks. No visitor
 * can keep others out: when all places are taken, the one who has been silent for longest is
 * dropped. */

/* Most visitors at a time who have sent something, most connections without a byte, most bytes of a
 * request, and most entries to poll for. */
enum {
  MOAT_POSIX_VISITORS = 8,
  MOAT_POSIX_IDLE = 256,
  MOAT_POSIX_REQUEST = 16384,
  MOAT_POSIX_LISTEN_FDS = 2 + MOAT_POSIX_VISITORS + MOAT_POSIX_IDLE
};

typedef struct {
  int fd;
  int stage;
  size_t n;
  int64_t since, touched;
} moat_posix_visitor;

typedef struct {
  int fd;
  int64_t since;
} moat_posix_idle;

typedef struct {
  /* Called when `visitor` has sent more, with all n bytes so far. Returns MOAT_WANT_READ for more,
   * or 0 if moat_posix_listen_answer() has been called or will be. After MOAT_POSIX_REQUEST bytes
   * no more are read. */
  int (*request)(void *ctx, int visitor, char *p, size_t n);
  void *ctx;
  /* ---- */
  uint16_t port; /* read it */
  bool has_v6;   /* read it: false if the machine has no IPv6 */
  int32_t error; /* read it: the errno of a failed moat_posix_listen() */
  int fd[2];
  int idles;
  moat_posix_idle idle[MOAT_POSIX_IDLE];
  moat_posix_visitor visitor[MOAT_POSIX_VISITORS];
  char buffer[MOAT_POSIX_VISITORS][MOAT_POSIX_REQUEST];
} moat_posix_listener;

/* Listens on both loopback addresses with the same port; 0 picks a free one. It is an error if
 * either address is taken, because the browser might choose that one. Returns 0 or MOAT_E_PORT. */
int moat_posix_listen(moat_posix_listener *l, uint16_t port);
/* Accepts new visitors, reads what they sent, and drops those who were silent for 5 seconds or have
 * been here for 30. Never waits. */
void moat_posix_listen_step(moat_posix_listener *l);
/* Fills at most MOAT_POSIX_LISTEN_FDS entries to poll for, and returns their number. Step once a
 * second as well, to drop silent visitors. */
int moat_posix_listen_fds(const moat_posix_listener *l, struct pollfd *fds);
/* Sends a whole response of up to 4 KB, and closes after the visitor has received it. */
void moat_posix_listen_answer(moat_posix_listener *l, int visitor, const char *p, size_t n);
/* Closes all connections that have not sent anything yet. They may be hundreds: call it before
 * other work that needs file descriptors. */
void moat_posix_listen_drop_idle(moat_posix_listener *l);
/* Whether a visitor has not yet received all of an answer. */
bool moat_posix_listen_busy(const moat_posix_listener *l);
/* Closes the listener. May be called any number of times, on a listener that was begun or is
 * zero. */
void moat_posix_listen_close(moat_posix_listener *l);

/* The `void *ctx` of moat_posix_platform: the state of one account. */
typedef struct {
  /* Called for each event of the client, under the rules of moat_platform.event. May be NULL. */
  void (*event)(void *event_ctx, int event, int32_t value);
  void *event_ctx;
  /* ---- */
  int32_t error; /* read it: the errno of the last failure */
  int has_dir, dir;
  int held, lock;
  int has_room; /* for a grant; as long as the lock is held */
  uid_t owner;  /* of the process when it opened the account */
} moat_posix;

extern const moat_platform moat_posix_platform;

/* Opens the folder of the state. It and its missing parents are made with mode 0700. Without a
 * folder (NULL) there are clock and randomness, but slots and lock return MOAT_E_PORT. Returns 0 or
 * MOAT_E_STORE; EPERM means that the folder is another user's, or that others can write to it.
 *
 * A slot is one file with mode 0600. It is replaced as a whole, or overwritten in place if the lock
 * is held: then a power loss may spoil the older record of the grant, and no other. A file that is
 * a link, belongs to another user or is open to others is not read: MOAT_E_PORT, with EPERM or
 * ELOOP. If a file cannot be written (ENOSPC, EROFS, EACCES …) the result is MOAT_E_STORE. There is
 * no mac, because its key would be just another such file. Owner and mode protect the slots. */
int moat_posix_open(moat_posix *ctx, const char *dir);
/* Sets room aside for the grant that an answer brings, so that a full disk is found before a code
 * is sent: MOAT_E_STORE. The room is kept until the grant is erased. MOAT_WANT_TIME: the lock is
 * held elsewhere, and nothing was done. A refresh does this by itself. */
int moat_posix_reserve(moat_posix *ctx);
/* Releases lock and folder. May be called any number of times, on a context that was opened or is
 * zero. */
void moat_posix_close(moat_posix *ctx);

#ifdef __cplusplus
}
#endif
#endif
