/* Memory for Mbed TLS, where its configuration has MBEDTLS_PLATFORM_MEMORY. */
#ifndef MEMORY_H
#define MEMORY_H

#include <stddef.h>

/* Before anything of TLS is called. */
void memory_give(void);

/* Mbed TLS then calls these. Freed memory is wiped. */
void *memory_calloc(size_t count, size_t size);
void memory_free(void *p);

#endif
