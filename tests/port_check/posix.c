/* port_check FOLDER PORT CLOSED_PORT [FAULT]: the POSIX port, or with -DTEMPLATE the one that has
 * nothing. With a FAULT it is the POSIX port made bad (bad.h). port_check faults: lists the faults,
 * each with the check that has to find it. */
#include "port_check.h"

#include <stdio.h>
#include <stdlib.h>

static char memory[12288];

#ifdef TEMPLATE
#include <moat_template.h>
static moat_template platform;
static moat_template_net net;
static port_check_setup setup = {
    .name = "the template", .platform = &moat_template_platform, .stream = &moat_template_stream};
#else
#include "bad.h"

#include <netdb.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <moat_posix.h>

static moat_posix platform, other;
static moat_posix_net net;

/* ---- What this board can do ---- */

/* The linker has the port call these instead of the C library's functions (--wrap). */
int __wrap_clock_gettime(clockid_t clock, struct timespec *t);
int __real_clock_gettime(clockid_t clock, struct timespec *t);
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

static void set_date(void *ctx, int64_t seconds) {
  int64_t now = 0;
  (void)moat_posix_platform.unix_time(ctx, &now);
  date_is_off += (time_t)(seconds - now);
}

static const char late_host[] = "late.invalid", silent_host[] = "silent.invalid";

/* The name server of those names, without a network. */
int __wrap_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
                       struct addrinfo **list) {
  bool is_late = host && strcmp(host, late_host) == 0;
  bool is_silent = host && strcmp(host, silent_host) == 0;
  if ((!is_late && !is_silent) || hints->ai_flags & AI_NUMERICHOST)
    return __real_getaddrinfo(host, service, hints, list);
  (void)sleep(is_late ? 1 : 60);
  return is_late ? EAI_NONAME : EAI_AGAIN;
}

static const char *folder;

/* A file that others can read is not read. */
static void break_slot(void *ctx, int slot, bool broken) {
  static const char *const files[MOAT_SLOTS] = {"grant.a", "grant.b", "mark", "pending", "tls"};
  char path[4096];
  (void)ctx;
  (void)snprintf(path, sizeof path, "%s/%s", folder, files[slot]);
  if (chmod(path, broken ? 0644 : 0600)) abort();
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

static const port_check_board board = {
    .set_date = set_date, .break_slot = break_slot, .in_task = in_task};

static port_check_setup setup = {.name = "POSIX",
                                 .platform = &moat_posix_platform,
                                 .other_ctx = &other,
                                 .stream = &moat_posix_stream,
                                 .board = &board,
                                 .late_host = late_host,
                                 .silent_host = silent_host,
                                 .slot_size = {[MOAT_SLOT_MARK] = 44}};

static int list_faults(void) {
  const char *name, *check;
  for (int i = 0; (name = bad_fault(i, &check)); i++)
    (void)printf("%s\t%s\n", name, check);
  return 0;
}

static bool start(const char *const *argv) {
  folder = argv[1];
  if (moat_posix_open(&platform, folder) || moat_posix_open(&other, folder)) return false;
  return !argv[4] || bad_port(argv[4], &setup);
}
#endif

/* A label of 64 letters: no name server is asked about it (RFC 1035 2.3.4). */
static const char unknown_host[] =
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.invalid";

static void print(const char *text) {
  (void)fputs(text, stdout);
  (void)fflush(stdout);
}

int main(int argc, char **argv) {
  setup.platform_ctx = &platform;
  setup.io = &net;
  setup.host = "localhost";
  setup.unknown_host = unknown_host;
  setup.memory = memory;
  setup.size = sizeof memory;
  setup.print = print;
#ifndef TEMPLATE
  if (argc == 2) return list_faults();
#endif
  if (argc < 4) return 2;
#ifndef TEMPLATE
  if (!start((const char *const *)argv)) return 2;
#endif
  setup.port = (uint16_t)strtoul(argv[2], NULL, 10);
  setup.closed_port = (uint16_t)strtoul(argv[3], NULL, 10);
  return port_check(&setup) ? 1 : 0;
}
