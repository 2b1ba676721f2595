/* port_check FOLDER PORT CLOSED_PORT: the port to sockets, by POSIX names and with files. With
 * -DMOAT_SOCKETS_LWIP it runs over tests/mocks, with NVS, and its resolver answers by callback.
 * With -DFREERTOS its stream is the network below a TransportInterface, and what is checked is the
 * port to FreeRTOS. */
#include "host.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>

#include <moat_sockets.h>

static moat_sockets_mutex mutex;
static moat_sockets_gate gate = {.mutex = &mutex};

/* ---- Date and randomness are the board's ---- */

static int unix_time(void *ctx, int64_t *seconds) {
  (void)ctx;
  *seconds = time(NULL);
  return 0;
}

static int random_bytes(void *ctx, void *p, size_t n) {
  (void)ctx;
  return getrandom(p, n, 0) == (ssize_t)n ? 0 : MOAT_E_RANDOM;
}

static const moat_platform platform = {.ticks_ms = moat_sockets_ticks_ms,
                                       .unix_time = unix_time,
                                       .random = random_bytes,
                                       .slot_read = moat_sockets_slot_read,
                                       .slot_write = moat_sockets_slot_write,
                                       .slot_erase = moat_sockets_slot_erase,
                                       .lock = moat_sockets_lock,
                                       .unlock = moat_sockets_unlock};

#ifdef MOAT_SOCKETS_FILES
static moat_sockets_files files;
static moat_sockets_account account = {
    .store = &moat_sockets_files_store, .store_ctx = &files, .gate = &gate};

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

/* Returns whether there was one before. */
static bool open_store(const char *folder) {
  files.folder = folder;
  host_board.break_slot = break_slot;
  return mkdir(folder, 0700) != 0;
}

static moat_sockets_threads threads = {.mutex = &mutex};
static moat_sockets net = {
    .mutex = &mutex, .look_up = moat_sockets_look_up, .look_up_ctx = &threads};
static moat_sockets other_net = {
    .mutex = &mutex, .look_up = moat_sockets_look_up, .look_up_ctx = &threads};
#define OTHER_NET &other_net
#else
#include <string.h>

#include <mocks.h>
#include <zephyr/net/dns_resolve.h>

static moat_sockets_nvs store;
static moat_sockets_account account = {
    .store = &moat_sockets_nvs_store, .store_ctx = &store, .gate = &gate};

static bool open_store(const char *folder) {
  (void)folder;
  host_board.break_slot = mock_break_slot;
  return false;
}

/* Names are the board's. This resolver calls back from another task, and so it does of a name that
 * was given up. The answer at the end counts if there was none before. */
static moat_sockets net;

static void resolved(enum dns_resolve_status status, struct dns_addrinfo *info, void *user_data) {
  moat_sockets_address a;
  if (info) memcpy(&a, &info->ai_addr, info->ai_addrlen);
  moat_sockets_answer(&net, (uint32_t)(uintptr_t)user_data, &a, info ? 1 : 0, status);
}

static int look_up(void *ctx, moat_sockets *s, uint32_t cookie, const char *host) {
  (void)ctx;
  (void)s;
  return dns_get_addr_info(host, DNS_QUERY_TYPE_A, NULL, resolved, (void *)(uintptr_t)cookie, 1);
}

static moat_sockets net = {.mutex = &mutex, .look_up = look_up};
#define OTHER_NET NULL
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

int main(int argc, char **argv) {
  moat_sockets_account other = account;
  port_check_setup setup = {.name = "sockets",
                            .platform = &platform,
                            .platform_ctx = &account,
                            .other_ctx = &other,
                            .stream = &moat_sockets_stream,
                            .io = &net,
                            .other_io = OTHER_NET,
                            .board = &host_board};
  if (argc != 4 || moat_sockets_mutex_init(&mutex)) return 2;
  setup.again = open_store(argv[1]);
#ifdef FREERTOS
  setup.name = "FreeRTOS";
  setup.stream = &moat_freertos_stream;
  setup.io = &transport_net;
#endif
  return host_check(&setup, argv);
}
