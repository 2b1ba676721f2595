/* Reads $no_proxy: a list of servers that are reached without the proxy of the environment. */
#ifndef NO_PROXY_H
#define NO_PROXY_H

#include "../cli.h"

/* Whether the list of $no_proxy has the server. Its entries stand between commas or blanks:
 *   *                     every server
 *   example.com           the host, and all hosts below it; a dot or "*." in front changes nothing
 *   192.0.2.1, ::1        an address, however it is written; brackets are allowed
 *   10.0.0.0/8, fd00::/8  the addresses of a network (CIDR)
 *   example.com:8443      the same with one port alone
 * No name is resolved for it. What is none of these stands for no server. */
bool no_proxy_has(const char *list, const char *host, uint16_t port);

#endif
