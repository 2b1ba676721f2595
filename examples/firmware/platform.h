/* The board as Moat sees it: clock, randomness, flash. It has one account, so no context. */
#ifndef PLATFORM_H
#define PLATFORM_H

#include <moat/port.h>

extern const moat_platform platform;

#endif
