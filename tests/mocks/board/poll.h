#ifndef MOCK_BOARD_POLL_H
#define MOCK_BOARD_POLL_H

#include <sys/poll.h>

#endif
