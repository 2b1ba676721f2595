/* The port to systems with BSD-like sockets: lwIP, Zephyr, ESP-IDF, POSIX (moat_sockets_config.h).
 * It has a stream, ticks, slots over a store of the system, and a lock. Date and randomness are
 * the board's, so the board makes the table itself:
 *
 *   static const moat_platform platform = {.ticks_ms = moat_sockets_ticks_ms,
 *                                          .unix_time = board_unix_time,
 *                                          .random = board_random,
 *                                          .slot_read = moat_sockets_slot_read,
 *                                          .slot_write = moat_sockets_slot_write,
 *                                          .slot_erase = moat_sockets_slot_erase,
 *                                          .lock = moat_sockets_lock,
 *                                          .unlock = moat_sockets_unlock};
 *
 * All structs are plain and start as zero. In each, the members above the line belong to the
 * caller, and those below it to the port. The port has no heap and no variables of its own.
 *
 * The stream, its resolver and the mutex are static, and are set up once. A lookup that was given
 * up goes on after close() and uses all three, and nothing tells when it has ended. */
#ifndef MOAT_SOCKETS_H
#define MOAT_SOCKETS_H

#include <stdbool.h>
#include <stdint.h>

#include <moat/port.h>

#include "moat_sockets_config.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Protects what tasks share. It is held for a few instructions only and never twice, so one serves
 * all streams and accounts of a device, and any kind of mutex will do. */
typedef struct {
  MOAT_SOCKETS_mutex mutex;
} moat_sockets_mutex;

/* Call it once, before any other use. Returns 0 or MOAT_E_PORT. */
int moat_sockets_mutex_init(moat_sockets_mutex *m);

/* Takes and gives back what one task at a time has, by a flag under the mutex: a place of a
 * resolver, for example. Returns whether it was free. */
bool moat_sockets_take(moat_sockets_mutex *m, bool *taken);
void moat_sockets_give(moat_sockets_mutex *m, bool *taken);

/* ---- The stream ---- */

/* Most addresses of one host that are tried. */
#ifndef MOAT_SOCKETS_ADDRESSES
#define MOAT_SOCKETS_ADDRESSES 4
#endif

typedef union {
  struct sockaddr any;
  struct sockaddr_in v4;
#if MOAT_SOCKETS_IPV6
  struct sockaddr_in6 v6;
#endif
} moat_sockets_address;

typedef struct moat_sockets moat_sockets;

/* The `void *io` of moat_sockets_stream: one TCP connection. detail() is an errno, or with
 * MOAT_E_DNS the number that the resolver gave. It is kept after close(). */
struct moat_sockets {
  moat_sockets_mutex *mutex;
  /* Begins to look a name up, and returns at once: 0; MOAT_WANT_READ if it cannot begin yet, to be
   * called again; or an error. `host` is valid for this call only. The answer goes to
   * moat_sockets_answer(), during this call or later. NULL: only addresses can be connected to. */
  int (*look_up)(void *look_up_ctx, moat_sockets *net, uint32_t cookie, const char *host);
  void *look_up_ctx;
  /* wait() calls it some ten times a second, or more often, for example to feed a watchdog. Any
   * result but 0 ends the wait, for example MOAT_E_CANCEL. May be NULL. */
  int (*idle)(void *idle_ctx);
  void *idle_ctx;
  /* ---- */
  int state;
  int fd;
  int32_t error;
  uint16_t port;
  bool crowded;    /* the system had no buffer for the last send, which no poll() tells */
  bool waits;      /* for the answer to the lookup with this cookie */
  uint32_t cookie; /* tells apart the lookups of this stream */
  uint32_t turn_began;
  size_t next, n;
  moat_sockets_address addresses[MOAT_SOCKETS_ADDRESSES];
};

extern const moat_stream_ops moat_sockets_stream;

/* The error of an answer after which look_up() is called again, and finds it in net->error. So a
 * resolver can ask for addresses of another family. */
#define MOAT_SOCKETS_AGAIN INT32_MIN

/* The answer of a resolver, from a callback, from another task, or from look_up() itself, but not
 * from an interrupt. The addresses have their families set, and no port. n is 0 if the name does
 * not resolve; then `error` becomes detail(). An answer to a lookup that was given up is ignored.
 */
void moat_sockets_answer(moat_sockets *net, uint32_t cookie, const moat_sockets_address *addresses,
                         size_t n, int32_t error);

