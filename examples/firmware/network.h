/* lwIP on the board's network controller: addresses by DHCP, and the loop that moves everything. */
#ifndef NETWORK_H
#define NETWORK_H

#include <stdbool.h>
#include <stdint.h>

/* False if the controller does not answer. */
bool network_start(void);

/* One turn of the loop: the frame that came in, the timers that are due, the cable; if there was
 * nothing, sleeps for a millisecond at most. Has the shape of moat_lwip_net.poll. */
int network_turn(void *unused);

bool network_link(void);  /* there is a cable */
bool network_ready(void); /* and an address */

/* Asks this name server (its address in digits) instead of the one that DHCP tells, at a port that
 * need not be 53. */
bool network_use_dns(const char *address, uint16_t port);

#endif
