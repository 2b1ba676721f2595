/* The settings of lwIP for this compiler and board. */
#ifndef ARCH_CC_H
#define ARCH_CC_H

#include <stdint.h>

#define LWIP_NO_UNISTD_H 1
#define LWIP_NOASSERT 1 /* 10 KB of text; the sanity checks of its options stay */
#define LWIP_PLATFORM_DIAG(message) ((void)0)
#define LWIP_PLATFORM_ASSERT(message) ((void)0)

/* One instruction each */
#define lwip_htons(x) __builtin_bswap16(x)
#define lwip_htonl(x) __builtin_bswap32(x)

uint32_t network_random(void);
#define LWIP_RAND() network_random()

#endif
