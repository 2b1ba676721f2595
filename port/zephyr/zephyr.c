/* Date, randomness, resolver and set-up on Zephyr. The rest is port/sockets. */
#include "moat_zephyr.h"

#include <string.h>

#include <zephyr/drivers/flash.h>
#include <zephyr/net/dns_resolve.h>
#include <zephyr/net/net_if.h>
#include <zephyr/random/random.h>

enum { LOOKUP_MS = 10000 };

/* ---- Date and randomness ---- */

static int unix_time(void *ctx, int64_t *seconds) {
  const moat_zephyr *board = ctx;
  *seconds = board->started + k_uptime_get() / 1000;
  return board->started ? MOAT_OK : MOAT_E_CLOCK;
}

void moat_zephyr_set_date(moat_zephyr *board, int64_t seconds) {
  board->started = seconds - k_uptime_get() / 1000;
}

static int random_bytes(void *ctx, void *p, size_t n) {
  (void)ctx;
  return sys_csrand_get(p, n) ? MOAT_E_RANDOM : MOAT_OK;
}

const moat_platform moat_zephyr_platform = {.ticks_ms = moat_sockets_ticks_ms,
                                            .unix_time = unix_time,
                                            .random = random_bytes,
                                            .slot_read = moat_sockets_slot_read,
                                            .slot_write = moat_sockets_slot_write,
                                            .slot_erase = moat_sockets_slot_erase,
                                            .lock = moat_sockets_lock,
                                            .unlock = moat_sockets_unlock};

/* ---- The resolver ---- */

/* Names have addresses of IPv4, as a rule. Those of IPv6 are asked for where there are none, and
 * first by a board that has an address of IPv6 alone. */
#if defined(CONFIG_NET_IPV4) && defined(CONFIG_NET_IPV6)
enum { FAMILIES = 2 };

/* Zephyr says from which of its addresses it would send to an example on the Internet (RFC 5737 and
 * RFC 3849). That is NULL or zeros if there is none. */
static bool is_ipv6_first(void) {
  const struct in_addr v4 = {.s_addr = htonl(0xc0000201)};
  const struct in6_addr v6 = {.s6_addr = {0x20, 0x01, 0x0d, 0xb8}};
  const struct in_addr *from_v4 = net_if_ipv4_select_src_addr(NULL, &v4);
  const struct in6_addr *from_v6 = net_if_ipv6_select_src_addr(NULL, &v6);
  return from_v6 && from_v6->s6_addr[0] && !(from_v4 && from_v4->s_addr);
}
#else
enum { FAMILIES = 1 };

static bool is_ipv6_first(void) {
#ifdef CONFIG_NET_IPV6
  return true;
#else
  return false;
#endif
}
#endif

/* Returns NULL if the resolver is at work for all of them. */
static moat_zephyr_lookup *take_place(moat_zephyr *board) {
  for (size_t i = 0; i < MOAT_ZEPHYR_LOOKUPS; i++)
    if (moat_sockets_take(&board->mutex, &board->lookups[i].busy)) return &board->lookups[i];
  return NULL;
}

/* The resolver calls it for each address, and at the end once without one. */
static void resolved(enum dns_resolve_status result, struct dns_addrinfo *info, void *user_data) {
  moat_zephyr_lookup *l = user_data;
  if (result == DNS_EAI_INPROGRESS) {
    if (info && l->n < MOAT_SOCKETS_ADDRESSES && info->ai_addrlen <= sizeof l->found[0])
      memcpy(&l->found[l->n++], &info->ai_addr, info->ai_addrlen);
    return;
  }
  bool again = !l->n && !l->is_last && result != DNS_EAI_CANCELED; /* by the timeout */
  int32_t error = again ? MOAT_SOCKETS_AGAIN : result;
  moat_sockets_answer(&l->board->net, l->cookie, l->found, l->n, error);
  moat_sockets_give(&l->board->mutex, &l->busy);
}

/* Zephyr says -EAGAIN where others have all its queries, and -ENOMEM where they have its buffers.
 */
static int look_up(void *ctx, moat_sockets *net, uint32_t cookie, const char *host) {
  moat_zephyr *board = ctx;
  size_t size = strlen(host) + 1;
  if (size > sizeof board->lookups[0].host) return MOAT_E_DNS;
  moat_zephyr_lookup *l = take_place(board);
  if (!l) return MOAT_WANT_READ;
  l->board = board;
  l->cookie = cookie;
  l->n = 0;
  memcpy(l->host, host, size);
  bool again = net->error == MOAT_SOCKETS_AGAIN;
  if (!again) board->ipv6_first = is_ipv6_first();
  l->is_last = again || FAMILIES == 1;
  enum dns_query_type type = board->ipv6_first != again ? DNS_QUERY_TYPE_AAAA : DNS_QUERY_TYPE_A;
  int error = dns_get_addr_info(l->host, type, NULL, resolved, l, LOOKUP_MS);
  if (!error) return MOAT_OK;
  moat_sockets_give(&board->mutex, &l->busy);
  if (error == -EAGAIN || error == -ENOMEM) return MOAT_WANT_READ;
  net->error = error;
  return MOAT_E_DNS;
}

/* ---- Set-up ---- */

#ifdef MOAT_SOCKETS_ZMS
#define MOUNT zms_mount
typedef uint32_t sectors;
#else
#define MOUNT nvs_mount
typedef uint16_t sectors; /* a page of 64 KB becomes 0, which is refused */
#endif

int moat_zephyr_open(moat_zephyr *board, moat_sockets_zephyr_fs *fs,
                     moat_sockets_zephyr_id first_id) {
  board->gate = (moat_sockets_gate){.mutex = &board->mutex};
  board->store = (moat_sockets_zephyr){.fs = fs, .first_id = first_id};
  board->account = (moat_sockets_account){
      .store = &moat_sockets_zephyr_store, .store_ctx = &board->store, .gate = &board->gate};
  board->net = (moat_sockets){.mutex = &board->mutex, .look_up = look_up, .look_up_ctx = board};
  return moat_sockets_mutex_init(&board->mutex);
}

int moat_zephyr_open_partition(moat_zephyr *board, uint8_t partition_id) {
  const struct flash_area *area;
  struct flash_pages_info page;
  moat_sockets_zephyr_fs *fs = &board->fs;
  if (flash_area_open(partition_id, &area)) return MOAT_E_PORT;
  fs->flash_device = flash_area_get_device(area);
  fs->offset = area->fa_off;
  int error = flash_get_page_info_by_offs(fs->flash_device, fs->offset, &page);
  if (!error) {
    fs->sector_size = (sectors)page.size;
    fs->sector_count = (sectors)(area->fa_size / page.size);
    error = MOUNT(fs);
  }
  flash_area_close(area);
  return error ? MOAT_E_PORT : moat_zephyr_open(board, fs, 0);
}
