/* What the profiles for a processor without an OS share. Included by default.h and tiny.h alone. */
#ifndef MOAT_MBEDTLS_BOARD_H
#define MOAT_MBEDTLS_BOARD_H

#include "common.h"

/* Memory: a pool that the image hands to mbedtls_memory_buffer_alloc_init(), and no heap. */
#define MBEDTLS_PLATFORM_MEMORY
#define MBEDTLS_PLATFORM_NO_STD_FUNCTIONS
#define MBEDTLS_MEMORY_BUFFER_ALLOC_C

#define MBEDTLS_SHA256_SMALLER
/* Divisions of large numbers are rare: 32 bits at a time, and libgcc's of 64 bits is not linked. */
#define MBEDTLS_NO_UDBL_DIVISION

#endif
