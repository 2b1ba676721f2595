#include "host.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* A label of 64 letters: no name server is asked about it (RFC 1035 2.3.4). */
static const char unknown_host[] =
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.invalid";
static const char late_host[] = "late.invalid", silent_host[] = "silent.invalid",
                  found_host[] = HOST_FOUND, deaf_host[] = "127.0.0.2";

/* ---- The linker has ports call these instead of the C library's functions (--wrap) ---- */

int __wrap_clock_gettime(clockid_t clock, struct timespec *t);
int __real_clock_gettime(clockid_t clock, struct timespec *t);
time_t __wrap_time(time_t *t);
time_t __real_time(time_t *t);
int __wrap_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
                       struct addrinfo **list);
int __real_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
                       struct addrinfo **list);

static time_t date_is_off;

int __wrap_clock_gettime(clockid_t clock, struct timespec *t) {
  int r = __real_clock_gettime(clock, t);
  if (clock == CLOCK_REALTIME) t->tv_sec += date_is_off;
  return r;
}

time_t __wrap_time(time_t *t) {
  time_t now = __real_time(NULL) + date_is_off;
  if (t) *t = now;
  return now;
}

/* The name server of the three names, without a network. */
int __wrap_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
                       struct addrinfo **list) {
  bool is_late = host && strcmp(host, late_host) == 0;
  bool is_silent = host && strcmp(host, silent_host) == 0;
  bool is_found = host && strcmp(host, found_host) == 0;
  if ((!is_late && !is_silent && !is_found) || hints->ai_flags & AI_NUMERICHOST)
    return __real_getaddrinfo(host, service, hints, list);
  (void)sleep(is_silent ? 60 : 1);
  if (is_found) return __real_getaddrinfo("127.0.0.1", service, hints, list);
  return is_late ? EAI_NONAME : EAI_AGAIN;
}

/* Linux does not answer whoever comes when the queue of a listener is full. */
static void be_deaf(uint16_t port) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
  int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  (void)inet_pton(AF_INET, deaf_host, &a.sin_addr);
  (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(fd, (struct sockaddr *)&a, sizeof a) || listen(fd, 0)) abort();
  for (int i = 0; i < 2; i++) {
    int full = socket(AF_INET, SOCK_STREAM, 0);
    (void)fcntl(full, F_SETFL, O_NONBLOCK);
    (void)connect(full, (struct sockaddr *)&a, sizeof a);
  }
}

/* ---- What this board can do ---- */

static void set_date(void *ctx, int64_t seconds) {
  (void)ctx;
  date_is_off = (time_t)seconds - __real_time(NULL);
}

typedef struct {
  void (*run)(void *arg);
  void *arg;
} task;

static void *start_task(void *arg) {
  const task *t = arg;
  t->run(t->arg);
  return NULL;
}

static void in_task(void *ctx, void (*run)(void *arg), void *arg) {
  task t = {run, arg};
  pthread_t thread;
  (void)ctx;
  if (pthread_create(&thread, NULL, start_task, &t) || pthread_join(thread, NULL)) abort();
}

port_check_board host_board = {.set_date = set_date, .in_task = in_task};

/* ---- The check ---- */

/* Longer than the patience of any check. */
enum { HANGS_S = 300 };

static void print(const char *text) {
  (void)fputs(text, stdout);
  (void)fflush(stdout);
  (void)alarm(HANGS_S);
}

static void hangs(int signal_number) {
  (void)signal_number;
  port_check_hangs();
  _exit(1);
}

int host_check(port_check_setup *setup, char **argv) {
  static char memory[12288];
  setup->host = "localhost";
  setup->port = (uint16_t)strtoul(argv[2], NULL, 10);
  setup->closed_port = (uint16_t)strtoul(argv[3], NULL, 10);
  setup->unknown_host = unknown_host;
  setup->late_host = late_host;
  setup->silent_host = silent_host;
  setup->found_host = found_host;
  setup->deaf_host = deaf_host;
  setup->slot_size[MOAT_SLOT_MARK] = 44;
  setup->memory = memory;
  setup->size = sizeof memory;
  setup->print = print;
  be_deaf(setup->port);
  (void)signal(SIGALRM, hangs);
  return port_check(setup) ? 1 : 0;
}
