/* The static memory pool of Mbed TLS, and its highest use. */
#ifndef POOL_H
#define POOL_H

#include <stdbool.h>
#include <stdint.h>

/* `limit` makes the pool smaller, to see what happens then; 0: the whole pool. */
void pool_init(uint32_t limit);
uint32_t pool_size(void);
/* The highest use so far: a pool of this size would have been enough. */
uint32_t pool_used(void);
/* Whether the pool ran out since the last call. Mbed TLS may then report something else, such as an
 * untrusted certificate. This tells the real cause. */
bool pool_ran_out(void);

#endif
