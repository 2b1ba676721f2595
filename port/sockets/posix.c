/* Only POSIX has these: a clock, a pause, and getaddrinfo() in a detached thread. That
 * cannot be interrupted, so the place of a lookup is its thread's until it has returned. */
#include "moat_sockets.h"

#ifdef MOAT_SOCKETS_THREADS
#include <netdb.h>
#include <string.h>

uint32_t moat_sockets__posix_now_ms(void) {
  struct timespec t;
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint32_t)((uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000);
}

#ifdef ESP_PLATFORM
/* ESP-IDF has no nanosleep(). Its poll() takes memory, and returns at once where there is none. Its
 * usleep() keeps the processor busy for less than a tick, which by default is 10 ms. */
void moat_sockets__posix_sleep_ms(uint32_t ms) {
  (void)usleep((ms < 10 ? 10 : ms) * 1000);
}
#else
void moat_sockets__posix_sleep_ms(uint32_t ms) {
  struct timespec t = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};
  (void)nanosleep(&t, NULL);
}
#endif

/* ---- The resolver ---- */

static size_t collect(const struct addrinfo *list, moat_sockets_address *out) {
  size_t n = 0;
  for (const struct addrinfo *a = list; a && n < MOAT_SOCKETS_ADDRESSES; a = a->ai_next)
    if (a->ai_addrlen <= sizeof out[n]) memcpy(&out[n++], a->ai_addr, a->ai_addrlen);
  return n;
}

/* The answer comes first: a place that was left may be another lookup's at once. */
static void *run(void *arg) {
  moat_sockets_lookup *l = arg;
  moat_sockets_address found[MOAT_SOCKETS_ADDRESSES];
  const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
  struct addrinfo *list = NULL;
  int error = getaddrinfo(l->host, NULL, &hints, &list);
  size_t n = error ? 0 : collect(list, found);
  if (!error) freeaddrinfo(list);
  moat_sockets_answer(l->net, l->cookie, found, n, error);
  moat_sockets_give(l->mutex, &l->busy);
  return NULL;
}

/* Returns NULL if getaddrinfo() is at work in all of them. */
static moat_sockets_lookup *take_place(moat_sockets_threads *t) {
  for (size_t i = 0; i < MOAT_SOCKETS_LOOKUPS; i++)
    if (moat_sockets_take(t->mutex, &t->lookups[i].busy)) return &t->lookups[i];
  return NULL;
}

/* Nobody waits for the thread. */
static int start_thread(const moat_sockets_threads *t, moat_sockets_lookup *l) {
  pthread_t thread;
  pthread_attr_t attr;
  int error = pthread_attr_init(&attr);
  if (error) return error;
  (void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
  if (t->stack_size) (void)pthread_attr_setstacksize(&attr, t->stack_size);
  error = pthread_create(&thread, &attr, run, l);
  (void)pthread_attr_destroy(&attr);
  return error;
}

int moat_sockets_look_up(void *look_up_ctx, moat_sockets *net, uint32_t cookie, const char *host) {
  moat_sockets_threads *t = look_up_ctx;
  size_t size = strlen(host) + 1;
  if (size > sizeof t->lookups[0].host) return MOAT_E_DNS; /* no name is that long (RFC 1035) */
  moat_sockets_lookup *l = take_place(t);
  if (!l) return MOAT_WANT_READ;
  l->net = net;
  l->mutex = t->mutex;
  l->cookie = cookie;
  memcpy(l->host, host, size);
  if (start_thread(t, l) == 0) return MOAT_OK;
  moat_sockets_give(t->mutex, &l->busy);
  return MOAT_E_PORT;
}
#endif
