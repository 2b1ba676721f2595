/* Moat on Zephyr: port/sockets over zsock, slots in NVS or ZMS, the resolver of Zephyr, its uptime
 * and its random numbers. All that one thread needs for one account is in a moat_zephyr:
 *
 *   static moat_zephyr board;
 *   moat_zephyr_open_partition(&board, MOAT_ZEPHYR_PARTITION(storage_partition));
 *   moat_zephyr_set_date(&board, seconds);
 *
 * Then moat_zephyr_platform has &board as its context, and moat_sockets_stream has &board.net.
 *
 * The struct is static and is opened once. A lookup that was given up goes on after close() and
 * uses it, and nothing tells when it has ended.
 *
 * Names are looked up for IPv4, and for IPv6 where they have no address of IPv4. It is the other
 * way round while the board has an address of IPv6 alone. The 127.0.0.1 of CONFIG_NET_LOOPBACK
 * counts as one of IPv4. */
#ifndef MOAT_ZEPHYR_H
#define MOAT_ZEPHYR_H

#include "moat_sockets.h"

#include <zephyr/storage/flash_map.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Names that are looked up at once. One that was given up keeps its place until the resolver has
 * answered. */
#ifndef MOAT_ZEPHYR_LOOKUPS
#define MOAT_ZEPHYR_LOOKUPS 2
#endif

typedef struct moat_zephyr moat_zephyr;

typedef struct {
  moat_zephyr *board;
  uint32_t cookie;
  bool busy, is_last;
  char host[254]; /* the resolver keeps the pointer to it; no name is longer (RFC 1035) */
  size_t n;
  moat_sockets_address found[MOAT_SOCKETS_ADDRESSES];
} moat_zephyr_lookup;

struct moat_zephyr {
  moat_sockets_account account; /* comes first: port/sockets takes it for the context */
  moat_sockets_mutex mutex;
  moat_sockets_gate gate;
  moat_sockets_zephyr store;
  moat_sockets_zephyr_fs fs; /* of moat_zephyr_open_partition() */
  moat_sockets net;
  moat_zephyr_lookup lookups[MOAT_ZEPHYR_LOOKUPS];
  bool ipv6_first;
  int64_t started; /* unix time at which the uptime was 0; 0: not known */
};

extern const moat_platform moat_zephyr_platform;

/* The id of a partition of the devicetree by its label: Zephyr 4.4 gave the macro another name. */
#ifdef PARTITION_ID
#define MOAT_ZEPHYR_PARTITION(label) PARTITION_ID(label)
#else
#define MOAT_ZEPHYR_PARTITION(label) FIXED_PARTITION_ID(label)
#endif

/* Mounts an NVS or ZMS of the account's own on a whole partition. A record has to fit in a page of
 * the flash, which becomes a sector. Returns 0 or MOAT_E_PORT. */
int moat_zephyr_open_partition(moat_zephyr *board, uint8_t partition_id);

/* The same with one that is mounted already. The account uses the MOAT_SLOTS ids from first_id.
 * Another thread with the same account opens a struct of its own, and then takes over the gate:
 * other.account.gate = &board.gate. */
int moat_zephyr_open(moat_zephyr *board, moat_sockets_zephyr_fs *fs,
                     moat_sockets_zephyr_id first_id);

/* Sets the date, for example by sntp_simple() or from an RTC. Until then nothing is sent. The date
 * goes on with the uptime, so set it again from time to time, in the thread of the account. */
void moat_zephyr_set_date(moat_zephyr *board, int64_t seconds);

#ifdef __cplusplus
}
#endif
#endif
