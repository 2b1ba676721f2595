#ifndef MOCK_BOARD_NETINET_TCP_H
#define MOCK_BOARD_NETINET_TCP_H

#include <lwip/sockets.h>

#endif
