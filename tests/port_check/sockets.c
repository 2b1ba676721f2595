/* port_check FOLDER PORT CLOSED_PORT: the port to sockets, by POSIX names and with files. With
 * -DMOAT_SOCKETS_ZEPHYR or -DMOAT_SOCKETS_LWIP it runs over tests/mocks, with ZMS or NVS, and its
 * resolver answers by callback. With -DFREERTOS its stream is the network below a
 * TransportInterface, and what is checked is the port to FreeRTOS. */
#include "port_check.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <moat_sockets.h>

/* A label of 64 letters: no name server is asked about it (RFC 1035 2.3.4). */
static const char unknown_host[] =
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.invalid";
static const char late_host[] = "late.invalid", silent_host[] = "silent.invalid";

static char memory[12288];
static moat_sockets_mutex mutex;
static moat_sockets_gate gate = {.mutex = &mutex};

/* ---- Clock and randomness are the board's ---- */

static int64_t date_is_off;

static uint32_t ticks_ms(void *ctx) {
  struct timespec t;
  (void)ctx;
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint32_t)((uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000);
}

static int unix_time(void *ctx, int64_t *seconds) {
  (void)ctx;
  *seconds = time(NULL) + date_is_off;
  return 0;
}

static int random_bytes(void *ctx, void *p, size_t n) {
  FILE *f = fopen("/dev/urandom", "rb");
  size_t got = f ? fread(p, 1, n, f) : 0;
  (void)ctx;
  if (f) (void)fclose(f);
  return got == n ? 0 : MOAT_E_RANDOM;
}

static const moat_platform platform = {.ticks_ms = ticks_ms,
                                       .unix_time = unix_time,
                                       .random = random_bytes,
                                       .slot_read = moat_sockets_slot_read,
                                       .slot_write = moat_sockets_slot_write,
                                       .slot_erase = moat_sockets_slot_erase,
                                       .lock = moat_sockets_lock,
                                       .unlock = moat_sockets_unlock};

static void set_date(void *ctx, int64_t seconds) {
  (void)ctx;
  date_is_off = seconds - time(NULL);
}

/* ---- The store, and how it fails ---- */

#ifdef MOAT_SOCKETS_FILES
static moat_sockets_files files;
static moat_sockets_account account = {
    .store = &moat_sockets_file_store, .store_ctx = &files, .gate = &gate};

/* A folder with the name of the file. */
static void break_slot(void *ctx, int slot, bool broken) {
  static const char *const names[MOAT_SLOTS] = {"a", "b", "mark", "pending", "tls"};
  char path[4096], aside[4096];
  (void)ctx;
  (void)snprintf(path, sizeof path, "%s/%s", files.folder, names[slot]);
  (void)snprintf(aside, sizeof aside, "%s/aside", files.folder);
  if (broken ? rename(path, aside) || mkdir(path, 0700) : rmdir(path) || rename(aside, path))
    abort();
}

static void open_store(const char *folder) {
  files.folder = folder;
  (void)mkdir(folder, 0700);
}
#else
#include <mocks.h>

#ifdef MOAT_SOCKETS_ZMS
static struct zms_fs fs;
static moat_sockets_zms store = {.fs = &fs, .first_id = 100};
static moat_sockets_account account = {
    .store = &moat_sockets_zms_store, .store_ctx = &store, .gate = &gate};
enum { BROKEN = -5 };
#else
static moat_sockets_nvs store;
static moat_sockets_account account = {
    .store = &moat_sockets_nvs_store, .store_ctx = &store, .gate = &gate};
enum { BROKEN = ESP_ERR_NVS_INVALID_HANDLE };
#endif

static void break_slot(void *ctx, int slot, bool broken) {
  (void)ctx;
  (void)slot;
  mock_error = broken ? BROKEN : 0;
}

static void open_store(const char *folder) {
  (void)folder;
}
#endif

/* ---- The resolver ---- */

#ifdef MOAT_SOCKETS_THREADS
#include <netdb.h>

/* The linker has the port call this instead of the C library's function (--wrap). */
int __wrap_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
                       struct addrinfo **list);
