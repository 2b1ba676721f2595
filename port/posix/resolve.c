/* Name resolution that never blocks: getaddrinfo() in a detached thread.
 *
 * getaddrinfo() cannot be interrupted, so nobody waits for the thread. The request is shared
 * memory. The stream or the thread frees it, whichever releases it last. */
#define _GNU_SOURCE 1 /* pipe2 */

#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* Name service modules use some tens of kilobytes of stack. */
enum { STACK_BYTES = 256 * 1024, SERVICE_SIZE = sizeof "65535" };

struct moat_posix_lookup {
  atomic_int owners;
  atomic_int done; /* publishes the members below to the stream; the pipe only wakes the stream */
  int wake;
  int error;
  moat_posix_addresses found;
  char service[SERVICE_SIZE];
  char host[];
};

static const struct addrinfo *seek(const struct addrinfo *a, int family, int same) {
  while (a && (a->ai_family == family) != same)
    a = a->ai_next;
  return a;
}

/* Keeps the resolver's order but alternates the families (RFC 8305 4). So a network in which one
 * family is dead costs only one turn. */
static void collect(const struct addrinfo *list, moat_posix_addresses *out) {
  const int first = list->ai_family;
  const struct addrinfo *next[2] = {list, list};
  out->n = 0;
  for (int other = 0; out->n < MOAT_POSIX_ADDRESSES; other = !other) {
    next[other] = seek(next[other], first, !other);
    const struct addrinfo *a = next[other];
    if (!a && !next[!other]) break;
    if (!a) continue;
    if (a->ai_addrlen <= sizeof out->at[0]) memcpy(&out->at[out->n++], a->ai_addr, a->ai_addrlen);
    next[other] = a->ai_next;
  }
}

/* AI_ADDRCONFIG is not used: it would resolve nothing on a machine with only a loopback. An address
 * without a route fails at once anyway. */
static int resolve(const char *host, const char *service, int flags, moat_posix_addresses *out) {
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags | AI_NUMERICSERV};
  struct addrinfo *list = NULL;
  int error = getaddrinfo(host, service, &hints, &list);
  if (error) return error;
  collect(list, out);
  freeaddrinfo(list);
  return out->n > 0 ? 0 : EAI_NONAME;
}

static void print_port(char out[SERVICE_SIZE], uint16_t port) {
  (void)snprintf(out, SERVICE_SIZE, "%u", (unsigned)port);
}

int moat_posix__resolve_local(const char *host, uint16_t port, moat_posix_addresses *out) {
  char service[SERVICE_SIZE];
  print_port(service, port);
  /* RFC 6761 6.3: localhost is loopback, whatever a name server says. getaddrinfo() takes NULL for
   * loopback. */
  if (strcasecmp(host, "localhost") == 0) host = NULL;
  return resolve(host, service, AI_NUMERICHOST, out);
}

void moat_posix__lookup_drop(struct moat_posix_lookup *l) {
  if (l && atomic_fetch_sub(&l->owners, 1) == 1) free(l);
}

static void *lookup_thread(void *arg) {
  struct moat_posix_lookup *l = arg;
  int wake = l->wake;
  l->error = resolve(l->host, l->service, 0, &l->found);
  atomic_store(&l->done, 1);
  /* This fails if the stream was closed meanwhile. SIGPIPE is blocked here. */
  ssize_t ignored = write(wake, "", 1);
  (void)ignored;
  moat_posix__lookup_drop(l);
  close(wake);
  return NULL;
}

/* Signals belong to the program's own threads, so the new thread starts with all signals
 * blocked. */
static int spawn_detached(struct moat_posix_lookup *l) {
  pthread_t thread;
  pthread_attr_t attr;
  sigset_t all, before;
  int error = pthread_attr_init(&attr);
  if (error) return error;
  (void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
  (void)pthread_attr_setstacksize(&attr, STACK_BYTES);
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  error = pthread_create(&thread, &attr, lookup_thread, l);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attr);
  return error;
}

static int open_pipe(int ends[2]) {
#ifdef __APPLE__
  if (pipe(ends)) return -1;
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  fcntl(ends[1], F_SETFD, FD_CLOEXEC);
  return 0;
#else
  return pipe2(ends, O_CLOEXEC);
#endif
}

struct moat_posix_lookup *moat_posix__lookup_start(const char *host, uint16_t port, int *fd) {
  size_t size = strlen(host) + 1;
  struct moat_posix_lookup *l = malloc(sizeof *l + size);
  if (!l) return NULL;
  int ends[2];
  if (open_pipe(ends)) {
    int error = errno;
    free(l);
    errno = error;
    return NULL;
  }
  memset(l, 0, sizeof *l);
  atomic_init(&l->owners, 2);
  atomic_init(&l->done, 0);
  l->wake = ends[1];
  print_port(l->service, port);
  memcpy(l->host, host, size);
  int error = spawn_detached(l);
  if (error) {
    close(ends[0]);
    close(ends[1]);
    free(l);
    errno = error;
    return NULL;
  }
  *fd = ends[0]; /* never read, so it need not be non-blocking */
  return l;
}

int moat_posix__lookup_result(struct moat_posix_lookup *l, moat_posix_addresses *out,
                              int32_t *error) {
  if (!atomic_load(&l->done)) return MOAT_WANT_READ;
  *error = l->error;
  *out = l->found;
  return l->error ? MOAT_E_DNS : MOAT_OK;
}
