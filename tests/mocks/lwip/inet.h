/* As much of lwIP's addresses as the port uses. */
#ifndef MOCK_LWIP_INET_H
#define MOCK_LWIP_INET_H

#include <arpa/inet.h>

#define lwip_inet_pton inet_pton

#endif
