#ifndef MOCK_BOARD_NETINET_IN_H
#define MOCK_BOARD_NETINET_IN_H

#include <lwip/sockets.h>

#endif
