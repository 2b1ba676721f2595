#include "network.h"

#include "board.h"
#include "console.h"
#include "lan9118.h"
#include "platform.h"

#include <lwip/dhcp.h>
#include <lwip/dns.h>
#include <lwip/etharp.h>
#include <lwip/init.h>
#include <lwip/netif.h>
#include <lwip/sys.h>
#include <lwip/timeouts.h>
#include <netif/ethernet.h>

enum { LINK_POLL_MS = 100, DNS_PORT = 53 };

static struct netif netif;
static uint32_t link_seen;
static ip_addr_t own_dns;
uint16_t network_dns_port = DNS_PORT; /* see lwipopts.h */

/* ---- Frames ---- */

static err_t output(struct netif *n, struct pbuf *p) {
  (void)n;
  lan9118_send_begin(p->tot_len);
  for (const struct pbuf *q = p; q; q = q->next)
    lan9118_send_put(q->payload, q->len);
  lan9118_send_end();
  return ERR_OK;
}

/* Fills a chain of buffers a word at a time. A buffer need not end with a word. */
static void fill(struct pbuf *p, size_t n) {
  size_t at = 0;
  for (uint32_t word = 0, i = 0; i < n; i++, word >>= 8) {
    if (i % 4 == 0) word = lan9118_receive_word();
    if (at == p->len) {
      p = p->next;
      at = 0;
    }
    ((uint8_t *)p->payload)[at++] = (uint8_t)word;
  }
}

/* If there is no buffer, the frame is dropped. The sender repeats it. */
static void input(void) {
  size_t n = lan9118_receive_begin();
  struct pbuf *p = n ? pbuf_alloc(PBUF_RAW, (u16_t)n, PBUF_POOL) : NULL;
  if (p) fill(p, n);
  lan9118_receive_end();
  if (p && netif.input(p, &netif) != ERR_OK) pbuf_free(p);
}

/* ---- The cable, and the address ---- */

static void tell_address(struct netif *n) {
  if (n->ip_addr.addr == 0) return;
  say("network: ");
  say(ipaddr_ntoa(&n->ip_addr));
  say("\n");
}

/* lwIP begins DHCP anew when the cable is back. */
static void look_at_link(void) {
  if (sys_now() - link_seen < LINK_POLL_MS) return;
  link_seen = sys_now();
  bool up = lan9118_link();
  if (up == network_link()) return;
  say(up ? "network: the cable is in\n" : "network: the cable is out\n");
  if (up)
    netif_set_link_up(&netif);
  else
    netif_set_link_down(&netif);
}

static err_t init(struct netif *n) {
  if (!lan9118_init(n->hwaddr)) return ERR_IF;
  n->hwaddr_len = sizeof n->hwaddr;
  n->mtu = 1500;
  n->name[0] = 'e';
  n->name[1] = 'n';
  n->output = etharp_output;
  n->linkoutput = output;
  n->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET;
  return ERR_OK;
}

bool network_start(void) {
  lwip_init();
  if (!netif_add(&netif, NULL, NULL, NULL, NULL, init, ethernet_input)) return false;
  netif_set_status_callback(&netif, tell_address);
  netif_set_default(&netif);
  netif_set_up(&netif);
  if (lan9118_link()) netif_set_link_up(&netif);
  return dhcp_start(&netif) == ERR_OK;
}

bool network_link(void) {
  return netif_is_link_up(&netif);
}

bool network_ready(void) {
  return network_link() && dhcp_supplied_address(&netif);
}

bool network_use_dns(const char *address, uint16_t port) {
  network_dns_port = port;
  return ipaddr_aton(address, &own_dns) != 0;
}

/* ---- The loop ---- */

/* DHCP sets its own name server with each lease, so ours is set again. */
static void keep_dns(void) {
  if (!ip_addr_isany(&own_dns)) dns_setserver(0, &own_dns);
}

static void sleep_a_little(void) {
  board_prepare_sleep();
  lan9118_wake();
  board_sleep();
}

int network_turn(void *unused) {
  (void)unused;
  sys_check_timeouts();
  look_at_link();
  if (lan9118_pending())
    input();
  else
    sleep_a_little();
  keep_dns();
  return 0;
}

/* ---- Functions that lwIP calls ---- */

u32_t sys_now(void) {
  return board_ms();
}

/* For port numbers and the like. Without randomness they can be guessed, but nothing else: TLS does
 * not begin then. */
uint32_t network_random(void) {
  uint32_t r = board_ticks();
  (void)platform.random(NULL, &r, sizeof r);
  return r;
}
