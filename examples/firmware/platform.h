/* The board as Moat's platform: clock, randomness and flash. There is only one account, so no
 * context is needed. */
#ifndef PLATFORM_H
#define PLATFORM_H

#include <moat/port.h>

extern const moat_platform platform;

#endif
