/* lwIP on the board's network controller, with DHCP, and the loop that runs it. */
#ifndef NETWORK_H
#define NETWORK_H

#include <stdbool.h>
#include <stdint.h>

/* Returns false if the controller does not answer. */
bool network_start(void);

/* Does one turn of the loop: takes a frame, runs due timers, and checks the cable. If there was
 * nothing to do, sleeps for a millisecond at most. It can serve as moat_lwip_net.poll. */
int network_turn(void *unused);

bool network_link(void);  /* the cable is in */
bool network_ready(void); /* the cable is in, and there is an address */

/* Uses this name server (a numeric address) instead of DHCP's. Its port need not be 53. */
bool network_use_dns(const char *address, uint16_t port);

#endif
