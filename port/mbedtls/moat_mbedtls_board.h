/* The common part of the profiles for a processor without an OS. Only moat_mbedtls_default.h and
 * moat_mbedtls_tiny.h include it. */
#ifndef MOAT_MBEDTLS_BOARD_H
#define MOAT_MBEDTLS_BOARD_H

#include "moat_mbedtls_common.h"

/* There is no heap: the image gives mbedtls_memory_buffer_alloc_init() a pool. */
#define MBEDTLS_PLATFORM_MEMORY
#define MBEDTLS_PLATFORM_NO_STD_FUNCTIONS
#define MBEDTLS_MEMORY_BUFFER_ALLOC_C
/* Texts about certificates are never written. Without this their files call an undeclared function,
 * which is an error since gcc 14. */
#define MBEDTLS_PLATFORM_SNPRINTF_ALT

#define MBEDTLS_SHA256_SMALLER
/* Divisions of large numbers are rare, so they take 32 bits at a time, and libgcc's 64-bit division
 * is not linked. */
#define MBEDTLS_NO_UDBL_DIVISION

#endif