int __real_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
                       struct addrinfo **list);

/* The name server of the two names, without a network. */
int __wrap_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
                       struct addrinfo **list) {
  bool is_late = strcmp(host, late_host) == 0, is_silent = strcmp(host, silent_host) == 0;
  if (!is_late && !is_silent) return __real_getaddrinfo(host, service, hints, list);
  (void)sleep(is_late ? 1 : 60);
  return is_late ? EAI_NONAME : EAI_AGAIN;
}

static moat_sockets_threads threads = {.mutex = &mutex};
static moat_sockets net = {
    .mutex = &mutex, .look_up = moat_sockets_look_up, .look_up_ctx = &threads};
#else
/* It answers as a callback of a stack does: from another task, and of a name that was given up too.
 * Nobody waits for the answer of the silent one. */
static moat_sockets net;
static uint32_t late_cookie;

static void *answer_late(void *arg) {
  uint32_t cookie = *(const uint32_t *)arg;
  (void)sleep(1);
  moat_sockets_answer(&net, cookie, NULL, 0, 1);
  return NULL;
}

static int look_up(void *ctx, moat_sockets *s, uint32_t cookie, const char *host) {
  pthread_t thread;
  (void)ctx;
  if (strcmp(host, unknown_host) == 0) moat_sockets_answer(s, cookie, NULL, 0, 1);
  if (strcmp(host, late_host) != 0) return 0;
  late_cookie = cookie;
  if (pthread_create(&thread, NULL, answer_late, &late_cookie)) return MOAT_E_PORT;
  return pthread_detach(thread);
}

static moat_sockets net = {.mutex = &mutex, .look_up = look_up};
#endif

/* ---- A TransportInterface ---- */

#ifdef FREERTOS
#include <moat_freertos.h>

struct NetworkContext {
  moat_sockets *net;
};

static int transport_connect(NetworkContext_t *c, const char *host, uint16_t port) {
  return moat_sockets_stream.connect(c->net, host, port);
}

static void transport_disconnect(NetworkContext_t *c) {
  moat_sockets_stream.close(c->net);
}

static int32_t transport_recv(NetworkContext_t *c, void *p, size_t n) {
  int r = moat_sockets_stream.recv(c->net, p, n);
  return r == MOAT_WANT_READ ? 0 : r;
}

static int32_t transport_send(NetworkContext_t *c, const void *p, size_t n) {
  int r = moat_sockets_stream.send(c->net, p, n);
  return r == MOAT_WANT_WRITE ? 0 : r;
}

static NetworkContext_t network = {.net = &net};
static const TransportInterface_t transport = {
    .recv = transport_recv, .send = transport_send, .pNetworkContext = &network};
static moat_freertos_net transport_net = {
    .transport = &transport, .connect = transport_connect, .disconnect = transport_disconnect};
#endif

/* ---- The check ---- */

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

static void print(const char *text) {
  (void)fputs(text, stdout);
  (void)fflush(stdout);
}

int main(int argc, char **argv) {
  if (argc != 4 || moat_sockets_mutex_init(&mutex)) return 2;
  open_store(argv[1]);
  moat_sockets_account other = account;
  port_check_setup setup = {.name = "sockets",
                            .platform = &platform,
                            .platform_ctx = &account,
                            .other_ctx = &other,
                            .stream = &moat_sockets_stream,
                            .io = &net,
                            .board = &board,
                            .host = "127.0.0.1",
                            .port = (uint16_t)strtoul(argv[2], NULL, 10),
                            .closed_port = (uint16_t)strtoul(argv[3], NULL, 10),
                            .unknown_host = unknown_host,
                            .late_host = late_host,
                            .silent_host = silent_host,
                            .slot_size = {[MOAT_SLOT_MARK] = 44},
                            .memory = memory,
                            .size = sizeof memory,
                            .print = print};
#ifdef FREERTOS
  setup.name = "FreeRTOS";
  setup.stream = &moat_freertos_stream;
  setup.io = &transport_net;
#endif
  return port_check(&setup) ? 1 : 0;
}
