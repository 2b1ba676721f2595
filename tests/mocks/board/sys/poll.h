#ifndef MOCK_BOARD_SYS_POLL_H
#define MOCK_BOARD_SYS_POLL_H

#include <lwip/sockets.h>

#endif
