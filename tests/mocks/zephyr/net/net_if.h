/* As much of Zephyr's interfaces as the port uses. */
#ifndef MOCK_ZEPHYR_NET_IF_H
#define MOCK_ZEPHYR_NET_IF_H

#include "socket.h"

struct net_if;

const struct in_addr *net_if_ipv4_select_src_addr(struct net_if *iface, const struct in_addr *to);
const struct in6_addr *net_if_ipv6_select_src_addr(struct net_if *iface, const struct in6_addr *to);

#endif
