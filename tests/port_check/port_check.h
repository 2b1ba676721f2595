/* What every port has to do, as a program for the board: call port_check() from its main function,
 * with the port under test, and read what it prints. Nothing of Moat is linked but its headers. */
#ifndef PORT_CHECK_H
#define PORT_CHECK_H

#include <stdbool.h>

#include <moat/port.h>

/* Actions that only the board can do. Each member may be NULL: then a check is skipped, and the
 * report says so. `ctx` is that of the platform. */
typedef struct {
  /* Sets the clock that unix_time reads. */
  void (*set_date)(void *ctx, int64_t seconds);
  /* Makes slot_read of this slot fail, as if the bus were stuck, and lets it work again. */
  void (*break_slot)(void *ctx, int slot, bool broken);
  /* Runs run(arg) in another task, and returns when that has ended. */
  void (*in_task)(void *ctx, void (*run)(void *arg), void *arg);
  /* A turn of the main loop, for a stream that has no wait and whose stack needs such turns. */
  void (*turn)(void *ctx);
} port_check_board;

typedef struct {
  const char *name; /* of the port, for the report */
  const moat_platform *platform;
  void *platform_ctx;
  void *other_ctx; /* what another task has for the same account; NULL: platform_ctx as well */
  const moat_stream_ops *stream;
  void *io;
  void *other_io; /* a second connection at the same time; NULL: the device never has two */
  const port_check_board *board; /* may be NULL */
  const char *host;              /* where echo.mjs runs, as a name or an address */
  uint16_t port;                 /* echo.mjs's */
  uint16_t closed_port;          /* one at `host` that nobody listens at */
  /* Four names for the resolver, and an address. NULL: what needs it is skipped. */
  const char *unknown_host; /* does not exist */
  const char *late_host;    /* does not exist, which the name server says a second late */
  const char *silent_host;  /* the name server never answers */
  const char *found_host;   /* the peer, whose address the name server says a second late; a long
                               name shows whether there is room for it */
  const char *deaf_host;    /* an address that nothing answers; NULL as above */
  /* Another run has ended, and the board was started anew since: what that one left in the slots
   * has to be there. */
  bool again;
  /* The largest record of each slot; 0: as large as the memory allows. MOAT_SLOT_MARK takes at
   * least 44 bytes, and 72 if the platform has a mac. */
  size_t slot_size[MOAT_SLOTS];
  char *memory; /* lent; three times the largest record, and 3 KB at least */
  size_t size;
  void (*print)(const char *text); /* pieces of lines */
} port_check_setup;

/* Runs every check, each with a line before it and one after it (TAP), and prints how long the
 * calls took. All slots are erased, but for notes that the next run reads. Returns how many checks
 * failed. */
int port_check(const port_check_setup *setup);
/* For a watchdog that ends the program: the check that runs now has failed, since it does not end.
 * Prints the report up to there. */
void port_check_hangs(void);

/* ---- For the files of the checks ---- */

/* Says which check begins, so that one that hangs is known, and then once how it went, by its first
 * failure; the name is what a good port does. end() and that() return whether nothing has failed.
 */
void port_check_begin(const char *name);
bool port_check_that(bool good, const char *what, long value);
bool port_check_end(void);
void port_check_skip(const char *name, const char *why);

/* Whether a wait that began at `start` has to be given up. */
bool port_check_late(const port_check_setup *s, uint32_t start);
/* Lets the stack work for up to `ms` milliseconds, until there is something. As moat_run() does, it
 * waits for nothing if there is more work at once. */
void port_check_turn(const port_check_setup *s, int want, uint32_t ms);
/* Lets `ms` milliseconds go by. */
void port_check_sleep(const port_check_setup *s, uint32_t ms);
/* Whether a slot that returned `r` has to be called again, after a pause like that of moat_run().
 * In the pause another task, or a turn of the main loop, can work on the flash. */
bool port_check_again(const port_check_setup *s, int r, uint32_t start);

/* check_calls.c: the functions of the port, timed. */
int port_check_connect(const port_check_setup *s, const char *host, uint16_t port);
int port_check_send(const port_check_setup *s, const void *p, size_t n);
int port_check_recv(const port_check_setup *s, void *p, size_t cap);
void port_check_close(const port_check_setup *s);
int port_check_wait(const port_check_setup *s, int want, uint32_t ms);
int port_check_unix_time(const port_check_setup *s, int64_t *seconds);
int port_check_random(const port_check_setup *s, void *p, size_t n);
int port_check_slot_read(const port_check_setup *s, int slot, void *p, size_t cap, size_t *n);
int port_check_slot_write(const port_check_setup *s, int slot, const void *p, size_t n);
int port_check_slot_erase(const port_check_setup *s, int slot);
int port_check_lock(const port_check_setup *s);
void port_check_unlock(const port_check_setup *s);
int port_check_mac(const port_check_setup *s, const void *p, size_t n, uint8_t out[32]);
uint32_t port_check_ticks(const port_check_setup *s);
/* Whether most calls took little time, since a busy machine may make some of them long; and whether
 * the ticks never went back. */
void port_check_calls(void);
void port_check_print_calls(void (*print_row)(const char *name, const uint32_t numbers[3]));

/* A byte that tells the peer what to do: see echo.mjs. */
enum {
  PEER_END = 4,
  PEER_COUNT = 5,
  PEER_LATE = 7,
  PEER_SLOW = 15,
  PEER_OPEN = 19,
  PEER_BOTH = 23,
  PEER_RESET = 24,
  PEER_FULL = 26
};
bool port_check_tell(const port_check_setup *s, char what);

/* check_stream.c: whether the peer is reached, and whether n bytes come back from it. */
bool port_check_is_connected(const port_check_setup *s);
bool port_check_echoes(const port_check_setup *s, size_t n);
bool port_check_is_want(int r);
/* Connects, and receives, until there is a result. */
int port_check_connect_to(const port_check_setup *s, uint16_t port);
int port_check_receive(const port_check_setup *s, char *p, size_t n);
/* Whether `most` calls can be made before something comes that makes them end. `count` makes up to
 * so many, and returns their number, or -1 if something failed. */
bool port_check_at_once(const port_check_setup *s,
                        int (*count)(const port_check_setup *s, int most), const char *name);
/* check_wait.c: says if wait returns again and again although nothing comes, or late. */
void port_check_sleeps(const port_check_setup *s, int want);

/* What is read before anything is erased, and written at the end, so that the next run can tell. */
void port_check_restart(const port_check_setup *s);
void port_check_leave_note(const port_check_setup *s);

/* Returns false if the ticks do not count: nothing else can be checked. */
bool port_check_platform(const port_check_setup *s);
void port_check_random_bytes(const port_check_setup *s);
void port_check_slots(const port_check_setup *s);
void port_check_stream(const port_check_setup *s);
void port_check_waiting(const port_check_setup *s);
void port_check_closing(const port_check_setup *s);
void port_check_names(const port_check_setup *s);

#endif