#ifdef MOAT_SOCKETS_THREADS
/* A resolver: getaddrinfo() in a thread. A lookup that was given up keeps its place until
 * getaddrinfo() returns. When all places are taken, the next lookup waits for one. */
#ifndef MOAT_SOCKETS_LOOKUPS
#define MOAT_SOCKETS_LOOKUPS 2
#endif

typedef struct {
  moat_sockets *net;
  moat_sockets_mutex *mutex;
  uint32_t cookie;
  bool busy;
  char host[256];
} moat_sockets_lookup;

typedef struct {
  moat_sockets_mutex *mutex;
  uint32_t stack_size; /* of the thread; 0: the system's default */
  /* ---- */
  moat_sockets_lookup lookups[MOAT_SOCKETS_LOOKUPS];
} moat_sockets_threads;

/* The look_up of a moat_sockets, with a moat_sockets_threads as its context. */
int moat_sockets_look_up(void *look_up_ctx, moat_sockets *net, uint32_t cookie, const char *host);
#endif

/* ---- The account ---- */

/* A store of records, one for each slot. Results are those of slot_read, slot_write and slot_erase
 * in moat/port.h. A write that the power cuts off may spoil its slot, and does nothing to other
 * slots. */
typedef struct {
  int (*read)(void *store_ctx, int slot, void *p, size_t cap, size_t *n);
  int (*write)(void *store_ctx, int slot, const void *p, size_t n);
  int (*erase)(void *store_ctx, int slot);
} moat_sockets_store;

/* The lock of an account, shared by the contexts of all its tasks. */
typedef struct {
  moat_sockets_mutex *mutex;
  /* ---- */
  bool taken;
} moat_sockets_gate;

/* The `void *ctx` of the platform, one for each task that uses the account. */
typedef struct {
  const moat_sockets_store *store;
  void *store_ctx;
  moat_sockets_gate *gate; /* NULL if a single task uses the account */
} moat_sockets_account;

/* The clock that the stream has: milliseconds since the start of the system. */
uint32_t moat_sockets_ticks_ms(void *ctx);
int moat_sockets_slot_read(void *ctx, int slot, void *p, size_t cap, size_t *n);
int moat_sockets_slot_write(void *ctx, int slot, const void *p, size_t n);
int moat_sockets_slot_erase(void *ctx, int slot);
int moat_sockets_lock(void *ctx);
void moat_sockets_unlock(void *ctx);

/* ---- Stores ----
 *
 * Each is compiled if its macro is defined. `error` is the number that the system gave for the last
 * failure. Tasks that share an account have a store each. */

#ifdef MOAT_SOCKETS_FILES
/* Files with POSIX names, in a folder that exists. The file system must replace a file by rename()
 * even through a power cut, as littlefs does and FAT does not. */
typedef struct {
  const char *folder;
  int32_t error;
} moat_sockets_files;

extern const moat_sockets_store moat_sockets_files_store;
#endif

#ifdef MOAT_SOCKETS_NVS
#include <nvs.h>

/* ESP-IDF's NVS, in a namespace of its own for each account, opened with NVS_READWRITE. */
typedef struct {
  nvs_handle_t handle;
  int32_t error;
} moat_sockets_nvs;

extern const moat_sockets_store moat_sockets_nvs_store;
#endif

#if defined(MOAT_SOCKETS_ZMS) || defined(MOAT_SOCKETS_ZEPHYR_NVS)
#ifdef MOAT_SOCKETS_ZMS
#if __has_include(<zephyr/kvss/zms.h>)
#include <zephyr/kvss/zms.h>
#else
#include <zephyr/fs/zms.h>
#endif
typedef struct zms_fs moat_sockets_zephyr_fs;
typedef uint32_t moat_sockets_zephyr_id;
#else
#if __has_include(<zephyr/kvss/nvs.h>)
#include <zephyr/kvss/nvs.h>
#else
#include <zephyr/fs/nvs.h>
#endif
typedef struct nvs_fs moat_sockets_zephyr_fs;
typedef uint16_t moat_sockets_zephyr_id;
#endif

/* Zephyr's ZMS or NVS, mounted. An account uses the MOAT_SLOTS ids from first_id. */
typedef struct {
  moat_sockets_zephyr_fs *fs;
  moat_sockets_zephyr_id first_id;
  int32_t error;
} moat_sockets_zephyr;

extern const moat_sockets_store moat_sockets_zephyr_store;
#endif

#ifdef __cplusplus
}
#endif
#endif
